"""The errors of the service: codes, HTTP statuses and envelopes.

The public pages document the codes, but not the envelope or the HTTP status of the chat endpoint.
The option `error_style` therefore chooses both:

    envelope      {"status": 1001, "desc": ..., "message": ...} inside the matching HTTP status
    envelope_200  the same inside HTTP 200
    envelope_msg  {"status": 1001, "msg": ..., "data": null} inside the matching HTTP status
    openai        {"error": {"message", "type", "code", "param"}} inside the matching HTTP status
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from weryai_emulator.json_text import JsonObject
from weryai_emulator.options import ErrorStyle


@dataclass(frozen=True, slots=True)
class ErrorKind:
    """One row of the service's table of errors."""

    code: int
    http_status: int
    desc: str
    openai_type: str = "invalid_request_error"
    openai_code: str | None = None


PARAMETER = ErrorKind(1001, 400, "Parameter error")
AUTHENTICATION = ErrorKind(
    1002, 401, "Authentication failed", "authentication_error", "invalid_api_key"
)
NOT_FOUND = ErrorKind(1003, 404, "Resource not found", openai_code="not_found")
METHOD = ErrorKind(1003, 405, "Method not allowed", openai_code="method_not_allowed")
MODEL = ErrorKind(1006, 400, "Model not supported", openai_code="model_not_found")

# The errors of a script that names only an HTTP status.
BY_HTTP_STATUS = {
    400: PARAMETER,
    401: AUTHENTICATION,
    402: ErrorKind(1011, 402, "Insufficient credits", "insufficient_quota", "insufficient_quota"),
    403: ErrorKind(1009, 403, "Permission denied", "permission_error", "permission_denied"),
    404: NOT_FOUND,
    405: METHOD,
    429: ErrorKind(
        1001, 429, "Request rate limit exceeded", "rate_limit_error", "rate_limit_exceeded"
    ),
}


def kind_for(http_status: int) -> ErrorKind:
    """Return the row for an HTTP status."""
    fallback = ErrorKind(6001, http_status, "System error", "server_error", "server_error")
    if 400 <= http_status < 500:
        fallback = replace(PARAMETER, http_status=http_status)
    return BY_HTTP_STATUS.get(http_status, fallback)


class Refusal(Exception):
    """The service refuses a request.

    Attributes:
        kind: The row in the table of errors.
        message: What is wrong, in a sentence.
        param: The field at fault, or None.
        headers: Headers of the response, such as `Retry-After`.
    """

    kind: ErrorKind
    message: str
    param: str | None
    headers: Mapping[str, str]

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.param = param
        self.headers = headers

    def http_status(self, style: ErrorStyle) -> int:
        """Return the HTTP status of the response."""
        return 200 if style == "envelope_200" else self.kind.http_status

    def to_body(self, style: ErrorStyle) -> JsonObject:
        """Return the JSON body of the response."""
        kind = self.kind
        if style == "openai":
            error = {
                "message": self.message,
                "type": kind.openai_type,
                "code": kind.openai_code or str(kind.code),
                "param": self.param,
            }
            return {"error": error}
        if style == "envelope_msg":
            return {"status": kind.code, "msg": f"{kind.desc}: {self.message}", "data": None}
        return {"status": kind.code, "desc": kind.desc, "message": self.message}


def invalid(param: str, message: str) -> Refusal:
    """Return the refusal of an invalid parameter."""
    return Refusal(PARAMETER, message, param=param)
