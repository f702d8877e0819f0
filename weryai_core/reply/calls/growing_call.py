"""A tool call that grows with its fragments: its ids, its name and its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from weryai_core.reply.calls.growing_text import GrowingText, begins, is_nothing


@dataclass(frozen=True, slots=True)
class Fragment:
    """An entry of a `delta.tool_calls`, as it is read.

    Attributes:
        delta: Number of the delta.
        index: The service's index of the call; None if it is missing.
        id: The service's id of the call; None if it is missing or empty.
        name: Name, or a piece of one; None if it is missing or empty.
        text: Text of the arguments.
        extra: Fields that the model needs back.
    """

    delta: int
    index: int | None
    id: str | None
    name: str | None
    text: str
    extra: Mapping[str, Any]

    @property
    def is_empty(self) -> bool:
        return not (self.id or self.name or self.text or self.extra)

    @property
    def kind(self) -> Literal["nothing", "begin", "rest"]:
        """What the text is: the beginning of arguments, more of them, or nothing that counts."""
        if is_nothing(self.text):
            return "nothing"
        return "begin" if begins(self.text) else "rest"


class GrowingCall:
    """A call that has begun.

    Args:
        first: The fragment that begins it.

    Attributes:
        wire_index: The service's index of the call, if it has one.
        wire_id: The service's id of the call, if it has one.
        began_in: Number of the delta in which it began.
        name: The name as far as it has come.
        text: The arguments as far as they have come.
        extra: Fields that have not left yet.
        doubts: The call before it that this one may be a part of, or repeat.
        rival: The call after it that doubts it.
        raw: The texts of the fragments, as long as there are doubts.
        part_of: The call that this one turned out to be a part of.
        number: Number of the call among those that have left; None until it has left.
    """

    __slots__ = (
        "began_in",
        "began_with_id",
        "doubts",
        "extra",
        "is_named_first",
        "is_named_late",
        "id_stays",
        "is_new",
        "name",
        "number",
        "own_id",
        "part_of",
        "raw",
        "raw_names",
        "rival",
        "text",
        "wire_id",
        "wire_index",
    )

    def __init__(self, first: Fragment) -> None:
        self.wire_index = first.index
        self.wire_id: str | None = None
        self.began_in = first.delta
        self.began_with_id = first.id is not None
        self.name = ""
        self.text = GrowingText()
        self.extra: dict[str, Any] = {}
        self.doubts: GrowingCall | None = None
        self.rival: GrowingCall | None = None
        self.raw: list[str] = []
        self.raw_names: list[str] = []
        self.part_of: GrowingCall | None = None
        self.number: int | None = None
        self.own_id = ""  # generated
        self.is_new = True
        self.id_stays = False
        self.is_named_late = False
        self.is_named_first = False

    @property
    def is_hollow(self) -> bool:
        """Whether this may be a part of the call before it, and holds nothing."""
        if self.doubts is None or not self.text.is_blank or self.text.is_explicitly_empty:
            return False
        is_same = self.name == self.doubts.name and self.wire_id in (None, self.doubts.wire_id)
        return is_same or not self.name

    def differs_in(self, key: str) -> bool:
        """Whether the id or the index is another one than that of the call before it."""
        before = self.doubts
        if before is None or key == "latest":
            return False
        if key == "id":
            return self.wire_id not in (None, before.wire_id)
        return self.wire_index not in (None, before.wire_index)
