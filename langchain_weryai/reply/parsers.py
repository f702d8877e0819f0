"""The output parser of structured answers: from LangChain's messages to instances of a schema.

Two things differ from LangChain's own parsers. The JSON may be in the tool call or in the text,
whichever was requested. A stream ends with the whole instance, or with the error that the whole
answer would raise.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from functools import reduce
from operator import add
from typing import Any, NoReturn

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.output_parsers import BaseTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from pydantic import InstanceOf
from pydantic_core import to_json
from typing_extensions import override

from langchain_weryai.errors import RefusalError, StructuredOutputError
from langchain_weryai.request.invalid_calls import written_arguments
from weryai_core import Choice, Chunk, ToolCallDelta
from weryai_core import StructuredOutputError as CoreError
from weryai_core.integration import AnswerReader

_NOTHING = object()  # a stream may yield None, which is a value of optional types


class AnswerParser(BaseTransformOutputParser[Any]):
    """Reads the instance of a schema in a message."""

    reader: InstanceOf[AnswerReader]

    @property
    @override
    def OutputType(self) -> Any:
        return Any

    @override
    def parse_result(self, result: list[Generation], *, partial: bool = False) -> Any:
        """The instance in a message; in a partial one the instance so far, or None.

        Raises:
            StructuredOutputError: A whole answer does not follow the schema.
            RefusalError: The model refused to answer.
        """
        generation = result[0]
        message: BaseMessage = AIMessage(generation.text)
        if isinstance(generation, ChatGeneration):
            message = generation.message
        reply = to_chunk(message)
        if partial:
            return self.to_instance(self.reader.grow(reply.choice))
        try:
            return self.reader.read(reply)
        except CoreError as error:
            _raise_langchains(error, reply, message)

    @override
    def parse(self, text: str) -> Any:
        return self.parse_result([Generation(text=text)])

    def calls_other_tool(self, message: AIMessage) -> bool:
        """Whether a message calls other tools, and holds no answer to the schema."""
        return self.reader.calls_other_tool(to_chunk(message).choice)

    def to_instance(self, value: Any) -> Any:
        """What a stream yields for the value so far; None for nothing."""
        if value is None or self.reader.validate is None:
            return value
        return self.reader.try_instance(value)

    @override
    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[Any]:
        stream = _Stream(self)
        for piece in input:
            yield from stream.add(piece)
        yield from stream.end()

    @override
    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[Any]:
        stream = _Stream(self)
        async for piece in input:
            for instance in stream.add(piece):
                yield instance
        for instance in stream.end():
            yield instance


class _Stream:
    """Reads the instance in a streamed message, as it grows."""

    def __init__(self, parser: AnswerParser) -> None:
        self._parser = parser
        self._pieces: list[Any] = []
        self._text = ""
        self._calls: dict[Any, ToolCallDelta] = {}
        self._value: Any = None
        self._yielded: Any = _NOTHING

    def add(self, piece: str | BaseMessage) -> Iterator[Any]:
        """Yield the instance after this piece, if it grew."""
        self._pieces.append(piece)
        self._text += piece if isinstance(piece, str) else piece.text
        for fragment in piece.tool_call_chunks if isinstance(piece, AIMessageChunk) else ():
            known = self._calls.get(fragment["index"], ToolCallDelta(0))
            self._calls[fragment["index"]] = ToolCallDelta(
                0,
                name=known.name or fragment["name"],
                arguments=known.arguments + (fragment["args"] or ""),
            )
        choice = Choice(text=self._text, tool_calls=tuple(self._calls.values()))
        value = self._parser.reader.grow(choice)
        if value is None or value == self._value:
            return
        self._value = value
        instance = self._parser.to_instance(value)
        if instance is not None and instance != self._yielded:
            self._yielded = instance
            yield instance

    def end(self) -> Iterator[Any]:
        """Yield the whole instance, unless `add` yielded it last."""
        if self._pieces:
            answer = _joined(self._pieces)
            is_text = isinstance(answer, str)
            generation = Generation(text=answer) if is_text else ChatGeneration(message=answer)
            whole = self._parser.parse_result([generation])
            if whole != self._yielded:
                yield whole


def to_chunk(message: BaseMessage) -> Chunk:
    """A message as the core's whole reply."""
    calls: list[tuple[str | None, str | None, str]] = []
    reason = None
    if isinstance(message, AIMessage):
        reason = message.response_metadata.get("finish_reason")
        calls += [
            (call["id"], call["name"], to_json(call["args"], inf_nan_mode="constants").decode())
            for call in message.tool_calls
        ]
        calls += [
            (call["id"], call["name"], written_arguments(call))
            for call in message.invalid_tool_calls
        ]
    refusals = (block for block in message.content_blocks if block["type"] == "refusal")
    choice = Choice(
        text=str(message.text),
        refusal="".join(str(block["refusal"] or "declined") for block in refusals),
        tool_calls=tuple(ToolCallDelta(number, *call) for number, call in enumerate(calls)),
        finish_reason=reason if isinstance(reason, str) else None,
    )
    model = message.response_metadata.get("model_name")
    return Chunk(choices=(choice,), model=model, is_last=True)


def _joined(pieces: Sequence[Any]) -> Any:
    if all(isinstance(piece, AIMessageChunk) for piece in pieces):
        return add_ai_message_chunks(*pieces)  # all at once: pair by pair, the time is quadratic
    return reduce(add, pieces)


def _raise_langchains(error: CoreError, reply: Chunk, message: BaseMessage) -> NoReturn:
    """Raise an error as LangChain's class of the same meaning."""
    raised: CoreError
    if reply.choice.refusal:
        raised = RefusalError(str(error), raw_message=message)
    else:
        calls = reply.choice.tool_calls
        output = reply.text or (calls[0].arguments if calls else "")
        raised = StructuredOutputError(str(error), llm_output=output)
    raised.status_code, raised.partial = error.status_code, reply
    raise raised from error.__cause__
