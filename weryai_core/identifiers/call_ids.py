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
from operator import is_

from weryai_core.identifiers.pairs import KnownCall, id_in, pair_calls
from weryai_core.wire import Call, Message, role_of

FITTING_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
"""The ids that every upstream takes."""

# Kimi counts its calls through a conversation, and reads the tool's name from the id.
_KIMI_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}|functions\.[a-zA-Z0-9_-]{1,64}:\d{1,6}")


def with_call_ids(messages: Sequence[Message], model: str = "") -> Sequence[Message]:
    """The messages with an id on each tool call and the id of its call on each result.

    `pair_calls` says which result belongs to which call. A call without an id takes that of its
    result. Messages of which nothing is left are left out.

    Args:
        messages: A request's messages. They are not changed.
        model: Key of the model. Kimi models keep the ids that they made themselves.

    Returns:
        The messages. A result without an id that could belong to no call before it has none.
    """
    pairs = pair_calls(messages)
    ids = _Ids(_KIMI_ID if "KIMI" in model.upper() else FITTING_ID)
    complete: list[Message] = []
    for number, message in enumerate(messages):
        changed: Message | None = message
        if role_of(message) == "tool":
            changed = ids.with_result(message, pairs.owners.get(number))
        elif number in pairs.calls:
            changed = ids.with_calls(message, pairs.calls[number])
        if changed is not None:
            complete.append(changed)
    is_same = len(complete) == len(messages) and all(map(is_, complete, messages))
    return messages if is_same else complete


class _Ids:
    """The ids that a request sends, each chosen once."""

    def __init__(self, fitting: re.Pattern[str]) -> None:
        self._fits = fitting.fullmatch
        self._sent: set[str] = set()
        self._seen: Counter[str] = Counter()

    def with_calls(self, message: Message, calls: Sequence[KnownCall]) -> Message | None:
        """An assistant's message with an id on each call; None if nothing of it is left."""
        complete: list[Call] = []
        for call in calls:
            if call.name is None:
                continue
            call.sent = self._new_id(call.given or call.borrowed, call.name)
            is_same = call.entry.get("id") == call.sent
            complete.append(call.entry if is_same else {**call.entry, "id": call.sent})
        if complete:
            is_same = message["tool_calls"] == complete
            return message if is_same else {**message, "tool_calls": complete}
        rest = {name: value for name, value in message.items() if name != "tool_calls"}
        if not (rest.get("content") or rest.get("audio") or rest.get("refusal")):
            return None
        return rest

    def with_result(self, message: Message, call: KnownCall | None) -> Message | None:
        """A result with the id of its call; None if that call is not sent."""
        given = id_in(message, "tool_call_id")
        if call is not None:
            sent = call.sent
        elif given is not None:
            sent = given if self._fits(given) else _made_id(given, 0)
        else:
            return message  # `with_paired_calls` puts it into words
        if sent is None or message.get("tool_call_id") == sent:
            return None if sent is None else message
        return {**message, "tool_call_id": sent}

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
