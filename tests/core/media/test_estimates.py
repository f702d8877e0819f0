"""Tokens of media: by kind, pages and seconds."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.media.estimates import estimate_media_tokens

IMAGE, PAGE = 1600, 2300


def pdf(data):
    uri = f"data:application/pdf;base64,{b64encode(data).decode()}"
    return {"type": "file", "file": {"filename": "a.pdf", "file_data": uri}}


def wav(seconds, rate=16_000):
    """A header of 44 bytes, and silence: mono, 16 bits."""
    head = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0"
    head += (
        rate.to_bytes(4, "little") + (2 * rate).to_bytes(4, "little") + b"\2\0\x10\0data\0\0\0\0"
    )
    data = b64encode(head + bytes(2 * rate * seconds - len(head))).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}


def audio(size, kind="mp3"):
    data = b64encode(bytes(size)).decode()
    return {"type": "input_audio", "input_audio": {"data": data, "format": kind}}


def image(**fields):
    return {"type": "image_url", "image_url": {"url": "https://example.com/a.png", **fields}}


@pytest.mark.parametrize(
    ("part", "tokens"),
    [
        (image(), IMAGE),
        (image(detail="high"), IMAGE),
        (image(detail="low"), 85),
        (image(url="data:image/png;base64," + "A" * 4_000_000), IMAGE),
        (pdf(b"%PDF-1.4 /Type /Pages /Count 3 " + b"/Type /Page /X" * 3), 3 * PAGE),
        (pdf(b"/Type/Pages/Kids[]" + b"/Type/Page>>" * 2), 2 * PAGE),
        (pdf(b"<< /Type /Pages /Count 12 /Kids [] >>" + bytes(100)), 12 * PAGE),
        (pdf(b"/Count 4000000000 /Count 9999 /Count -3"), 2 * PAGE),
        (pdf(bytes(1_000_000)), 2 * PAGE),
        ({"type": "file", "file": {"filename": "a.pdf", "file_data": "no base64"}}, 2 * PAGE),
        ({"type": "file", "file": {"file_id": "file-1"}}, 2 * PAGE),
        ({"type": "file", "url": "https://example.com/report.pdf"}, 2 * PAGE),
        ({"type": "file", "base64": "QUFB" * 4000, "mime_type": "text/csv"}, 3000),
        (
            {"type": "file", "file": {"file_data": f"data:application/json;base64,{'QUFB' * 40}"}},
            30,
        ),
        (wav(10), 320),
        (wav(10, rate=48_000), 320),
        (audio(160_000), 320),
        (audio(1), 32),
        (audio(160_000, "wav"), 320),
        ({"type": "audio", "url": "https://example.com/a.mp3"}, 960),
        ({"type": "video", "base64": "A" * 1_000_000, "mime_type": "video/mp4"}, 900),
        ({"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}}, 9000),
        ({"type": "text", "text": "Hello"}, None),
        ("Hello", None),
    ],
    ids=lambda value: str(value)[:60],
)
def test_media_are_counted_by_kind_pages_and_seconds(part, tokens):
    assert estimate_media_tokens(part) == tokens


FIELDS = st.sampled_from(
    ["type", "url", "data", "base64", "source", "file", "file_data", "mime_type", "image_url"]
)
VALUES = st.recursive(
    st.none()
    | st.integers()
    | st.text(max_size=20)
    | st.binary(max_size=9)
    | st.sampled_from(["image", "file", "audio", "video", "data:,", "data:;base64,A", "UklGRg=="]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELDS, inner, max_size=4),
)


@given(st.dictionaries(FIELDS, VALUES))
def test_any_part_is_a_medium_with_tokens_or_none(part):
    tokens = estimate_media_tokens(part)
    assert tokens is None or tokens > 0
