"""Which tool call each result of a conversation belongs to.

Services and frameworks write ids in many ways: none at all, the tool's name as the id, one id in
each answer, another id on the result than on the call. `pair_calls` takes the results that follow a
turn together, and decides by the surest sign first:

    1. the id of a call
    2. the tool's name: the result's `name`, or an id that is the name of a call
    3. the order
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from weryai_core.wire import Call, Message, calls_of, name_of, role_of


@dataclass(slots=True, eq=False)
class KnownCall:
    """A tool call of the conversation.

    Attributes:
        entry: The entry of `tool_calls`.
        name: The tool's name; None if it is missing.
        given: Its own id; None if it has none.
        turn: The number of its message.
        borrowed: The id of its result, where that follows at once and the call has none.
        has_result: Whether its result has come.
        sent: The id to send; None before one is chosen, and for a call that is not sent.
    """

    entry: Call
    name: str | None
    given: str | None
    turn: int
    borrowed: str | None = None
    has_result: bool = False
    sent: str | None = None


@dataclass(slots=True)
class Pairs:
    """The calls and results of a conversation, by the numbers of their messages.

    Attributes:
        calls: The calls of each message that has some.
        owners: The call that each result belongs to; results that belong to none are left out.
    """

    calls: dict[int, list[KnownCall]] = field(default_factory=dict)
    owners: dict[int, KnownCall] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Result:
    number: int
    given: str | None
    name: str | None


def pair_calls(messages: Sequence[Message]) -> Pairs:
    """The calls and results of a conversation, and which belong together."""
    reader = _Reader()
    for number, message in enumerate(messages):
        role = role_of(message)
        if role == "tool":
            name = message.get("name")
            given = name if isinstance(name, str) and name else None
            reader.add_result(_Result(number, id_in(message, "tool_call_id"), given))
        elif role == "assistant" or calls_of(message):
            reader.add_turn(number, calls_of(message))
        else:
            reader.end_turn()
    reader.pair_results()
    return reader.pairs


def id_in(fields: Message, name: str) -> str | None:
    """An id as text; None if it is missing or empty."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


class _Reader:
    """Reads a conversation in order; pairs results once the next turn begins."""

    def __init__(self) -> None:
        self.pairs = Pairs()
        self._is_turn_over = False
        self._waiting: list[KnownCall] = []  # calls without a result, in order
        self._latest: list[KnownCall] = []  # those of the turn just before the results
        self._results: list[_Result] = []
        self._by_id: dict[str, KnownCall] = {}  # answered calls

    def add_turn(self, number: int, entries: Sequence[Call]) -> None:
        """Add an assistant's message. Several in a row are one turn."""
        if self._is_turn_over:
            self.pair_results()
            self._latest = []
            self._is_turn_over = False
        if not entries:
            return
        calls = []
        for entry in entries:
            name = name_of(entry)
            known = name if name is not None and name.strip() else None
            calls.append(KnownCall(entry, known, id_in(entry, "id"), number))
        self.pairs.calls[number] = calls
        self._latest += calls
        self._waiting += calls

    def add_result(self, result: _Result) -> None:
        """Add a tool's message."""
        self._results.append(result)
        self._is_turn_over = True

    def end_turn(self) -> None:
        """Note another message: calls that have no result by now may have lost it."""
        self._is_turn_over = True
        if not self._results:
            self._latest = []

    def pair_results(self) -> None:
        """Find the calls of the results so far."""
        if not self._results:
            return
        self._pair_by(lambda result: result.given, lambda call: call.given)
        if self._results and self._waiting:
            self._pair_by_name()
        if self._results and self._waiting:
            self._pair_by_order()
        for result in self._results:  # a second result of a call
            if result.given in self._by_id:
                self.pairs.owners[result.number] = self._by_id[result.given]
        self._results = []

    def _pair_by_name(self) -> None:
        names = {call.name for call in self._waiting}
        only = next(iter(names)) if len(names) == 1 else None

        def named(result: _Result) -> str | None:
            if result.name in names:
                return result.name
            if result.given is None and result.name is None:
                return only
            return result.given if result.given in names else None

        self._pair_by(named, lambda call: call.name)

    def _pair_by_order(self) -> None:
        # A result with an id is that of a call of the turn before it that has none.
        with_id = [result for result in self._results if result.given is not None]
        self._pair(with_id, [call for call in self._waiting_latest() if call.given is None])
        unmarked = [one for one in self._results if one.given is None and one.name is None]
        self._pair(unmarked, [call for call in self._waiting if call.given is None])
        unmarked = [one for one in unmarked if one in self._results]
        self._pair(unmarked, self._waiting)
        # Ids that were changed on the way: each call has one result.
        calls = self._waiting_latest()
        foreign = [one for one in self._results if one.name is None and not self._is_second(one)]
        if len(calls) == len(foreign):
            self._pair(foreign, calls)

    def _waiting_latest(self) -> list[KnownCall]:
        return [call for call in self._latest if not call.has_result]

    def _is_second(self, result: _Result) -> bool:
        call = self._by_id.get(result.given or "")
        return call is not None and call.given == result.given

    def _pair_by(
        self,
        of_result: Callable[[_Result], Hashable | None],
        of_call: Callable[[KnownCall], Hashable | None],
    ) -> None:
        """Pair the results and the waiting calls that have the same key, which is not None."""
        results: dict[Hashable, list[_Result]] = {}
        for result in self._results:
            if (key := of_result(result)) is not None:
                results.setdefault(key, []).append(result)
        if not results:
            return
        calls: dict[Hashable, list[KnownCall]] = {}
        for call in self._waiting:
            if (key := of_call(call)) in results:
                calls.setdefault(key, []).append(call)
        for key, same in calls.items():
            self._pair_alike(results[key], same)

    def _pair_alike(self, results: Sequence[_Result], calls: Sequence[KnownCall]) -> None:
        """Pair results and calls that one sign has: by their names, then in order."""
        names = {call.name for call in calls}
        if len(names) > 1:
            for name in names - {None}:
                named = [result for result in results if result.name == name]
                self._pair(named, [call for call in calls if call.name == name])
            left = set(self._results)
            results = [result for result in results if result in left]
            calls = [call for call in calls if not call.has_result]
        self._pair(results, calls)

    def _pair(self, results: Sequence[_Result], calls: Sequence[KnownCall]) -> None:
        """Pair results with calls in order; if there are fewer, with those of the newest turns."""
        if not results or not calls:
            return
        paired = dict(zip(results, _newest(calls, len(results)), strict=False))
        for result, call in paired.items():
            call.has_result = True
            self.pairs.owners[result.number] = call
            if call.given is None and call in self._latest:
                call.borrowed = result.given
            for id_ in (call.given, result.given):
                if id_ is not None:
                    self._by_id[id_] = call
        self._results = [result for result in self._results if result not in paired]
        self._waiting = [call for call in self._waiting if not call.has_result]


def _newest(calls: Sequence[KnownCall], count: int) -> Sequence[KnownCall]:
    """As many of the calls, in order: those of the newest turns, and the first of the oldest one.

    A call whose result was lost is older than the one that is answered.
    """
    if len(calls) <= count:
        return calls
    edge = calls[-count].turn
    newer = [call for call in calls if call.turn > edge]
    oldest = [call for call in calls if call.turn == edge]
    return [*oldest[: count - len(newer)], *newer]
