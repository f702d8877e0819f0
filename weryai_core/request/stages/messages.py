"""The messages of a request, in stages: calls, names, reasoning, media, prompted tools, limit.

Most messages need none of it. So each stage asks first whether there is something to do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from weryai_core.identifiers.call_ids import with_call_ids
from weryai_core.identifiers.names import with_sent_names, with_speaker_names
from weryai_core.identifiers.orderly import are_orderly
from weryai_core.identifiers.unpaired import with_paired_calls
from weryai_core.media.answers import with_movable_answers
from weryai_core.media.read_results import with_readable_results
from weryai_core.media.tool_results import with_joined_media, with_movable_media
from weryai_core.prompted.write_schema import with_instruction
from weryai_core.prompted.write_tools import with_tools_in_prompt
from weryai_core.reply_options import ReplyOptions
from weryai_core.request.message_limit import MAX_MESSAGES, fit_messages, folding_warning
from weryai_core.request.options import RequestOptions
from weryai_core.request.overflow.fold import count_messages
from weryai_core.request.reasoning import with_sendable_answers
from weryai_core.request.stages.parameters import Parameters
from weryai_core.request.tool_calls import with_readable_calls
from weryai_core.request.tools import schemas_by_name
from weryai_core.unsupported import RequestWarning, described_media, with_supported_media
from weryai_core.wire import Message, is_instruction, is_plain


def with_messages(
    parameters: Parameters, messages: Sequence[Message]
) -> tuple[dict[str, Any], ReplyOptions, list[RequestWarning]]:
    """The body with messages that the model takes, how to read its reply, and the warnings.

    Args:
        parameters: The parameters. They are not changed.
        messages: The messages. They are not changed.

    Raises:
        InvalidRequestError: A message cannot be sent.
        MessageCountError: There are too many messages.
    """
    if parameters.instruction is not None:
        messages = with_instruction(messages, parameters.instruction)
    warnings = [*parameters.warnings]
    body, reply_options = _with_sendable_calls(parameters, messages)
    body = _with_sendable_messages(body, parameters.options, warnings)
    return body, reply_options, warnings


def _with_sendable_calls(
    parameters: Parameters, messages: Sequence[Message]
) -> tuple[dict[str, Any], ReplyOptions]:
    """The request with calls, ids and names that the model takes, and how to read its reply."""
    reply_options = parameters.reply_options
    body = {**parameters.body, "messages": messages}
    names = reply_options.tool_names
    if parameters.are_named and are_orderly(messages, names):
        return body, reply_options
    messages = with_call_ids(with_readable_calls(messages), body["model"])
    if parameters.options.tool_calling == "prompted":
        # In the prompt, a tool may have any name, and a result needs no call.
        return {**body, "messages": with_speaker_names(messages)}, reply_options
    body, names = with_sent_names({**body, "messages": with_paired_calls(messages)})
    tools = schemas_by_name(body.get("tools"))
    return body, replace(reply_options, tools=tools, tool_names=names)


def _with_sendable_messages(
    body: dict[str, Any], options: RequestOptions, warnings: list[RequestWarning]
) -> dict[str, Any]:
    """The request with messages that the model takes: reasoning, media, prompted tools, limit.

    Warnings about them are appended to `warnings`.
    """
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    # No model requires reasoning with calls that are part of the text.
    is_required = options.tool_calling == "native" or options.echo_reasoning is True
    messages = with_sendable_answers(
        messages,
        body["model"],
        echo=options.echo_reasoning if is_required else False,
        reads_tags=options.reasoning_tags,
    )
    if not all(map(is_plain, messages)):
        messages = with_readable_results(messages, options.tool_media)
    has_parts = any(map(_has_parts, messages))
    if has_parts:
        messages = _with_sendable_media(messages, options, body["model"], warnings)
    messages = _with_fewer_turns(messages, options, warnings)
    if has_parts:
        drop = options.drop_unsupported
        messages, found = with_supported_media(messages, body["model"], drop=drop)
        warnings += found
    sendable = {**body, "messages": messages}
    if options.tool_calling == "prompted":
        sendable = with_tools_in_prompt(sendable, max_messages=MAX_MESSAGES)
    sendable["messages"] = fit_messages(sendable["messages"], options.message_overflow)
    return sendable


def _with_sendable_media(
    messages: Sequence[Mapping[str, Any]],
    options: RequestOptions,
    model: str,
    warnings: list[RequestWarning],
) -> Sequence[Mapping[str, Any]]:
    """The messages with media where the model takes them."""
    messages = with_movable_answers(messages, options.tool_media, model)
    are_prompted = options.tool_calling == "prompted"
    messages, described = with_movable_media(
        messages, options.tool_media, model, are_prompted=are_prompted
    )
    warnings += described_media(described, model)
    return messages


def _with_fewer_turns(
    messages: Sequence[Mapping[str, Any]],
    options: RequestOptions,
    warnings: list[RequestWarning],
) -> Sequence[Mapping[str, Any]]:
    """The messages, fewer while calls, results and their media are recognizable."""
    is_prompted = options.tool_calling == "prompted"
    overflow = options.message_overflow
    if is_prompted and overflow in ("error", "merge"):
        return messages  # they are fewer once results are user messages
    messages = with_joined_media(messages, MAX_MESSAGES)
    if overflow == "trim":
        return fit_messages(messages, "trim")
    if count_messages(messages, joins_results=is_prompted) <= MAX_MESSAGES:
        return messages
    if overflow == "fold":
        warnings.append(folding_warning(messages))
    # Prompted tools need a system message to be described in.
    limit = MAX_MESSAGES - (is_prompted and not is_instruction(messages[0]))
    return fit_messages(messages, overflow, limit=limit, joins_results=is_prompted)


def _has_parts(message: Message) -> bool:
    """Whether the content of a message is a list, which may hold media."""
    return isinstance(message.get("content"), (list, tuple))
