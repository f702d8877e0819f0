"""Messages: their number, their roles, and conversations that the package had to change."""

from __future__ import annotations

from typing import Any

from weryai_core.doctor.probe import Answers, Finding, Probe, differs, holds, unknown
from weryai_core.doctor.probes.reading import describe, is_refused, judge_taken
from weryai_core.doctor.question import Question
from weryai_core.request.message_limit import MAX_MESSAGES


def _notes(count: int) -> list[dict[str, Any]]:
    """That many messages in turn, the last of them the user's."""
    turns = ({"role": "user", "content": "Go on."}, {"role": "assistant", "content": "Yes."})
    return [turns[(number + count + 1) % 2] for number in range(count)]


MOST = Question("messages-most", {"messages": _notes(MAX_MESSAGES)}, way="raw")
TOO_MANY = Question("messages-too-many", {"messages": _notes(MAX_MESSAGES + 1)}, way="raw")
DEVELOPER = Question(
    "developer",
    {
        "messages": [
            {"role": "developer", "content": "Answer in capital letters."},
            {"role": "user", "content": "Name a river."},
        ]
    },
)
TWO_USERS = Question(
    "two-users",
    {
        "messages": [
            {"role": "user", "content": "I have a question about birds."},
            {"role": "user", "content": "Name one that swims."},
        ]
    },
)
_TIME = "7:42"
LONG = Question(
    "long-conversation",
    {
        "messages": [
            {"role": "user", "content": f"My train leaves at {_TIME}. Please remember that."},
            {"role": "assistant", "content": "I will."},
            *_notes(57),
            {"role": "assistant", "content": "Yes."},
            {"role": "user", "content": "When does my train leave? Answer with the time alone."},
        ]
    },
)
_CALL = {
    "id": "call_a1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
}
_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
PAIR = Question(
    "call-and-result",
    {
        "messages": [
            {"role": "user", "content": "Is it warm in Rome?"},
            {"role": "assistant", "content": None, "tool_calls": [_CALL]},
            {"role": "tool", "tool_call_id": "call_a1", "content": "22 degrees"},
        ],
        "tools": [_TOOL],
    },
    way="raw",
)
CALL_WITHOUT_RESULT = Question(
    "call-without-result",
    {
        "messages": [
            {"role": "user", "content": "Is it warm in Rome?"},
            {"role": "assistant", "content": None, "tool_calls": [_CALL]},
            {"role": "user", "content": "Never mind. Say hello."},
        ],
        "tools": [_TOOL],
    },
    way="raw",
)
RESULT_WITHOUT_CALL = Question(
    "result-without-call",
    {
        "messages": [
            {"role": "user", "content": "Is it warm in Rome?"},
            {"role": "tool", "tool_call_id": "call_a1", "content": "22 degrees"},
        ],
        "tools": [_TOOL],
    },
    way="raw",
)


def _judge_messages(answers: Answers) -> Finding:
    most, too_many = answers["messages-most"], answers["messages-too-many"]
    if most.error is not None:
        return differs(f"{MAX_MESSAGES} messages: {describe(most.error)}")
    if is_refused(too_many):
        return holds(f"{MAX_MESSAGES} are taken; {MAX_MESSAGES + 1} are {describe(too_many.error)}")
    if too_many.error is not None:
        return differs(describe(too_many.error))
    return differs(f"{MAX_MESSAGES + 1} messages are taken, too")


def _judge_long(answers: Answers) -> Finding:
    answer = answers["long-conversation"]
    if _TIME in answer.text:
        return holds("the answer knows what the first message says")
    return unknown("taken; the answer does not say what the first message says")


def _judge_unpaired(answers: Answers) -> Finding:
    cases = {
        "a call without a result": answers["call-without-result"],
        "a result without a call": answers["result-without-call"],
    }
    taken = [case for case, answer in cases.items() if answer.error is None]
    if not taken:
        return holds("both are refused")
    return differs(f"{' and '.join(taken)} {'is' if len(taken) == 1 else 'are'} taken")


PROBES = (
    Probe(
        "messages",
        ("documented-messages",),
        f"A request has at most {MAX_MESSAGES} messages",
        (MOST, TOO_MANY),
        _judge_messages,
        may_fail=("messages-most", "messages-too-many"),
    ),
    Probe(
        "developer",
        ("openai-parameters",),
        "The role `developer` is taken",
        (DEVELOPER,),
        judge_taken,
        "send instructions as `system` messages",
    ),
    Probe(
        "two-users",
        ("consecutive-users",),
        "User messages in a row are taken",
        (TWO_USERS,),
        judge_taken,
        '`message_overflow="merge"`',
    ),
    Probe(
        "long-conversation",
        ("folding",),
        "Old turns in words are understood",
        (LONG,),
        _judge_long,
        '`message_overflow="merge"` or `"trim"`',
    ),
    Probe(
        "unpaired",
        ("pairs",),
        "Calls and results come in pairs only",
        (CALL_WITHOUT_RESULT, RESULT_WITHOUT_CALL),
        _judge_unpaired,
        may_fail=("call-without-result", "result-without-call"),
        controls=(PAIR,),
    ),
)
