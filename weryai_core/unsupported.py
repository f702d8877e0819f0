"""What a request has and its model does not take, as far as the catalogue knows.

The catalogue may be wrong about WeryAI, which may drop such parameters or serve another version of
a model. So they are sent with a warning, unless the request says to leave them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from weryai_core.media.kinds import Kind, kind_of
from weryai_core.media.tool_results import ResultMedia, label_of, takes
from weryai_core.model_names import did_you_mean
from weryai_core.models import ModelInfo, model_info
from weryai_core.wire import Message


@dataclass(frozen=True, slots=True)
class RequestWarning:
    """A warning about a request, to be shown once per client.

    Attributes:
        key: What it is about: a client shows one warning for each key.
        text: What happened and what to do.
        default_of: The option whose default it is about: a request that sets it has no warning.
    """

    key: str
    text: str
    default_of: str = ""


def doubted_model(model: str) -> list[RequestWarning]:
    """The warning about a model that the catalogue does not know, but under another name."""
    question = did_you_mean(model)
    text = f"{question} The request is sent with the name as it is."
    return [RequestWarning(f"model {model}", text)] if question else []


def with_supported_parameters(
    body: Mapping[str, Any], *, drop: bool
) -> tuple[dict[str, Any], list[RequestWarning]]:
    """A request whose parameters the model takes, or a warning about those it does not take.

    Args:
        body: A request. It is not changed.
        drop: Whether to leave such parameters out. There is no warning then.
    """
    info = model_info(body["model"])
    found = {} if info is None else _unsupported(body, info)
    if not found:
        return dict(body), []
    if drop:
        return {name: value for name, value in body.items() if name not in found}, []
    listed = ", ".join(f"`{name}`" for name in found)
    text = (
        f"{body['model']} takes these parameters with their defaults only: {listed}. They are "
        "sent, and the service may ignore or refuse them. Leave them out, or set "
        "drop_unsupported=True."
    )
    return dict(body), [RequestWarning(f"parameters of {body['model']}", text)]


def with_supported_media(
    messages: Sequence[Message], model: str, *, drop: bool
) -> tuple[Sequence[Message], list[RequestWarning]]:
    """The messages with media that the model takes, or a warning about the others.

    Args:
        messages: A request's messages. They are not changed.
        model: Key of the model.
        drop: Whether a note in words takes the place of such media. There is no warning then.
    """
    info = model_info(model)
    if info is None:
        return messages, []
    kinds = [kind for message in messages for kind in _unsupported_media(message, info)]
    if not kinds:
        return messages, []
    if drop:
        return [_without_media(message, info) for message in messages], []
    text = (
        f"{model} takes no {_listed(kinds)}. They are sent, and the service may ignore or refuse "
        "them. Use another model, or set drop_unsupported=True to send a note in their place."
    )
    return messages, [RequestWarning(f"media of {model}", text)]


def described_media(kinds: Sequence[Kind], model: str) -> list[RequestWarning]:
    """The warning about media in tool results that the model does not take."""
    if not kinds:
        return []
    text = (
        f"{model} takes no {_listed(kinds)}. A note takes their place in the results of tools. Use "
        'another model, or set tool_media="move" to send them.'
    )
    return [RequestWarning(f"media of tools of {model}", text)]


def _unsupported(body: Mapping[str, Any], info: ModelInfo) -> dict[str, Any]:
    """The parameters with a value that the model does not take."""
    fixed = info.fixed_parameters
    if body.get("reasoning_effort") not in (None, "none"):
        fixed = {**fixed, **info.fixed_while_reasoning}
    return {
        name: body[name]
        for name, value in fixed.items()
        if not _is_unset(body.get(name)) and body[name] != value
    }


def _is_unset(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, tuple)) and not value)


def _unsupported_media(message: Message, info: ModelInfo) -> list[Kind]:
    content = message.get("content")
    if not isinstance(content, (list, tuple)):
        return []
    kinds = (kind_of(part) for part in content)
    return [kind for kind in kinds if kind is not None and takes(info, kind) is False]


def _without_media(message: Message, info: ModelInfo) -> Message:
    if not _unsupported_media(message, info):
        return message
    content = [_or_note(part, info) for part in message["content"]]
    changed = {**message, "content": content}
    return ResultMedia(changed) if isinstance(message, ResultMedia) else changed


def _or_note(part: Any, info: ModelInfo) -> Any:
    kind = kind_of(part)
    if kind is None or takes(info, kind) is not False:
        return part
    return {"type": "text", "text": f"({label_of(kind)} left out: the model takes none.)"}


def _listed(kinds: Iterable[Kind]) -> str:
    plurals: Mapping[Kind, str] = {"image": "images", "pdf": "PDF files"}
    return " and no ".join(dict.fromkeys(plurals.get(kind, kind) for kind in kinds))
