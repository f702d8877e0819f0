"""Spoken answers: OpenAI's `audio` of a message. What is heard is silence of a length. No I/O."""

from __future__ import annotations

import base64
import io
import wave
import zlib
from typing import Any

from weryai_emulator.tokens import count_tokens

FORMATS = ("wav", "pcm16")

# Real speech takes some 0.3 s a word; shorter, so that an answer does not weigh much.
_SAMPLES_PER_TOKEN = 160
_SAMPLES_PER_SECOND = 8_000

# OpenAI keeps what was said for an hour; the emulator has no clock, and keeps nothing.
_EXPIRES_AT = 4_102_444_800


def spoken(text: str, audio_format: str) -> dict[str, Any]:
    """Return a text as the `audio` of a message, with the text as its transcript."""
    samples = bytes(2 * _SAMPLES_PER_TOKEN * audio_tokens(text))
    data = samples if audio_format == "pcm16" else _wav(samples)
    return {
        "id": f"audio_{zlib.crc32(text.encode()):08x}",
        "data": base64.b64encode(data).decode(),
        "expires_at": _EXPIRES_AT,
        "transcript": text,
    }


def audio_tokens(text: str) -> int:
    """Return how many tokens a spoken text has beside those of its transcript."""
    return count_tokens(text)


def _wav(samples: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(_SAMPLES_PER_SECOND)
        writer.writeframes(samples)
    return file.getvalue()
