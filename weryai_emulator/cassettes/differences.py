"""Says in words how one JSON value differs from another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weryai_emulator.checks import show


def differences(sent: Any, recorded: Any, where: str = "") -> Iterator[str]:
    """Yield a sentence for each place where two JSON values differ.

    Args:
        sent: The value of the request.
        recorded: The value on the cassette.
        where: What leads to them, as in `messages[0]`; empty for the whole body.
    """
    if isinstance(sent, dict) and isinstance(recorded, dict):
        for name in dict.fromkeys((*sent, *recorded)):
            place = f"{where}.{name}" if where else str(name)
            if name not in recorded:
                yield f"`{place}` is {show(sent[name])} here and not recorded"
            elif name not in sent:
                yield f"`{place}` is missing here and {show(recorded[name])} there"
            else:
                yield from differences(sent[name], recorded[name], place)
    elif isinstance(sent, list) and isinstance(recorded, list) and len(sent) == len(recorded):
        for number, (one, other) in enumerate(zip(sent, recorded, strict=True)):
            yield from differences(one, other, f"{where}[{number}]")
    elif isinstance(sent, list) and isinstance(recorded, list):
        yield f"{_named(where)} has {len(sent)} entries here and {len(recorded)} there"
    # JSON has one kind of number, but true is none.
    elif sent != recorded or isinstance(sent, bool) is not isinstance(recorded, bool):
        yield f"{_named(where)} is {show(sent)} here and {show(recorded)} there"


def _named(where: str) -> str:
    return f"`{where}`" if where else "the body"
