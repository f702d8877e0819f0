"""Rows for both frameworks: answers that gateways and their many models give."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from peer_rows import replies
from peer_rows.answer_rows import ROME, whole_and_streamed
from peer_rows.trial import Answer, Trial, row

WRITTEN = ("get_weather", {"city": "Rome\nOslo"})


@row(
    "an error in the choice, as OpenRouter reports it", good="`ServerError` with the service's text"
)
def error_in_choice(trial: Trial) -> str:
    body = replies.document("", "error")
    body["choices"][0]["error"] = {"code": 502, "message": replies.BUSY}
    trial.emulator.reply_json(body)
    attempt = trial.attempt(trial.framework.ask, trial.make())
    return attempt.failure(replies.BUSY) if attempt.error else "taken for an empty answer"


@row("a stream that ends with an error in the choice", good="`ServerError` with the service's text")
def error_in_last_choice(trial: Trial) -> str:
    end = replies.ending("error")
    end["choices"][0]["error"] = {"code": 502, "message": replies.BUSY}
    trial.emulator.reply_chunks([replies.opening(), replies.chunk("Half an"), end])
    attempt = trial.attempt(trial.framework.stream, trial.make())
    return attempt.failure(replies.BUSY) if attempt.error else "taken for a finished answer"


@row("a line break in the arguments of a tool call", good="right")
def line_break(trial: Trial) -> str:
    call = replies.tool_call('{"city": "Rome\nOslo"}', id="call_1", index=0, name="get_weather")
    return _calls(trial, [call], WRITTEN)


@row("an emoji whose halves are in two deltas", good="whole")
def split_emoji(trial: Trial) -> str:
    trial.emulator.reply_chunks(replies.streamed("Hi \ud83d", "\ude00!"))
    attempt = trial.attempt(trial.framework.stream, trial.make())
    if attempt.error:
        return attempt.failure()
    text = attempt.value.text
    if text == "Hi \U0001f600!":
        return "whole"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "a text that cannot be encoded"
    return "lost"


@row("a tool call without a name, next to a real one", good="right")
def nameless_call(trial: Trial) -> str:
    nameless = replies.tool_call("{}", id="call_2", index=1)
    nameless["function"]["name"] = ""
    return _calls(trial, [replies.weather("Rome", "call_1", 0), nameless], ROME)


def sent_text(trial: Trial, foreign: str) -> str:
    """Describe what became of an answer with "It is sunny." and with blocks that are foreign."""
    sent = json.dumps(trial.emulator.last_request.json)
    if foreign in sent:
        return "sent with the foreign blocks"
    return "text sent" if "It is sunny." in sent else "lost"


def called_by_sent_name(
    trial: Trial, call: Callable[[str], Any], name_of: Callable[[Any], str]
) -> str:
    """Describe a call of the tool `notion.search` by the name under which it was sent.

    Args:
        trial: The trial.
        call: Asks, and is answered by a call of the tool with this name.
        name_of: Returns the name of the tool that an agent would run.
    """
    first = trial.attempt(call, "any")
    if not trial.emulator.requests:
        return f"{first.failure()}, nothing sent"
    name = trial.emulator.last_request.json["tools"][0]["function"]["name"]
    if not re.fullmatch("[a-zA-Z0-9_-]{1,64}", name):
        return f"sent as `{name}`"
    attempt = trial.attempt(call, name)
    if attempt.error:
        return attempt.failure()
    called = name_of(attempt.value)
    return "called" if called == "notion.search" else f"a call of `{called}`"


def _calls(trial: Trial, calls: list[dict[str, Any]], expected: Any) -> str:
    message = {"content": None, "tool_calls": calls}
    trial.emulator.reply_json(replies.document(message, "tool_calls"))
    chunks = replies.streamed(
        *({"tool_calls": [call]} for call in calls), finish_reason="tool_calls"
    )
    trial.emulator.reply_chunks(chunks)
    return whole_and_streamed(trial, lambda answer: _judge(answer, expected), tools=True)


def _judge(answer: Answer, expected: Any) -> str:
    if answer.calls == [expected]:
        return "right"
    if not answer.calls:
        return "lost"
    nameless = [name for name, _ in answer.calls if not name]
    return "a call without a name" if nameless else "arguments wrong"


GATEWAY_ROWS = [
    error_in_choice,
    error_in_last_choice,
    line_break,
    split_emoji,
    nameless_call,
]
