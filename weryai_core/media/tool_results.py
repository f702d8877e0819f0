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
from typing import Any, Literal

from weryai_core.media.kinds import Kind, kind_of
from weryai_core.models import ModelInfo, model_info
from weryai_core.wire import Message, Part, calls_of, id_of, is_result, name_of

ToolMedia = Literal["auto", "keep", "move"]
"""Where media in tool results go: see `with_movable_media`."""

_LABELS: Mapping[Kind, str] = {
    "image": "Image",
    "pdf": "PDF file",
    "audio": "Audio",
    "video": "Video",
    "file": "File",
}


class ResultMedia(dict[str, Any]):
    """A user message that holds the media of the tool results before it, and belongs to them."""


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
            changed.append(ResultMedia(role="user", content=mover.moved))
    return changed, described


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
        self.moved: list[Part] = []
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
        parts = [self._replace(part, message) for part in content]
        if all(isinstance(part, Mapping) and part.keys() == {"type", "text"} for part in parts):
            # Many upstreams take nothing but a string here.
            return {**message, "content": "\n".join(part["text"] for part in parts)}
        return {**message, "content": parts}

    def _replace(self, part: Any, message: Message) -> Any:
        kind = kind_of(part)
        if kind is None:
            return part
        if takes(self._info, kind) is False:
            self.described.append(kind)
            return _text(f"({label_of(kind)} left out: the model takes none.)")
        if self._all_stay or _stays(self._info, kind):
            return part
        self._count += 1
        label = f"{label_of(kind)} {self._count}"
        self.moved += [_text(f"{label}, from the result of {self._origin(message)}:"), part]
        return _text(f"({label} of the tool results is in the next user message.)")

    def _origin(self, message: Message) -> str:
        id_ = message.get("tool_call_id")
        name = message.get("name") or self._names.get(str(id_)) or "a tool"
        return f"{name} (call {id_})" if id_ else str(name)


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
