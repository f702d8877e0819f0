"""A tool call that grows with its fragments: its ids, its name and its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from weryai_core.extras import GrowingExtras
from weryai_core.reply.calls.growing_text import GrowingText, begins, is_nothing
from weryai_core.reply.calls.known_names import KnownNames


@dataclass(slots=True)  # not frozen, which takes twice the time
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
    def kind(self) -> Literal["nothing", "begin", "rest"]:
        """What the text is: the beginning of arguments, more of them, or nothing that counts."""
        if is_nothing(self.text):
            return "nothing"
        return "begin" if begins(self.text) else "rest"


class GrowingCall:
    """A call that has begun.

    A call is in doubt as long as it may be a part of the call before it, or that call once more.

    Args:
        first: The fragment that begins it, which is not added yet.
        before: The call that it may be a part of.

    Attributes:
        wire_index: The service's index of the call, if it has one.
        wire_id: The service's id of the call, if it has one.
        began_in: Number of the delta in which it began.
        began_with_id: Whether its first fragment, or that of the call before it, has an id.
        name: The name as far as it has come.
        is_named_first: Whether its first fragment has a name.
        is_named_late: Whether the name came after arguments.
        is_after_name: Whether it began right after a call of which only the name had come.
        is_bare: Whether its first fragment has a name, and no text of arguments.
        text: The arguments as far as they have come.
        extras: Fields that have not left yet; None for none.
        before: The call that it may be a part of; None if it is not in doubt.
        rival: The call that may be a part of this one.
        raw: The texts of its fragments, as long as it is in doubt.
        raw_names: The names of its fragments, as long as it is in doubt.
        id_stays: Whether a later fragment repeats the id.
        shares_id: Whether another call has the same id.
        part_of: The call that this one turned out to be a part of.
        number: Number of the call among those that have left; None until it has left.
        own_id: The generated id; "" if there is none.
    """

    __slots__ = (
        "before",
        "began_in",
        "began_with_id",
        "extras",
        "id_stays",
        "is_after_name",
        "is_bare",
        "is_named_first",
        "is_named_late",
        "name",
        "number",
        "own_id",
        "part_of",
        "raw",
        "raw_names",
        "rival",
        "shares_id",
        "text",
        "wire_id",
        "wire_index",
    )

    def __init__(self, first: Fragment, before: GrowingCall | None = None) -> None:
        self.wire_index: int | None = first.index
        self.wire_id: str | None = None
        self.began_in: int = first.delta
        self.began_with_id: bool = before.began_with_id if before else first.id is not None
        self.name: str = ""
        self.is_named_first: bool = first.name is not None
        self.is_named_late: bool = False
        self.is_after_name: bool = False
        self.is_bare: bool = first.name is not None and not first.text
        self.text: GrowingText = GrowingText()
        self.extras: GrowingExtras | None = None
        self.before: GrowingCall | None = before
        self.rival: GrowingCall | None = None
        self.raw: list[str] = []
        self.raw_names: list[str] = []
        self.id_stays: bool = False
        self.shares_id: bool = False
        self.part_of: GrowingCall | None = None
        self.number: int | None = None
        self.own_id: str = ""
        if before is not None:
            before.rival = self
            before.id_stays = before.id_stays or (
                first.id is not None and first.id == before.wire_id
            )

    @property
    def whole(self) -> GrowingCall:
        """The call that this one is a part of; else the call itself."""
        call = self
        while call.part_of is not None:
            call = call.part_of
        return call

    @property
    def has_own_id(self) -> bool:
        """Whether the id is another one than that of the call before."""
        return self.before is not None and self.wire_id not in (None, self.before.wire_id)

    @property
    def has_own_index(self) -> bool:
        """Whether the index is another one than that of the call before."""
        return self.before is not None and self.wire_index not in (None, self.before.wire_index)

    @property
    def is_hollow(self) -> bool:
        """Whether the call is in doubt and holds nothing of its own."""
        if self.before is None or not self.text.is_void:
            return False
        return not self.name or (self.name == self.before.name and not self.has_own_id)

    def add(self, fragment: Fragment, names: KnownNames) -> None:
        """Add what a fragment holds."""
        if self.wire_id is None:
            self.wire_id = fragment.id
        name, text = fragment.name, fragment.text
        if name is not None and self.number is None:
            self._add_name(name, names)
        if text:
            if self.before is not None:
                self.raw.append(text)
            # Some repeat the whole call at the end.
            is_done = self.text.is_complete
            if not is_done or not (fragment.kind == "nothing" or self.text.equals(text)):
                self.text.add(text)
        if fragment.extra:
            self.extras = self.extras or GrowingExtras()
            self.extras.add(fragment.extra)

    def take_extra(self) -> Mapping[str, Any]:
        """The fields that have not left yet; they leave."""
        extras, self.extras = self.extras, None
        return {} if extras is None else extras.value()

    def confirm(self) -> None:
        """End the doubt: it is a call of its own."""
        before = self.before
        if before is not None:
            if self.wire_id is not None and self.wire_id == before.wire_id:
                self.shares_id = before.shares_id = True
            self.before = before.rival = None

    def merge(self, names: KnownNames) -> GrowingCall:
        """End the doubt: make the call a part of the one before it; gives that one."""
        before = self.before
        if before is None:
            return self
        self.before = before.rival = None
        self.part_of = before
        for name in self.raw_names:
            if before.number is None and not names.is_whole(before.name):
                before._add_name(name, names)
        if not before.text.is_complete:
            for text in self.raw:
                before.text.add(text)
            if before.before is not None:
                before.raw += self.raw
        if self.extras is not None:
            before.extras = before.extras or GrowingExtras()
            before.extras.add(self.extras.value())
        return before

    def _add_name(self, name: str, names: KnownNames) -> None:
        if self.before is not None and not names.is_whole(self.name):
            self.raw_names.append(name)
        if not self.name:
            self.is_named_late = not self.text.is_void
            self.name = name
        elif self.text.is_blank or names.all:
            self.name = names.join(self.name, name)
