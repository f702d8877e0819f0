"""Errors inside HTTP status 200: in place of the answer, next to it, in it, or after a part of it.

Where a stream has begun, `after` pieces of the text come before the error.
"""

from __future__ import annotations

from typing import Any

from weryai_emulator.checks import check_choice
from weryai_emulator.faults.replies import (
    DONE,
    TEXT,
    answer,
    chunk,
    document,
    event,
    json_answer,
    pieces_of,
    text_events,
)
from weryai_emulator.faults.statuses import http_error
from weryai_emulator.json_text import JsonObject, to_bytes
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.server.script import ScriptedRaw

_MESSAGE = "Upstream is busy"


def envelope(
    chat: ChatRequest, *, code: int = 6001, message: str = "System error", msg: bool = False
) -> ScriptedRaw:
    """Answers 200 with WeryAI's envelope of an error.

    Args:
        chat: The request.
        code: WeryAI's code.
        message: The text.
        msg: Whether to send the other documented envelope, with its text in `msg`.
    """
    style = "envelope_msg" if msg else "envelope"
    return http_error(chat, status=200, code=code, message=message, body=style)


def error_object(
    chat: ChatRequest, *, code: int | str = 429, message: str = _MESSAGE, form: str = "error"
) -> ScriptedRaw:
    """Answers 200 with an error object in place of the answer.

    Args:
        chat: The request.
        code: The code.
        message: The text.
        form: "error" (OpenAI's), "text" (no object), "errors" (a list), "errorMsg", "fault"
            (Apigee's), "type" (Anthropic's) or "success" (`"success": false`).
    """
    return json_answer(_error_of(form, code, message))


def error_event(
    chat: ChatRequest,
    *,
    after: int = 2,
    code: int | str = 429,
    message: str = _MESSAGE,
    form: str = "error",
    named: bool = True,
) -> ScriptedRaw:
    """Sends an error object after a part of the stream; in place of a document.

    Args:
        chat: The request.
        after: How many pieces of the text come first.
        code: The code.
        message: The text.
        form: See `error_object`.
        named: Whether the line `event: error` is part of the event.
    """
    error = _error_of(form, code, message)
    if not chat.stream:
        return json_answer(error)
    name = b"event: error\n" if named else b""
    return answer(chat, [*text_events(chat, TEXT)[:after], name + event(error), DONE])


def error_beside(
    chat: ChatRequest, *, after: int = 2, code: int | str = 429, message: str = _MESSAGE
) -> ScriptedRaw:
    """Sends an error next to the choices, after a part of the text."""
    return _ended(chat, after, "stop", error={"code": code, "message": message})


def error_in_choice(
    chat: ChatRequest, *, after: int = 2, code: int | str = 429, message: str = _MESSAGE
) -> ScriptedRaw:
    """Sends an error in the choice with the finish reason, after a part of the text."""
    error = {"code": code, "message": message}
    return _ended(chat, after, "error", choice={"error": error})


def failed_finish(chat: ChatRequest, *, after: int = 2, reason: str = "error") -> ScriptedRaw:
    """Ends the answer with a finish reason that means failure."""
    return _ended(chat, after, reason)


def blocked(chat: ChatRequest, *, after: int = 0, reason: str = "content_filter") -> ScriptedRaw:
    """Ends the answer with the finish reason of a content filter."""
    return _ended(chat, after, reason)


def blocked_prompt(chat: ChatRequest, *, reason: str = "PROHIBITED_CONTENT") -> ScriptedRaw:
    """Answers without choices and with Google's reason for a blocked prompt."""
    value: JsonObject = {**document(chat, ""), "choices": []}
    value["promptFeedback"] = {"blockReason": reason}
    return answer(chat, [event(value), DONE]) if chat.stream else json_answer(value)


FAULTS = (
    envelope,
    error_object,
    error_event,
    error_beside,
    error_in_choice,
    failed_finish,
    blocked,
    blocked_prompt,
)


def _error_of(form: str, code: int | str, message: str) -> JsonObject:
    error: JsonObject = {"code": code, "message": message}
    forms: dict[str, JsonObject] = {
        "error": {"error": error},
        "text": {"error": message},
        "errors": {"errors": [error]},
        "errorMsg": {"errorCode": code, "errorMsg": message},
        "fault": {"fault": {"faultstring": message, "detail": {"errorcode": code}}},
        "type": {"type": "error", "error": {"type": str(code), "message": message}},
        "success": {"success": False, **error},
    }
    check_choice("form", form, forms)
    return forms[form]


def _ended(chat: ChatRequest, after: int, reason: str, **fields: Any) -> ScriptedRaw:
    """Return an answer with the first pieces of the text, and with these fields in its end."""
    if chat.stream:
        end = event(chunk(chat, {}, finish_reason=reason, **fields))
        return answer(chat, [*text_events(chat, TEXT)[:after], end, DONE])
    text = "".join(pieces_of(TEXT)[:after])
    return answer(chat, to_bytes(document(chat, text, finish_reason=reason, **fields)))
