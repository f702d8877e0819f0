"""Media in answers: the images that a model made, in the turns of the assistant.

Most APIs take nothing but text in an assistant's turn, so an image there would end a conversation
that a text model continues. It goes into the next user message, where "make it blue" finds it:

    assistant  "Here it is.", an image
    user       "Image 1, from the assistant's answer:", the image, "Make it blue."

An image without a user message after it is left out, and so is one that the model does not take.
"""

from __future__ import annotations

from collections.abc import Sequence

from weryai_core.media.kinds import kind_of
from weryai_core.media.tool_results import label_of, takes
from weryai_core.models import model_info
from weryai_core.option_values import ToolMedia
from weryai_core.wire import Message, Part, calls_of, parts_of, role_of


def with_movable_answers(
    messages: Sequence[Message], where: ToolMedia, model: str
) -> Sequence[Message]:
    """The messages with the media of answers in the user messages after them.

    Args:
        messages: A request's messages. They are not changed.
        where: "keep" leaves media in the answers, as it does in tool messages.
        model: Key of the model.
    """
    if where == "keep" or not any(map(_has_media, messages)):
        return messages
    info = model_info(model)
    changed: list[Message] = []
    waiting: list[Part] = []
    count = 0
    for message in messages:
        if _has_media(message):
            for part in parts_of(message.get("content")):
                kind = kind_of(part)
                if kind is not None and takes(info, kind) is not False:
                    count += 1
                    label = f"{label_of(kind)} {count}, from the assistant's answer:"
                    waiting += [{"type": "text", "text": label}, part]
            message = _without_media(message)
        elif waiting and role_of(message) == "user":
            message = {**message, "content": [*waiting, *parts_of(message.get("content"))]}
            waiting = []
        changed.append(message)
    return changed


def _has_media(message: Message) -> bool:
    content = message.get("content") if role_of(message) == "assistant" else None
    return isinstance(content, (list, tuple)) and any(map(kind_of, content))


def _without_media(message: Message) -> Message:
    """The answer with its text only; one without text or calls says what it was."""
    parts = parts_of(message.get("content"))
    kept = [part for part in parts if kind_of(part) is None]
    if all(isinstance(part, dict) and part.keys() == {"type", "text"} for part in kept):
        text = "".join(str(part["text"]) for part in kept)
        if not text.strip() and not calls_of(message):
            kinds = dict.fromkeys(kind for part in parts if (kind := kind_of(part)))
            text = ", ".join(f"({label_of(kind)})" for kind in kinds)
        return {**message, "content": text or None}
    return {**message, "content": kept}
