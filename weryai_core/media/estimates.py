"""Estimates the tokens of an image, audio, video or file, which do not follow from its bytes.

The numbers are those of the vendors' documentation; where vendors differ, a high one is used, since
a request with too many tokens is refused:

    an image           1,600    Anthropic's most for an image; Google 258 to 1,120, OpenAI up to
                                1,105, Moonshot 1,024. OpenAI's with `detail: "low"` are 85.
    a page of a PDF    2,300    Anthropic: 1,500 to 3,000 for the text and the image of the page;
                                Google 258 to 560
    a second of audio     32    Google; OpenAI 10
    a second of video    300    Google: 263 for the frame, and 32 for the sound
    text                   1    for four characters

Pages are counted in the data. The seconds follow from the header of a WAV file, otherwise from the
size at a usual bit rate. Without data there is a default for each kind.
"""

from __future__ import annotations

import re
from base64 import b64decode
from math import ceil

from weryai_core.media.kinds import Medium, read_medium
from weryai_core.media.parts import is_text

IMAGE_TOKENS = 1600
LOW_DETAIL_TOKENS = 85
PAGE_TOKENS = 2300
AUDIO_TOKENS_PER_SECOND = 32
VIDEO_TOKENS_PER_SECOND = 300

_CHARACTERS_PER_TOKEN = 4
_DEFAULT_PAGES = 2
_DEFAULT_SECONDS = 30
_AUDIO_BYTES_PER_SECOND = 16_000  # 128 kbit/s
_VIDEO_BYTES_PER_SECOND = 250_000  # 2 Mbit/s

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_PAGE_COUNT = re.compile(rb"/Count\s+(\d{1,5})(?!\d)")
_MOST_PAGES = 5000  # a larger `/Count` is not one of pages


def estimate_media_tokens(part: object) -> int | None:
    """The tokens of a part or block that is a medium, roughly; None for any other."""
    medium = read_medium(part)
    if medium is None:
        return None
    match medium.kind:
        case "image":
            return LOW_DETAIL_TOKENS if medium.detail == "low" else IMAGE_TOKENS
        case "audio":
            return _seconds(medium, _AUDIO_BYTES_PER_SECOND) * AUDIO_TOKENS_PER_SECOND
        case "video":
            return _seconds(medium, _VIDEO_BYTES_PER_SECOND) * VIDEO_TOKENS_PER_SECOND
        case _ if medium.base64 and is_text(medium.mime_type):
            return ceil(len(medium.base64) * 3 / 4 / _CHARACTERS_PER_TOKEN)
        case _:
            return _pages(medium) * PAGE_TOKENS


def _pages(medium: Medium) -> int:
    base64 = medium.base64 if medium.kind == "pdf" else None
    if base64 is None:
        return _DEFAULT_PAGES
    try:
        data = b64decode(base64)
    except ValueError:
        return _DEFAULT_PAGES
    pages = len(_PAGE.findall(data))
    if not pages:
        # Newer files have compressed page objects, and sometimes a readable total.
        counts = (int(count) for count in _PAGE_COUNT.findall(data))
        pages = max((count for count in counts if count <= _MOST_PAGES), default=0)
    return pages or _DEFAULT_PAGES


def _seconds(medium: Medium, bytes_per_second: int) -> int:
    base64 = medium.base64
    if base64 is None:
        return _DEFAULT_SECONDS
    rate = _wav_rate(base64) if medium.kind == "audio" else None
    size = len(base64) * 3 / 4
    return max(1, round(size / (rate or bytes_per_second)))


def _wav_rate(base64: str) -> int | None:
    """The bytes a second that the header of a WAV file states; None for other data."""
    try:
        head = b64decode(base64[:64])
    except ValueError:
        return None
    if head[:4] != b"RIFF" or head[8:16] != b"WAVEfmt ":
        return None
    return int.from_bytes(head[28:32], "little") or None
