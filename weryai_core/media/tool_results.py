"""Media in the results of tools: left there, moved into a user message, or described in words.

Many APIs take text only in tool messages. Images and files then follow in one user message after
all results of the turn, each under a label, and a note in the result says so:

    assistant  calls take_screenshot, read_page
    tool       "(Image 1 of the tool results is in the next user message.)"
    tool       "The page has two columns."
    user       "Image 1, from the result of take_screenshot (call call_1):", the image

Results stay next to their calls, and a second pass changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from weryai_core.media.kinds import Kind, kind_of
from weryai_core.models import ModelInfo, model_info
from weryai_core.option_values import ToolMedia
from weryai_core.wire import Message, Part, calls_of, id_of, is_result, name_of, parts_of, role_of

_JOINED_AT_ONCE = 10

_LABELS: Mapping[Kind, str] = {
    "image": "Image",
    "pdf": "PDF file",
    "audio": "Audio",
    "video": "Video",
    "file": "File",
}


class EmptiedResult(dict[str, Any]):
    """A tool result whose media are in a `ResultMedia` after it.

    Attributes:
        whole: The result with its media.
    """

    whole: Message


class ResultMedia(dict[str, Any]):
    """A user message that holds the media of the tool results before it, and belongs to them.

    Attributes:
        by_result: The results, and the parts of the message that are from each.
    """

    by_result: Sequence[tuple[EmptiedResult, Sequence[Part]]] = ()


def with_movable_media(
    messages: Sequence[Message], where: ToolMedia, model: str, *, are_prompted: bool = False
) -> tuple[Sequence[Message], list[Kind]]:
    """The messages with the media of tool results where the model takes them.

    Args:
        messages: A request's messages. They are not changed.
        where: "keep" leaves media in tool messages. "move" puts them into a user message after the
            results. "auto" keeps what the catalogue says that the model takes there, and moves the
            rest; a kind of media that the catalogue says the model does not take at all is
            described in words.
        model: Key of the model.
        are_prompted: Whether results become user messages, which can hold media: nothing moves.

    Returns:
        The messages, and the kinds of media that were described in words.
    """
    if where == "keep" or not any(_has_media(message) for message in messages):
        return messages, []
    info = model_info(model) if where == "auto" else None
    names: dict[str, str] = {}
    changed: list[Message] = []
    described: list[Kind] = []
    for are_results, group in groupby(messages, key=is_result):
        if not are_results:
            for message in group:
                names.update(
                    (id_, name)
                    for call in calls_of(message)
                    if (id_ := id_of(call))
                    if (name := name_of(call))
                )
                changed.append(message)
            continue
        mover = _Mover(info, names, all_stay=are_prompted)
        changed += [mover.without_media(message) for message in group]
        described += mover.described
        if mover.moved:
            content = [part for _, parts in mover.moved for part in parts]
            media = ResultMedia(role="user", content=content)
            media.by_result = mover.moved
            changed.append(media)
    return changed, described


def with_joined_media(messages: Sequence[Message], limit: int) -> Sequence[Message]:
    """The messages with the oldest media of results in the next user message, if that suffices.

    The caller has not sent the messages with such media, so they must not make a conversation too
    long. They join the media of later results, or what the user says next; the notes in the
    results stay true. Media are joined by tens, so that a conversation that grows keeps its
    beginning for prompt caches.

    Args:
        messages: Messages of `with_movable_media`. They are not changed.
        limit: The most messages. If joining does not suffice, nothing is joined.
    """
    excess = len(messages) - limit
    if excess <= 0:
        return messages
    last = max((i for i, message in enumerate(messages) if role_of(message) == "user"), default=0)
    movable = [i for i, message in enumerate(messages[:last]) if isinstance(message, ResultMedia)]
    if excess > len(movable):
        return messages
    joined = {*movable[: -(-excess // _JOINED_AT_ONCE) * _JOINED_AT_ONCE]}
    changed: list[Message] = []
    waiting: list[Part] = []
    for index, message in enumerate(messages):
        if index in joined:
            waiting += message["content"]
        elif waiting and role_of(message) == "user":
            content = [*waiting, *parts_of(message.get("content"))]
            kind = ResultMedia if isinstance(message, ResultMedia) else dict
            changed.append(kind({**message, "content": content}))
            waiting = []
        else:
            changed.append(message)
    return changed


def count_moved(messages: Sequence[Message]) -> int:
    """How many of the messages hold media of tool results, and are not the caller's."""
    return sum(isinstance(message, ResultMedia) for message in messages)


def takes(info: ModelInfo | None, kind: Kind) -> bool | None:
    """Whether a model takes a kind of media; None if that is unknown."""
    if info is None:
        return None
    known = {"image": info.image_inputs, "pdf": info.pdf_inputs, "audio": info.audio_inputs}
    return known.get(kind)


def label_of(kind: Kind) -> str:
    """What a kind of media is called, e.g. "PDF file"."""
    return _LABELS[kind]


class _Mover:
    """Takes the media out of the results of one turn, in order."""

    def __init__(self, info: ModelInfo | None, names: Mapping[str, str], *, all_stay: bool) -> None:
        self.moved: list[tuple[EmptiedResult, list[Part]]] = []
        self.described: list[Kind] = []
        self._info = info
        self._names = names
        self._all_stay = all_stay
        self._count = 0

    def without_media(self, message: Message) -> Message:
        """The result with a note in place of each medium that cannot stay."""
        content = message.get("content")
        if not _has_media(message) or not isinstance(content, (list, tuple)):
            return message
        parts = [self._describe(part) for part in content]
        whole = _with_content(message, parts)
        moved: list[Part] = []
        emptied = [self._move(part, message, moved) for part in parts]
        if not moved:
            return whole
        result = EmptiedResult(_with_content(message, emptied))
        result.whole = whole
        self.moved.append((result, moved))
        return result

    def _describe(self, part: Any) -> Any:
        """A note in place of a medium that the model does not take."""
        kind = kind_of(part)
        if kind is None or takes(self._info, kind) is not False:
            return part
        self.described.append(kind)
        return _text(f"({label_of(kind)} left out: the model takes none.)")

    def _move(self, part: Any, message: Message, moved: list[Part]) -> Any:
        """A note in place of a medium that the model takes from users only."""
        kind = kind_of(part)
        if kind is None or self._all_stay or _stays(self._info, kind):
            return part
        self._count += 1
        label = f"{label_of(kind)} {self._count}"
        moved += [_text(f"{label}, from the result of {self._origin(message)}:"), part]
        return _text(f"({label} of the tool results is in the next user message.)")

    def _origin(self, message: Message) -> str:
        id_ = message.get("tool_call_id")
        name = message.get("name") or self._names.get(str(id_)) or "a tool"
        return f"{name} (call {id_})" if id_ else str(name)


def _with_content(message: Message, parts: list[Any]) -> dict[str, Any]:
    if all(isinstance(part, Mapping) and part.keys() == {"type", "text"} for part in parts):
        # Many upstreams take nothing but a string here.
        return {**message, "content": "\n".join(part["text"] for part in parts)}
    return {**message, "content": parts}


def _stays(info: ModelInfo | None, kind: Kind) -> bool:
    if info is None:
        return False
    if kind == "image":
        return info.image_tool_message is True
    return kind in ("pdf", "file") and info.pdf_tool_message is True


def _has_media(message: object) -> bool:
    content = (
        message.get("content") if is_result(message) and isinstance(message, Mapping) else None
    )
    return isinstance(content, (list, tuple)) and any(kind_of(part) for part in content)


def _text(text: str) -> Part:
    return {"type": "text", "text": text}
