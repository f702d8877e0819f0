"""Rows for both frameworks: which parts of an answer arrive."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from peer_rows import replies
from peer_rows.trial import GEMINI, Answer, Attempt, Trial, row

ROME = ("get_weather", {"city": "Rome"})
OSLO = ("get_weather", {"city": "Oslo"})


@row("reasoning (`reasoning_content`)", good="kept")
def reasoning(trial: Trial) -> str:
    trial.emulator.reply_json(
        replies.document({"reasoning_content": "I think.", "content": "Yes."})
    )
    deltas = [{"reasoning_content": "I "}, {"reasoning_content": "think."}, {"content": "Yes."}]
    trial.emulator.reply_chunks(replies.streamed(*deltas))
    return whole_and_streamed(
        trial, lambda answer: "kept" if answer.reasoning == "I think." else "lost"
    )


@row("sources (`annotations`)", good="citations")
def sources(trial: Trial) -> str:
    note = replies.annotation("https://example.com/a", "A", 0, 4)
    trial.emulator.reply_json(replies.document({"content": "Yes.", "annotations": [note]}))
    trial.emulator.reply_chunks(replies.streamed("Yes.", {"annotations": [note]}))
    return whole_and_streamed(trial, lambda answer: answer.sources)


@row("token counts of a stream, by default", good="the service's")
def usage_by_default(trial: Trial) -> str:
    trial.emulator.reply("Hello", usage=replies.USAGE)
    return _counted(trial.attempt(trial.framework.stream, trial.make()))


@row("token counts of a stream, on request", good="the service's")
def usage_asked_for(trial: Trial) -> str:
    trial.emulator.reply("Hello", usage=replies.USAGE)
    model = trial.make(**trial.subject.usage_settings)
    return _counted(trial.attempt(trial.framework.stream, model, **trial.subject.usage_parameters))


@row("token counts repeated on each chunk", good="the service's")
def repeated_usage(trial: Trial) -> str:
    chunks = replies.streamed("Hel", "lo")
    trial.emulator.reply_chunks([{**chunk, "usage": replies.USAGE} for chunk in chunks])
    model = trial.make(**trial.subject.usage_settings)
    return _counted(trial.attempt(trial.framework.stream, model, **trial.subject.usage_parameters))


@row("token counts in the choice, as Kimi has them", good="the service's")
def usage_in_choice(trial: Trial) -> str:
    chunks = replies.streamed("Hello")
    chunks[-1]["choices"][0]["usage"] = replies.USAGE
    trial.emulator.reply_chunks(chunks)
    model = trial.make(**trial.subject.usage_settings)
    return _counted(trial.attempt(trial.framework.stream, model, **trial.subject.usage_parameters))


@row("token counts that are null", good="answered")
def null_usage(trial: Trial) -> str:
    nothing = dict.fromkeys(replies.USAGE)
    trial.emulator.reply_json(replies.document("Yes.", usage=nothing))
    trial.emulator.reply_chunks([*replies.streamed("Yes."), {**replies.ending(), "usage": nothing}])
    return whole_and_streamed(trial, lambda answer: "answered" if answer.text else "lost")


@row("two tool calls, whole", good="right")
def two_calls_whole(trial: Trial) -> str:
    calls = [replies.weather("Rome", "call_1"), replies.weather("Oslo", "call_2")]
    trial.emulator.reply_json(
        replies.document({"content": None, "tool_calls": calls}, "tool_calls")
    )
    return called(trial.attempt(trial.framework.ask, trial.make(), tools=True), [ROME, OSLO])


@row("two tool calls in one chunk", good="right")
def two_calls_in_one_chunk(trial: Trial) -> str:
    calls = [replies.weather("Rome", "call_1", 0), replies.weather("Oslo", "call_2", 1)]
    return _streamed_calls(trial, [{"tool_calls": calls}], [ROME, OSLO])


@row("two streamed tool calls, both with `index` 0", good="right")
def two_calls_at_one_index(trial: Trial) -> str:
    calls = [replies.weather("Rome", "call_1", 0), replies.weather("Oslo", "call_2", 0)]
    return _streamed_calls(trial, [{"tool_calls": [call]} for call in calls], [ROME, OSLO])


@row("two streamed tool calls with interleaved parts", good="right")
def interleaved_calls(trial: Trial) -> str:
    parts = [
        replies.tool_call("", id="call_1", index=0, name="get_weather"),
        replies.tool_call("", id="call_2", index=1, name="get_weather"),
        replies.tool_call('{"city": ', index=0),
        replies.tool_call('{"city": ', index=1),
        replies.tool_call('"Rome"}', index=0),
        replies.tool_call('"Oslo"}', index=1),
    ]
    return _streamed_calls(trial, [{"tool_calls": [part]} for part in parts], [ROME, OSLO])


@row("a streamed tool call without `index`", good="right")
def call_without_index(trial: Trial) -> str:
    parts = [
        replies.tool_call("", id="call_1", name="get_weather"),
        replies.tool_call('{"city": '),
        replies.tool_call('"Rome"}'),
    ]
    return _streamed_calls(trial, [{"tool_calls": [part]} for part in parts], [ROME])


@row("`id` and name repeated on each part of a tool call", good="right")
def repeated_name(trial: Trial) -> str:
    parts = [
        replies.tool_call(arguments, id="call_1", index=0, name="get_weather")
        for arguments in ('{"city": ', '"Rome"}')
    ]
    return _streamed_calls(trial, [{"tool_calls": [part]} for part in parts], [ROME])


@row("an empty object before the arguments of a streamed tool call", good="right")
def empty_object_first(trial: Trial) -> str:
    parts = [
        replies.tool_call("{}", id="call_1", index=0, name="get_weather"),
        replies.tool_call('{"city": ', index=0),
        replies.tool_call('"Rome"}', index=0),
    ]
    return _streamed_calls(trial, [{"tool_calls": [part]} for part in parts], [ROME])


@row("text and a tool call in one chunk", good="right")
def text_and_call(trial: Trial) -> str:
    trial.emulator.reply_chunks(replies.streamed(*TEXT_AND_CALL, finish_reason="tool_calls"))
    attempt = trial.attempt(trial.framework.stream, trial.make(), tools=True)
    verdict = called(attempt, [ROME])
    return verdict if attempt.error or attempt.value.text == "Let me see." else "text lost"


def stream_cut_call(trial: Trial) -> Attempt:
    """Stream an answer that ends within the arguments of a tool call."""
    parts = [
        replies.tool_call("", id="call_1", index=0, name="get_weather"),
        replies.tool_call('{"city": "Ro', index=0),
    ]
    deltas = [{"tool_calls": [part]} for part in parts]
    trial.emulator.reply_chunks(replies.streamed(*deltas, finish_reason="length"))
    return trial.attempt(trial.framework.stream, trial.make(max_tokens=9), tools=True)


@row("arguments of a streamed tool call, truncated by `max_tokens`", good="`ToolCallError`")
def cut_arguments(trial: Trial) -> str:
    attempt = stream_cut_call(trial)
    if attempt.error:
        return attempt.failure()
    if not attempt.value.calls:
        return "no call"
    _, arguments = attempt.value.calls[0]
    return f"a call with `{json.dumps(arguments)}`" if arguments else "a call without arguments"


@row("arguments of a tool call as an object", good="right")
def arguments_as_object(trial: Trial) -> str:
    call = replies.tool_call({"city": "Rome"}, id="call_1", index=0, name="get_weather")
    return _whole_and_streamed_calls(trial, call, ROME)


@row("arguments of a tool call `null`", good="right")
def null_arguments(trial: Trial) -> str:
    call = replies.tool_call(None, id="call_1", index=0, name="get_weather")
    return _whole_and_streamed_calls(trial, call, ("get_weather", {}))


@row('arguments of a tool call `""`', good="right")
def empty_arguments(trial: Trial) -> str:
    call = replies.tool_call("", id="call_1", index=0, name="get_weather")
    return _whole_and_streamed_calls(trial, call, ("get_weather", {}))


@row("an answer with reasoning and a tool call, sent back with the tool's result", good="right")
def answer_sent_back(trial: Trial) -> str:
    call = replies.weather("Rome", "call_1")
    message = {"content": None, "reasoning_content": "I think.", "tool_calls": [call]}
    attempt = _sent_back(trial, message)
    if attempt.error:
        return attempt.failure()
    _, back, result = trial.emulator.last_request.json["messages"]
    sent = [entry["function"]["name"] for entry in back.get("tool_calls") or ()]
    right = sent == ["get_weather"] and result["tool_call_id"] == back["tool_calls"][0]["id"]
    return "right" if right else "tool call lost"


@row(
    "Gemini's signature of a tool call (`extra_content`), with the tool's result", good="sent back"
)
def signature_sent_back(trial: Trial) -> str:
    signature = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
    call = {**replies.weather("Rome", "call_1"), **signature}
    attempt = _sent_back(trial, {"content": None, "tool_calls": [call]}, model=GEMINI)
    if attempt.error:
        return attempt.failure()
    return "sent back" if "c2ln" in str(trial.emulator.last_request.json) else "lost"


TEXT_AND_CALL: list[Any] = [
    {
        "content": "Let me see.",
        "tool_calls": [replies.tool_call("", id="call_1", index=0, name="get_weather")],
    },
    {"tool_calls": [replies.tool_call('{"city": "Rome"}', index=0)]},
]


def _sent_back(trial: Trial, message: dict[str, Any], **settings: Any) -> Attempt:
    """Send an answer with a tool call back, with the tool's result."""
    trial.emulator.reply_json(replies.document(message, "tool_calls"))
    trial.emulator.reply_json(replies.document("Hello"))
    model = trial.make(**settings)
    first = trial.framework.ask(model, tools=True)
    return trial.attempt(trial.framework.answer_back, model, first.message)


def whole_and_streamed(trial: Trial, judge: Callable[[Answer], str], **options: Any) -> str:
    """Judge a whole answer and a streamed one, queued in this order."""
    verdicts = []
    for way in (trial.framework.ask, trial.framework.stream):
        attempt = trial.attempt(way, trial.make(), **options)
        verdicts.append(attempt.failure() if attempt.error else judge(attempt.value))
    whole, streamed = verdicts
    return whole if whole == streamed else f"{whole}; streamed: {streamed}"


def _whole_and_streamed_calls(trial: Trial, call: dict[str, Any], expected: Any) -> str:
    message = {"content": None, "tool_calls": [call]}
    trial.emulator.reply_json(replies.document(message, "tool_calls"))
    chunks = replies.streamed({"tool_calls": [call]}, finish_reason="tool_calls")
    trial.emulator.reply_chunks(chunks)
    return whole_and_streamed(trial, lambda answer: _compare(answer, [expected]), tools=True)


def _streamed_calls(trial: Trial, deltas: Sequence[Any], expected: list[Any]) -> str:
    trial.emulator.reply_chunks(replies.streamed(*deltas, finish_reason="tool_calls"))
    return called(trial.attempt(trial.framework.stream, trial.make(), tools=True), expected)


def called(attempt: Attempt, expected: list[Any]) -> str:
    """Describe the tool calls of an attempt, compared with the expected ones."""
    return attempt.failure() if attempt.error else _compare(attempt.value, expected)


def _compare(answer: Answer, expected: list[Any]) -> str:
    """Describe the tool calls of an answer, compared with the expected ones."""
    if answer.calls == expected:
        return "right"
    if not answer.calls:
        return "lost"
    right = sum(call in answer.calls for call in expected)
    if len(answer.calls) > len(expected):
        return f"{len(answer.calls)} calls, {right} right"
    if right:
        return f"{right} of {len(expected)}"
    names = [name for name, _ in answer.calls]
    if names == [name for name, _ in expected]:
        return "arguments lost" if not any(a for _, a in answer.calls) else "arguments wrong"
    return f"a call of `{names[0]}`"


def _counted(attempt: Attempt) -> str:
    if attempt.error:
        return attempt.failure()
    usage = attempt.value.usage
    if not usage or usage == (0, 0):
        return "none"
    asked, answered = usage
    if asked % 1000 == 0 and answered * 2 == asked:
        return "the service's" if asked == 1000 else f"{asked // 1000} times the service's"
    return "estimated"


ANSWER_ROWS = [
    reasoning,
    sources,
    usage_by_default,
    usage_asked_for,
    repeated_usage,
    usage_in_choice,
    null_usage,
    two_calls_whole,
    two_calls_in_one_chunk,
    two_calls_at_one_index,
    interleaved_calls,
    call_without_index,
    repeated_name,
    empty_object_first,
    text_and_call,
    cut_arguments,
    arguments_as_object,
    null_arguments,
    empty_arguments,
    answer_sent_back,
    signature_sent_back,
]
