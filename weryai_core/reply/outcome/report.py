"""Reads what an answer reports about itself, whatever its shape.

The error may be OpenAI's object, a text, WeryAI's envelope or FastAPI's `detail`. Gateways put the
error of the service behind them inside: as an object, or as JSON in a text (OpenRouter's
`error.metadata.raw`). Its words and names count as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from weryai_core.reply.outcome.finish_reasons import find_block_reason
from weryai_core.reply.outcome.payload import find_error, is_error_payload, reports
from weryai_core.reply.outcome.words import (
    SUCCESS,
    as_code,
    failure_field,
    failure_values,
    says_failure,
)
from weryai_core.wire import parse_json

_DEEPEST = 6  # objects within one another
_WORDS = (
    "message",
    "Message",
    "msg",
    "desc",
    "detail",
    "error_message",
    "error_msg",
    "errorMessage",
    "status_msg",
    "faultstring",
)
_MORE_WORDS = (
    *("finish_message", "finishMessage", "blockReasonMessage", "block_reason_message"),
    *("resultMsg", "result_msg", "retMsg", "ret_msg", "returnMsg", "respMsg", "resp_msg"),
)
_TEXT_FIELDS = (*_WORDS, *_MORE_WORDS)
# Where a gateway puts the error of the service behind it.
_INNER_FIELDS = (
    *("error", "errors", "details", "metadata", "raw", "reasons", "cause", "innererror"),
    *("promptFeedback", "prompt_feedback", "fault", "Fault", "violations"),
)
_NAME_FIELDS = (
    "code",
    "Code",
    "type",
    "status",
    "state",
    "reason",
    "error_type",
    "err_type",
    "__type",
    "errorcode",
    *("quotaId", "quota_limit"),  # Google's: "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
)
# Services with codes of their own -> the object that has them, and its field.
_SERVICES = {
    "minimax": ("base_resp", "status_code"),
    "spark": ("header", "code"),
    "google": ("status", "code"),
}
_PROVIDER = "provider_name"
# What a page, or an error in XML, says.
_OF_PAGES = re.compile(r"<(title|message)\b[^<>]{0,200}>([^<]{1,300})<", re.IGNORECASE)
_NAME_IN_TEXT = re.compile(r"[A-Z]+(_[A-Z]+)*(?=:|$)")  # "RESOURCE_EXHAUSTED: ..."
_RESULTS = ("result", "output", "response", "body", "value")  # may hold the words of a failure
_MOST_TEXT = 8000  # characters of an error's words at their beginning, and as many at their end
_MOST_HINT = 200  # characters
_MOST_WORDS = 2000  # characters of a body that is not JSON; longer ones are no error's words


@dataclass(frozen=True, slots=True)
class Report:
    """What an answer reports about itself.

    Attributes:
        status: HTTP status.
        code: The envelope's `status`, or `error.code`.
        text: All its words.
        names: OpenAI's `error.code` and `error.type` and their like, in lower case, the outermost
            first.
        kind: What the body is: "json", "empty" or "other".
        is_error: Whether the body is an error, and not just something else than an answer.
        hint: Words of something that is neither an answer nor an error, for the message alone.
    """

    status: int
    code: int | str | None = None
    text: str = ""
    names: tuple[str, ...] = ()
    kind: str = "json"
    is_error: bool = False
    hint: str = ""


def read_report(status: int, payload: object, body: str = "") -> Report:
    """The report of an answer.

    Args:
        status: HTTP status.
        payload: The JSON of its body; None if it is not JSON.
        body: The body, whose words count if it is not JSON: a short text, or the title of a page.
    """
    if payload is None:
        words = body.strip()
        if words.startswith("<"):
            found = _OF_PAGES.search(words)
            words = unescape(found[2]).strip() if found else ""
        is_broken = words.startswith(("{", "["))  # JSON, which may hold an answer
        words = words if len(words) <= _MOST_WORDS and not is_broken else ""
        return Report(status, text=words, kind="other" if body.strip() else "empty")
    around = [*reports(payload)]
    is_error = is_error_payload(payload)
    error = find_error(payload)
    outer = around[0] if around else {}
    inner = error if isinstance(error, Mapping) else outer
    # The error first, then what is around it.
    texts = [text for one in (error, *around) for text in _texts(one)]
    blocks = [reason for one in around if (reason := find_block_reason(one))]
    texts += [f"The prompt was blocked: {reason}" for reason in blocks]
    if is_error:  # of other answers it is what was asked for
        texts += [text for one in around for text in _texts(one.get("data"), 1)]
    # `{"error": "model_not_found"}` is a name as well.
    name = error if isinstance(error, str) and not error.count(" ") else None
    named = [error] if isinstance(error, Mapping) else [{"code": name}, *around]
    codes = [inner, *around, *(_listed(error, *around) if is_error else ())]
    names = [*_service_names(around), *(["prompt_blocked"] if blocks else ())]
    names += (n for one in named for n in _names(one))
    names += (found[0].lower() for text in texts if (found := _NAME_IN_TEXT.match(text)))
    hints = [] if texts else [hint for one in (error, *around) for hint in _hints(one)]
    if is_error:
        others = [
            text
            for one in around
            if "choices" not in one
            for text in map(one.get, _RESULTS)
            if isinstance(text, str)
        ]
        texts, hints = texts or hints or names or others, []
    return Report(
        status,
        _code_of(*codes),
        _shortened("; ".join(dict.fromkeys(texts))),
        tuple(dict.fromkeys(names)),
        is_error=is_error,
        hint="; ".join(dict.fromkeys(hints)),
    )


def _shortened(text: str) -> str:
    """The beginning and the end of a long text: what went wrong stands there."""
    return text if len(text) <= 2 * _MOST_TEXT else f"{text[:_MOST_TEXT]} ... {text[-_MOST_TEXT:]}"


def _hints(fields: object) -> Iterator[str]:
    """Words in fields of an unknown error, or of an unknown event, whose names promise some."""
    for name, value in fields.items() if isinstance(fields, Mapping) else ():
        if isinstance(value, str) and says_failure(name):
            yield value.strip()[:_MOST_HINT]


def _code_of(*sources: Mapping[str, Any]) -> int | str | None:
    """The first code that is not one of success; the last one if there is none."""
    found: int | str | None = None
    for source in sources:
        others = (source.get(name) for name in ("status", "status_code", "statusCode"))
        for value in (source.get("code"), *failure_values(source, "code"), *others):
            code = as_code(value)
            found = found if code is None else code
            if found not in SUCCESS:
                return found
    return found


def _listed(*sources: object) -> Iterator[Mapping[str, Any]]:
    """The errors in lists, as GraphQL, JSON:API and Cloudflare write them, and Apigee's detail."""
    for source in sources:
        fields = source if isinstance(source, Mapping) else {"errors": source}
        for found in (fields.get("errors"), fields.get("detail")):
            for entry in found if isinstance(found, list) else [found]:
                if isinstance(entry, Mapping):
                    yield entry
                    if isinstance(entry.get("extensions"), Mapping):
                        yield entry["extensions"]


def _texts(value: object, depth: int = 0) -> Iterator[str]:
    """The words of an error and of the errors inside it."""
    value = _parsed(value)
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
    elif isinstance(value, list):
        for entry in value:
            if not isinstance(entry, list):
                yield from (_with_place(entry, text) for text in _texts(entry, depth + 1))
    elif isinstance(value, Mapping):
        more = [name for name in value if failure_field(name) in ("text", "doubt")]
        for name in dict.fromkeys((*_TEXT_FIELDS, *more)):
            said = value.get(name)
            if name != "data" or not _is_number(said):  # a balance is no word of an error
                yield from _texts(said, depth + 1)
        if any(as_code(code) not in SUCCESS for code in failure_values(value, "code")):
            yield from _texts(value.get("text"), depth + 1)  # FastChat's words
        is_around = not depth and "choices" in value
        for name in _INNER_FIELDS if not is_around else ("errors",):
            yield from _texts(value.get(name), depth + 1)
        if isinstance(value.get(_PROVIDER), str):
            yield f"Provider: {value[_PROVIDER]}"


def _is_number(value: object) -> bool:
    return isinstance(value, str) and not any(map(str.isalpha, value))


def _with_place(entry: object, text: str) -> str:
    """A text of a list of errors, after the place that FastAPI and pydantic say it is about."""
    place = entry.get("loc") if isinstance(entry, Mapping) else None
    where = ".".join(str(part) for part in place) if isinstance(place, list) else ""
    return f"{where}: {text}".removeprefix(": ")


def _names(value: object, depth: int = 0) -> Iterator[str]:
    """The names of an error and of the errors inside it: codes and types that are words."""
    value = _parsed(value)
    if isinstance(value, list):
        for entry in value:
            yield from _names(entry, depth + 1)
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        return
    for name in _NAME_FIELDS:
        code = as_code(value.get(name))
        if isinstance(code, str):
            word = code.replace("-", "_").replace(" ", "_")
            yield word.rpartition("#")[2]  # after Amazon's name of the service
    for name in (*_INNER_FIELDS, "message", "detail", "extensions"):
        yield from _names(value.get(name), depth + 1)


def _service_names(around: list[Mapping[str, Any]]) -> Iterator[str]:
    """The codes of services that have their own, as names: "minimax_1002"."""
    for fields in around:
        for service, (holder, field) in _SERVICES.items():
            inner = fields.get(holder)
            code = as_code(inner.get(field)) if isinstance(inner, Mapping) else None
            if isinstance(code, int) and code:
                yield f"{service}_{code}"


def _parsed(value: object) -> object:
    """The object or list in a text that is JSON; any other value unchanged."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        parsed = parse_json(value.encode("utf-8", "replace"))
        return parsed if isinstance(parsed, (Mapping, list)) else value
    return value
