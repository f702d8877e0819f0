"""Rows for LlamaIndex only, and the whole list."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from llama_index.core import PromptTemplate
from llama_index.core.base.llms.types import (
    CacheControl,
    CachePoint,
    ChatMessage,
    CitationBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
)
from llama_index.core.tools import FunctionTool
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel

from peer_rows import replies
from peer_rows.answer_rows import ANSWER_ROWS, cut_arguments, stream_cut_call
from peer_rows.gateway_rows import GATEWAY_ROWS, called_by_sent_name, sent_text
from peer_rows.llama_index_classes import TOOL
from peer_rows.request_rows import REQUEST_ROWS
from peer_rows.trial import Trial, row


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str


_FENCED = 'Here it is:\n```json\n{"setup": "Why?", "punchline": "Because."}\n```'


@row("`max_tokens` of a call wins over the model's", good="yes")
def parameter_of_a_call(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    model = trial.make(max_tokens=1000)
    attempt = trial.attempt(model.chat, [ChatMessage("Hello")], max_tokens=5)
    if attempt.error:
        return attempt.failure()
    return "yes" if trial.emulator.last_request.json.get("max_tokens") == 5 else "no"


@row("the history passed to `chat_with_tools`", good="unchanged")
def history(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    messages = [ChatMessage("Hello")]
    model = trial.make()
    attempt = trial.attempt(
        model.chat_with_tools, [TOOL], user_msg="Hello again", chat_history=messages
    )
    if attempt.error:
        return attempt.failure()
    return "unchanged" if len(messages) == 1 else "changed"


@row("reasoning streamed to agents (`thinking_delta`)", good="streamed")
def thinking_delta(trial: Trial) -> str:
    deltas = [{"reasoning_content": "I "}, {"reasoning_content": "think."}, {"content": "Yes."}]
    trial.emulator.reply_chunks(replies.streamed(*deltas))
    attempt = trial.attempt(lambda: list(trial.framework.pieces(trial.make())))
    if attempt.error:
        return attempt.failure()
    reasoning = [piece.additional_kwargs.get("thinking_delta") or "" for piece in attempt.value]
    return "streamed" if "".join(reasoning) == "I think." else "not streamed"


@row("reasoning in the first chunk of an asynchronous stream", good="kept")
def first_chunk(trial: Trial) -> str:
    first = {"role": "assistant", "reasoning_content": "I "}
    chunks = [
        replies.chunk(first),
        replies.chunk({"reasoning_content": "think."}),
        replies.chunk("Yes."),
    ]
    trial.emulator.reply_chunks([*chunks, replies.ending()])
    attempt = trial.attempt(asyncio.run, _astream(trial, trial.make()))
    if attempt.error:
        return attempt.failure()
    blocks = attempt.value[-1].message.blocks
    reasoning = [b.content or "" for b in blocks if b.block_type == "thinking"]
    if "".join(reasoning) == "I think.":
        return "kept"
    return "kept in part" if any(reasoning) else "lost"


@row("a tool whose call was truncated by `max_tokens`", good="not run, reported to the model")
def cut_call(trial: Trial) -> str:
    attempt = stream_cut_call(trial)
    if attempt.error:
        return attempt.failure()
    [(name, arguments)] = attempt.value.calls
    if name != TOOL.metadata.name:
        return "not run, reported to the model"  # agents answer that the tool is unknown
    ran = trial.attempt(TOOL, **arguments)
    return "not run, reported to the model" if ran.error else f"run with `{json.dumps(arguments)}`"


@row("an image in a tool's result", good="sent")
def image_in_result(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("A cat."))
    call = replies.tool_call("{}", id="call_1", name="camera")
    asked = ChatMessage(role="assistant", additional_kwargs={"tool_calls": [call]})
    result = ChatMessage(
        role="tool",
        blocks=[ImageBlock(url="https://example.com/cat.png")],
        additional_kwargs={"tool_call_id": "call_1"},
    )
    attempt = trial.attempt(trial.make().chat, [ChatMessage("Look."), asked, result])
    if attempt.error:
        return attempt.failure()
    return "sent" if "cat.png" in str(trial.emulator.last_request.json) else "dropped, no error"


@row("the system prompt of an asynchronous structured prediction", good="sent")
def asynchronous_system_prompt(trial: Trial) -> str:
    call = replies.tool_call('{"setup": "Why?", "punchline": "Because."}', id="call_1", name="Joke")
    trial.emulator.reply_json(
        replies.document({"content": None, "tool_calls": [call]}, "tool_calls")
    )
    model = trial.make(system_prompt="Be kind.", pydantic_program_mode=PydanticProgramMode.FUNCTION)
    attempt = trial.attempt(
        lambda: asyncio.run(model.astructured_predict(Joke, PromptTemplate("A joke.")))
    )
    if attempt.error:
        return attempt.failure()
    return "sent" if "Be kind." in str(trial.emulator.last_request.json) else "lost"


@row("structured output from JSON in a code fence", good="read")
def fenced_json(trial: Trial) -> str:
    return _structured(trial, trial.make())


@row('structured output from JSON in a code fence, with `pydantic_program_mode="llm"`', good="read")
def fenced_json_prompted(trial: Trial) -> str:
    return _structured(trial, trial.make(pydantic_program_mode=PydanticProgramMode.LLM))


@row("an answer of Claude with sources and a cache point, in the history", good="text sent")
def foreign_blocks(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document("Hello"))
    answer = ChatMessage(
        role="assistant",
        blocks=[
            ThinkingBlock(content="Hm.", additional_information={"signature": "c2ln"}),
            CachePoint(cache_control=CacheControl(type="ephemeral")),
            TextBlock(text="It is sunny."),
            CitationBlock(
                cited_content=TextBlock(text="foreign"),
                source="https://example.com",
                title="A",
                additional_location_info={},
            ),
        ],
    )
    history = [ChatMessage("Hello"), answer, ChatMessage("And tomorrow?")]
    attempt = trial.attempt(trial.make().chat, history)
    return attempt.failure() if attempt.error else sent_text(trial, "foreign")


@row("a tool named `notion.search`", good="called")
def dotted_name(trial: Trial) -> str:
    tool = FunctionTool.from_defaults(_find, name="notion.search")
    model = trial.make()

    def call(name: str) -> Any:
        entry = replies.tool_call("{}", id="call_1", name=name)
        trial.emulator.reply_json(
            replies.document({"content": None, "tool_calls": [entry]}, "tool_calls")
        )
        response = model.chat_with_tools([tool], user_msg="Hello")
        return model.get_tool_calls_from_response(response)

    return called_by_sent_name(trial, call, lambda calls: calls[0].tool_name)


@row("a refusal", good="its text")
def refusal(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document({"content": None, "refusal": "I won't."}))
    attempt = trial.attempt(trial.framework.ask, trial.make())
    if attempt.error:
        return attempt.failure()
    message = attempt.value.message
    kept = "I won't." in f"{message.content} {message.additional_kwargs}"
    return "its text" if kept else "lost"


@row(
    "a refusal instead of structured output", good="`StructuredOutputError` with the service's text"
)
def refused_object(trial: Trial) -> str:
    trial.emulator.reply_json(replies.document({"content": None, "refusal": replies.BUSY}))
    attempt = trial.attempt(trial.make().structured_predict, Joke, PromptTemplate("A joke."))
    return attempt.failure(replies.BUSY) if attempt.error else "something else, no error"


def _find() -> str:
    """Find something."""
    return "Found."


async def _astream(trial: Trial, model: Any) -> list[Any]:
    return [piece async for piece in await trial.framework.apieces(model)]


def _structured(trial: Trial, model: Any) -> str:
    trial.emulator.reply_json(replies.document(_FENCED))
    attempt = trial.attempt(model.structured_predict, Joke, PromptTemplate("A joke."))
    if attempt.error:
        return attempt.failure()
    return "read" if isinstance(attempt.value, Joke) else "something else, no error"


ROWS = [
    *REQUEST_ROWS,
    parameter_of_a_call,
    history,
    # LlamaIndex has no place for invalid calls; `cut_call` shows what happens to one.
    *[each for each in ANSWER_ROWS if each is not cut_arguments],
    *GATEWAY_ROWS,
    foreign_blocks,
    dotted_name,
    refusal,
    cut_call,
    image_in_result,
    thinking_delta,
    first_chunk,
    asynchronous_system_prompt,
    fenced_json,
    fenced_json_prompted,
    refused_object,
]
