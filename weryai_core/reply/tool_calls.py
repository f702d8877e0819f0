"""Puts fragments of tool calls in order, whatever the upstream's habits.

OpenAI numbers the calls of a streamed answer and sends id and name once. Upstreams behind gateways
also give two calls the same number or id, or none; repeat id and name on every fragment, or the
whole call at the end; cut the name, or send it or the id late or never; and send as arguments an
object, an empty object before the real one, or JSON text within JSON text.

`ToolCallAssembler` finds the call of each fragment. A call leaves when its id and its whole name
are known, at the latest when the answer ends, and calls leave in the order in which they began.
So the first fragment that leaves has the id and the name, and no id is made up that comes later. A
call without a name never leaves. `tool_names` are the names that the request sent: they tell a cut
name from a whole one, and each name is translated to the one that the user gave.

A call that a later delta brings again, with the same name and arguments, under the same index and
without an id of its own, is the same call. It may be two equal calls, but a tool that runs once too
often, such as a payment, is worse than one that runs once too few. Equal calls in one delta are
two.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from weryai_core.chunk import ToolCallDelta, merge_extras
from weryai_core.identifiers.written_names import ToolNames, given_name, read_name
from weryai_core.json_text import parse_arguments, read_json
from weryai_core.wire import arguments_of, call_extras, id_of, write_json

_log = logging.getLogger(__name__)

# Sent by some for a tool without parameters, and by some before the real arguments.
_PLACEHOLDERS = re.compile(r'(?:\s|null|None|""|\{\s*+\})*+')
_PLACEHOLDER_SO_FAR = re.compile(r"(?:\{\s*|n(?:u(?:ll?)?)?|N(?:o(?:ne?)?)?)?\Z")
_EMPTY_OBJECT = re.compile(r"\s*\{\s*\}\s*")
_MOST_ENCODINGS = 3  # how often arguments may be JSON text within JSON text


class _Call:
    """A call that has begun: what identifies its further fragments, and what has not left yet."""

    __slots__ = (
        "arguments",
        "began_in",
        "extra",
        "held",
        "index",
        "name",
        "own_id",
        "size",
        "unsent",
        "wire_id",
        "wire_index",
    )

    def __init__(self, wire_index: int | None, began_in: int) -> None:
        self.wire_index = wire_index
        self.wire_id: str | None = None
        self.began_in = began_in  # number of the delta
        self.name = ""
        self.arguments: list[str] = []
        self.size = 0  # characters of the arguments
        self.held = ""  # first arguments, which may not be the real ones
        self.unsent = ""  # arguments
        self.extra: dict[str, Any] = {}  # unsent, too
        self.index: int | None = None  # None until it has left
        self.own_id = ""  # generated

    @property
    def has_arguments(self) -> bool:
        return bool(self.arguments or self.held)

    @property
    def is_complete(self) -> bool:
        """Whether the arguments are whole; a placeholder may yet be replaced."""
        # Checked from the end first, since parsing is slow.
        if not self.arguments or not self.arguments[-1].rstrip().endswith(("}", "]")):
            return False
        return _is_json("".join(self.arguments))

    def append(self, arguments: str) -> None:
        """Append a piece to the arguments."""
        self.arguments.append(arguments)
        self.size += len(arguments)

    def begin(self, arguments: str) -> str:
        """The part of the first arguments that is certain; the rest is held back."""
        self.held += arguments
        begun = _begun(self.held)
        if begun:
            self.held = ""
        return begun

    def equals(self, arguments: str) -> bool:
        """Whether these are the arguments once more."""
        given = parse_arguments(arguments)
        return given is not None and parse_arguments("".join(self.arguments)) == given

    def repeats(self, other: _Call) -> bool:
        """Whether this call, which begins after the other, is the other one once more."""
        has_own_id = self.wire_id is not None and self.wire_id != other.wire_id
        if has_own_id or self.began_in == other.began_in or self.name.strip() != other.name.strip():
            return False
        is_same_place = self.wire_index == other.wire_index or self.wire_id is not None
        arguments = "".join(self.arguments) or self.held
        known = "".join(other.arguments) or other.held
        return is_same_place and parse_arguments(known or "{}") == parse_arguments(
            arguments or "{}"
        )

    def rest_of(self, arguments: str) -> str | None:
        """What restated arguments add to those so far; None if they are not those so far."""
        if not _begins(arguments) or len(arguments) < self.size:
            return None
        so_far = "".join(self.arguments) or self.held
        # After one of the three, the same words may begin a nested object.
        if not so_far or so_far.rstrip()[-1:] in (":", ",", "["):
            return None
        return arguments.removeprefix(so_far) if arguments.startswith(so_far) else None


class ToolCallAssembler:
    """Numbers the tool calls of one streamed choice: 0, 1, 2 ... as they began.

    Args:
        tool_names: The names that the request sent.
    """

    def __init__(self, tool_names: ToolNames) -> None:
        self._tool_names = tool_names
        # A model may also write the name that it reads in the prompt.
        self._known = frozenset((*tool_names, *tool_names.values()))
        self._calls: list[_Call] = []
        self._owners: dict[str, _Call] = {}  # of the service's ids
        self._deltas = 0
        self._left = 0  # calls that have left, and so the number of the next one

    def add(self, fragments: Sequence[Mapping[str, Any]]) -> tuple[ToolCallDelta, ...]:
        """The entries of one `delta.tool_calls`: what can leave, one fragment a call."""
        self._deltas += 1
        for fragment in fragments:
            self._take(fragment)
        return tuple(self._release())

    def add_arguments(self, index: int, arguments: str) -> ToolCallDelta | None:
        """`add` for a fragment with arguments alone; None, and no change, if that is not certain.

        Args:
            index: The service's index of the call.
            arguments: The next piece of its arguments.
        """
        same = (call for call in reversed(self._calls) if call.wire_index == index)
        call = next(same, None)
        if call is None or call.index is None or not call.arguments or _begins(arguments):
            return None
        self._deltas += 1
        call.append(arguments)
        return ToolCallDelta(call.index, arguments=arguments)

    def finish(self) -> tuple[ToolCallDelta, ...]:
        """What was held back because an id or the rest of a name might come: none does."""
        return tuple(self._release(is_end=True))

    def held(self) -> tuple[ToolCallDelta, ...]:
        """What `finish` and the end of the stream bring. Changes nothing."""
        late = []
        number = self._left
        for call in self._without_repeats():
            arguments = call.unsent if call.arguments else _finished(call.held)
            if call.index is not None:
                if arguments and not call.arguments:
                    late.append(ToolCallDelta(call.index, arguments=arguments))
            elif call.name.strip():
                name = self._given_name(call.name)
                late.append(ToolCallDelta(number, self._id_of(call), name, arguments, call.extra))
                number += 1
        return tuple(late)

    def log_nameless(self) -> None:
        """Log how many calls of the answer are left out because they have no name."""
        log_nameless(sum(not call.name.strip() for call in self._calls))

    def _without_repeats(self) -> Iterator[_Call]:
        """The calls without those that only repeat an earlier one."""
        for number, call in enumerate(self._calls):
            # Those that have left are kept.
            is_kept = call.index is not None or not call.name.strip()
            if is_kept or not any(map(call.repeats, self._calls[:number])):
                yield call

    def _take(self, fragment: Mapping[str, Any]) -> None:
        wire_id, wire_index = id_of(fragment), _number(fragment.get("index"))
        name, arguments = read_name(fragment, self._known), _to_text(arguments_of(fragment))
        call = self._find(wire_index, wire_id, name, arguments)
        if call is None:
            call = _Call(wire_index, self._deltas)
            self._calls.append(call)
        elif _begins(arguments) and call.is_complete and call.equals(arguments):
            arguments = ""  # some repeat the whole call at the end
        elif (rest := call.rest_of(arguments)) is not None:
            arguments = rest  # some repeat the arguments so far on each fragment
        call.wire_id = call.wire_id or wire_id
        if name is not None and call.index is None:
            call.name = self._joined(call, name)
        if not call.arguments:
            arguments = call.begin(arguments)
        if arguments:
            call.append(arguments)
            call.unsent += arguments
        extra = call_extras(fragment)
        if extra:
            call.extra = merge_extras((call.extra, extra))

    def _release(self, *, is_end: bool = False) -> Iterator[ToolCallDelta]:
        waits = False  # a call that waits holds back those that began after it
        for call in self._without_repeats() if is_end else self._calls:
            if call.index is not None:
                if call.unsent or call.extra:
                    yield ToolCallDelta(call.index, arguments=call.unsent, extra=call.extra)
            elif (is_end and call.name.strip()) or (not waits and self._is_ready(call)):
                call.index = self._left
                self._left += 1
                id_, name = self._id_of(call), self._given_name(call.name)
                yield ToolCallDelta(call.index, id_, name, call.unsent, call.extra)
            else:
                waits = True
                continue
            call.unsent, call.extra = "", {}

    def _is_ready(self, call: _Call) -> bool:
        """Whether id and name are known, the name is whole, and the call is no repeated one."""
        name = call.name.strip()
        if not call.wire_id or not name:
            return False
        if self._owners.get(call.wire_id, call) is not call:
            return False  # perhaps the other call once more
        if self._is_beginning(name):
            return False  # the rest may come after the arguments
        return name in self._known or call.has_arguments

    def _is_beginning(self, name: str) -> bool:
        """Whether a known name begins with this name and goes on."""
        name = name.strip()
        return any(other != name and other.startswith(name) for other in self._known)

    def _id_of(self, call: _Call) -> str:
        """The service's id; a generated one if it is missing or another call has it."""
        if call.wire_id and self._owners.setdefault(call.wire_id, call) is call:
            return call.wire_id
        call.own_id = call.own_id or _generated_id()
        return call.own_id

    def _given_name(self, name: str) -> str:
        return given_name(name, self._tool_names)

    def _joined(self, call: _Call, piece: str) -> str:
        """The name of a call with the next piece, which may also be the whole name again."""
        if not call.name:
            return piece
        joined = call.name + piece
        if call.has_arguments and not self._known:
            return call.name
        if piece.startswith(call.name):
            # Some repeat the name so far on each fragment, or the whole name.
            whole = next((name for name in (piece, joined) if name in self._known), None)
            options = [whole or piece, joined]
        else:
            options = [joined, call.name, piece]
        return next((name for name in options if _may_become(name, self._known)), options[0])

    def _find(
        self, wire_index: int | None, wire_id: str | None, name: str | None, arguments: str
    ) -> _Call | None:
        """The call that a fragment continues; None if it begins a new call."""
        if not self._calls:
            return None
        if wire_id:
            same_id = [
                call
                for call in self._calls
                if call.wire_id == wire_id
                and (wire_index is None or call.wire_index in (None, wire_index))
            ]
            if same_id:
                return self._unless_anew(same_id[-1], wire_index, name, arguments, has_id=True)
        candidates = [
            call for call in self._calls if wire_index is None or call.wire_index == wire_index
        ]
        latest = candidates[-1] if candidates else self._calls[-1]
        if not candidates or (wire_id and latest.wire_id):
            # Another index or id is another call, unless this can only be the rest of the latest:
            # some make up an index or an id for each fragment.
            is_rest = name in (None, latest.name) and arguments.strip() and not _begins(arguments)
            return latest if is_rest and latest.arguments and not latest.is_complete else None
        return self._unless_anew(latest, wire_index, name, arguments, has_id=False)

    def _unless_anew(
        self, call: _Call, wire_index: int | None, name: str | None, arguments: str, *, has_id: bool
    ) -> _Call | None:
        """The call, unless a fragment with its index or its id begins another one.

        Arguments begin with a brace; what follows complete arguments belongs to another call.
        """
        begins, is_later = _begins(arguments), call.began_in != self._deltas
        if name is None and call.name and (has_id or wire_index is not None):
            return call  # two objects in one call are no arguments, as in a whole reply
        if name is None or not call.name:
            is_other = begins and call.is_complete and not call.equals(arguments)
            return None if is_other else call
        if not call.has_arguments:
            return None if self._are_two(call, name, wire_index) else call
        if name == call.name or self._may_continue(call.name, name):
            is_repeated = is_later and call.equals(arguments)
            is_empty = _EMPTY_OBJECT.fullmatch(call.held) is not None
            is_done = call.is_complete or (is_empty and not has_id and not is_later)
            return None if begins and is_done and not is_repeated else call
        return None

    def _may_continue(self, name: str, piece: str) -> bool:
        """Whether a piece continues a name although its arguments have begun."""
        if not self._known:
            return False
        if name.strip() in self._known:
            return self._is_beginning(name) and _may_become(name + piece, self._known)
        return any(_may_become(whole, self._known) for whole in (name + piece, piece))

    def _are_two(self, call: _Call, name: str, wire_index: int | None) -> bool:
        """Whether two names without arguments are two calls, and not two pieces of a name."""
        if name == call.name or (self._known and _may_become(call.name + name, self._known)):
            return False
        grows = name.startswith(call.name)  # or another tool, whose name begins with that of one
        if call.name in self._known and name in self._known:
            return wire_index is None or not grows
        return wire_index is None and not grows and call.began_in == self._deltas


def whole_tool_calls(
    entries: Sequence[Mapping[str, Any]], tool_names: ToolNames
) -> tuple[ToolCallDelta, ...]:
    """The calls of a whole reply's `message.tool_calls`. Those without a name are left out."""
    calls: list[ToolCallDelta] = []
    ids: set[str] = set()
    known = frozenset((*tool_names, *tool_names.values()))
    for entry in entries:
        name = (read_name(entry, known) or "").strip()
        if not name:
            continue
        call = _Call(None, 0)
        arguments = call.begin(_to_text(arguments_of(entry))) or _finished(call.held)
        id_ = id_of(entry)
        if id_ is None or id_ in ids:
            id_ = _generated_id()
        ids.add(id_)
        name = given_name(name, tool_names)
        calls.append(ToolCallDelta(len(calls), id_, name, arguments, call_extras(entry)))
    log_nameless(len(entries) - len(calls))
    return tuple(calls)


def _generated_id() -> str:
    """An id in the form of OpenAI's."""
    return f"call_{uuid.uuid4().hex[:24]}"


def log_nameless(count: int) -> None:
    """Log how many calls of an answer are left out because they have no name."""
    if count:
        _log.warning("The answer has %d tool calls without a name. They are left out.", count)


def _begins(arguments: str) -> bool:
    """Whether a fragment may begin the arguments of a call."""
    return arguments.lstrip().startswith("{")


def _may_become(name: str, known: Collection[str]) -> bool:
    """Whether a name is known, or the beginning of a known one. Without known names, any may."""
    return not known or any(whole.startswith(name.strip()) for whole in known)


def _begun(text: str) -> str:
    """The arguments as far as they are certain; "" as long as all may be a placeholder.

    Arguments that are JSON text within JSON text are not certain before they end.
    """
    rest = text[_end_of_placeholders(text) :]
    if rest.startswith('"') or _PLACEHOLDER_SO_FAR.match(rest):
        return ""
    return rest if rest.startswith("{") else text


def _finished(text: str) -> str:
    """The arguments in a text of which nothing was certain, now that it has ended."""
    place = _end_of_placeholders(text)
    if place == len(text):
        return "{}" if "{" in text else ""
    rest = text[place:]
    return _decoded(rest) if rest.startswith(("{", '"')) else text


def _end_of_placeholders(text: str) -> int:
    found = _PLACEHOLDERS.match(text)
    return found.end() if found else 0


def _decoded(text: str) -> str:
    """The object in arguments that are JSON text within JSON text; other arguments unchanged."""
    inner = text
    try:
        for _ in range(_MOST_ENCODINGS):
            value = read_json(inner)
            if not isinstance(value, str):
                break
            inner = value
    except ValueError:
        return text
    if inner == text or parse_arguments(inner) is None:
        return text
    return _begun(inner) or _finished(inner)


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except ValueError:
        return False
    return True


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else write_json(value).decode()


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) else None
