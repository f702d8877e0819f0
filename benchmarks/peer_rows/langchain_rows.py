"""Rows for LangChain only, and the whole list."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from langchain_core.exceptions import ModelAuthenticationError, ModelRateLimitError
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import ConfigurableField
from langchain_core.tools import StructuredTool
from pydantic import BaseModel

from peer_rows import replies
from peer_rows.answer_rows import ANSWER_ROWS, ROME, TEXT_AND_CALL, called
from peer_rows.gateway_rows import GATEWAY_ROWS, called_by_sent_name, sent_text
from peer_rows.langchain_classes import PROMPT, answer_of, get_weather
from peer_rows.request_rows import REQUEST_ROWS
from peer_rows.trial import Attempt, Trial, row


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str


_FENCED = 'Here it is:\n```json\n{"setup": "Why?", "punchline": "Because."}\n```'


@row(
    "HTTP 429 and 401 as LangChain's own errors, which agents and fallbacks understand", good="yes"
)
def known_errors(trial: Trial) -> str:
    known = {429: ModelRateLimitError, 401: ModelAuthenticationError}
    unknown = []
    for status, error_class in known.items():
        trial.emulator.reset()
        for _ in range(10):
            trial.emulator.reply_error(status, headers={"Retry-After": "0"})
        attempt = trial.attempt(trial.framework.ask, trial.make())
        if not isinstance(attempt.error, error_class):
            unknown.append(f"{status}: {attempt.failure()}")
    return ", ".join(unknown) or "yes"


@row("a key set by `configurable_fields`", good="used")
def configured_key(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    trial.emulator.reply_json(replies.document("Hello"))
    field = {trial.subject.key_field: ConfigurableField("key")}

    def ask() -> None:
        model = trial.make()
        trial.framework.ask(model)  # the client made here must not be used again
        configured = {"configurable": {"key": "sk-another"}}
        model.configurable_fields(**field).invoke(PROMPT, config=configured)

    attempt = trial.attempt(ask)
    if attempt.error:
        return attempt.failure()
    sent = trial.emulator.last_request.headers["authorization"]
    return "used" if sent == "Bearer sk-another" else "the old key is sent"


@row("text and a tool call in one chunk, in v3 events", good="right")
def text_and_call_in_events(trial: Trial) -> str:
    return _in_events(trial, TEXT_AND_CALL, [ROME])


@row("two tool calls, both with `index` 0, in v3 events", good="right")
def two_calls_in_events(trial: Trial) -> str:
    calls = [replies.weather("Rome", "call_1", 0), replies.weather("Oslo", "call_2", 0)]
    expected = [ROME, ("get_weather", {"city": "Oslo"})]
    return _in_events(trial, [{"tool_calls": [call]} for call in calls], expected)


@row('text and a tool call in one chunk, with `output_version="v1"`', good="right")
def text_and_call_in_v1(trial: Trial) -> str:
    trial.emulator.reply_chunks(replies.streamed(*TEXT_AND_CALL, finish_reason="tool_calls"))
    model = trial.make(output_version="v1")
    attempt = trial.attempt(trial.framework.stream, model, tools=True)
    return _with_text(attempt, [ROME])


@row("structured output from JSON in a code fence", good="read")
def fenced_json(trial: Trial) -> str:
    return _structured(trial, lambda model: model.with_structured_output(Joke))


@row('structured output from JSON in a code fence, with `method="json_mode"`', good="read")
def fenced_json_mode(trial: Trial) -> str:
    return _structured(trial, lambda model: model.with_structured_output(Joke, method="json_mode"))


@row("an answer of Claude with a search of its own, in the history", good="text sent")
def foreign_blocks(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    content: list[Any] = [
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
        {"type": "text", "text": "It is sunny."},
        {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_2", "content": {}},
    ]
    history = [HumanMessage(PROMPT), AIMessage(content), HumanMessage("And tomorrow?")]
    attempt = trial.attempt(trial.make().invoke, history)
    return attempt.failure() if attempt.error else sent_text(trial, "tool_result")


@row("a tool named `notion.search`", good="called")
def dotted_name(trial: Trial) -> str:
    model = trial.make().bind_tools([StructuredTool.from_function(_find, name="notion.search")])

    def call(name: str) -> Any:
        entry = replies.tool_call("{}", id="call_1", name=name)
        trial.emulator.reply_json(
            replies.document({"content": None, "tool_calls": [entry]}, "tool_calls")
        )
        return model.invoke(PROMPT)

    return called_by_sent_name(trial, call, lambda answer: answer.tool_calls[0]["name"])


@row("an MCP tool whose schema has no `properties`", good="completed")
def no_properties(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    tool = StructuredTool.from_function(
        _find, name="list_all", description="List all.", args_schema={"type": "object"}
    )
    attempt = trial.attempt(lambda: trial.make().bind_tools([tool]).invoke(PROMPT))
    if attempt.error:
        return attempt.failure()
    parameters = trial.emulator.last_request.json["tools"][0]["function"].get("parameters", {})
    return "completed" if "properties" in parameters else f"sent as `{json.dumps(parameters)}`"


@row("a refusal instead of structured output", good="`RefusalError` with the service's text")
def refused_object(trial: Trial) -> str:
    refusal = {"content": None, "refusal": replies.BUSY}
    trial.emulator.reply_json(replies.document(refusal))
    attempt = trial.attempt(lambda: trial.make().with_structured_output(Joke).invoke(PROMPT))
    return attempt.failure(replies.BUSY) if attempt.error else "`None`, no error"


@row("a streamed refusal", good="a refusal block")
def streamed_refusal(trial: Trial) -> str:
    trial.emulator.reply_chunks(replies.streamed({"refusal": "I "}, {"refusal": "won't."}))
    attempt = trial.attempt(trial.framework.stream, trial.make())
    if attempt.error:
        return attempt.failure()
    blocks = attempt.value.message.content_blocks
    refused = "".join(block["refusal"] for block in blocks if block["type"] == "refusal")
    return "a refusal block" if refused == "I won't." else "lost"


def _find() -> str:
    """Find something."""
    return "Found."


def _in_events(trial: Trial, deltas: list[Any], expected: list[Any]) -> str:
    trial.emulator.reply_chunks(replies.streamed(*deltas, finish_reason="tool_calls"))
    model = trial.make().bind_tools([get_weather])
    attempt = trial.attempt(lambda: answer_of(model.stream_events(PROMPT, version="v3").output))
    has_text = any("content" in delta for delta in deltas)
    return _with_text(attempt, expected) if has_text else called(attempt, expected)


def _with_text(attempt: Attempt, expected: list[Any]) -> str:
    verdict = called(attempt, expected)
    if attempt.error or attempt.value.text == "Let me see.":
        return verdict
    return "text lost" if verdict == "right" else f"text lost, call {verdict}"


def _structured(trial: Trial, structure: Callable[[Any], Any]) -> str:
    trial.emulator.reply_json(replies.document(_FENCED))
    attempt = trial.attempt(lambda: structure(trial.make()).invoke(PROMPT))
    if attempt.error:
        return attempt.failure()
    return "read" if isinstance(attempt.value, Joke) else "`None`, no error"


ROWS = [
    *REQUEST_ROWS,
    known_errors,
    configured_key,
    *ANSWER_ROWS,
    *GATEWAY_ROWS,
    foreign_blocks,
    dotted_name,
    no_properties,
    streamed_refusal,
    text_and_call_in_events,
    two_calls_in_events,
    text_and_call_in_v1,
    fenced_json,
    fenced_json_mode,
    refused_object,
]
