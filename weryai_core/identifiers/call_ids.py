"""Ids of tool calls as every upstream takes them, the same on calls and results.

OpenAI takes at most 40 characters, Anthropic `[a-zA-Z0-9_-]`; all want an id on each call and each
result, and none twice. Services behind gateways send none, `call_0` in each answer, or longer ones.
`with_call_ids` pairs calls with results and gives each pair an id that fits. An id depends on what
came before it only, so that a conversation that grows keeps its ids. Ids that fit stay.

Calls without a name, which no upstream takes, are left out with their results.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import is_

from weryai_core.wire import Call, Message, calls_of, name_of, role_of

MAX_ID = 40

_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
# Kimi counts its calls through a conversation, and reads the tool's name from the id.
_KIMI_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}|functions\.[a-zA-Z0-9_-]{1,64}:\d{1,6}")


@dataclass(slots=True)
class _KnownCall:
    """A call so far: its id in the conversation, and the one to send."""

    given: str | None
    sent: str | None  # None for a call without a name, which is not sent
    name: str | None
    has_result: bool = False


def with_call_ids(messages: Sequence[Message], model: str = "") -> Sequence[Message]:
    """The messages with an id on each tool call and the id of its call on each result.

    A call without an id takes that of the next result that belongs to no other call. A result
    belongs to the newest call with its id; without an id, to the first call of its name that has no
    result. Messages of which nothing is left are left out.

    Args:
        messages: A request's messages. They are not changed.
        model: Key of the model. Kimi models keep the ids that they made themselves.

    Returns:
        The messages. A result without an id that could belong to no call before it has none.
    """
    pairs = _Pairs(_KIMI_ID if "KIMI" in model.upper() else _ID)
    complete: list[Message] = []
    for number, message in enumerate(messages):
        changed: Message | None = message
        if role_of(message) == "tool":
            changed = pairs.with_result(message)
        elif calls_of(message):
            changed = pairs.with_calls(message, messages[number + 1 :])
        if changed is not None:
            complete.append(changed)
    is_same = len(complete) == len(messages) and all(map(is_, complete, messages))
    return messages if is_same else complete


class _Pairs:
    """The calls of a conversation so far, turn by turn, and their results."""

    def __init__(self, fitting: re.Pattern[str]) -> None:
        self._fits = fitting.fullmatch
        self._turns: list[list[_KnownCall]] = []
        self._sent: set[str] = set()
        self._seen: Counter[str] = Counter()

    def with_calls(self, message: Message, following: Sequence[Message]) -> Message | None:
        """An assistant's message with an id on each call; None if nothing of it is left."""
        calls = calls_of(message)
        free = self._ids_of_results(following, {_id(call.get("id")) for call in calls})
        turn: list[_KnownCall] = []
        complete: list[Call] = []
        for call in calls:
            name = name_of(call)
            given = _id(call.get("id")) or next(free, None)
            if name is None or not name.strip():
                turn.append(_KnownCall(given, None, None))
                continue
            sent = self._new_id(given, name)
            turn.append(_KnownCall(given, sent, name))
            complete.append(call if call.get("id") == sent else {**call, "id": sent})
        self._turns.append(turn)
        if complete:
            is_same = message["tool_calls"] == complete
            return message if is_same else {**message, "tool_calls": complete}
        rest = {name: value for name, value in message.items() if name != "tool_calls"}
        if not (rest.get("content") or rest.get("audio") or rest.get("refusal")):
            return None
        return rest

    def with_result(self, message: Message) -> Message | None:
        """A result with the id of its call; None if that call is not sent."""
        given = _id(message.get("tool_call_id"))
        call = self._call_of(given, message.get("name"))
        if call is not None:
            call.has_result = True
            sent = call.sent
        elif given is not None:
            sent = given if self._fits(given) else _made_id(given, 0)
        else:
            return message  # `with_paired_calls` puts it into words
        if sent is None or message.get("tool_call_id") == sent:
            return None if sent is None else message
        return {**message, "tool_call_id": sent}

    def _call_of(self, given: str | None, name: object) -> _KnownCall | None:
        """The call that a result belongs to."""
        if given is None:
            waiting = [call for turn in self._turns for call in turn if not call.has_result]
            fitting = [call for call in waiting if name in (None, "", call.name)]
            without_id = [call for call in fitting if call.given is None]
            return next(iter(without_id or fitting), None)
        newest_first = (call for turn in reversed(self._turns) for call in turn)
        same = [call for call in newest_first if call.given == given]
        without = [call for call in same if not call.has_result]
        named = [call for call in without if call.name == name]
        return next(iter(named or without or same), None)

    def _ids_of_results(self, following: Sequence[Message], own: set[str | None]) -> Iterator[str]:
        """The ids of the results that come next and belong to no call that has an id."""
        known = own | {call.given for turn in self._turns for call in turn if not call.has_result}
        for result in takewhile(lambda message: role_of(message) == "tool", following):
            id_ = _id(result.get("tool_call_id"))
            if id_ is not None and id_ not in known:
                yield id_

    def _new_id(self, given: str | None, name: str) -> str:
        """The id of the conversation if it fits and is new; otherwise one made from it."""
        if given is not None and self._fits(given) and given not in self._sent:
            sent = given
        else:
            seed = f"id {given}" if given is not None else f"name {name}"
            sent = next(self._made_ids(seed))
        self._sent.add(sent)
        return sent

    def _made_ids(self, seed: str) -> Iterator[str]:
        while True:
            id_ = _made_id(seed, self._seen[seed])
            self._seen[seed] += 1
            if id_ not in self._sent:
                yield id_


def _made_id(seed: str, number: int) -> str:
    """An id in the form of OpenAI's. A hash: no later id of the conversation will be the same."""
    text = f"{number} {seed}".encode("utf-8", "surrogatepass")
    return f"call_{hashlib.sha256(text).hexdigest()[:24]}"


def _id(value: object) -> str | None:
    """An id as text; None if it is missing or empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None
