"""Spoken answers: the `audio` of a message in OpenAI's shape. The sound itself is silence."""

from __future__ import annotations

import base64
import io
import wave
import zlib

from weryai_emulator.json_text import JsonObject
from weryai_emulator.text import count_tokens

FORMATS = ("wav", "pcm16")

# Real speech takes about 0.3 s a word; 0.02 s keep an answer small.
_SAMPLES_PER_TOKEN = 160
_SAMPLES_PER_SECOND = 8_000

# OpenAI keeps the audio for an hour. The emulator keeps none, and names a date far ahead.
_EXPIRES_AT = 4_102_444_800


def speak(text: str, audio_format: str) -> JsonObject:
    """Return the `audio` of a message, with the text as its transcript."""
    samples = bytes(2 * _SAMPLES_PER_TOKEN * audio_tokens(text))
    data = samples if audio_format == "pcm16" else _wav(samples)
    return {
        "id": f"audio_{zlib.crc32(text.encode()):08x}",
        "data": base64.b64encode(data).decode(),
        "expires_at": _EXPIRES_AT,
        "transcript": text,
    }


def audio_tokens(text: str) -> int:
    """Return how many audio tokens a spoken text has, in addition to those of its transcript."""
    return count_tokens(text)


def _wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(_SAMPLES_PER_SECOND)
        writer.writeframes(samples)
    return file.getvalue()
