"""What kinds of media are called in requests. No I/O."""

from __future__ import annotations

_AUDIO = {"mpeg": "mp3", "wave": "wav", "vnd.wave": "wav"}


def audio_format(kind: str) -> str:
    """The `format` of an `input_audio` part, of that or of a MIME type: mp3 of "audio/mpeg"."""
    name = kind.lower().partition(";")[0].strip().removeprefix("audio/").removeprefix("x-")
    return _AUDIO.get(name, name)
