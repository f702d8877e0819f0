"""The steps that the pieces of a choice take after they are decoded, as its request asks for them.

Each choice has a chain of its own. A whole choice, and what has arrived of a streamed one, take a
new chain as one piece.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol

from weryai_core.chunk import Choice
from weryai_core.end_tokens import EndTokenRemover
from weryai_core.prompted.read_calls import CallReader
from weryai_core.reply_options import ReplyOptions
from weryai_core.schemas.answers import to_shape
from weryai_core.steps.move_answer import AnswerToCall, AnswerToText
from weryai_core.steps.read_answer import AnswerReader
from weryai_core.steps.read_arguments import ArgumentsReader
from weryai_core.steps.read_call_tokens import TokenReader
from weryai_core.steps.read_reasoning import ReasoningReader
from weryai_core.steps.unwrap_answer import Unwrapper
from weryai_core.steps.unwrap_arguments import ArgumentsUnwrapper


class Step(Protocol):
    """A step of the pieces of one choice."""

    def read(self, piece: Choice, is_last: bool) -> Choice:
        """The piece that the next step gets.

        Args:
            piece: The next piece.
            is_last: Whether it is the last one.
        """

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one, which was read, pass unchanged as far as one can know.

        Such pieces hold text without the marks that a `TextPattern` looks for, or reasoning.
        """

    def note_copied(self, text: str, reasoning: str) -> None:
        """Note the text and the reasoning of pieces that have passed unchanged without `read`."""


class Chain:
    """Makes the chains of one reply.

    Args:
        options: What the request means for reading the reply.

    Attributes:
        token_readers: The newest reader of calls in the text of each choice, by its number.
        arguments_readers: The first reader of arguments of each choice, by its number: that of the
            stream. Later ones are made to merge what has arrived.
    """

    def __init__(self, options: ReplyOptions) -> None:
        self.token_readers: dict[int, TokenReader] = {}
        self.arguments_readers: dict[int, ArgumentsReader] = {}
        self._options = options
        self._is_plain = is_without_steps(options)
        self._seed = ""  # what the ids of calls in the text begin with

    def make_steps(self, index: int, whole: Choice | None = None) -> Sequence[Step]:
        """A chain for the choice with this number.

        Args:
            index: The number.
            whole: What takes the steps in one piece; no steps if that would pass unchanged.
        """
        if whole is not None and self._is_plain and has_only_words(whole):
            return ()
        steps: list[Step] = [EndTokenRemover()]
        options, names = self._options, self._options.tool_names
        if options.reads_reasoning_tags:
            steps.append(ReasoningReader(options.held_back))
            if options.held_back:
                steps.append(EndTokenRemover(tags=True))
        if options.reads_calls_from_text:
            # Kept, so that a call in `partial` has the id that it had in its chunk.
            self._seed = self._seed or os.urandom(10).hex()
            steps.append(CallReader(f"call_{self._seed}{index:02x}", options.tools))
        if options.tools or not options.expects_json:
            if options.tools:
                self._seed = self._seed or os.urandom(10).hex()
            self.token_readers[index] = TokenReader(
                options.tools,
                f"call_{self._seed}{index:02x}",
                names=names,
                expects_json=options.expects_json,
                allows_calls=not options.forbids_calls,
                only_tool=options.only_tool(),
            )
            steps.append(self.token_readers[index])
        if options.requires_call and (answers := options.answer_schemas()):
            steps.append(AnswerToCall(answers, f"call_{self._seed}{index:02x}"))
        schema = options.answer_schema
        shape = None if schema is None else to_shape(schema)
        if shape is not None:
            offered = [names.get(name, name) for name in options.tools]
            steps.append(AnswerToText(shape.name, offered))
        if options.expects_json:
            steps.append(AnswerReader())
        if shape is not None:
            steps.append(Unwrapper(shape))
        arguments_reader = ArgumentsReader()
        self.arguments_readers.setdefault(index, arguments_reader)
        steps.append(arguments_reader)
        if options.tools:
            steps.append(ArgumentsUnwrapper(options.tools, names))
        return steps


def is_without_steps(options: ReplyOptions) -> bool:
    """Whether a whole choice that has only words takes no steps."""
    asks_for_form = options.reads_calls_from_text or options.tools or options.requires_call
    is_json = options.expects_json or options.answer_schema is not None
    return not (asks_for_form or is_json or options.held_back)


def has_only_words(choice: Choice) -> bool:
    """Whether a choice has text alone, and none of the marks in it that a step looks for."""
    if choice.reasoning or choice.tool_calls or choice.citations:
        return False
    text = choice.text
    return not ("<" in text or "[" in text or "`" in text or "◁" in text)
