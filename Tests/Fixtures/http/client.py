"""Talks to a running hearsayd with the package `openai`, and prints what came of it as JSON.

python3 client.py ADDRESS models
python3 client.py ADDRESS transcribe recording.wav
python3 client.py ADDRESS words recording.wav
python3 client.py ADDRESS subtitles recording.wav
python3 client.py ADDRESS stream recording.wav
python3 client.py ADDRESS translate recording.wav
python3 client.py ADDRESS speak text format out
python3 client.py ADDRESS errors

ADDRESS is unix:PATH or http://HOST:PORT; OPENAI_API_KEY is the key.
"""

import json
import sys

import openai

# Anything but 0, which would try again and again with a model that knows nothing.
TEMPERATURE = 0.2


def connect(address):
    if not address.startswith("unix:"):
        return openai.OpenAI(base_url=address + "/v1", max_retries=0, timeout=120)
    try:
        import httpx2 as http
    except ImportError:
        import httpx as http
    transport = http.HTTPTransport(uds=address.removeprefix("unix:"))
    return openai.OpenAI(
        base_url="http://localhost/v1", http_client=http.Client(transport=transport), max_retries=0, timeout=120
    )


def models(client):
    listed = client.models.list().data
    one = client.models.retrieve(listed[0].id)
    return {"models": [model.id for model in listed], "one": one.id, "created": one.created}


def transcribe(client, path):
    with open(path, "rb") as recording:
        result = client.audio.transcriptions.create(
            file=recording, model="whisper-1", language="en", temperature=TEMPERATURE
        )
    return {"text": result.text, "usage": result.usage.type}


def words(client, path):
    with open(path, "rb") as recording:
        result = client.audio.transcriptions.create(
            file=recording, model="whisper-1", language="en", response_format="verbose_json",
            timestamp_granularities=["word", "segment"], temperature=TEMPERATURE, prompt="A recording."
        )
    return {
        "text": result.text, "language": result.language, "duration": result.duration,
        "words": [[word.word, word.start, word.end] for word in result.words or []],
        "segments": [[segment.start, segment.end, segment.text] for segment in result.segments or []],
    }


def subtitles(client, path):
    results = {}
    for form in ("text", "srt", "vtt"):
        with open(path, "rb") as recording:
            results[form] = client.audio.transcriptions.create(
                file=recording, model="whisper-1", language="en", response_format=form, temperature=TEMPERATURE
            )
    return results


def stream(client, path):
    deltas, done = [], None
    with open(path, "rb") as recording:
        for event in client.audio.transcriptions.create(
            file=recording, model="whisper-1", language="en", stream=True, temperature=TEMPERATURE
        ):
            if event.type == "transcript.text.delta":
                deltas.append(event.delta)
            elif event.type == "transcript.text.done":
                done = event.text
    return {"deltas": deltas, "done": done}


def translate(client, path):
    with open(path, "rb") as recording:
        result = client.audio.translations.create(file=recording, model="whisper-1", temperature=TEMPERATURE)
    return {"text": result.text}


def speak(client, text, form, out):
    with client.audio.speech.with_streaming_response.create(
        input=text, model="tts-1", voice="alloy", response_format=form, speed=1.0, instructions="Calmly."
    ) as response:
        response.stream_to_file(out)
        return {
            "synthetic": response.headers.get("x-synthetic-audio"), "type": response.headers.get("content-type"),
            "chunked": response.headers.get("transfer-encoding"),
        }


def errors(client):
    found = {}
    try:
        client.audio.transcriptions.create(file=("a.wav", b"no sound at all" * 100), model="whisper-1")
    except openai.BadRequestError as error:
        found["sound"] = error.code
    try:
        client.audio.transcriptions.create(file=("a.wav", b"RIFF"), model="no-such-model")
    except openai.NotFoundError as error:
        found["model"] = error.code
    try:
        client.audio.speech.create(input="Hello.", model="tts-1", voice="no-such-voice", response_format="wav")
    except openai.NotFoundError as error:
        found["voice"] = error.code
    try:
        client.audio.speech.create(input="Hello.", model="tts-1", voice="alloy", response_format="aac")
    except openai.BadRequestError as error:
        found["format"] = [error.code, error.param]
    return found


def main():
    actions = {
        action.__name__: action for action in (models, transcribe, words, subtitles, stream, translate, speak, errors)
    }
    print(json.dumps(actions[sys.argv[2]](connect(sys.argv[1]), *sys.argv[3:])))


if __name__ == "__main__":
    main()
