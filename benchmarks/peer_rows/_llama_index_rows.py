"""Rows of LlamaIndex only, and the whole list."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from llama_index.core import PromptTemplate
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel

from peer_rows import _wire as wire
from peer_rows._answer_rows import ANSWER_ROWS, cut_arguments
from peer_rows._llama_index import TOOL
from peer_rows._request_rows import REQUEST_ROWS
from peer_rows._trial import Trial, row


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str


_FENCED = 'Here it is:\n```json\n{"setup": "Why?", "punchline": "Because."}\n```'


@row("`max_tokens` of a call beats that of the model", good="yes")
def parameter_of_a_call(trial: Trial) -> str:
    trial.emulator.reply_json(wire.document("Hello"))
    model = trial.make(max_tokens=1000)
    attempt = trial.attempt(model.chat, [ChatMessage("Hello")], max_tokens=5)
    if attempt.error:
        return attempt.failure()
    return "yes" if trial.emulator.last_request.json.get("max_tokens") == 5 else "no"


@row("the history passed to `chat_with_tools`", good="left as it was")
def history(trial: Trial) -> str:
    trial.emulator.reply_json(wire.document("Hello"))
    messages = [ChatMessage("Hello")]
    model = trial.make()
    attempt = trial.attempt(
        model.chat_with_tools, [TOOL], user_msg="Hello again", chat_history=messages
    )
    if attempt.error:
        return attempt.failure()
    return "left as it was" if len(messages) == 1 else "changed"


@row("reasoning as it is streamed to agents (`thinking_delta`)", good="streamed")
def thinking_delta(trial: Trial) -> str:
    deltas = [{"reasoning_content": "I "}, {"reasoning_content": "think."}, {"content": "Yes."}]
    trial.emulator.reply_chunks(wire.streamed(*deltas))
    attempt = trial.attempt(lambda: list(trial.framework.pieces(trial.make())))
    if attempt.error:
        return attempt.failure()
    thoughts = [piece.additional_kwargs.get("thinking_delta") or "" for piece in attempt.value]
    return "streamed" if "".join(thoughts) == "I think." else "not streamed"


@row("reasoning in the first chunk of an asynchronous stream", good="kept")
def first_chunk(trial: Trial) -> str:
    first = {"role": "assistant", "reasoning_content": "I "}
    chunks = [wire.chunk(first), wire.chunk({"reasoning_content": "think."}), wire.chunk("Yes.")]
    trial.emulator.reply_chunks([*chunks, wire.ending()])
    attempt = trial.attempt(asyncio.run, _astream(trial, trial.make()))
    if attempt.error:
        return attempt.failure()
    blocks = attempt.value[-1].message.blocks
    thoughts = [b.content or "" for b in blocks if b.block_type == "thinking"]
    if "".join(thoughts) == "I think.":
        return "kept"
    return "kept in part" if any(thoughts) else "lost"


# LlamaIndex's own programs demand a tool call, and take nothing else.
@row("structured output, when the answer has JSON in a code fence", good="`ToolCallError`")
def fenced_json(trial: Trial) -> str:
    return _structured(trial, trial.make())


@row('the same with `pydantic_program_mode="llm"`', good="read")
def fenced_json_prompted(trial: Trial) -> str:
    return _structured(trial, trial.make(pydantic_program_mode=PydanticProgramMode.LLM))


async def _astream(trial: Trial, model: Any) -> list[Any]:
    return [piece async for piece in await trial.framework.apieces(model)]


def _structured(trial: Trial, model: Any) -> str:
    trial.emulator.reply_json(wire.document(_FENCED))
    attempt = trial.attempt(model.structured_predict, Joke, PromptTemplate("A joke."))
    if attempt.error:
        return attempt.failure()
    return "read" if isinstance(attempt.value, Joke) else "something else, no error"


# Core asks for the arguments as a dict; a call whose text is no whole JSON object keeps none.
_CUT_ARGUMENTS = replace(cut_arguments, good="a call without arguments")

ROWS = [
    *REQUEST_ROWS,
    parameter_of_a_call,
    history,
    *[_CUT_ARGUMENTS if each is cut_arguments else each for each in ANSWER_ROWS],
    thinking_delta,
    first_chunk,
    fenced_json,
    fenced_json_prompted,
]
