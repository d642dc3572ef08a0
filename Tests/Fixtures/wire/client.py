"""Talks to a running hearsayd with the package `wyoming`, as Home Assistant does, and prints what came of it as JSON.

python3 client.py URI describe
python3 client.py URI transcribe recording.wav [language]
python3 client.py URI synthesize text [out.wav]
python3 client.py URI stream text
python3 client.py URI microphone seconds out.raw
python3 client.py URI loudspeaker recording.wav
"""

import asyncio
import json
import sys
import wave

from wyoming.asr import Transcribe, Transcript, TranscriptChunk, TranscriptStart, TranscriptStop
from wyoming.audio import AudioChunk, AudioStart, AudioStop, wav_to_chunks
from wyoming.client import AsyncClient
from wyoming.error import Error
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.snd import Played
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped


async def read_until(client, *last):
    events = []
    while True:
        event = await client.read_event()
        if event is None:
            raise SystemExit("the connection was closed")
        events.append(event)
        if any(kind.is_type(event.type) for kind in last):
            return events


async def describe(client):
    await client.write_event(Ping(text="there?").event())
    pong = Pong.from_event((await read_until(client, Pong))[-1])
    await client.write_event(Describe().event())
    info = Info.from_event((await read_until(client, Info))[-1])
    return {
        "pong": pong.text,
        "models": [model.name for program in info.asr for model in program.models],
        "languages": sorted({code for program in info.asr for model in program.models for code in model.languages}),
        "voices": [voice.name for program in info.tts for voice in program.voices],
        "streams": [program.supports_synthesize_streaming for program in info.tts],
    }


async def transcribe(client, path, language=None):
    await client.write_event(Transcribe(language=language).event())
    with wave.open(path, "rb") as recording:
        for event in wav_to_chunks(recording, 1024, start_event=True, stop_event=True):
            await client.write_event(event.event())
    events = await read_until(client, TranscriptStop, Error)
    transcript = next(Transcript.from_event(event) for event in events if Transcript.is_type(event.type))
    return {
        "types": [event.type for event in events if not TranscriptChunk.is_type(event.type)],
        "chunks": [TranscriptChunk.from_event(event).text for event in events if TranscriptChunk.is_type(event.type)],
        "text": transcript.text,
        "language": transcript.language,
    }


def sound(events):
    start = next(AudioStart.from_event(event) for event in events if AudioStart.is_type(event.type))
    audio = b"".join(AudioChunk.from_event(event).audio for event in events if AudioChunk.is_type(event.type))
    return {"rate": start.rate, "width": start.width, "channels": start.channels, "bytes": len(audio)}, audio


async def synthesize(client, text):
    await client.write_event(Synthesize(text=text).event())
    return sound(await read_until(client, AudioStop, Error))[0]


async def stream(client, text):
    await client.write_event(SynthesizeStart().event())
    for word in text.split(" "):
        await client.write_event(SynthesizeChunk(text=word + " ").event())
    await client.write_event(Synthesize(text=text).event())
    await client.write_event(SynthesizeStop().event())
    events = await read_until(client, SynthesizeStopped, Error)
    return sound(events)[0] | {"last": events[-1].type}


async def microphone(client, seconds, path):
    await client.write_event(Describe().event())
    start, info, audio = None, None, b""
    while start is None or info is None or len(audio) < float(seconds) * start.rate * start.width:
        event = await client.read_event()
        if event is None:
            raise SystemExit("the connection was closed")
        if AudioStart.is_type(event.type):
            start = AudioStart.from_event(event)
        elif Info.is_type(event.type):
            info = Info.from_event(event)
        elif AudioChunk.is_type(event.type):
            audio += AudioChunk.from_event(event).audio
    with open(path, "wb") as output:
        output.write(audio)
    form = info.mic[0].mic_format
    return {
        "started": [start.rate, start.width, start.channels], "described": [form.rate, form.width, form.channels],
        "bytes": len(audio),
    }


async def loudspeaker(client, path):
    await client.write_event(Describe().event())
    info = Info.from_event((await read_until(client, Info))[-1])
    form = info.snd[0].snd_format
    with wave.open(path, "rb") as recording:
        for event in wav_to_chunks(recording, 1024, start_event=True, stop_event=True):
            await client.write_event(event.event())
    events = await read_until(client, Played, Error)
    return {"described": [form.rate, form.width, form.channels], "last": events[-1].type}


async def main():
    actions = {
        "describe": describe, "transcribe": transcribe, "synthesize": synthesize, "stream": stream,
        "microphone": microphone, "loudspeaker": loudspeaker,
    }
    async with AsyncClient.from_uri(sys.argv[1]) as client:
        result = await asyncio.wait_for(actions[sys.argv[2]](client, *sys.argv[3:]), timeout=120)
    print(json.dumps(result))


if __name__ == "__main__":
    asyncio.run(main())
