"""What `Client` and `AsyncClient` share: settings, and turning a request into a `Call`.

A request enters the core here: its options leave the dict, and everything else is prepared and
encoded. Sending it is up to the two clients.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Generic, Self, TypedDict, TypeVar

from pydantic import SecretStr

from weryai_core.clock import Clock
from weryai_core.config import (
    DEFAULT_STREAM_CHUNK_TIMEOUT,
    Config,
    TimeoutLike,
    URLLike,
    check_limit,
    resolve_config,
)
from weryai_core.errors import ConfigurationError, WeryAIError
from weryai_core.limits import DEFAULT_MAX_EVENT_BYTES, DEFAULT_MAX_REPLY_BYTES
from weryai_core.request.prepare import PreparedRequest, encode, with_prepared
from weryai_core.request.stages.known import KnownParameters
from weryai_core.request.tools import refuses_forcing
from weryai_core.secrets.hidden import hide_text, hide_values
from weryai_core.signatures.refused import lacks_signature, refuses_reasoning
from weryai_core.throttle.keys import Places
from weryai_core.transport.call import Call, CallSettings, Substitute
from weryai_core.transport.http_errors import http_errors, to_error
from weryai_core.transport.http_options import (
    AsyncHttp,
    SyncHttp,
    check_is_open,
    is_client,
    resolve_timeout,
)
from weryai_core.unsupported import RequestWarning

MODELS = "/chat/models"
BALANCE = "/generation/balance"

HttpT = TypeVar("HttpT", bound=SyncHttp | AsyncHttp)


class CallOptions(TypedDict, total=False):
    """What a call may have of its own. What is left out is the client's.

    Attributes:
        timeout: Seconds for each step.
        stream_chunk_timeout: Seconds without payload; None for no limit.
        total_timeout: Seconds for the call with all its attempts and waits; None for no limit.
        deadline: Another name of `total_timeout`.
        headers: Headers, in addition to the client's.
    """

    timeout: TimeoutLike | None
    stream_chunk_timeout: float | None
    total_timeout: float | None
    deadline: float | None
    headers: Mapping[str, str] | None


_CALL_OPTIONS = frozenset(CallOptions.__annotations__)


class BaseClient(Generic[HttpT]):
    """The base of the two clients."""

    _kind: ClassVar[str]  # the name of its class in httpx2 and httpx

    def __init__(
        self,
        *,
        api_key: SecretStr | str | None = None,
        base_url: str | URLLike | None = None,
        timeout: TimeoutLike | None = None,
        stream_chunk_timeout: float | None = DEFAULT_STREAM_CHUNK_TIMEOUT,
        total_timeout: float | None = None,
        deadline: float | None = None,
        max_reply_bytes: int = DEFAULT_MAX_REPLY_BYTES,
        max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, Any] | None = None,
        proxy: SecretStr | str | None = None,
        max_concurrency: int | None = None,
        allow_insecure: bool = False,
        http_client: HttpT | None = None,
    ) -> None:
        # The local variables of a frame that raises are shown by error trackers.
        api_key, proxy = hide_text(api_key), hide_text(proxy)
        default_headers, default_query = hide_values(default_headers), hide_values(default_query)
        config = resolve_config(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            stream_chunk_timeout=stream_chunk_timeout,
            total_timeout=deadline if total_timeout is None else total_timeout,
            max_reply_bytes=max_reply_bytes,
            max_event_bytes=max_event_bytes,
            max_retries=max_retries,
            default_headers=default_headers,
            default_query=default_query,
            proxy=proxy,
            max_concurrency=max_concurrency,
            allow_insecure=allow_insecure,
        )
        self._set_up(config, http_client)

    @classmethod
    def from_config(cls, config: Config, *, http_client: HttpT | None = None) -> Self:
        """A client with settings that are resolved already."""
        client = cls.__new__(cls)
        client._set_up(config, http_client)
        return client

    def _set_up(self, config: Config, http_client: HttpT | None) -> None:
        if http_client is not None and not is_client(http_client, self._kind):
            raise ConfigurationError(
                f"The HTTP client passed in must be an httpx2.{self._kind} or httpx.{self._kind}, "
                f"not {type(http_client).__name__}."
            )
        self.config: Config = config
        self.given: HttpT | None = http_client
        self._call_settings = CallSettings(config)
        self._parameters = KnownParameters()
        self._places = Places(config)
        self._http_errors = http_errors()
        self._unforced: set[str] = set()  # models that reject a forced tool call
        self._unsigned: set[str] = set()  # models whose signatures the service does not send
        self._warned: set[str] = set()  # keys of the warnings shown so far

    def _chat_call(
        self,
        request: Mapping[str, Any],
        *,
        stream: bool,
        options: CallOptions,
    ) -> Call:
        if not options.keys() <= _CALL_OPTIONS:
            unknown = min(options.keys() - _CALL_OPTIONS)
            raise TypeError(f"A call takes no argument {unknown!r}.")
        prepared = with_prepared(*self._parameters.prepare(request))
        if prepared.warnings:
            self._warn(prepared.warnings, request)
        if prepared.model in self._unforced and prepared.forces_call:
            prepared = prepared.without_forced_call()
        if prepared.model in self._unsigned and prepared.has_reasoning:
            prepared = prepared.with_placeholders()
        return self._call(
            "POST",
            "/chat/completions",
            body=encode(prepared.body, stream=stream, are_finite=prepared.are_finite),
            headers=options.get("headers"),
            reply_options=prepared.reply_options,
            fallback=partial(self._substitute, prepared, stream),
            options=options,
            model=prepared.model,
        )

    def _substitute(
        self, prepared: PreparedRequest, stream: bool, error: WeryAIError
    ) -> Substitute | None:
        """A request without what the service refuses; None if all of it is needed."""
        changed = self._unforce(prepared, error) or self._unsign(prepared, error)
        if changed is None:
            return None
        body = encode(changed.body, stream=stream)
        return Substitute(body, changed.reply_options, partial(self._substitute, changed, stream))

    def _unforce(self, prepared: PreparedRequest, error: WeryAIError) -> PreparedRequest | None:
        """The request with `tool_choice="auto"`, if the model rejects a forced call; else None."""
        if not (prepared.forces_call and refuses_forcing(error)):
            return None
        if prepared.model not in self._unforced:
            self._unforced.add(prepared.model)
            warnings.warn(
                f"{prepared.model} rejects a forced tool call, so the client falls back to "
                f'tool_choice="auto" for it from now on. The service reports: {error}',
                stacklevel=2,
            )
        return prepared.without_forced_call()

    def _unsign(self, prepared: PreparedRequest, error: WeryAIError) -> PreparedRequest | None:
        """The request without the reasoning that the service refuses; None if it has none."""
        if not prepared.has_reasoning:
            return None
        if lacks_signature(error):
            changed = prepared.with_placeholders()
            warning = RequestWarning(
                f"{prepared.model} lacks signatures",
                f"{prepared.model} wants its tool calls back with their signatures, which the "
                "service did not send. From now on the client sends Google's placeholder in place "
                "of them, with which answers may be worse.",
            )
        elif refuses_reasoning(error):
            changed = prepared.without_reasoning(error)
            warning = RequestWarning(
                f"{prepared.model} refuses reasoning",
                f"{prepared.model} refuses the reasoning of earlier answers, so the client sends "
                "the request without it. Set echo_reasoning=False to send none from the start. "
                f"The service reports: {error}",
            )
        else:
            return None
        if changed.body == prepared.body:
            return None
        if lacks_signature(error):
            self._unsigned.add(prepared.model)
        self._warn([warning], {})
        return changed

    def _warn(self, found: Iterable[RequestWarning], request: Mapping[str, Any]) -> None:
        """Show the warnings that this client has not shown yet, except about what was chosen."""
        for warning in found:
            is_chosen = warning.default_of and request.get(warning.default_of) is not None
            if not is_chosen and warning.key not in self._warned:
                self._warned.add(warning.key)
                warnings.warn(warning.text, stacklevel=2)

    def _call(
        self, method: str, path: str, *, options: CallOptions | None = None, **parts: Any
    ) -> Call:
        check_is_open(self.given)
        given = options or CallOptions()
        timeout = resolve_timeout(given.get("timeout"), self.config, self.given)
        clock = _clock(given, self.config)
        settings = self._call_settings
        return Call(settings, to_error, method, path, timeout=timeout, clock=clock, **parts)


def hide_headers(options: CallOptions) -> None:
    """Hide the headers of a call from whoever looks at local variables."""
    if options.get("headers"):
        options["headers"] = hide_values(options["headers"])


def _clock(given: CallOptions, config: Config) -> Clock:
    """The time that a call has: its own limits, else those of the client."""
    total, between = config.total_timeout, config.stream_chunk_timeout
    if "total_timeout" in given or "deadline" in given:
        total = given.get("total_timeout")
        total = check_limit("total_timeout", given.get("deadline") if total is None else total)
    if "stream_chunk_timeout" in given:
        between = check_limit("stream_chunk_timeout", given["stream_chunk_timeout"])
    return Clock(total, between)
