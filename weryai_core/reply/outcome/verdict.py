"""Judges a complete answer: whether its end, or its emptiness, means that it failed.

Success is an answer that holds something. An answer that ends for a usual reason may be empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from weryai_core import errors
from weryai_core.errors import WeryAIError
from weryai_core.reply.outcome.classify import classify
from weryai_core.reply.outcome.finish_reasons import explain_end, meaning_of
from weryai_core.reply.outcome.report import Report
from weryai_core.wire import EXTRAS

_CALL_REASONS = ("tool_calls", "tool_call", "tool_use", "function_call")
_ANSWER_FIELDS = ("content", "tool_calls", "function_call", "images")
_NOTHING = ("", "[]", "{}", "null", "None")  # as text
# Fields of a message that may stand alone in an empty answer.
_OF_NO_ANSWER = frozenset(
    (
        *("role", "name", "id", "type", "object", "model", "provider", "status", "index"),
        *("finish_reason", "stop_reason", "stop_sequence", "phase", "channel", "recipient"),
        *("annotations", "citations", "search_results", "groundingMetadata", "grounding_metadata"),
        *("reasoning", "reasoning_content", "thinking"),
        *EXTRAS,
        *("vertex_ai_grounding_metadata", "context", "metadata", "logprobs", "obfuscation"),
    )
)


class Answer(Protocol):
    """A choice, as far as its verdict needs it."""

    finish_reason: str | None
    native_reason: str | None
    holds_answer: bool
    has_reasoning: bool
    has_calls: bool
    has_message: bool
    lost_call: bool
    unread: str


def failure_of(answer: Answer) -> WeryAIError | None:
    """The error of an answer whose finish reason says that it failed; else None."""
    reason = answer.finish_reason
    if reason is None or meaning_of(reason) != "failed":
        return None
    return _failure(reason, "The model or the service failed while it was written.")


def emptiness_of(
    answers: Sequence[Answer], *, check_content_filter: bool = True
) -> WeryAIError | None:
    """The error of a reply in which no answer holds anything; None if one does, or may be empty."""
    if not answers or any(answer.holds_answer for answer in answers):
        return None
    for answer in answers:
        reason = answer.finish_reason
        meaning = meaning_of(reason)
        if meaning == "blocked" and check_content_filter:
            return errors.ContentFilterError(
                f"The answer was blocked: it is empty, and its finish reason is {reason!r}. "
                f"{errors.ContentFilterError.advice} check_content_filter=False returns such "
                "answers as they are.",
                status_code=200,
                code=reason,
            )
        if meaning is None and meaning_of(answer.native_reason) == "unclear":
            reason, meaning = answer.native_reason, "unclear"  # OpenRouter's "stop" is for all
        if reason and meaning == "unclear":
            return _failure(reason, "It is empty.")
    return next((error for answer in answers if (error := _unanswered(answer))), None)


def _unanswered(answer: Answer) -> WeryAIError | None:
    """The error of an empty answer without a reason to be empty."""
    if answer.lost_call:
        end = explain_end(answer.finish_reason)
        advice = "The answer {}. {}".format(*end) if end else "Ask again, or use another model."
        error = errors.ToolCallError(
            "The answer holds nothing but tool calls without a name, which no tool can run. "
            f"{advice}",
            status_code=200,
        )
        error.is_retryable = end is None  # it is an accident of the sampling
        return error
    if answer.unread:
        return errors.ProtocolError(
            f"The answer has an unknown shape: its message holds {answer.unread}, and no text or "
            "tool call was found in it.",
            status_code=200,
        )
    if answer.finish_reason is None:
        return errors.ProtocolError(
            "The answer is empty, and it has no finish reason.", status_code=200
        )
    if not answer.has_calls and _names_calls(answer.finish_reason):
        return _failure(answer.finish_reason, "It has no tool call and no text.")
    if answer.has_reasoning:
        return None
    if not answer.has_message:
        return errors.ProtocolError("The answer has no message.", status_code=200)
    return None


def _names_calls(reason: str) -> bool:
    """Whether a finish reason says that the answer makes a tool call."""
    return reason.strip().lower().replace("-", "_") in _CALL_REASONS


def _failure(reason: str, what: str) -> WeryAIError:
    """The error of a failed answer, of the class that the reason names (`rate_limit_exceeded`)."""
    word = reason.strip().lower()
    error_class = classify(Report(200, word, names=(word,), is_error=True))
    if error_class is errors.APIError:
        error_class = errors.ServerError
    message = f"The answer ended with the finish reason {reason[:100]!r}. {what}"
    return error_class(f"{message} {error_class.advice}".strip(), status_code=200, code=reason)


def unread_shape(message: Mapping[str, Any]) -> str:
    """What a message holds that was not read: names and types, not values; "" if nothing."""
    # What the fields of every answer hold comes first.
    for name in (*_ANSWER_FIELDS, *message):
        value = message.get(name)
        if not value or name in _OF_NO_ANSWER or not isinstance(value, (str, list, Mapping)):
            continue
        if isinstance(value, str) and value.strip() in _NOTHING:
            continue
        entries = value if isinstance(value, list) else [value]
        kinds = [entry.get("type") for entry in entries if isinstance(entry, Mapping)]
        found = ", ".join(sorted({repr(kind)[:40] for kind in kinds if kind}))
        return f"`{name}` of the types {found}" if found else f"a {type(value).__name__} `{name}`"
    return ""
