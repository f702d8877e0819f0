"""Tool calls without results, and results without calls: upstreams refuse both.

Interrupted agents leave calls without results. Histories of other providers, and histories that
were trimmed by hand, hold results of calls that are not sent. `with_paired_calls` completes both:

    assistant   (calls a and b)                assistant   (calls a and b)
    user        Never mind.              ->    tool a      12 °C
    tool a      12 °C                          tool b      No result: the call was not answered.
    tool x      Done.                          user        Never mind.
                                               user        The result of an earlier tool call ...

Results go directly behind their calls, where upstreams want them. Calls at the end of the
conversation stay as they are. What is added depends on the messages before its place, and on
whether a result follows, so that a conversation that grows keeps its beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_, itemgetter

from weryai_core.wire import Message, calls_of, id_of, join_contents, role_of

UNANSWERED = "No result: the call was not answered. It may have been interrupted."


def with_paired_calls(messages: Sequence[Message]) -> Sequence[Message]:
    """The messages with one result for each call, and no other results.

    Args:
        messages: A request's messages with unique ids, see `with_call_ids`. They are not changed.
    """
    results: dict[str, tuple[int, Message]] = {}  # with their places
    known: set[str] = set()
    kept: list[Message] = []  # without the results that have calls
    for place, message in enumerate(messages):
        if role_of(message) != "tool":
            known.update(id_ for call in calls_of(message) if (id_ := id_of(call)))
            kept.append(message)
            continue
        id_ = message.get("tool_call_id")
        if isinstance(id_, str) and id_ in known and id_ not in results:
            results[id_] = place, message
        else:
            kept.append(_in_words(message))
    paired: list[Message] = []
    for number, message in enumerate(kept):
        paired.append(message)
        ids = [id_ for call in calls_of(message) if (id_ := id_of(call))]
        found = sorted((results[id_] for id_ in ids if id_ in results), key=itemgetter(0))
        paired += (result for _, result in found)
        if found or number < len(kept) - 1:
            paired += (_unanswered(id_) for id_ in ids if id_ not in results)
    is_same = len(paired) == len(messages) and all(map(is_, paired, messages))
    return messages if is_same else paired


def _in_words(result: Message) -> Message:
    """A user message that says what a result without a call says."""
    name = result.get("name")
    tool = f" of the tool {name!r}" if isinstance(name, str) and name else ""
    introduction = f"The result of an earlier call{tool}:"
    content = result.get("content")
    return {"role": "user", "content": join_contents(introduction, content or "(empty)")}


def _unanswered(call_id: str) -> Message:
    return {"role": "tool", "tool_call_id": call_id, "content": UNANSWERED}
