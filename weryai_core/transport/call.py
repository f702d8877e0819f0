"""One call of the service: what to send, how to read the answer, whether to try again.

The clients' loops do the sending and the waiting; a `Call` decides. What it decides on comes in as
bytes, headers and exceptions, so this module needs no network.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf
from types import TracebackType
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from weryai_core.bodies import ACCEPTED, WholeBody
from weryai_core.chunk import Chunk
from weryai_core.clock import Clock
from weryai_core.config import Config, Timeout, check_headers
from weryai_core.errors import APITimeoutError, StreamError, WeryAIError
from weryai_core.limits import ReplyLimits
from weryai_core.model_names import advice_on
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply.events.documents import is_stream
from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.reply.outcome.payload import is_error_payload
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions
from weryai_core.secrets.hidden import Hidden, HiddenValues
from weryai_core.secrets.redact import Secrets
from weryai_core.transport.exceptions import forget_variables, hide_secrets
from weryai_core.version import __version__
from weryai_core.wire import parse_json

T = TypeVar("T")

_SHORTEST = 0.001  # seconds; 0 would mean not to wait, or to wait for ever

USER_AGENT = f"weryai-integrations/{__version__} Python/{platform.python_version()}"

_NO_HEADERS = HiddenValues[str]({})

Translate = Callable[[BaseException], WeryAIError | None]
"""From an exception of the HTTP library to one of ours; None if it is not about the network."""


class Substitute(NamedTuple):
    """A request to send in place of one that the service refused.

    Attributes:
        body: What to send.
        reply_options: What it means for reading its reply.
        fallback: What to send if it is refused as well.
    """

    body: bytes
    reply_options: ReplyOptions
    fallback: Fallback


Fallback = Callable[[WeryAIError], Substitute | None]
"""From the service's refusal to another request to send instead; None for none."""


class CallSettings:
    """A client's settings in the form that its calls need, made once. They do not change.

    Args:
        config: The settings of the client.

    Attributes:
        config: The argument.
        secrets: What errors must not show.
        limits: The sizes at which a reply is given up.
        query: What follows the path of each address.
    """

    __slots__ = ("_headers", "config", "limits", "query", "secrets")

    def __init__(self, config: Config) -> None:
        self.config: Config = config
        self.secrets: Secrets = self.secrets_with(_NO_HEADERS)
        self.limits: ReplyLimits = ReplyLimits(config.max_reply_bytes, config.max_event_bytes)
        given = config.default_query.get_secret_value()
        self.query: Hidden[str] = Hidden("?" + urlencode(given, doseq=True) if given else "")
        self._headers = HiddenValues[str](
            {
                "authorization": f"Bearer {config.api_key.get_secret_value()}",
                "accept": "application/json, text/event-stream",
                "accept-encoding": ACCEPTED,
                "user-agent": USER_AGENT,
            }
        )

    def headers(
        self, own: Mapping[str, str] | HiddenValues[str], *, has_body: bool
    ) -> dict[str, str]:
        """The headers of a call, names in lower case; its own win over the client's."""
        headers = self._headers.copy()
        if has_body:
            headers["content-type"] = "application/json"
        for given in (self.config.default_headers, own):
            if given:
                headers.update((name.lower(), value) for name, value in given.items())
        return headers

    def secrets_with(self, own: HiddenValues[str]) -> Secrets:
        """What errors of a call with headers of its own must not show."""
        config = self.config
        return Secrets(
            config.api_key, config.default_headers, config.default_query, own, proxy=config.proxy
        )


class Call:
    """A request and its attempts.

    A client runs `with call.attempt(): send, decode, return` in a loop, and waits `call.delay`
    seconds between two attempts. The `with` block suppresses errors worth retrying and lets all
    others propagate.

    Args:
        settings: The client's settings.
        translate: Turns the HTTP library's exceptions into ours.
        method: HTTP method.
        path: Path below the base URL.
        body: What to send; None to send nothing.
        headers: Headers of this call; they win over the client's.
        timeout: Seconds for each step; None for the HTTP client's own.
        clock: The time that the call has; None for one without limits.
        reply_options: What the request means for reading its reply.
        fallback: Called with each error; may give another request to send.
        model: The model that is asked; "" for none.

    Attributes:
        method: HTTP method.
        url: Where to send the request.
        headers: Headers to send, names in lower case.
        has_own_headers: Whether some of them are of this call.
        body: What to send; None for nothing.
        timeout: Seconds for each step; None for the HTTP client's own.
        limits: The sizes at which a reply is given up.
        clock: The time that the call has left.
        delay: Seconds to wait before the next attempt.
        answered: Set once the head of an answer has come.
        delivered: Set once a chunk has reached the caller; there are no retries after that.
        queued_at: When it first waited for a place; infinite before.
        early: How many of its requests were refused only because others had all places. They are
            no attempts.
    """

    def __init__(
        self,
        settings: CallSettings,
        translate: Translate,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: Timeout | None = None,
        clock: Clock | None = None,
        reply_options: ReplyOptions = NO_OPTIONS,
        fallback: Fallback | None = None,
        model: str = "",
    ) -> None:
        own = check_headers(headers) if headers else _NO_HEADERS
        config = settings.config
        self._secrets = settings.secrets_with(own) if own else settings.secrets
        self._translate = translate
        self._policy = config.retry
        self._reply_options = reply_options
        self._fallback = fallback
        self._model = model
        self._attempts = 0
        self._decoder: StreamDecoder | None = None
        self._body: WholeBody | None = None
        self.method = method
        self.url: str = config.base_url + path + settings.query.get_secret_value()
        self.headers: dict[str, str] = settings.headers(own, has_body=body is not None)
        self.has_own_headers: bool = bool(own)
        self.body = body
        self.limits: ReplyLimits = settings.limits
        self.timeout = timeout
        self.clock: Clock = clock or Clock()
        self.delay: float = 0.0
        self.answered: bool = False
        self.delivered: bool = False
        self.queued_at: float = inf
        self.early: int = 0

    def attempt(self) -> Attempt:
        """The context of one attempt."""
        self._attempts += 1
        self._decoder = self._body = None
        self.answered = False
        self.clock.begin_attempt()
        return Attempt(self)

    def steps(self) -> Timeout | None:
        """The timeout of each step of an attempt: none is longer than the call."""
        left = self.clock.remaining()
        if left == inf:
            return self.timeout
        steps = self.timeout or Timeout(None, None, None, None)
        left = max(left, _SHORTEST)
        return Timeout(*(left if seconds is None else min(seconds, left) for seconds in steps))

    def decoder(self, headers: Mapping[str, str], status: int = 200) -> StreamDecoder:
        """A decoder for the answer to this attempt, which has these headers and this status."""
        self._decoder = StreamDecoder(
            self._reply_options,
            headers=headers,
            secrets=self._secrets,
            status=status,
            limits=self.limits,
        )
        self.clock.begin_answer(self._decoder)
        return self._decoder

    def delivering(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        """The chunks; once one of them has reached the caller, there are no retries."""
        for chunk in chunks:
            self.delivered = True
            yield chunk

    def whole_body(self) -> WholeBody:
        """What takes the body of this attempt's answer, which is read whole."""
        self._body = WholeBody(self.limits.reply_bytes)
        return self._body

    def decode_reply(self, status: int, headers: Mapping[str, str], body: bytes) -> Chunk:
        """The completion in a whole answer.

        Raises:
            ToolCallError: The answer lacks the required call.
            WeryAIError: The answer holds no completion; the class says what it is instead.
        """
        return self.decoder(headers, status).read_whole(body)

    def decoding(self, decode: Callable[[Any], T | None], expected: str) -> Callable[..., T]:
        """Makes a decoder of whole answers from a decoder of JSON objects.

        Args:
            decode: Gives None for what it does not understand; that, and any answer that is an
                error, then raises `WeryAIError`.
            expected: The field that it looks for, named in the error.
        """

        def decode_answer(status: int, headers: Mapping[str, str], body: bytes) -> T:
            payload = parse_json(body, self.limits.reply_bytes)
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

    def check_time(self, decoder: StreamDecoder | None = None) -> None:
        """Check that a body did not end because a watchdog closed its connection.

        Args:
            decoder: The decoder of the body; a complete answer has lost nothing.

        Raises:
            APITimeoutError: It did.
        """
        if self.clock.has_fired and not (decoder is not None and decoder.is_complete):
            partial = self._partial_of_body() if decoder is None else decoder.partial
            raise APITimeoutError(self.clock.reason(), partial=partial)

    def should_retry(self, exception: BaseException, raised: Sequence[BaseException] = ()) -> bool:
        """Whether to make another attempt after this exception; if so, `delay` is set.

        Args:
            exception: What ended the attempt.
            raised: It and those behind it that the attempt raised, to be shown without secrets.

        Raises:
            WeryAIError: No further attempt, and the exception is not itself the error to raise.
        """
        error = self._to_error(exception)
        for one in raised:
            hide_secrets(one, self._secrets)
        if error is None:
            return False
        if self._has_fallback(error):
            return True
        error.explain(advice_on(error, self._model))
        if not self.delivered and self._came_too_late(error):
            if self._policy.max_retries:
                error.explain("It is not retried: the answer had begun, and may be paid for.")
        elif not self.delivered:
            delay = self._policy.delay(self._attempts, error, early=self.early)
            if delay is None:
                reason = self._policy.reason_to_stop(self._attempts, error, early=self.early)
                error.explain(reason)
            elif delay < self.clock.remaining():
                self.delay = delay
                return True
            elif not self.clock.is_over:
                error.explain(
                    "Its `total_timeout` leaves no time for another attempt; raise that first."
                )
        if error is exception:
            return False
        raise error from exception

    def _has_fallback(self, error: WeryAIError) -> bool:
        """Whether there is another request to send instead; if so, it replaces this one."""
        if self._fallback is None or self.delivered:
            return False
        found = self._fallback(error)
        if found is None:
            return False
        self.body, self._reply_options, self._fallback = found
        self.delay = 0.0
        return True

    def _to_error(self, exception: BaseException) -> WeryAIError | None:
        if isinstance(exception, WeryAIError):
            return exception
        error = self._translate(exception)
        if error is not None:
            hide_secrets(error, self._secrets)
        reason = "" if error is None else self.clock.reason()
        if reason and (self.clock.has_fired or isinstance(error, APITimeoutError)):
            error = APITimeoutError(reason)
        if error is None or self._decoder is None:
            if isinstance(error, APITimeoutError):
                error.partial = self._partial_of_body()
            return error
        partial = self._decoder.partial
        if partial is None:
            return error
        if isinstance(error, APITimeoutError):
            error.partial = partial
            return error
        message = f"The stream broke off: {error} The error's `partial` holds what arrived."
        return StreamError(message, status_code=200, partial=partial)

    def _partial_of_body(self) -> Chunk | None:
        """What had come of an answer that was to be read whole, if it is an event stream."""
        body = b"" if self._body is None else self._body.read()
        decoder = StreamDecoder(self._reply_options, limits=self.limits)
        if is_stream(body):
            with suppress(WeryAIError):
                list(decoder.feed(body))
        return decoder.partial

    def _came_too_late(self, error: WeryAIError) -> bool:
        """Whether this is a timeout within the answer, which is paid for and so not retried."""
        return isinstance(error, APITimeoutError) and self.answered


class Attempt:
    """The context of one attempt: it suppresses the errors that are retried."""

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
        if exception is None:
            return False
        # First, while there is the most room on the stack.
        raised = forget_variables(exception, traceback)
        if not isinstance(exception, Exception):
            return False
        try:
            return self._call.should_retry(exception, raised)
        except BaseException as error:
            forget_variables(error, error.__traceback__)
            raise
