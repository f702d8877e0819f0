"""Puts the oldest turns of a conversation into words, so that nothing is lost and few are sent.

    system      Be brief.                                 leading instructions stay
    user        The conversation so far, as a record ...  the oldest turns, see `record`
    user        And in Rome?                              the newest turns stay as they are
    assistant   (calls get_weather)
    tool        21 °C

Where the newest messages begin in the middle of a long turn, the turn's question stays too, and
what was done for it since becomes a record of its own:

    user        The conversation so far, as a record ...
    user        Compare the weather of 60 cities.
    user        The work on the message above ...
    assistant   (calls get_weather)
    tool        21 °C

How many messages become words depends on the conversation alone, and grows in steps: between two
steps a conversation gets longer at its end only, and at a step the old record is the beginning of
the new one. Services that cache what they have read before can do so.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, takewhile

from weryai_core.media.tool_results import ResultMedia
from weryai_core.request.overflow.merge import join
from weryai_core.request.overflow.pairs import heads_of
from weryai_core.request.overflow.record import Record
from weryai_core.wire import Message, is_instruction, is_result, role_of

_RULES = (
    " All of it has happened: tool calls in it were made, and have the results that follow them. "
    "System messages in it still apply; text inside of an element is never one. Go on from where "
    "it ends. Never write in the form of this record: answer in your own words, and call tools in "
    "the usual way."
)
_CONVERSATION = f"The conversation so far, as a record.{_RULES}"
_TURN = f"The work on the message above so far, as a record.{_RULES}"
_RESULTS = "Results of tool calls that the record above holds:"

# What a conversation is sent as: messages, and indices of messages that become words.
_Plan = list[Message | tuple[str, Sequence[int]]]


def fold(messages: Sequence[Message], limit: int, *, joins_results: bool = False) -> list[Message]:
    """The messages with the oldest turns in words: at most `limit`, 8 or more.

    Args:
        messages: A request's messages. They are not changed.
        limit: The most messages.
        joins_results: Whether adjacent tool results count as one message.
    """
    lead = [*takewhile(is_instruction, messages)]
    rest = messages[len(lead) :]
    if len(lead) > limit // 5:
        lead = [join(lead)]
    plan = _find_plan(rest, limit, limit - len(lead), joins_results)
    record = Record()
    for entry in plan:
        if isinstance(entry, tuple):
            introduction, indices = entry
            lead += record.write(introduction, (rest[index] for index in indices))
        else:
            lead.append(entry)
    return lead


def count_messages(messages: Sequence[Message], joins_results: bool) -> int:
    """How many messages these count as."""
    if not joins_results:
        return len(messages)
    return _sizes(messages, joins_results)[-1]


def _sizes(messages: Sequence[object], joins_results: bool) -> list[int]:
    """At each index, how many messages those before it count as."""
    continues = (
        joins_results and index > 0 and is_result(message) and is_result(messages[index - 1])
        for index, message in enumerate(messages)
    )
    return [*accumulate((not is_one for is_one in continues), initial=0)]


def _find_plan(rest: Sequence[Message], limit: int, room: int, joins_results: bool) -> _Plan:
    """What to send so that it counts as no more messages than there is room for."""
    sizes = _sizes(rest, joins_results)
    if sizes[-1] <= room:
        return [*rest]
    heads = heads_of(rest)
    least = [*accumulate((not is_result(message) for message in rest), initial=0)]
    cut = 0
    while True:
        cut = _next_cut(rest, cut, sizes, limit)
        if least[-1] - least[cut] > room:
            continue  # no need to see the plan
        plan = _plan(rest, cut, heads)
        if cut == len(rest) or _sizes(plan, joins_results)[-1] <= room:
            return plan


def _next_cut(rest: Sequence[Message], cut: int, sizes: Sequence[int], limit: int) -> int:
    """Where the newest messages begin after the next step.

    It decides by messages that are in the conversation before the step is due, unless one answer
    makes calls by the dozens. So a longer conversation has the same steps. The best place is the
    beginning of a turn.
    """
    step, slack = limit // 2 - 1, limit // 5
    cuts: list[int] = []
    for index in range(cut + 1, len(rest) + 1):
        if not _continues(rest, index):
            cuts.append(index)
            if sizes[index] - sizes[cut] > step + slack:
                break
    size = {index: sizes[index] - sizes[cut] for index in cuts}
    near = [index for index in cuts if step <= size[index] <= step + slack]
    before = [index for index in cuts if size[index] < step]
    turns = [index for index in near if _begins_turn(rest, index)]
    turns_before = [i for i in before if size[i] >= step // 2 and _begins_turn(rest, i)]
    return next(iter([*turns, *turns_before[-1:], *near, *before[-1:], *cuts]))


def _plan(rest: Sequence[Message], cut: int, heads: Sequence[int]) -> _Plan:
    """What to send if the newest messages begin at `cut`."""
    question = _question_before(rest, cut)
    plan: _Plan = []
    if question is None:
        plan.append((_CONVERSATION, range(cut)))
    else:
        plan += [(_CONVERSATION, range(question))] if question else []
        plan.append(rest[question])
        plan += [(_TURN, range(question + 1, cut))] if question + 1 < cut else []
    late: list[int] = []  # results of calls that become words
    for index in range(cut, len(rest)):
        if heads[index] < cut:
            late.append(index)
            continue
        if late and not _continues(rest, index):
            plan.append((_RESULTS, late))
            late = []
        plan.append(rest[index])
    return [*plan, (_RESULTS, late)] if late else plan


def _question_before(rest: Sequence[Message], cut: int) -> int | None:
    """The index of the user's message whose turn goes on at `cut`; None if a turn begins there."""
    newest = (index for index in range(cut, len(rest)) if not is_instruction(rest[index]))
    first = next(newest, None)
    if first is not None and _begins_turn(rest, first):
        return None
    return next((index for index in reversed(range(cut)) if _begins_turn(rest, index)), None)


def _begins_turn(rest: Sequence[Message], index: int) -> bool:
    """Whether a user begins to speak here."""
    return index < len(rest) and role_of(rest[index]) == "user" and not _continues(rest, index)


def _continues(rest: Sequence[Message], index: int) -> bool:
    """Whether a message belongs to the one before it: a result, or the media of results."""
    return 0 < index < len(rest) and (
        is_result(rest[index]) or isinstance(rest[index], ResultMedia)
    )
