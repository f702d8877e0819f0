"""What is known so far of one choice of a reply.

JSON entries of `choices` go in, pieces to yield come out. Each piece is decoded, its tool calls are
numbered, and its sources are kept for the end, since their places refer to the whole text. Then it
takes the steps that the request asked for, such as reading tool calls from the text.

The choice of a whole reply is a stream of one piece: it takes the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from weryai_core.chunk import Choice, ToolCallDelta, merge_choices, merge_sources
from weryai_core.extras import GrowingExtras
from weryai_core.identifiers.written_names import ToolNames
from weryai_core.new_chunk import changed, new_choice
from weryai_core.reply.calls.assemble import ToolCallAssembler, whole_tool_calls
from weryai_core.reply.calls.call_text import CallText
from weryai_core.reply.chain import Step
from weryai_core.reply.citations import to_citations
from weryai_core.reply.completion import (
    as_fields,
    find_finish_reason,
    find_fragment,
    find_message,
    find_native_reason,
    find_texts,
    find_tool_calls,
    to_choice,
)
from weryai_core.reply.content import says_refusal, split_images
from weryai_core.reply.kept.pieces import KeptPieces
from weryai_core.reply.kept.sources import KeptSources, joined_part
from weryai_core.reply.outcome.completions import has_message
from weryai_core.reply.outcome.finish_reasons import is_refusal, meaning_of
from weryai_core.reply.outcome.verdict import unread_shape
from weryai_core.reply.reasoning import OneReasoning, all_reasoning, is_marked, plain_field
from weryai_core.reply_options import NO_OPTIONS
from weryai_core.signatures.parts import signed_extras
from weryai_core.steps.grow_messages import GrowingMessage
from weryai_core.steps.join_halves import TornPieces, with_whole_arguments, without_halves
from weryai_core.surrogates import without_surrogates

Fields = Mapping[str, Any]


class ChoiceStream:
    """One choice: its pieces, its tool calls and its sources.

    Args:
        index: Number of the choice, from 0.
        make_steps: Makes the steps that the pieces take after they are decoded.
        tool_names: The names that the request sent for its tools.
        is_whole: Whether the choice comes in one piece, as `message` instead of `delta`.

    Attributes:
        index: Number of the choice, from 0.
        has_begun: Whether a piece that holds something has arrived.
        received: How many pieces have arrived that a reader would miss.
        finish_reason: The finish reason; None before it has arrived.
        native_reason: The one of the service behind OpenRouter.
        holds_answer: Whether something of the answer has arrived: reasoning and white space are not
            enough.
        has_reasoning: Whether reasoning has arrived.
        has_calls: Whether tool calls have arrived, also such as are left out.
        has_message: Whether a message or a delta has arrived, be it empty.
        lost_call: Whether a tool call has arrived that is left out because it has no name.
        unread: The shape of a message that holds something unknown; "" if there is none.
    """

    def __init__(
        self,
        index: int,
        make_steps: Callable[[int, Choice | None], Sequence[Step]] = lambda index, whole: (),
        *,
        tool_names: ToolNames = NO_OPTIONS.tool_names,
        is_whole: bool = False,
    ) -> None:
        self.index = index
        self.has_begun: bool = False
        self.received: int = 0
        self.finish_reason: str | None = None
        self.native_reason: str | None = None
        self.holds_answer: bool = False
        self.has_reasoning: bool = False
        self.has_calls: bool = False
        self.has_message: bool = False
        self.lost_call: bool = False
        self.unread: str = ""
        self._is_whole = is_whole
        self._tool_names = tool_names
        self._make_steps = make_steps
        self._made_steps: Sequence[Step] | None = None
        self._pieces = KeptPieces(index)  # as decoded, before the steps
        self._assembler: ToolCallAssembler | None = None
        self._images: set[str] = set()
        self._has_refusal = False
        self._is_refused = False  # whether the text is the refusal
        self._sources = KeptSources()
        self._extras: GrowingExtras | None = None
        self._halves: TornPieces | None = None  # once a character was torn apart
        self._reasoning = OneReasoning()
        self._has_marks: bool | None = None  # on reasoning in the text, without tags
        self._has_deltas = False
        self._has_early_reason = False  # whether the answer went on after its finish reason
        self._message = GrowingMessage()
        self._call_text: CallText | None = None  # of tool calls that come as JSON text

    @property
    def is_finished(self) -> bool:
        """Whether a finish reason has arrived."""
        return self.finish_reason is not None

    @property
    def has_ended(self) -> bool:
        """Whether the finish reason has come at the end of the choice, as far as can be known.

        Some services send one before the answer, or with each piece.
        """
        if self.finish_reason is None or self._has_early_reason:
            return False
        has_answer = self.holds_answer or self.has_calls
        return has_answer or meaning_of(self.finish_reason) is not None

    @property
    def _steps(self) -> Sequence[Step]:
        """The steps of the pieces; a choice that comes whole takes them once, merged."""
        if self._made_steps is None:
            self._made_steps = self._make_steps(self.index, None)
        return self._made_steps

    def add(self, entry: Mapping[str, Any], *, is_torn: bool = False) -> Choice | None:
        """The piece to yield for an entry of `choices`; None to skip it.

        Args:
            entry: The entry.
            is_torn: Whether its texts may hold surrogates.
        """
        if is_torn and self._halves is None:
            self._halves = TornPieces()
        piece = self.decode_plain(entry)
        if piece is None:
            piece = self.decode(entry)
        elif self.is_finished:
            self._has_early_reason = True
        return None if piece is None else self.after_steps(piece)

    def after_steps(self, piece: Choice) -> Choice | None:
        """What the steps make of a piece that is not the last one; None if nothing is left."""
        for step in self._made_steps or self._steps:
            piece = step.read(piece, False)
        return None if _is_empty(piece) else piece

    def copies(self, piece: Choice) -> bool:
        """Whether pieces like this one pass unchanged as well, see `Step.copies`."""
        if self._halves is not None or not (self.holds_answer or piece.reasoning):
            return False
        return all(step.copies(piece) for step in self._steps)

    def add_copied(self, text: str, reasoning: str, field: str) -> None:
        """Keep text or reasoning that has passed unchanged, see `copies`.

        Args:
            text: The text.
            reasoning: The reasoning.
            field: The field that brought it.
        """
        if reasoning:
            self._reasoning.add_next(field, reasoning)
        self._keep(new_choice(self.index, text, reasoning))
        for step in self._steps:
            step.note_copied(text, reasoning)

    def decode_plain(self, entry: Mapping[str, Any]) -> Choice | None:
        """`decode` for an entry that brings the next piece of one text alone; None for any other.

        The text is that of the answer, its reasoning, or the arguments of the latest call.
        """
        if self._halves is not None:
            return None
        texts = fragment = None
        if self._assembler is not None:
            fragment = find_fragment(entry)
        if fragment is None:
            texts = find_texts(entry)
        if texts is not None:
            text, reasoning = texts
            if reasoning:
                name = plain_field(entry["delta"])
                if not name or not self._reasoning.add_next(name, reasoning):
                    return None
                self.has_reasoning = True
            self.holds_answer = self.holds_answer or bool(text.strip())
            piece = new_choice(self.index, text, reasoning)
        elif self._assembler is not None and fragment is not None:
            call = self._assembler.add_arguments(*fragment)
            if call is None:
                return None
            self.holds_answer = True
            piece = new_choice(self.index, tool_calls=(call,))
        else:
            return None
        self.has_message = self._has_deltas = True
        self.received += 1
        return self._keep(piece)

    def decode(self, entry: Mapping[str, Any]) -> Choice | None:
        """The piece in an entry of `choices`, before the steps; None if it holds nothing."""
        if self._is_whole:
            texts = find_texts(entry, "message", ("index", "finish_reason"))
            if texts is not None and not texts[1]:
                return self._decode_text(texts[0], entry)
        message = find_message(entry, is_whole=self._is_whole, has_begun=self._has_deltas)
        if message and not self._is_whole and message is entry.get("message"):
            reason = find_finish_reason(entry)
            message = self._message.new_in(message, is_end=reason is not None)
        calls = find_tool_calls(message)
        if isinstance(message.get("tool_calls"), str):
            calls = self._calls_in_text(message["tool_calls"])
        if not calls and self._has_deltas and self._assembler is None:
            calls = find_tool_calls(as_fields(entry.get("message")))  # only the end has them
        numbered = self._number(calls) if calls else ()
        piece, parts = to_choice(self.index, entry, message, numbered)
        if piece.text and not self._is_whole and is_marked(message):
            piece = self._with_marked_text(piece)
        self._is_refused = self._is_refused or says_refusal(message.get("refusal"))
        had_reason = self.is_finished
        if piece.finish_reason:
            self.native_reason = find_native_reason(entry) or self.native_reason
            self._is_refused = self._is_refused or is_refusal(piece.finish_reason)
            if self._assembler is not None:
                piece = changed(piece, tool_calls=(*piece.tool_calls, *self._assembler.finish()))
            if meaning_of(piece.finish_reason) == "failed":
                self.finish_reason = piece.finish_reason  # also after a usual one
            elif self.is_finished:  # some repeat it on every later chunk
                piece = changed(piece, finish_reason=None)
            self.finish_reason = self.finish_reason or piece.finish_reason
        if self._halves is not None:
            parts = [joined_part(part, piece.text, self._halves) for part in parts]
            piece = without_halves(piece)
        if piece.sources or parts:
            self._sources.add(piece.sources, parts)
            piece = changed(piece, sources={}) if piece.sources else piece
        has_reasoning = bool(piece.reasoning)
        if has_reasoning or piece.extra:
            piece = self._with_new_reasoning(piece, message)
        if self._halves is not None:
            piece = self._halves.join(piece)
        if piece.refusal and not self._has_refusal:
            # White space alone is none; within one it counts.
            piece = changed(piece, refusal=piece.refusal.lstrip())
            self._has_refusal = bool(piece.refusal)
        if piece.images:  # some repeat them at the end
            new = [image for image in piece.images if image not in self._images]
            self._images.update(new)
            kept, shown = split_images(tuple(new))
            piece = changed(piece, images=kept)
            if shown:
                is_first = not (piece.text or self._pieces.has_text)
                piece = changed(piece, text=piece.text + ("" if is_first else "\n\n") + shown)
        self.has_message = self.has_message or has_message(entry)
        has_reasoning = has_reasoning or bool(piece.reasoning)
        self._note(message, piece, has_calls=bool(calls), has_reasoning=has_reasoning)
        self._count(piece, calls, had_reason=had_reason)
        if self._halves is not None:
            rest = self._halves.rest(self.index)
            self.has_begun = self.has_begun or not _is_empty(rest)
            self.holds_answer = self.holds_answer or _holds_answer(rest)
        if _is_empty(piece):
            return None
        self._has_deltas = self._has_deltas or bool(entry.get("delta"))
        return self._keep(piece)

    def close(self, shared: Sequence[Fields]) -> Choice | None:
        """What only the end of the stream brings: sources, and what was held back; None if nothing.

        Args:
            shared: The web-search fields that came next to the choices.
        """
        late = self._late_piece(shared) or Choice(self.index)
        piece = _take(self._steps, late, is_last=True)
        if self._is_refused and not self._has_refusal:
            piece = changed(piece, refusal=self.merged(shared).refusal)
        if self._assembler is not None:
            self._assembler.log_nameless()
        return None if piece == Choice(self.index) else piece

    def merged(self, shared: Sequence[Fields]) -> Choice:
        """All that has arrived so far, as if it had come whole. Changes nothing.

        Args:
            shared: The web-search fields that came next to the choices.
        """
        late = self._late_piece(shared)
        choice = self._pieces.merged(late)
        choice = _take(self._make_steps(self.index, choice), choice, is_last=True)
        if self._is_refused and not choice.refusal and not choice.tool_calls:
            choice = changed(choice, refusal=choice.text.strip())
        return choice

    def _count(self, piece: Choice, calls: Sequence[Fields], *, had_reason: bool) -> None:
        """Count a piece that a reader would miss.

        Args:
            piece: The piece.
            calls: The fragments of calls that it came with.
            had_reason: Whether the finish reason came before it.
        """
        if _says_something(piece) or any(map(_has_words, calls)):
            self._has_early_reason = self._has_early_reason or had_reason
            self.received += 1
        elif piece.finish_reason:
            self.received += 1

    def _decode_text(self, text: str, entry: Mapping[str, Any]) -> Choice:
        """`decode` for a whole entry that holds this text alone."""
        self.finish_reason = find_finish_reason(entry)
        self._is_refused = is_refusal(self.finish_reason)
        self.has_message = True
        self.holds_answer = bool(text.strip())
        return self._keep(new_choice(self.index, text, finish_reason=self.finish_reason))

    def _keep(self, piece: Choice) -> Choice:
        """Keep a piece that holds something; gives that piece."""
        self.has_begun = True
        self._sources.length += len(piece.text)
        self._pieces.add(piece)
        return piece

    def _note(
        self, message: Mapping[str, Any], piece: Choice, *, has_calls: bool, has_reasoning: bool
    ) -> None:
        self.has_reasoning = self.has_reasoning or has_reasoning
        self.has_calls = self.has_calls or has_calls
        self.has_begun = self.has_begun or has_calls
        if self.holds_answer or _holds_answer(piece):
            self.holds_answer = True
        elif has_calls:
            # Calls that are held back. Those without a name are read, and left out.
            self.holds_answer = self._assembler is not None and self._assembler.has_call
            self.lost_call = not self.holds_answer
        elif message and not piece.text and not has_reasoning:
            self.unread = self.unread or unread_shape(message)

    def _calls_in_text(self, text: str) -> Sequence[Mapping[str, Any]]:
        """The tool calls in JSON text that comes in pieces; none before it is whole."""
        self._message = GrowingMessage()
        self._call_text = self._call_text or CallText()
        whole = self._call_text.add(text)
        calls = find_tool_calls({"tool_calls": whole}) if whole else ()
        self._call_text = None if calls else self._call_text
        return calls

    def _number(self, calls: Sequence[Mapping[str, Any]]) -> tuple[ToolCallDelta, ...]:
        if self._is_whole:
            return whole_tool_calls(calls, self._tool_names)
        if self._assembler is None:
            self._assembler = ToolCallAssembler(self._tool_names)
        return self._assembler.add(calls)

    def _with_marked_text(self, piece: Choice) -> Choice:
        """The piece with its text, which is marked as reasoning, where reasoning belongs.

        A step reads the reasoning between tags; this is for streams that have none.
        """
        if self._has_marks is None:
            self._has_marks = not piece.text.lstrip().startswith("<")
        if not self._has_marks:
            return piece
        return changed(piece, text="", reasoning=piece.reasoning or piece.text)

    def _with_new_reasoning(self, piece: Choice, message: Mapping[str, Any]) -> Choice:
        """The piece with the reasoning that no piece before it has, and without signed reasoning.

        Fields for signed reasoning are kept for the end; their text may be all there is.
        """
        new = self._reasoning.add(all_reasoning(message, piece.reasoning, piece.extra))
        if piece.extra:
            self._extras = self._extras or GrowingExtras()
            self._extras.add(piece.extra)
        elif new == piece.reasoning:
            return piece
        return changed(piece, extra={}, reasoning=new)

    def _late_piece(self, shared: Sequence[Fields]) -> Choice | None:
        """What the end of the choice brings; None if that is nothing."""
        calls = self._assembler.held() if self._assembler else ()
        found = [*shared, *self._sources.fields]
        rest = self._halves.rest(self.index) if self._halves else None
        if not calls and not found and not self._extras:
            return rest
        text = self._pieces.text + (rest.text if rest else "")
        piece = Choice(
            self.index,
            tool_calls=calls,
            sources=merge_sources(self._sources.fields),
            citations=to_citations(found, text, self._sources.parts),
            extra=signed_extras(self._extras.value() if self._extras else {}),
        )
        if rest is None:
            return piece
        calls = with_whole_arguments(calls)
        piece = changed(piece, tool_calls=calls, extra=without_surrogates(piece.extra))
        return merge_choices(self.index, [rest, piece])


def _take(steps: Sequence[Step], piece: Choice, *, is_last: bool) -> Choice:
    for step in steps:
        piece = step.read(piece, is_last)
    return piece


def _says_something(piece: Choice) -> bool:
    """Whether a piece has more than log probabilities, a reason and fragments of calls."""
    if piece.text or piece.reasoning or piece.refusal:
        return True
    return bool(piece.audio or piece.images)


def _has_words(call: Fields) -> bool:
    """Whether a fragment of a tool call has a name or arguments."""
    function = call.get("function")
    fields = function if isinstance(function, Mapping) else call
    return bool(fields.get("name") or fields.get("arguments"))


def _holds_answer(piece: Choice) -> bool:
    spoken = piece.text.strip() or piece.refusal
    return bool(spoken or piece.tool_calls or piece.audio or piece.images)


def _is_empty(piece: Choice) -> bool:
    return not (
        piece.text
        or piece.tool_calls
        or piece.finish_reason
        or piece.reasoning
        or piece.refusal
        or piece.audio
        or piece.images
        or piece.logprobs
    )
