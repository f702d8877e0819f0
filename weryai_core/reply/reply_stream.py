"""What is known so far of one reply: JSON objects in, chunks out.

Each entry of `choices` goes to the `ChoiceStream` of its choice. Usage and sources, which may come
early, late or again and again, are kept for the closing chunk. A whole reply is a stream of one
object, so whole and streamed replies are read by the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from weryai_core.chunk import Choice, Chunk, merge_choices, merge_chunks, merge_sources
from weryai_core.errors import WeryAIError
from weryai_core.limits import MAX_CHOICES, too_large
from weryai_core.new_chunk import Identity, new_chunk
from weryai_core.reply.chain import Chain
from weryai_core.reply.choice_stream import ChoiceStream, Fields
from weryai_core.reply.completion import (
    find_finish_reason,
    find_metadata,
    find_sources,
    to_identity,
    with_reason_of,
)
from weryai_core.reply.kept.sources import keep_sources
from weryai_core.reply.outcome.completions import entries_of
from weryai_core.reply.outcome.requirements import check_answer, is_answered, unreadable_call
from weryai_core.reply.outcome.verdict import emptiness_of, failure_of
from weryai_core.reply.outcome.words import has_plain_fields
from weryai_core.reply.plain.text_pattern import VARYING, TextPattern, entry_alike, to_pattern
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.usage import GrowingUsage, find_usage

_NOTHING = Chunk()

_Held = tuple[Mapping[str, Any], Mapping[str, Any] | None]  # an object, and its halves


class ReplyStream:
    """One reply, whole or streamed.

    Args:
        options: What the request means for reading the reply.

    Attributes:
        received: How many pieces that hold something have arrived.
    """

    def __init__(self, options: ReplyOptions = NO_OPTIONS) -> None:
        self._options = options
        self._choices: dict[int, ChoiceStream] = {}  # by the service's index
        self._usage = GrowingUsage()
        self._sources: list[Fields] = []  # those next to the choices
        self._metadata: dict[str, Any] = {}
        self._identity: Identity = (None, options.model, None, None)
        self._plain: dict[str, Any] = {}  # the last object, if its fields are those of a chunk
        self._chain = Chain(options)
        self._patterns: dict[object, TextPattern] = {}  # of the choices, by the service's index
        self._withheld: Chunk | None = None  # the finish reason of an answer that is empty so far
        # Whether other indices are other choices, though one was requested; None if unknown yet.
        self._is_apart: bool | None = None if options.has_one_choice else True
        self._held: _Held | None = None
        self.received: int = 0

    @property
    def has_choices(self) -> bool:
        """True once a choice has come, be it an empty one."""
        return bool(self._choices)

    @property
    def is_finished(self) -> bool:
        """True once each choice has a finish reason."""
        return self.has_choices and all(choice.is_finished for choice in self._choices.values())

    @property
    def is_answered(self) -> bool:
        """True once each choice that was requested is there and seems to have ended."""
        count = self._options.choice_count
        choices = self._choices.values()
        return len(choices) >= count and all(choice.has_ended for choice in choices)

    @property
    def partial(self) -> Chunk | None:
        """What has arrived so far, merged; None if nothing has."""
        self._release()
        self._keep_texts()
        if not any(choice.has_begun for choice in self._choices.values()):
            return None
        merged = [choice.merged(self._sources) for choice in self._in_order()]
        kept = [choice for choice in merged if choice != Choice(choice.index)]
        return self._chunk(kept) if kept else None

    def add_alike(self, payload: Any) -> Chunk | None:
        """`add` for an object that equals an earlier one except for its text; None for any other.

        Args:
            payload: The object, which must hold no surrogates.
        """
        try:
            entry = payload["choices"][0]
            pattern = self._patterns[entry.get("index")]
            text = entry["delta"][pattern.field]
        except (AttributeError, LookupError, TypeError):
            return None
        chunk = pattern.read(payload, text, self._identity)
        if chunk is None and len(self._patterns) == 1 and pattern.vary(payload):
            identity = to_identity(payload, self._identity)
            chunk = pattern.read(payload, text, identity)
            if chunk is not None:
                self._note_varying(payload, identity)
        if chunk is not None:
            self.received += 1
        return chunk

    def add_plain(self, payload: Any) -> Chunk | None:
        """`add` for an object that brings the next piece of one text alone, as nearly all do.

        Next to its choices it says the same as the object before, except in the `VARYING` fields.

        Args:
            payload: The object, which must hold no surrogates.

        Returns:
            The chunk to yield; it has no choices if there is nothing to yield yet. None if the
            object may bring something else.
        """
        entry = entry_alike(payload, self._plain)
        if entry is None or self._held is not None:
            return None
        index = _index_of(entry)
        if self._is_apart is None and index not in self._choices:
            return None
        choice = self._known_choice(index, is_alone=True)
        if choice is None or choice.is_finished:
            return None
        self._forget_pattern(choice)
        piece = choice.decode_plain(entry)
        if piece is None:
            return None
        if payload != self._plain:
            self._forget_patterns()
            self._note_varying(payload, to_identity(payload, self._identity))
        self.received += 1
        after = choice.after_steps(piece)
        pattern = to_pattern(payload, choice, piece) if after is piece else None
        if pattern is not None:
            self._patterns[entry.get("index")] = pattern
        return _NOTHING if after is None else new_chunk(after, self._identity, payload)

    def add(
        self, payload: Mapping[str, Any], *, torn: Mapping[str, Any] | None = None
    ) -> Chunk | None:
        """The chunk to yield for the next JSON object of a stream; None to skip it.

        Args:
            payload: The object, without surrogates.
            torn: The same with the halves of characters in its texts, if it has any.

        Raises:
            WeryAIError: The finish reason means that the answer failed.
        """
        self._forget_patterns()
        before = self._decide(torn or payload)
        if before is None and self._is_doubtful(torn or payload):
            self._held = payload, torn
            return None
        chunk = self.keep(payload, torn=torn)
        if before is not None:
            chunk = before if chunk is None else replace(merge_chunks([before, chunk]), raw=payload)
        if self._withheld is not None and chunk is not None:
            chunk = replace(merge_chunks([self._withheld, chunk]), raw=payload)
            self._withheld = None
        for choice in self._choices.values():
            if choice.finish_reason is None:
                continue
            error = failure_of(choice)
            if error is None and len(self._choices) == 1:
                # A chunk with the finish reason would rule out another attempt. Some services send
                # a reason before the answer, so this is not decided before the end.
                if self._emptiness() is not None:
                    self._withheld = chunk or self._withheld
                    return None
                error = self._broken_call()
            if error is not None:
                raise error
        return chunk

    def keep(
        self, payload: Mapping[str, Any], *, torn: Mapping[str, Any] | None = None
    ) -> Chunk | None:
        """Like `add`, without judging the answer: for what comes together with an error."""
        self._forget_patterns()
        self._note(payload)
        self._plain = {**payload} if has_plain_fields(payload) else {}
        pieces: dict[int, Choice] = {}
        entries = _entries(torn or payload) or self._late_reasons(payload)
        for index, entry in entries:
            choice = self._choice(index, is_alone=len(entries) == 1)
            before_it = choice.received
            piece = choice.add(entry, is_torn=torn is not None)
            self.received += choice.received - before_it
            if piece is not None:
                # Some put two deltas of a choice into one chunk.
                before = pieces.get(piece.index)
                if before is not None:
                    piece = merge_choices(piece.index, [before, piece])
                pieces[piece.index] = piece
        return Chunk(tuple(pieces.values()), *self._identity, raw=payload) if pieces else None

    def close(self) -> Chunk:
        """The closing chunk, which has the usage, the sources and what was held back.

        Raises:
            ToolCallError: The answer lacks the required call.
            StructuredOutputError: An object in the answer has none of its schema's fields.
            WeryAIError: The answer is empty, and should not be.
        """
        held = self._release()
        self._keep_texts()
        late = [choice.close(self._sources) for choice in self._in_order()]
        readers = self._chain.arguments_readers.values()
        has_unreadable_calls = any(reader.has_unreadable_calls for reader in readers)
        chunk = self._chunk([piece for piece in late if piece is not None], is_last=True)
        chunk = chunk if held is None else merge_chunks([held, chunk])
        error = self._emptiness() or self._broken_call()
        if error is not None:
            raise error
        options = self._options
        is_checked = options.requires_call or options.checks_answer or options.answer_tools
        if is_checked or (options.checks_arguments and has_unreadable_calls):
            check_answer(self.partial or chunk, options)
        return chunk

    def read_whole(self, payload: Mapping[str, Any]) -> Chunk | None:
        """A reply that came as one JSON object, as one chunk; None if it has no choices.

        Raises:
            ToolCallError: The answer lacks the required call.
            StructuredOutputError: An object in the answer has none of its schema's fields.
            WeryAIError: The answer failed, or is empty and should not be. `partial` is the answer.
        """
        self._note(payload)
        # Sorted and counted: some number the only choice 1.
        entries = sorted(_entries(payload), key=lambda numbered: numbered[0])
        for number, (_, entry) in enumerate(entries):
            choice = self._new_choice(number, is_whole=True)
            choice.decode(entry)
            self._choices[number] = choice
        if not self._choices:
            return None
        merged = [choice.merged(self._sources) for choice in self._choices.values()]
        chunk = self._chunk(merged, is_last=True, raw=payload)
        failures = map(failure_of, self._choices.values())
        error = next((error for error in failures if error), None) or self._emptiness()
        error = error or self._broken_call(chunk)
        if error is not None:
            error.partial = chunk
            raise error
        check_answer(chunk, self._options)
        return chunk

    def _keep_texts(self) -> None:
        """Keep the texts of the objects that `add_alike` has read."""
        for pattern in self._patterns.values():
            pattern.keep()

    def _forget_pattern(self, choice: ChoiceStream) -> None:
        for index, pattern in self._patterns.items():
            if pattern.choice is choice:
                pattern.keep()
                del self._patterns[index]
                break

    def _forget_patterns(self) -> None:
        self._keep_texts()
        self._patterns.clear()

    def _new_choice(self, number: int, *, is_whole: bool = False) -> ChoiceStream:
        if len(self._choices) >= MAX_CHOICES:
            raise too_large("The choices of the answer are more than", MAX_CHOICES)
        names = self._options.tool_names
        return ChoiceStream(number, self._chain.make_steps, tool_names=names, is_whole=is_whole)

    def _choice(self, index: int, *, is_alone: bool) -> ChoiceStream:
        """The choice with the service's index.

        Args:
            index: The index.
            is_alone: Whether no other choice came with it. If one choice was requested, all that
                come alone are that one: some services count the chunks in `index`.
        """
        choice = self._known_choice(index, is_alone=is_alone)
        if choice is None:
            number = len(self._choices) if self._options.has_one_choice else index
            choice = self._choices[index] = self._new_choice(number)
        return choice

    def _known_choice(self, index: int, *, is_alone: bool) -> ChoiceStream | None:
        """The choice with the service's index, see `_choice`; None if it has not begun."""
        choice = self._choices.get(index)
        if choice is None and is_alone and not self._is_apart and len(self._choices) == 1:
            return next(iter(self._choices.values()))
        return choice

    def _is_doubtful(self, payload: Fields) -> bool:
        """Whether an object may be the first of a second choice, though one was requested.

        A new index may also be that of a chunk, or of a part of the answer. The next object shows
        which: one with the first index again, or a second choice after the end of the first.
        """
        entry = self._other_entry(payload) if self._is_apart is None else None
        if entry is None:
            return False
        (first,) = self._choices.values()
        if first.is_finished:
            self._is_apart = first.holds_answer
            return False
        return find_finish_reason(entry) is None

    def _decide(self, payload: Fields) -> Chunk | None:
        """Decide what the object before was that was held back, and read it."""
        if self._held is None:
            return None
        entries = entries_of(payload)
        is_first = len(entries) == 1 and _index_of(entries[0]) in self._choices
        self._is_apart = is_first and _says_more(entries[0])
        return self._release()

    def _release(self) -> Chunk | None:
        """Read the object that is held back."""
        if self._held is None:
            return None
        (payload, torn), self._held = self._held, None
        return self.keep(payload, torn=torn)

    def _other_entry(self, payload: Fields) -> Fields | None:
        """The only entry of an object if it brings something under another index; else None."""
        entries = entries_of(payload)
        if len(entries) != 1 or len(self._choices) != 1 or _index_of(entries[0]) in self._choices:
            return None
        return entries[0] if _says_more(entries[0]) else None

    def _emptiness(self) -> WeryAIError | None:
        if any(reader.has_calls for reader in self._chain.token_readers.values()):
            return None
        return emptiness_of(
            [*self._choices.values()], check_content_filter=self._options.check_content_filter
        )

    def _broken_call(self, answer: Chunk | None = None) -> WeryAIError | None:
        """The error of an answer that ends in a call that cannot be read; None if none does.

        Models put the tokens of calls around other answers, too. Those are no errors.

        Args:
            answer: What has arrived; None if it is still to be merged.
        """
        if not self._options.checks_call_tokens:
            return None
        broken = {index for index, reader in self._chain.token_readers.items() if reader.is_broken}
        answer = (answer or self.partial) if broken else None
        if answer is None:
            return None
        unread = (choice for choice in answer.choices if choice.index in broken)
        choice = next((one for one in unread if not is_answered(one, self._options)), None)
        return None if choice is None else unreadable_call(choice, answer, self._options)

    def _note(self, payload: Mapping[str, Any]) -> None:
        usage = find_usage(payload)
        if usage is not None:
            # Repeated on every chunk by some, in a last chunk without choices by others: the
            # latest value of each count is that of the whole stream.
            self._usage.add(usage)
        keep_sources(find_sources(payload), self._sources)
        self._metadata.update(find_metadata(payload))
        self._identity = to_identity(payload, self._identity)

    def _note_varying(self, payload: Mapping[str, Any], identity: Identity) -> None:
        """Note what may differ in an object that is otherwise like the one before."""
        self._identity = identity
        usage = find_usage(payload)
        if usage is not None:
            self._usage.add(usage)
        self._plain.update((name, payload[name]) for name in VARYING if name in payload)

    def _late_reasons(self, payload: Fields) -> list[tuple[int, Fields]]:
        """The entries of choices whose finish reason comes without them, next to no choices."""
        entry = with_reason_of(payload, {})
        return [(index, entry) for index in self._choices] if entry else []

    def _in_order(self) -> list[ChoiceStream]:
        return sorted(self._choices.values(), key=lambda choice: choice.index)

    def _chunk(
        self, choices: Sequence[Choice], *, is_last: bool = False, raw: Fields | None = None
    ) -> Chunk:
        return Chunk(
            tuple(choices),
            *self._identity,
            usage=self._usage.value(),
            sources=merge_sources(self._sources),
            metadata={**self._metadata},
            is_last=is_last,
            raw=raw or {},
        )


def _says_more(entry: Fields) -> bool:
    """Whether an entry of `choices` brings a piece of an answer, and not only its role."""
    delta = entry.get("delta") or entry.get("message")
    if not isinstance(delta, dict):
        return bool(delta or entry.get("text"))
    return any(value for name, value in delta.items() if name != "role")


def _entries(payload: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    """The entries of `choices` with their indices; an entry without one counts by its place."""
    return [
        (_index_of(entry, position), with_reason_of(payload, entry))
        for position, entry in enumerate(entries_of(payload))
    ]


def _index_of(entry: Mapping[str, Any], position: int = 0) -> int:
    index = entry.get("index")
    if isinstance(index, float) and index.is_integer():
        return int(index)  # JSON has one kind of number: 1.0 is 1
    return index if isinstance(index, int) else position
