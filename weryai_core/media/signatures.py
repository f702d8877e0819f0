"""The format of binary data, by its first bytes."""

from __future__ import annotations

import re
from base64 import b64decode

# https://en.wikipedia.org/wiki/List_of_file_signatures
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
# The formats inside RIFF, and the brands of ISO's media files.
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"mif1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    b"M4A ": "audio/mp4",
}
_HEAD = 32  # characters of base64

_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*|[A-Za-z0-9_\-\s]+={0,2}\s*")


def is_base64(text: str) -> bool:
    """Whether a text may be base64, with line breaks or without, or in its form for addresses."""
    return _BASE64.fullmatch(text) is not None


def format_of_base64(text: str) -> str:
    """The MIME type of data in base64; "" if they have no signature that is known."""
    head = "".join(text[: 2 * _HEAD].split())[:_HEAD].rstrip("=")
    head += "=" * (-len(head) % 4)
    try:
        return format_of(b64decode(head.translate(_TO_STANDARD)))
    except ValueError:
        return ""


def format_of(data: bytes) -> str:
    """The MIME type of data; "" if they have no signature that is known."""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    return next((name for signature, name in _SIGNATURES if data.startswith(signature)), "")


def to_standard_base64(text: str) -> str:
    """Base64 without line breaks, in its common form."""
    return "".join(text.split()).translate(_TO_STANDARD)


_TO_STANDARD = str.maketrans("-_", "+/")
