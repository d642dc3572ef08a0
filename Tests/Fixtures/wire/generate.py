"""Writes reference.bin: events as the package `wyoming` 1.10.2 writes them, one after another; and reference.json: what
they mean. Run it with that package installed: python3 generate.py"""

import io
import json
from pathlib import Path

from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.error import Error
from wyoming.event import write_event
from wyoming.info import Describe
from wyoming.ping import Ping, Pong
from wyoming.snd import Played
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeStopped,
    SynthesizeVoice,
)
from wyoming.vad import VoiceStarted, VoiceStopped

EVENTS = [
    Describe(),
    Ping(),
    Ping(text="hello"),
    Pong(text='quotes " and \\, tab\t, Zürich, 東京, 🎉'),
    Transcribe(),
    Transcribe(name="tiny", language="en"),
    Transcribe(language="de", context={"a": [1, 2.5, None, True]}, vad_sensitivity="relaxed",
               transcript_names=["Müller"], transcript_terms=["käse", "brot"]),
    AudioStart(rate=16000, width=2, channels=1),
    AudioChunk(rate=16000, width=2, channels=1, audio=bytes(range(256)) * 8, timestamp=0),
    AudioChunk(rate=44100, width=4, channels=2, audio=b"\n{}\n\x00\xff\x01\x02"),
    AudioStop(timestamp=64),
    AudioStop(),
    Transcript(text=""),
    Transcript(text="And so, my fellow Americans", language="en", context={"id": "x"}),
    TranscriptStart(),
    TranscriptStart(language="en"),
    TranscriptChunk(text=" ask not"),
    TranscriptStop(),
    Synthesize(text="Grüß Gott.\nZweite Zeile."),
    Synthesize(text="<speak>Hi</speak>", voice=SynthesizeVoice(name="kathleen", speaker="ljspeech"), text_format="ssml"),
    Synthesize(text="x", voice=SynthesizeVoice(language="en"), context={}),
    SynthesizeStart(),
    SynthesizeStart(voice=SynthesizeVoice(name="kathleen"), text_format="text"),
    SynthesizeChunk(text="Half a "),
    SynthesizeStop(),
    SynthesizeStopped(),
    VoiceStarted(timestamp=1200),
    VoiceStopped(),
    Played(),
    Error(text="no such voice", code="store.voice_unknown"),
    Error(text="broken"),
]


def main() -> None:
    folder = Path(__file__).parent
    stream = io.BytesIO()
    meanings = []
    for eventable in EVENTS:
        event = eventable.event()
        start = stream.tell()
        write_event(event, stream)
        meanings.append({
            "type": event.type,
            "data": event.data,
            "payload": (event.payload or b"").hex(),
            "bytes": stream.tell() - start,
        })
    (folder / "reference.bin").write_bytes(stream.getvalue())
    (folder / "reference.json").write_text(json.dumps(meanings, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
