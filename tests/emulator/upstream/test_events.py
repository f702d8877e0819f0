"""Server-sent events, with the bytes cut anywhere."""

from __future__ import annotations

import asyncio

import pytest

from weryai_emulator.upstream.events import read_events

CASES = {
    "one line": (b"data: a\n\n", [b"a"]),
    "several events": (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
    "carriage returns": (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [b"a", b"b", b"c"]),
    "no space": (b"data:a\n\n", [b"a"]),
    "two lines": (b"data: a\ndata: b\n\n", [b"a\nb"]),
    "a comment": (b": ping\n\ndata: a\n\n", [None, b"a"]),
    "other fields": (b"event: message\nid: 7\ndata: a\n\n", [b"a"]),
    "no empty line at the end": (b"data: a\n\ndata: [DONE]", [b"a", b"[DONE]"]),
    "a carriage return at the end": (b"data: a\r", [b"a"]),
    "separators in the text": (
        "data: a\u2028b\x0cc\x85\n\n".encode(),
        ["a\u2028b\x0cc\x85".encode()],
    ),
    "nothing": (b"\n\n", []),
    "an event without data": (b"data: \n\ndata: a\n\ndata:", [b"a"]),
    "a byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [b"a"]),
}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("case", CASES)
def test_events_are_read_wherever_the_bytes_are_cut(case, size):
    stream, events = CASES[case]
    assert asyncio.run(read_all(stream, size)) == events


async def read_all(stream: bytes, size: int) -> list[bytes | None]:
    async def parts():
        for start in range(0, len(stream), size):
            yield stream[start : start + size]

    return [event async for event in read_events(parts())]
