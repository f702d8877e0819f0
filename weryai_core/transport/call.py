"""One call of the service: what to send, what came of it, whether to try again. No I/O."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urlencode

from weryai_core.chunk import Chunk
from weryai_core.config import Config, Timeout, check_headers
from weryai_core.errors import APITimeoutError, StreamError, WeryAIError
from weryai_core.reply.completion import parse_json
from weryai_core.reply.decode import StreamDecoder, to_reply
from weryai_core.reply.error_body import error_from_response, is_error_payload
from weryai_core.reply.redaction import find_secrets
from weryai_core.reply.required_call import ToolStreamDecoder, ToolUse, read_reply
from weryai_core.version import __version__

T = TypeVar("T")

USER_AGENT = f"weryai-integrations/{__version__} Python/{platform.python_version()}"

Translate = Callable[[BaseException], WeryAIError | None]
"""From an exception of the HTTP library to one of ours; None for what is not the network's."""

Amend = Callable[[WeryAIError], bytes | None]
"""From a refusal to the body of a request that may pass, without a demand for a call; or None."""


class Call:
    """A request and its attempts.

    A client runs it so: `with call.attempt(): send, decode, return`, then waits `call.delay`
    seconds and starts over. An error that no further attempt may mend leaves the `with` block;
    any other is swallowed by it.

    Attributes:
        method: HTTP method.
        url: Where to.
        headers: What to send along, names in lower case.
        body: What to send; None for nothing.
        timeout: Seconds for each step; None for the client's own.
        delay: Seconds to wait before the next attempt.
        answered: Set once the head of an answer has come.
        delivered: Set once a chunk has reached the caller; no attempt is made after that.
    """

    def __init__(
        self,
        config: Config,
        translate: Translate,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | None = None,
        is_single: bool = False,
        tool_use: ToolUse | None = None,
        amend: Amend | None = None,
    ) -> None:
        api_key = config.api_key.get_secret_value()
        headers = check_headers(headers or {})
        self._secrets = find_secrets(api_key, config.default_headers, config.default_query, headers)
        self._translate = translate
        self._policy = config.retry
        self._is_single = is_single
        self._tool_use = tool_use or ToolUse()
        self._amend = amend
        self._attempts = 0
        self._decoder: StreamDecoder | None = None
        self.method = method
        self.url = config.base_url + path
        if config.default_query:
            self.url += "?" + urlencode(config.default_query, doseq=True)
        self.headers = {
            "authorization": f"Bearer {api_key}",
            "accept": "application/json, text/event-stream",
            "user-agent": USER_AGENT,
        }
        if body is not None:
            self.headers["content-type"] = "application/json"
        for given in (config.default_headers, headers):
            self.headers.update((name.lower(), value) for name, value in given.items())
        self.body = body
        self.timeout = timeout
        self.delay = 0.0
        self.answered = False
        self.delivered = False

    def attempt(self) -> _Attempt:
        """The context of one attempt."""
        self._attempts += 1
        self._decoder = None
        self.answered = False
        return _Attempt(self)

    def decoder(self, headers: Mapping[str, str]) -> StreamDecoder:
        """What decodes the stream of this attempt; `headers` name the request in its errors."""
        options: dict[str, Any] = {
            "headers": headers,
            "secrets": self._secrets,
            "is_single": self._is_single,
        }
        if self._tool_use == ToolUse():  # as with most requests
            self._decoder = StreamDecoder(**options)
        else:
            self._decoder = ToolStreamDecoder(self._tool_use, **options)
        return self._decoder

    def decode_reply(self, status: int, headers: Mapping[str, str], body: bytes) -> Chunk:
        """The completion in a whole answer. Raises `WeryAIError` if it holds none, or no call."""
        reply = to_reply(body)
        if reply is None:
            raise self.refusal(status, headers, body)
        return read_reply(reply, self._tool_use)

    def decoding(self, decode: Callable[[Any], T | None], expected: str) -> Callable[..., T]:
        """A decoder of JSON objects, as one of whole answers.

        Args:
            decode: Gives None for what it does not understand: that, and answers that are errors,
                then raise `WeryAIError`.
            expected: What it looks for, to be said missing.
        """

        def decode_answer(status: int, headers: Mapping[str, str], body: bytes) -> T:
            payload = parse_json(body)
            is_good = isinstance(payload, dict) and not is_error_payload(payload)
            value = decode(payload) if is_good else None
            if value is None:
                raise self.refusal(status, headers, body, expected)
            return value

        return decode_answer

    def refusal(
        self, status: int, headers: Mapping[str, str], body: bytes, expected: str = "choices"
    ) -> WeryAIError:
        """The error that an answer stands for; `expected` is the field that it should have."""
        return error_from_response(status, headers, body, secrets=self._secrets, expected=expected)

    def settle(self, exception: BaseException) -> bool:
        """Whether to try again after this exception; if so, `delay` says when.

        Raises:
            WeryAIError: Not again, and the exception is not itself the error to show.
        """
        error = self._to_error(exception)
        if error is None:
            return False
        if self._is_amended(error):
            return True
        if not self.delivered and self._came_too_late(error):
            if self._policy.max_retries:
                error.explain("It is not asked again: the answer had begun, and may be paid for.")
        elif not self.delivered:
            delay = self._policy.delay(self._attempts, error)
            if delay is not None:
                self.delay = delay
                return True
            error.explain(self._policy.reason_to_stop(self._attempts, error))
        if error is exception:
            return False
        raise error from _without_frames(exception)

    def _is_amended(self, error: WeryAIError) -> bool:
        """Whether the request is another one now, which this error is no answer to; once a call."""
        amend, self._amend = self._amend, None
        body = amend(error) if amend is not None and not self.delivered else None
        if body is None:
            return False
        self.body, self._tool_use, self.delay = body, ToolUse(), 0.0
        return True

    def _to_error(self, exception: BaseException) -> WeryAIError | None:
        if isinstance(exception, WeryAIError):
            return exception
        error = self._translate(exception)
        if error is None or self._decoder is None or self._decoder.partial is None:
            return error
        partial = self._decoder.partial
        if isinstance(error, APITimeoutError):
            error.partial = partial
            return error
        message = f"The stream broke off: {error} The error's `partial` holds what arrived."
        return StreamError(message, status_code=200, partial=partial)

    def _came_too_late(self, error: WeryAIError) -> bool:
        """A timeout amid the answer is not retried: the model has been paid for thinking."""
        return isinstance(error, APITimeoutError) and self.answered


class _Attempt:
    """Ends an attempt: swallows the errors after which another one follows."""

    __slots__ = ("_call",)

    def __init__(self, call: Call) -> None:
        self._call = call

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        return exception is not None and self._call.settle(exception)


def _without_frames(exception: BaseException) -> BaseException:
    """The exception with the ones behind it, less the frames of the HTTP library.

    Their local variables are the request's headers, key and all; error trackers and debuggers
    show those.
    """
    seen: set[int] = set()
    behind: list[BaseException | None] = [exception]
    while behind:
        error = behind.pop()
        if error is not None and id(error) not in seen:
            seen.add(id(error))
            error.__traceback__ = None
            behind += [error.__cause__, error.__context__]
    return exception
