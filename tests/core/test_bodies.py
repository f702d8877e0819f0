"""Compressed bodies: every shape of them, and those that hold nothing."""

import asyncio
import gzip
import zlib

import httpx2
import pytest

from weryai_core import APITimeoutError, ProtocolError, RateLimitError, ReplyTooLargeError
from weryai_core.bodies import apieces_of, pieces_of

TEXT = b'{"choices": []}'
GZIP = gzip.compress(TEXT, mtime=0)
HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
MEGABYTE = 1024 * 1024
EMPTY_BLOCKS = HEAD + b"\0\0\0\xff\xff" * MEGABYTE


def bare(data, level=9):
    """Deflate without zlib's header."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def response_of(encoding, pieces, kind=iter):
    return httpx2.Response(200, headers={"content-encoding": encoding}, content=kind(pieces))


async def arriving(pieces):
    for piece in pieces:
        yield piece


def read(encoding, data, size=None):
    """The body that arrives in pieces of a size."""
    size = size or len(data)
    pieces = [data[place : place + size] for place in range(0, len(data), size)]
    return b"".join(pieces_of(response_of(encoding, pieces)))


@pytest.mark.parametrize("size", [1, 2, 3, 7, None])
@pytest.mark.parametrize(
    ("encoding", "data", "text"),
    [
        ("gzip", GZIP, TEXT),
        ("gzip", GZIP * 3, TEXT * 3),
        ("gzip", GZIP + b"\0" * 9 + GZIP + b"\0", TEXT * 2),
        ("gzip", gzip.compress(b"", mtime=0) + GZIP, TEXT),
        ("gzip", GZIP + b"\r\nmore", TEXT),
        ("gzip", GZIP[:-9], TEXT),
        ("deflate", zlib.compress(TEXT), TEXT),
        ("deflate", bare(TEXT), TEXT),
        ("deflate", bare(TEXT, level=0), TEXT),
        ("deflate", zlib.compress(TEXT) + b"more", TEXT),
        ("gzip, gzip", gzip.compress(GZIP * 2, mtime=0) * 2, TEXT * 4),
        ("deflate, gzip", gzip.compress(bare(TEXT), mtime=0), TEXT),
    ],
)
def test_a_compressed_body_may_arrive_in_any_pieces(encoding, data, text, size):
    assert read(encoding, data, size) == text


def test_a_second_member_that_is_damaged_is_an_error():
    with pytest.raises(zlib.error):
        read("gzip", GZIP + GZIP[:-8] + bytes(8))


EMPTY = [
    pytest.param("gzip", EMPTY_BLOCKS, id="blocks"),
    pytest.param("gzip", gzip.compress(b"") * MEGABYTE, id="members"),
    pytest.param("gzip", HEAD[:3] + b"\x08" + HEAD[4:] + b"a" * 2 * MEGABYTE, id="a name"),
    pytest.param("gzip", GZIP + bytes(2 * MEGABYTE), id="padding"),
    pytest.param("deflate", b"\x78\x9c" + b"\0\0\0\xff\xff" * MEGABYTE, id="zlib's blocks"),
    pytest.param("gzip, gzip", gzip.compress(EMPTY_BLOCKS), id="blocks in gzip"),
]


@pytest.mark.parametrize(("encoding", "data"), EMPTY)
def test_compressed_bytes_that_hold_nothing_are_given_up(encoding, data):
    read_bytes = 0

    def pieces():
        nonlocal read_bytes
        for place in range(0, len(data), 4096):
            read_bytes += 4096
            yield data[place : place + 4096]

    with pytest.raises(ReplyTooLargeError, match="hold nothing are more than 1,048,576"):
        list(pieces_of(response_of(encoding, pieces())))
    assert read_bytes <= MEGABYTE + 8192


def test_an_answer_that_is_flushed_after_each_byte_is_read():
    compressor = zlib.compressobj(wbits=31)
    flushed = b"".join(
        compressor.compress(b"%d" % (n % 10)) + compressor.flush(zlib.Z_SYNC_FLUSH)
        for n in range(400_000)
    )
    assert len(flushed) > 2 * MEGABYTE
    assert read("gzip", flushed) == b"0123456789" * 40_000


@pytest.mark.parametrize("encoding", ["gzip, gzip, gzip", "gzip," * 900])
def test_an_answer_that_is_compressed_again_and_again_is_an_error(encoding):
    with pytest.raises(ProtocolError, match="times, one inside the other") as caught:
        read(encoding, GZIP)
    assert not caught.value.is_retryable


def test_others_have_their_turn_while_few_bytes_become_many():
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def main():
        task = asyncio.create_task(others())
        bomb = gzip.compress(bytes(64 * MEGABYTE))
        response = response_of("gzip", [bomb], arriving)
        pieces = [piece async for piece in apieces_of(response, lambda: asyncio.sleep(0))]
        task.cancel()
        return len(pieces)

    assert turns <= asyncio.run(main()) <= turns + 2


def test_few_bytes_that_become_many_end_with_the_time_of_the_call(make_driver, service):
    """Reading them all takes seconds, and the connection is not waited for once."""
    events = b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n' * MEGABYTE
    service.reply(gzip.compress(events), headers={"content-encoding": "gzip"})
    driver = make_driver(total_timeout=0.2, max_retries=0)
    with pytest.raises(APITimeoutError, match=r"`total_timeout` of 0\.2 s"):
        for _ in driver.stream():
            pass


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("zstd", b"abc"), ("gzip, gzip, gzip", GZIP), ("gzip", b"nope"), ("gzip", EMPTY_BLOCKS)],
)
def test_the_status_decides_where_the_body_of_an_error_cannot_be_read(
    make_driver, service, encoding, body
):
    service.reply(body, status=429, headers={"content-encoding": encoding})
    with pytest.raises(RateLimitError) as caught:
        make_driver(max_retries=0).chat()
    assert caught.value.is_retryable
