"""What comes back: one type for a whole reply and for each piece of a streamed one. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A tool call, or a fragment of one.

    Attributes:
        index: Position among the tool calls of the choice: 0, 1, 2 ... in the order in which they
            began, whatever indices the service sent.
        id: Id of the call, on its first fragment only. Made up where the service sends none.
        name: Name of the tool, on one fragment only.
        arguments: JSON text, or the next piece of it; "" if this fragment has none.
        extra: Further fields of the call that the model wants back with it, as they came.
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
        cached_tokens: Those of the prompt that came from a cache; None if not told.
        cache_write_tokens: Those of the prompt that were put into a cache; None if not told.
        prompt_audio_tokens: Those of the prompt that are audio; None if not told.
        reasoning_tokens: Those of the answer spent on reasoning; None if not told.
        completion_audio_tokens: Those of the answer that are audio; None if not told.
        raw: The `usage` object as it came.
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
    """A source of an answer, and the place in the answer that rests on it.

    Attributes:
        url: Address of the source. Google's are redirections that end after about 30 days.
        title: Title of the source; "" if not told.
        cited_text: The words of the source, or, from Google, those of the answer that rest on it;
            "" if not told.
        start_index: Where in the answer's text the place begins, in characters from 0; None if the
            source is not tied to a place.
        end_index: Where it ends: the place is `text[start_index:end_index]`.
        source_index: Number of the source among the answer's, from 0: two citations with one
            number are of one source.
    """

    url: str
    title: str = ""
    cited_text: str = ""
    start_index: int | None = None
    end_index: int | None = None
    source_index: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The attributes by name, those that are not told left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class ContentPart:
    """A part of content that came as a list, or the next piece of one; with its citations.

    Attributes:
        index: Number of the part, if told.
        start: Where its text begins, in characters of this chunk's text.
        end: Where it ends.
        citations: As they came.
    """

    index: int | None
    start: int
    end: int
    citations: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the `n` answers, or the next piece of one.

    Attributes:
        index: Which of the `n` answers, from 0.
        text: Text of the answer; a piece to append when streamed. Never None.
        reasoning: What the model thought before it answered; likewise a piece.
        refusal: The model's words of refusal; likewise a piece.
        audio: The spoken answer in OpenAI's shape (`id`, `data`, `transcript`, ...), where one was
            asked for; likewise a piece.
        tool_calls: Tool calls, or fragments of them.
        finish_reason: "stop", "length", "tool_calls", "content_filter"; None until it is known.
        logprobs: Log probabilities as they came.
        sources: The web-search fields of the choice as they came, by name: "annotations",
            "citations", "groundingMetadata" ... Of a stream, on the last chunk only.
        citations: The sources of a web search, in one shape; likewise.
        parts: The parts of content that came as a list.
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
    parts: tuple[ContentPart, ...] = ()
    audio: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A whole reply, or the next piece of a streamed one.

    Attributes:
        choices: The answers that this chunk has something of. In the last chunk of a stream: those
            that have sources or citations.
        id: The service's id of the completion.
        model: The model that answered, as the service names it.
        created: Unix time in seconds.
        system_fingerprint: The upstream's configuration, if told.
        usage: Tokens of the whole exchange; of a stream, on the last chunk only.
        sources: Web-search fields that came beside the choices, as they came, by name. Of a
            stream, on the last chunk only.
        is_last: True for a whole reply and for the closing chunk of a stream.
        raw: The JSON object as it came; empty for chunks put together here.
    """

    choices: tuple[Choice, ...] = ()
    id: str | None = None
    model: str | None = None
    created: int | None = None
    system_fingerprint: str | None = None
    usage: Usage | None = None
    sources: Mapping[str, Any] = field(default_factory=dict)
    is_last: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def choice(self) -> Choice:
        """The choice with index 0; an empty one if this chunk has nothing of it."""
        return next((choice for choice in self.choices if choice.index == 0), _EMPTY_CHOICE)

    @property
    def text(self) -> str:
        """Text of the first choice."""
        return self.choice.text


_EMPTY_CHOICE = Choice()


def merge_chunks(chunks: Sequence[Chunk]) -> Chunk:
    """The chunks of one stream put together, as if the reply had come whole.

    Args:
        chunks: All or the first so many chunks of one stream, in order.
    """
    by_index: dict[int, list[Choice]] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            by_index.setdefault(choice.index, []).append(choice)
    return Chunk(
        choices=tuple(_merge_choices(index, by_index[index]) for index in sorted(by_index)),
        id=_last(chunk.id for chunk in chunks),
        model=_last(chunk.model for chunk in chunks),
        created=_last(chunk.created for chunk in chunks),
        system_fingerprint=_last(chunk.system_fingerprint for chunk in chunks),
        usage=_last(chunk.usage for chunk in chunks),
        sources=merge_sources(chunk.sources for chunk in chunks),
        is_last=any(chunk.is_last for chunk in chunks),
    )


def merge_sources(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Web-search fields of several chunks in one: lists and objects joined, else the last counts.

    A list that goes on where the one before it began has all of it: some repeat theirs.
    """
    merged: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            before = merged.get(name)
            if isinstance(before, list) and isinstance(value, list):
                if value[: len(before)] != before:
                    value = [*before, *value]
            elif isinstance(before, Mapping) and isinstance(value, Mapping):
                value = merge_sources((before, value))
            merged[name] = before if value is None else value
    return merged


def merge_tool_calls(fragments: Iterable[ToolCallDelta]) -> tuple[ToolCallDelta, ...]:
    """Fragments put together: one `ToolCallDelta` a call, its arguments whole, by index."""
    arguments: dict[int, list[str]] = {}
    calls: dict[int, ToolCallDelta] = {}
    for fragment in fragments:
        known = calls.get(fragment.index, fragment)
        calls[fragment.index] = replace(
            known,
            id=known.id or fragment.id,
            name=known.name or fragment.name,
            extra={**known.extra, **fragment.extra},
        )
        arguments.setdefault(fragment.index, []).append(fragment.arguments)
    return tuple(
        replace(calls[index], arguments="".join(arguments[index])) for index in sorted(calls)
    )


def _merge_choices(index: int, pieces: Sequence[Choice]) -> Choice:
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
        audio=_merge_audio([piece.audio for piece in pieces]),
    )


def _merge_audio(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Pieces of a spoken answer: its texts grow, except for its id."""
    merged: dict[str, Any] = {}
    for piece in pieces:
        for name, value in piece.items():
            before = merged.get(name)
            grows = isinstance(before, str) and isinstance(value, str) and name != "id"
            merged[name] = before + value if grows else value
    return merged


def merge_logprobs(pieces: Sequence[Any]) -> Any:
    """OpenAI's shape, `{"content": [one entry a token], "refusal": [...]}`, list by list."""
    merged: dict[str, Any] = {}
    for piece in pieces:
        for name, tokens in piece.items() if isinstance(piece, Mapping) else ():
            if isinstance(tokens, list):
                merged[name] = [*(merged.get(name) or []), *tokens]
            else:
                merged.setdefault(name, tokens)
    return merged or None


def _last(values: Iterable[Any]) -> Any:
    return next((value for value in reversed(list(values)) if value is not None), None)
