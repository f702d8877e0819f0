"""Settings of a client, resolved once: the argument, else the environment, else the default."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit

from pydantic import SecretStr, ValidationError

from weryai_core.errors import ConfigurationError
from weryai_core.hosts import is_private
from weryai_core.limits import (
    DEFAULT_MAX_EVENT_BYTES,
    DEFAULT_MAX_REPLY_BYTES,
    check_size,
)
from weryai_core.retry import RetryPolicy
from weryai_core.secrets.hidden import HiddenValues, hide_text, hide_values, reveal
from weryai_core.secrets.keys import resolve_key, to_secret

DEFAULT_BASE_URL = "https://api.weryai.com/v1"
DEFAULT_MAX_RETRIES = 2
BASE_URL_VARIABLES = ("WERYAI_BASE_URL", "WERYAI_API_BASE")

_VERSION_SEGMENT = re.compile(r"/v\d+$", re.IGNORECASE)
_ENDPOINTS = re.compile(r"/chat(/completions|/models)?$")


class Timeout(NamedTuple):
    """Seconds to wait for each step of a request; None waits forever.

    A tuple in the order of httpx and httpx2.

    Attributes:
        connect: Until a connection is made.
        read: Until the next bytes of the answer come.
        write: Until the next bytes of the request are sent.
        pool: Until a connection of the pool is free.
    """

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


class HasTimeouts(Protocol):
    """An object with the attributes of httpx's and httpx2's `Timeout`."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None


class URLLike(Protocol):
    """An object like httpx's and httpx2's `URL`, whose text is the address."""

    @property
    def scheme(self) -> str:
        """E.g. "https"."""

    @property
    def host(self) -> str:
        """E.g. "api.weryai.com"."""


TimeoutLike = float | tuple[float | None, ...] | HasTimeouts
"""Seconds for each step, a tuple (connect, read, write, pool), or the HTTP library's `Timeout`."""

# Reasoning models think for minutes before the first byte; a host that is down shows in seconds.
DEFAULT_TIMEOUT = Timeout(connect=10.0, read=600.0, write=600.0, pool=600.0)

# As long as the default wait for bytes: a keep-alive says no more than silence.
DEFAULT_STREAM_CHUNK_TIMEOUT = 600.0

_YEAR = 366 * 24 * 3600


def _no_values() -> HiddenValues[Any]:
    return HiddenValues({})


@dataclass(frozen=True)
class Config:
    """The settings of a client. Build them with `resolve_config`.

    Attributes:
        api_key: The key; no repr shows it.
        base_url: Normalised: no trailing slash, ends in the API version, e.g. `.../v1`.
        timeout: Seconds for each step; None: the default, or that of the HTTP client passed in.
        stream_chunk_timeout: Seconds without payload, once an answer has begun; None for no limit.
        total_timeout: Seconds for a call with all its attempts and waits; None for no limit.
        max_reply_bytes: The largest body of an answer, decompressed, and the memory that is kept
            of a streamed answer.
        max_event_bytes: The largest event of a stream.
        retry: How often and after which wait failed requests are retried.
        default_headers: Sent with every request. The repr does not show them: they may be secrets.
        default_query: Query parameters of every request. The repr does not show them either.
        proxy: Address of a proxy; None: that of the environment.
        max_concurrency: Most chat requests in flight, together with those of other clients with
            the same key and address in this process; None: as many as the service takes.
        allow_insecure: Whether the key may be sent to a public host without encryption.
    """

    api_key: SecretStr
    base_url: str = DEFAULT_BASE_URL
    timeout: Timeout | None = None
    stream_chunk_timeout: float | None = DEFAULT_STREAM_CHUNK_TIMEOUT
    total_timeout: float | None = None
    max_reply_bytes: int = DEFAULT_MAX_REPLY_BYTES
    max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    default_headers: HiddenValues[str] = field(default_factory=_no_values, repr=False)
    default_query: HiddenValues[Any] = field(default_factory=_no_values, repr=False)
    proxy: SecretStr | None = None
    max_concurrency: int | None = None
    allow_insecure: bool = False


def resolve_config(
    *,
    api_key: SecretStr | str | None = None,
    base_url: str | URLLike | None = None,
    timeout: TimeoutLike | None = None,
    stream_chunk_timeout: float | None = DEFAULT_STREAM_CHUNK_TIMEOUT,
    total_timeout: float | None = None,
    max_reply_bytes: int = DEFAULT_MAX_REPLY_BYTES,
    max_event_bytes: int = DEFAULT_MAX_EVENT_BYTES,
    max_retries: int | None = None,
    default_headers: Mapping[str, str] | None = None,
    default_query: Mapping[str, Any] | None = None,
    proxy: SecretStr | str | None = None,
    max_concurrency: int | None = None,
    allow_insecure: bool = False,
) -> Config:
    """Resolve every setting: the argument, else the environment, else the default.

    Args:
        api_key: Else, with None, `WERYAI_API_KEY`. An empty key is an error.
        base_url: Text, or the HTTP library's URL; with or without `/v1` and trailing slash. Else
            `WERYAI_BASE_URL`, else `WERYAI_API_BASE`, else `https://api.weryai.com/v1`.
        timeout: Seconds for each step, or an httpx or httpx2 `Timeout`, or a tuple (connect, read,
            write, pool). Default 10 s to connect, 600 s for the rest.
        stream_chunk_timeout: Seconds without payload, once an answer has begun. Default 600 s;
            None or 0 for no limit.
        total_timeout: Seconds for a call with all its attempts and waits. Default: no limit.
        max_reply_bytes: The largest body of an answer, decompressed, and the memory that is kept
            of a streamed answer. Default 64 MiB.
        max_event_bytes: The largest event of a stream. Default 16 MiB.
        max_retries: Retries after a temporary failure; default 2.
        default_headers: Sent with every request.
        default_query: Query parameters of every request's address.
        proxy: Address of a proxy for our own HTTP clients, e.g. `http://user:password@host:3128`.
            Else that of the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
        max_concurrency: Most chat requests in flight; default: as many as the service takes.
        allow_insecure: Whether a `base_url` with http:// may be a public host, which sends the key
            unencrypted through the Internet. Hosts of a private network need no permission.

    Raises:
        ConfigurationError: A setting is missing or cannot be used; the message says which.
    """
    # The local variables of a frame that raises are shown by error trackers.
    api_key, proxy = hide_text(api_key), hide_text(proxy)
    default_headers, default_query = hide_values(default_headers), hide_values(default_query)
    retries = DEFAULT_MAX_RETRIES if max_retries is None else max_retries
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise ConfigurationError(f"`max_retries` must be an integer of 0 or more, not {retries!r}.")
    return Config(
        api_key=resolve_key(api_key),
        base_url=_check_encryption(
            normalize_base_url(base_url or usual_base_url()),
            allow_insecure=allow_insecure,
        ),
        timeout=None if timeout is None else to_timeout(timeout),
        stream_chunk_timeout=check_limit("stream_chunk_timeout", stream_chunk_timeout),
        total_timeout=check_limit("total_timeout", total_timeout),
        max_reply_bytes=check_size("max_reply_bytes", max_reply_bytes),
        max_event_bytes=check_size("max_event_bytes", max_event_bytes),
        retry=RetryPolicy(retries),
        default_headers=check_headers({} if default_headers is None else default_headers),
        default_query=check_query({} if default_query is None else default_query),
        proxy=check_proxy(proxy),
        max_concurrency=_check_max_concurrency(max_concurrency),
        allow_insecure=allow_insecure,
    )


def usual_base_url() -> str:
    """The address that the environment names, else WeryAI's own."""
    return _first_of(BASE_URL_VARIABLES) or DEFAULT_BASE_URL


def normalize_base_url(url: object) -> str:
    """A base URL in its one form, `https://host/v1`.

    Accepts `https://host`, `https://host/`, `https://host/v1/` and the full address of the chat
    endpoint. A version other than `/v1` is kept.

    Raises:
        ConfigurationError: Not an http(s) URL, or one with a password, a query or a fragment in it.
            The message repeats none of these, since they may be secrets.
    """
    return _normalized_url(str(url).strip())  # also a URL object of an HTTP library


@functools.lru_cache(maxsize=32)
def _normalized_url(url: str) -> str:
    if _holds_user(url):
        raise ConfigurationError(
            "`base_url` must not hold a user name or password; use `default_headers` for those."
        )
    address, mark, rest = re.split(r"([?#]|$)", url, maxsplit=1)
    if not (_is_address(address) and address.lower().startswith(("http://", "https://"))):
        # Text that is not an address may be the key, passed by mistake.
        is_shown = "://" in address and "@" not in url
        raise ConfigurationError(
            "`base_url` must be an address that starts with http:// or https://, "
            f"such as {DEFAULT_BASE_URL}{f', not {address!r}' if is_shown else ''}."
        )
    query = rest.partition("#")[0] if mark == "?" else ""
    if query:
        raise ConfigurationError(
            "`base_url` must not have a query (`?`). Pass it as `default_query`, e.g. "
            'default_query={"api-version": "1"}.'
        )
    if mark == "#" or "#" in rest:
        raise ConfigurationError(
            "`base_url` must not have a fragment (`#`): it is never sent to a server. A `#` that "
            "belongs to the path is written %23."
        )
    parts = urlsplit(address)
    path = _ENDPOINTS.sub("", parts.path.rstrip("/")).rstrip("/")
    if not _VERSION_SEGMENT.search(path):
        path += "/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def to_timeout(value: TimeoutLike) -> Timeout:
    """Seconds, a tuple, or an object with httpx's `Timeout` attributes, as one `Timeout`.

    Raises:
        ConfigurationError: None of these, or not above 0.
    """
    steps: Sequence[Any] = [value] * 4
    if all(hasattr(value, name) for name in Timeout._fields):
        steps = [getattr(value, name) for name in Timeout._fields]
    elif isinstance(value, (tuple, list)) and 2 <= len(value) <= 4:
        # httpx's order; missing ones are the same as `read`.
        steps = [*value, *[value[1]] * (4 - len(value))]
    timeout = Timeout(*steps)
    timeout = Timeout(*map(_without_infinity, timeout))
    if not all(seconds is None or _is_positive(seconds) for seconds in timeout):
        raise ConfigurationError(
            "`timeout` must be seconds above 0, a tuple (connect, read, write, pool) of them, "
            f"or the HTTP library's Timeout, not {value!r}."
        )
    return timeout


def check_limit(name: str, given: float | None) -> float | None:
    """A time limit in seconds; None for no limit.

    0 turns `stream_chunk_timeout` off. For a whole call it is refused: a program may have computed
    that it has no time left.

    Raises:
        ConfigurationError: Not a number above 0.
    """
    given = _without_infinity(given)
    is_off = given == 0 and not isinstance(given, bool) and name == "stream_chunk_timeout"
    if given is None or is_off:
        return None
    if not _is_positive(given):
        raise ConfigurationError(
            f"`{name}` must be seconds above 0, or None for no limit, not {given!r}."
        )
    return given


_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_FRAMING = ("content-length", "transfer-encoding")


def check_headers(headers: object) -> HiddenValues[str]:
    """Headers that HTTP can carry, hidden from whoever looks at local variables.

    Raises:
        ConfigurationError: Not a mapping, or a name or value is not text of printable ASCII, or a
            header tells how long the body is. The message does not repeat the value: it may be a
            secret.
    """
    headers = _expect_mapping("Headers", hide_values(headers))
    fault = next((name for name in headers if not _is_header(name, headers[name])), None)
    if fault is not None:
        raise ConfigurationError(
            f"The header {fault!r} must be text of printable ASCII characters, its name without "
            "spaces and punctuation other than `-` and the like."
        )
    framing = next((name for name in headers if name.lower() in _FRAMING), None)
    if framing is not None:
        raise ConfigurationError(
            f"The header {framing!r} belongs to the body, which the client writes; leave it out."
        )
    return headers


def _is_header(name: object, value: object) -> bool:
    if not (isinstance(name, str) and isinstance(value, str)):
        return False
    return bool(_TOKEN.fullmatch(name)) and value.isascii() and value.isprintable()


def refuse_arguments(error: ValidationError, of: str) -> ConfigurationError:
    """Pydantic's validation error as one of ours that does not show the values.

    Pydantic's own shows all arguments, including the API key.

    Args:
        error: What pydantic raised.
        of: Name of the class that got the arguments.
    """
    faults = error.errors(include_url=False, include_input=False)
    for fault in faults:
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, ConfigurationError):
            # Raised in a validator; pydantic wraps it because it is a ValueError.
            return cause
    listed = "; ".join(
        f"`{'.'.join(str(part) for part in fault['loc'])}`: {fault['msg']}" for fault in faults
    )
    return ConfigurationError(f"{of} cannot be created with these arguments. {listed}.")


def check_query(query: object) -> HiddenValues[Any]:
    """Query parameters that an address can hold, hidden as headers are.

    Raises:
        ConfigurationError: Not a mapping, or text that is not Unicode.
    """
    query = _expect_mapping("`default_query`", hide_values(query))
    try:
        urlencode(query.get_secret_value(), doseq=True)
    except ValueError:
        pass
    else:
        return query
    # Out here, so that nothing leads to the error that has the text.
    raise ConfigurationError("`default_query` holds text that is not valid Unicode.")


def check_proxy(proxy: object) -> SecretStr | None:
    """The address of a proxy as a secret, since it may hold a password.

    Raises:
        ConfigurationError: Not an address.
    """
    proxy = to_secret(hide_text(proxy), "proxy")
    if proxy is None or _is_address(proxy.get_secret_value()):
        return proxy
    raise ConfigurationError(
        "`proxy` must be an address such as http://host:3128; a password in it must be "
        "percent-encoded."
    )


def _check_max_concurrency(given: int | None) -> int | None:
    if given is not None and (isinstance(given, bool) or not isinstance(given, int) or given < 1):
        raise ConfigurationError(
            "`max_concurrency` must be an integer of 1 or more, or None for as many requests at "
            f"once as the service takes, not {given!r}."
        )
    return given


def _holds_user(url: str) -> bool:
    """Whether there is an "@" before the path, as in `https://user:password@host/`."""
    _, slashes, rest = url.partition("//")
    authority = rest if slashes else url
    return "@" in re.split(r"[/?#]", authority, maxsplit=1)[0]


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.scheme and parts.hostname) and parts.port != 0
    except ValueError:  # an impossible port, half an IPv6 address
        return False


def _expect_mapping(what: str, value: object) -> HiddenValues[Any]:
    if isinstance(value, HiddenValues):
        return value
    raise ConfigurationError(
        f"{what} must be a mapping of names to values, not a {type(reveal(value)).__name__}."
    )


def _check_encryption(url: str, *, allow_insecure: bool) -> str:
    """A base URL that does not show the key to the networks between here and its host."""
    if allow_insecure or url.startswith("https:") or is_private(urlsplit(url).hostname or ""):
        return url
    raise ConfigurationError(
        "`base_url` begins with http:// and its host is not one of a private network, so that "
        "everybody on the way could read the API key. Use https://, or pass allow_insecure=True."
    )


def _first_of(variables: tuple[str, ...]) -> str | None:
    return next((value for name in variables if (value := os.environ.get(name))), None)


def _without_infinity(seconds: Any) -> Any:
    """The seconds; None for more than systems can count in all their timers."""
    is_long = isinstance(seconds, (int, float)) and seconds > _YEAR
    return None if is_long else seconds


def _is_positive(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
