"""What probes read in answers, in the words of the table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from weryai_core.doctor.probe import Answers, Finding, differs, holds, unknown
from weryai_core.doctor.question import Answer
from weryai_core.errors import APIError, WeryAIError
from weryai_core.reply.outcome.report import read_report
from weryai_core.wire import parse_body


def fault(answer: Answer) -> Finding:
    """The finding about a question that got no answer."""
    return unknown(answer.why_not) if answer.why_not else differs(describe(answer.error))


def judge_taken(answers: Answers) -> Finding:
    """The finding of a probe that only asks whether something is taken: it was answered."""
    return holds("taken")


def describe(error: WeryAIError | None) -> str:
    """An error in a few words: status, code and the service's words, or what the client says."""
    if error is None:
        return "answered"
    if error.response is None:
        return f"{type(error).__name__}: {error}"
    body = error.response.text
    report = read_report(error.response.status_code, parse_body(body.encode()), body)
    words = report.text.replace(".;", ";").rstrip(".")
    kind = "refused" if isinstance(error, APIError) else "not readable"
    return f"{kind}: {status_of(error)}{f': {words}' if words else ''}"


def status_of(error: WeryAIError) -> str:
    """The status and the code of an error."""
    code = "" if error.code is None else f", code {error.code}"
    return f"HTTP {error.status_code}{code}"


def is_refused(answer: Answer) -> bool:
    """Whether the service refused a question."""
    return isinstance(answer.error, APIError)


def listed_names(names: Iterable[Any]) -> str:
    """Names of fields, as in "`id`, `model`"; "no fields" without one."""
    return ", ".join(f"`{name}`" for name in names) or "no fields"


def calls_in(answer: Answer) -> list[str]:
    """The names of the tools that an answer calls, as the client reads it."""
    if answer.chunk is None:
        return []
    return [call.name or "" for call in answer.chunk.choice.tool_calls]


def finish_reason(answer: Answer) -> str:
    """The finish reason of an answer, in the words of the table."""
    reason = None if answer.chunk is None else answer.chunk.choice.finish_reason
    return f"`{reason}`" if reason else "none"


def completion_tokens(answer: Answer) -> int | None:
    """The tokens of an answer, as the service counts them."""
    usage = None if answer.chunk is None else answer.chunk.usage
    return None if usage is None else usage.completion_tokens
