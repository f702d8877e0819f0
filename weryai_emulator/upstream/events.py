"""Read server-sent events as they come."""

from __future__ import annotations

from codecs import BOM_UTF8 as _BOM
from collections.abc import AsyncIterable, AsyncIterator

DONE = b"[DONE]"


async def read_events(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes | None]:
    """Yield the data of each event, and None for a comment, by which servers keep a connection.

    Only line feeds and carriage returns end a line: the texts of a model may contain any other
    separator. An event without the empty line at its end is still one. One without data is none.

    Args:
        parts: The bytes of the stream, cut anywhere.
    """
    data: list[bytes] = []
    async for line in _lines(parts):
        name, _, value = line.partition(b":")
        if not line:
            if any(data):
                yield b"\n".join(data)
            data = []
        elif not name:
            yield None
        elif name == b"data":
            data.append(value.removeprefix(b" "))
    if any(data):
        yield b"\n".join(data)


async def _lines(parts: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Yield the complete lines, and what is left at the end.

    A line may come in thousands of parts, which are joined once. A carriage return at the end of a
    part is held back: a line feed may follow.
    """
    begun: list[bytes] = []  # of a line
    held = b""
    is_first = True
    async for part in parts:
        part = held + part
        if is_first and len(part) >= len(_BOM):
            part, is_first = part.removeprefix(_BOM), False
        held = part if is_first else b"\r" if part.endswith(b"\r") else b""
        part = part[: len(part) - len(held)]
        if b"\n" not in part and b"\r" not in part:
            begun.append(part)
            continue
        text = part.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        first, *others = text.split(b"\n")
        yield b"".join([*begun, first])
        for line in others[:-1]:
            yield line
        begun = [others[-1]]
    if rest := b"".join([*begun, held]).rstrip(b"\r"):
        yield rest
