"""What comes back: one type, `Chunk`, for a whole reply and for each piece of a streamed one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from typing import Any

from weryai_core.extras import GrowingExtras, merge_extras
from weryai_core.text_pieces import TextPieces


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A tool call, or a fragment of one.

    Attributes:
        index: Position among the tool calls of the choice: 0, 1, 2 ... in the order of their
            first fragments, whatever indices the service sent.
        id: Id of the call, on its first fragment only. Generated if the service sends none.
        name: Name that the request gave to the tool, on the first fragment only.
        arguments: JSON text, or the next piece of it; "" if this fragment has none.
        extra: Other fields of the call that the model needs back with it, as they came.
    """

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens counted by the service.

    Attributes:
        prompt_tokens: Tokens of the request.
        completion_tokens: Tokens of the answer, reasoning included.
        total_tokens: Their sum, if the service did not send its own.
        cached_tokens: Tokens of the prompt read from a cache; None if not reported.
        cache_write_tokens: Tokens of the prompt written to a cache; None if not reported.
        prompt_audio_tokens: Tokens of the prompt that are audio; None if not reported.
        reasoning_tokens: Tokens of the answer spent on reasoning; None if not reported.
        completion_audio_tokens: Tokens of the answer that are audio; None if not reported.
        raw: The `usage` object as it came, with further fields such as a `cost`.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    prompt_audio_tokens: int | None = None
    reasoning_tokens: int | None = None
    completion_audio_tokens: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of an answer, and the passage of the answer that it supports.

    Attributes:
        url: Address of the source. Google's are redirects that expire after about 30 days.
        title: Title of the source; "" if not reported.
        cited_text: The words of the source or, from Google, the words of the answer that it
            supports; "" if not reported.
        start_index: Where the passage begins in the answer's text, in characters from 0; None if
            the source supports no particular passage.
        end_index: Where it ends: the passage is `text[start_index:end_index]`.
        source_index: Number of the source, from 0: two citations with the same number have the same
            source.
    """

    url: str
    title: str = ""
    cited_text: str = ""
    start_index: int | None = None
    end_index: int | None = None
    source_index: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The attributes by name, without those that are not reported."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the `n` answers, or the next piece of one.

    Attributes:
        index: Which of the `n` answers, from 0.
        text: Text of the answer; a piece to append when streamed. Never None.
        reasoning: The model's reasoning before the answer; a piece to append when streamed.
        refusal: The model's words of refusal; a piece to append when streamed.
        audio: The spoken answer in OpenAI's shape (`id`, `data`, `transcript`, ...), if one was
            requested; a piece when streamed.
        images: The images of the answer, each an address or a data URI.
        tool_calls: Tool calls, or fragments of them.
        finish_reason: "stop", "length", "tool_calls", "content_filter", or the upstream's own
            word; None until it is known.
        logprobs: Log probabilities, lists by name, as they came.
        sources: The web-search fields of the choice as they came, by name: "annotations",
            "citations", "groundingMetadata" ... In a stream, on the last chunk only.
        citations: The sources of a web search, in one shape. In a stream, on the last chunk only.
        extra: Other fields of the message that its model wants back with its tool calls, as they
            came: "reasoning_details", "thinking_blocks" ... In a stream, on the last chunk only.
    """

    index: int = 0
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    finish_reason: str | None = None
    logprobs: Any = None
    sources: Mapping[str, Any] = field(default_factory=dict)
    citations: tuple[Citation, ...] = ()
    audio: Mapping[str, Any] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A whole reply, or the next piece of a streamed one.

    Attributes:
        choices: The choices of which this chunk has something. In the last chunk of a stream: those
            that have sources or citations.
        id: The service's id of the completion.
        model: The model that answered, as the service names it; else the requested one.
        created: Unix time in seconds.
        system_fingerprint: The upstream's configuration, if reported.
        usage: Tokens of the whole exchange. In a stream, on the last chunk only.
        sources: Web-search fields next to the choices, as they came, by name. In a stream, on the
            last chunk only.
        metadata: Other fields next to the choices, as they came, by name: "provider",
            "service_tier" ... In a stream, on the last chunk only.
        is_last: True for a whole reply and for the closing chunk of a stream.
        raw: The JSON object as it came; empty for merged and for closing chunks.
    """

    choices: tuple[Choice, ...] = ()
    id: str | None = None
    model: str | None = None
    created: int | None = None
    system_fingerprint: str | None = None
    usage: Usage | None = None
    sources: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    is_last: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def choice(self) -> Choice:
        """The choice with index 0; an empty one if this chunk does not have it."""
        for choice in self.choices:  # read for each chunk: a generator takes four times as long
            if choice.index == 0:
                return choice
        return _EMPTY_CHOICE

    @property
    def text(self) -> str:
        """Text of the first choice."""
        return self.choice.text


_EMPTY_CHOICE = Choice()


def holds_only_text(chunk: Chunk) -> bool:
    """Whether a chunk of a stream has text or reasoning of the first choice, and nothing else."""
    if chunk.is_last or len(chunk.choices) != 1:
        return False
    choice = chunk.choices[0]
    return not (choice.tool_calls or _has_more(choice))


def next_arguments(chunk: Chunk) -> ToolCallDelta | None:
    """The next piece of a call's arguments, if a chunk of the first choice has nothing else."""
    if chunk.is_last or len(chunk.choices) != 1 or len(chunk.choices[0].tool_calls) != 1:
        return None
    choice = chunk.choices[0]
    call = choice.tool_calls[0]
    if choice.text or choice.reasoning or _has_more(choice):
        return None
    return call if call.id is None and call.name is None and not call.extra else None


def _has_more(choice: Choice) -> bool:
    """Whether a piece has more than text, reasoning and fragments of calls of the first choice."""
    return bool(
        choice.index
        or choice.finish_reason
        or choice.refusal
        or choice.logprobs
        or choice.sources
        or choice.citations
        or choice.audio
        or choice.images
        or choice.extra
    )


def merge_chunks(chunks: Sequence[Chunk]) -> Chunk:
    """Merge the chunks of one stream, as if the reply had come whole.

    Args:
        chunks: All chunks of one stream, or the first of them, in order.
    """
    by_index: dict[int, list[Choice]] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            by_index.setdefault(choice.index, []).append(choice)
    return Chunk(
        choices=tuple(merge_choices(index, by_index[index]) for index in sorted(by_index)),
        id=_last(chunk.id for chunk in chunks),
        model=_last(chunk.model for chunk in chunks),
        created=_last(chunk.created for chunk in chunks),
        system_fingerprint=_last(chunk.system_fingerprint for chunk in chunks),
        usage=_last(chunk.usage for chunk in chunks),
        sources=merge_sources(chunk.sources for chunk in chunks),
        metadata={name: value for chunk in chunks for name, value in chunk.metadata.items()},
        is_last=any(chunk.is_last for chunk in chunks),
    )


def merge_sources(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge the web-search fields of several chunks: lists and objects are joined.

    Of other values the last one counts. A list that begins with all of the list before it replaces
    that list: some services repeat what they have so far.
    """
    merged = _GrowingSources()
    for part in parts:
        merged.add(part)
    return merged.value()


class _GrowingSources:
    """Web-search fields, as far as they have come. Each part is read once."""

    __slots__ = ("_fields", "_joined")

    def __init__(self) -> None:
        self._fields: dict[str, Any] = {}
        self._joined: set[str] = set()  # the lists that are ours to extend

    def add(self, part: Mapping[str, Any]) -> None:
        """Merge the fields of the next part."""
        for name, value in part.items():
            before = self._fields.get(name)
            if isinstance(before, list) and isinstance(value, list):
                self._join(name, before, value)
            elif isinstance(before, (Mapping, _GrowingSources)) and isinstance(value, Mapping):
                if isinstance(before, Mapping):
                    fields, before = before, _GrowingSources()
                    before.add(fields)
                before.add(value)
                self._fields[name] = before
            elif value is not None or name not in self._fields:
                self._fields[name] = value
                self._joined.discard(name)

    def value(self) -> dict[str, Any]:
        """The fields so far."""
        return {
            name: value.value() if isinstance(value, _GrowingSources) else value
            for name, value in self._fields.items()
        }

    def _join(self, name: str, before: list[Any], value: list[Any]) -> None:
        if len(value) >= len(before) and value[: len(before)] == before:
            self._fields[name] = value
            self._joined.discard(name)
        elif name in self._joined:
            before += value
        else:
            self._fields[name] = [*before, *value]
            self._joined.add(name)


def merge_tool_calls(fragments: Iterable[ToolCallDelta]) -> tuple[ToolCallDelta, ...]:
    """Merge fragments into whole tool calls, one `ToolCallDelta` each, ordered by index."""
    arguments: dict[int, list[str]] = {}
    calls: dict[int, ToolCallDelta] = {}
    extras: dict[int, GrowingExtras] = {}  # of the calls of which several fragments have some
    for fragment in fragments:
        known = calls.get(fragment.index)
        if known is None:
            calls[fragment.index] = fragment
            arguments[fragment.index] = [fragment.arguments]
            continue
        calls[fragment.index] = replace(
            known,
            id=known.id or fragment.id,
            name=known.name or fragment.name,
        )
        arguments[fragment.index].append(fragment.arguments)
        if fragment.extra:
            if fragment.index not in extras:
                extras[fragment.index] = GrowingExtras()
                extras[fragment.index].add(known.extra)
            extras[fragment.index].add(fragment.extra)
    for index, extra in extras.items():
        calls[index] = replace(calls[index], extra=extra.value())
    return tuple(
        replace(calls[index], arguments="".join(arguments[index])) for index in sorted(calls)
    )


def merge_choices(index: int, pieces: Sequence[Choice]) -> Choice:
    """Merge the pieces of one choice, in order."""
    if len(pieces) == 1 and _is_merged(pieces[0]):
        return pieces[0]
    return Choice(
        index=index,
        text="".join(piece.text for piece in pieces),
        reasoning="".join(piece.reasoning for piece in pieces),
        refusal="".join(piece.refusal for piece in pieces),
        tool_calls=merge_tool_calls(call for piece in pieces for call in piece.tool_calls),
        finish_reason=_last(piece.finish_reason for piece in pieces),
        logprobs=merge_logprobs([piece.logprobs for piece in pieces]),
        sources=merge_sources(piece.sources for piece in pieces),
        citations=tuple(citation for piece in pieces for citation in piece.citations),
        audio=merge_audio([piece.audio for piece in pieces]),
        # Once each: some services repeat an image with the end.
        images=tuple(dict.fromkeys(image for piece in pieces for image in piece.images)),
        extra=merge_extras(piece.extra for piece in pieces),
    )


def _is_merged(piece: Choice) -> bool:
    """Whether a piece has nothing that comes in fragments, or more than once."""
    fragments = piece.audio or piece.images or not are_whole(piece.tool_calls)
    return not (fragments or piece.sources or piece.extra or piece.logprobs)


def are_whole(calls: Sequence[ToolCallDelta]) -> bool:
    """Whether tool calls are merged: one for each index, in order."""
    return all(before.index < after.index for before, after in pairwise(calls))


def merge_audio(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge the pieces of a spoken answer: texts are joined, except for the id."""
    merged: dict[str, Any] = {}
    for piece in pieces:
        for name, value in piece.items():
            before = merged.get(name)
            if isinstance(value, str) and name != "id" and isinstance(before, (str, TextPieces)):
                if isinstance(before, str):
                    text, before = before, TextPieces()
                    before.add(text)
                before.add(value)
                value = before
            merged[name] = value
    return {
        name: str(value) if isinstance(value, TextPieces) else value
        for name, value in merged.items()
    }


def merge_logprobs(pieces: Sequence[Any]) -> Any:
    """Merge OpenAI's log probabilities, `{"content": [...], "refusal": [...]}`, list by list."""
    given = [piece for piece in pieces if piece]
    if len(given) == 1:
        return given[0]
    merged: dict[str, Any] = {}
    lists: dict[str, list[Any]] = {}
    for piece in given:
        for name, tokens in piece.items() if isinstance(piece, Mapping) else ():
            if isinstance(tokens, list):
                merged[name] = lists.setdefault(name, [])
                merged[name] += tokens
            else:
                merged.setdefault(name, tokens)
    return merged or None


def _last(values: Iterable[Any]) -> Any:
    return next((value for value in reversed(list(values)) if value is not None), None)
