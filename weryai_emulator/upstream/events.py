"""Read server-sent events as they come."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator

DONE = b"[DONE]"


async def read_events(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes | None]:
    """Yield the data of each event, and None for a comment, by which servers keep a connection.

    Only line feeds and carriage returns end a line: the texts of a model may contain any other
    separator. An event without the empty line at its end is still one.

    Args:
        parts: The bytes of the stream, cut anywhere.
    """
    data: list[bytes] = []
    async for line in _lines(parts):
        name, _, value = line.partition(b":")
        if not line:
            if data:
                yield b"\n".join(data)
            data = []
        elif not name:
            yield None
        elif name == b"data":
            data.append(value.removeprefix(b" "))
    if data:
        yield b"\n".join(data)


async def _lines(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for part in parts:
        complete, rest = _split(rest + part)
        for line in complete:
            yield line
    if rest:
        yield rest.rstrip(b"\r")


def _split(text: bytes) -> tuple[Iterator[bytes], bytes]:
    """Return the complete lines of a text, and the rest of it.

    A carriage return at the end stays in the rest: a line feed may follow.
    """
    held = b"\r" if text.endswith(b"\r") else b""
    text = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    *complete, rest = text.split(b"\n")
    return iter(complete), rest + held
