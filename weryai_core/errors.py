"""Every error that this package raises.

    WeryAIError
    ├── ConfigurationError            no key, or unusable settings
    ├── APIConnectionError            no connection, or it broke                  retryable
    │   └── APITimeoutError           ... or did not answer in time               retryable
    ├── ProtocolError                 the answer is not a completion              retryable
    │   └── ReplyTooLargeError        ... or is larger than the limits allow
    ├── StreamError                   a stream ended before its answer did        retryable
    ├── ToolCallError                 a required tool call is missing, or none can be run
    ├── StructuredOutputError         the answer does not follow the schema
    └── APIError                      it refused for a reason without a class below
        ├── AuthenticationError       the key is missing, wrong, or barred
        ├── PermissionDeniedError     the key lacks a permission
        ├── InsufficientCreditsError  the account has no credits left
        ├── RateLimitError            too many requests at once                   retryable
        ├── DailyQuotaError           the day's requests are used up
        ├── InvalidRequestError       a parameter is wrong
        │   ├── UnsupportedContentError   a message has a part that cannot be sent
        │   ├── MessageCountError     the API takes 1 to 50 messages
        │   └── ContextOverflowError  the conversation has too many tokens
        ├── ContentFilterError        the content was flagged
        ├── NotFoundError             no such path or resource
        │   └── UnknownModelError     no such model
        └── ServerError               the service failed                          retryable

"retryable" is the default of `is_retryable`: the same request may succeed later. The clients retry
such errors (see `max_retries`) as long as nothing of the answer has reached the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic_core import from_json

from weryai_core.chunk import Chunk


@dataclass(frozen=True)
class ErrorResponse:
    """The HTTP response behind an error, read whole and without its request.

    It has the attributes of an `httpx.Response` that tracers look for. Secrets that the service
    repeated are redacted from it.

    Attributes:
        status_code: HTTP status, e.g. 429.
        headers: Response headers, names in lower case.
        text: The body as text, at most 64 KiB of it.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    text: str = field(repr=False, default="")

    def json(self) -> Any:
        """The body decoded as JSON. Raises `ValueError` if it is not JSON."""
        return from_json(self.text)


class WeryAIError(Exception):
    """The root of every error raised by this package and by the integrations on top of it.

    Attributes:
        message: What happened and what to do, in a sentence or two. Never holds the API key.
        status_code: HTTP status of the answer; None if there was none. WeryAI also reports errors
            under HTTP 200.
        code: The service's own code (`status` of its envelope, or `error.code`); None if absent.
        request_id: What the service calls this request, for support; None if it did not say.
        response: The answer behind the error; None if there was none.
        is_retryable: True if the same request may succeed later.
        retry_after: Seconds that the service asks to wait; None if it did not say.
        partial: What had arrived of a streamed answer before the error, merged into one `Chunk`;
            None if nothing had. For a `ToolCallError`, a `StructuredOutputError` or an answer that
            failed or was blocked, the answer.
    """

    is_retryable: bool = False
    advice: ClassVar[str] = ""

    def __init__(
        self,
        message: str = "",
        *,
        status_code: int | None = None,
        code: int | str | None = None,
        request_id: str | None = None,
        response: ErrorResponse | None = None,
        retry_after: float | None = None,
        partial: Chunk | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.response = response
        self.retry_after = retry_after
        self.partial = partial

    @property
    def message(self) -> str:
        """The same as `str(error)`; OpenAI's errors use this name."""
        return str(self)

    def explain(self, sentence: str) -> None:
        """Append a sentence to the message."""
        self.args: tuple[Any, ...] = (f"{self} {sentence}".strip(),)


class ConfigurationError(WeryAIError, ValueError):
    """Unusable settings: no API key, an invalid base URL, a negative timeout."""


class APIConnectionError(WeryAIError):
    """The service was not reached, or the connection broke before the answer was complete."""

    is_retryable = True


class APITimeoutError(APIConnectionError):
    """The service did not answer within the timeout."""


class ProtocolError(WeryAIError):
    """The answer is not a chat completion: an empty body, HTML, no choices, an empty choice.

    An empty answer with a finish reason such as "stop" is a completion.
    """

    is_retryable = True


class ReplyTooLargeError(ProtocolError):
    """The answer is larger than a limit, such as `max_reply_bytes`; the rest is not read.

    Not retried: the next answer would be as large. `partial` carries what had arrived of a stream.
    """

    is_retryable = False


class StreamError(WeryAIError):
    """A streamed answer broke off, or ended without a finish reason and without `[DONE]`.

    `partial` carries what had arrived.
    """

    is_retryable = True


class ToolCallError(WeryAIError, ValueError):
    """The answer has no tool call, although `tool_choice` requires one; or none that can be run.

    The first happens with models and gateways that do not know `tools`, and with answers that were
    truncated, blocked or, with `check_refusal`, refused. The second happens where the arguments are
    not a JSON object, where a gateway leaves a call in the text, in its model's own tokens, or
    where no call has a name. Only the second is retried, unless the answer was truncated or
    blocked. `partial` carries the whole answer.
    """


class StructuredOutputError(WeryAIError, ValueError):
    """The answer does not follow the requested schema, is not JSON, or is a refusal.

    `partial` carries the whole answer.
    """


class APIError(WeryAIError):
    """The service refused the request."""


class AuthenticationError(APIError):
    """The key is missing, wrong, or not accepted from this address (HTTP 401 or 403)."""

    advice = (
        "Check `api_key` or `WERYAI_API_KEY`; keys are made at https://www.weryai.com/api/keys."
    )


class PermissionDeniedError(APIError):
    """The key is valid but lacks a permission (codes 1009 and 1017)."""

    advice = "The account may need a subscription that covers this."


class InsufficientCreditsError(APIError):
    """The account's credits are used up (HTTP 402, codes 1004 and 1011)."""

    advice = "Add credits at https://www.weryai.com/api/pricing."


class RateLimitError(APIError):
    """Too many requests, in a row or at once (HTTP 429, codes 1007, 6002 and 6010)."""

    is_retryable = True
    advice = "Send fewer requests at once, or raise `max_retries`."


class DailyQuotaError(APIError):
    """The day's requests of the account are used up (code 6101); a short wait does not help."""

    advice = "Wait until the quota is renewed."


class InvalidRequestError(APIError):
    """A parameter is wrong. Raised before anything is sent if that can be known."""


class UnsupportedContentError(InvalidRequestError, TypeError):
    """A message has a part that a chat request cannot carry; the error names it."""


class MessageCountError(InvalidRequestError):
    """The request has no messages, or more than the 50 that the API documents.

    Not a `ContextOverflowError`: who catches that one shortens the conversation by tokens and tries
    again, which does not change the number of messages.
    """

    advice = 'Send fewer messages, or set message_overflow="fold", "merge" or "trim".'


class ContextOverflowError(InvalidRequestError):
    """The conversation has more tokens than the model allows."""

    advice = "Shorten the conversation, or use a model with a larger context window."


class ContentFilterError(APIError):
    """The prompt or the answer was flagged by a content filter (codes 1005, 2001 and 2003).

    Also a blocked answer that holds nothing (finish reason `content_filter` or its like), unless
    `check_content_filter=False`; `partial` is then that answer.
    """

    advice = "Rephrase the prompt."


class NotFoundError(APIError):
    """No such path or resource (HTTP 404, codes 1003 and 1010)."""

    advice = "Check `base_url`."


class UnknownModelError(NotFoundError):
    """The service does not know the model (code 1006)."""

    advice = "`Client.models()` lists the models that the service offers."


class ServerError(APIError):
    """The service failed (HTTP 5xx, codes 6001, 6003 and 6004), or the answer did.

    An answer fails with a finish reason like `error` or `network_error`; `partial` carries it.
    """

    is_retryable = True
