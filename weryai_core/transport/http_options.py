"""Options of the HTTP clients: TLS, proxy, connection limits and timeout.

A client that a user passes in keeps its own options, except for the default timeout of its library.
"""

from __future__ import annotations

import functools
import os
import socket
import ssl
import sys
from collections.abc import Callable
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
from pydantic import SecretStr

from weryai_core.config import DEFAULT_TIMEOUT, Config, Timeout, TimeoutLike, to_timeout
from weryai_core.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

    SyncHttp = httpx2.Client | httpx.Client
    AsyncHttp = httpx2.AsyncClient | httpx.AsyncClient
else:  # whoever passes in a client of httpx has imported that, and nobody else needs it
    SyncHttp, AsyncHttp = httpx2.Client, httpx2.AsyncClient

H = TypeVar("H")
T = TypeVar("T")

LINGER = 1.0
"""Seconds that the body of a stream may stay open after `[DONE]`."""

IDLE_LIFETIME = 15.0
"""Seconds that a connection is kept without a request, as in aiohttp.

That is longer than most tools of an agent take.
"""

MOST_IDLE = 100
"""Idle connections that are kept."""

POOL_LIMITS = httpx2.Limits(
    max_connections=None, max_keepalive_connections=MOST_IDLE, keepalive_expiry=IDLE_LIFETIME
)
"""Limits of httpx2's pools, which serve the calls behind proxies.

With a limit of all connections, a request that waits for one would run into the timeout. A pool
looks at each of its connections on every request, so it keeps few.
"""

POOL_LINGER = 5.0
"""Seconds that connections are kept after the last client that used them was dropped."""

# What the HTTP library reads when a client is built, in either case.
_ENVIRONMENT = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_READ_AT_BUILD = (
    *_ENVIRONMENT,
    *(name.lower() for name in _ENVIRONMENT),
    "REQUEST_METHOD",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)

# The addresses of this machine, as httpx2 writes patterns.
_THIS_MACHINE = ("all://localhost", "all://127.0.0.1", "all://[::1]")

_MOST_UNSENT = getattr(socket, "TCP_NOTSENT_LOWAT", None)  # not on Windows
_UNSENT = 128 * 1024  # bytes

_LIBRARY_DEFAULT_TIMEOUT = Timeout(5.0, 5.0, 5.0, 5.0)  # of httpx and httpx2


def build_client(make: Callable[..., H], proxy: SecretStr | None, limits: httpx2.Limits) -> H:
    """An HTTP client of our own.

    Args:
        make: Makes the client from its options.
        proxy: Address of a proxy; None: that of the environment.
        limits: How many connections it may open and keep.

    Raises:
        ConfigurationError: The proxy, or a variable for proxies or certificates, cannot be used.
    """
    options = _proxy_options(proxy)
    return configured(lambda: make(verify=tls(), limits=limits, cookies=no_cookies(), **options))


def proxies(proxy: SecretStr | None) -> Callable[[str], httpx2.Proxy | None]:
    """Gives the proxy for an address, or None, by httpx2's rules for the environment.

    Args:
        proxy: Address of the proxy for all addresses; None: those of the environment.

    Raises:
        ConfigurationError: The proxy, or a variable for proxies, cannot be used.
    """
    options = _proxy_options(proxy)
    rules: Any = configured(lambda: _ProxyRules(**options))
    return lambda address: rules._transport_for_url(httpx2.URL(address)).proxy


def _proxy_options(proxy: SecretStr | None) -> dict[str, Any]:
    """httpx2's options for proxies.

    A proxy from the environment serves other machines only. It cannot reach the servers of this
    machine, and it would see a key that is meant for them. A proxy that is passed serves all
    addresses.
    """
    if proxy is not None:
        return {"proxy": proxy.get_secret_value()}
    return {"mounts": dict.fromkeys(_THIS_MACHINE)}


class _Way(httpx2.BaseTransport):
    """Stands for a proxy, or for none."""

    def __init__(self, proxy: httpx2.Proxy | None) -> None:
        self.proxy = proxy


class _ProxyRules(httpx2.Client):
    """httpx2's rules for proxies, without connections."""

    def _init_transport(self, **options: Any) -> httpx2.BaseTransport:  # type: ignore[override]  # by keyword
        return _Way(None)

    def _init_proxy_transport(  # type: ignore[override]  # by keyword
        self, proxy: httpx2.Proxy, **options: Any
    ) -> httpx2.BaseTransport:
        return _Way(proxy)


def configured(make: Callable[[], T]) -> T:
    """What `make` returns, which depends on the settings for proxies and certificates.

    Raises:
        ConfigurationError: They cannot be used.
    """
    cause: Exception | None = None
    try:
        return make()
    except (OSError, ImportError, ValueError) as error:
        cause = error
    except httpx2.InvalidURL:
        # Its text is not repeated: what it takes for the port may be the password.
        pass
    raise ConfigurationError(
        "The HTTP client cannot be set up. Check `proxy` and the variables for proxies "
        "and certificates (HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE ...): "
        f"{str(cause or 'the address of a proxy cannot be read').rstrip('.')}."
    ) from cause


def pool_key(proxy: SecretStr | None) -> tuple[str | None, ...]:
    """What tells an HTTP client of ours from another: the proxy and the environment, never a key.

    Args:
        proxy: Address of a proxy; None: that of the environment.
    """
    address = None if proxy is None else proxy.get_secret_value()
    return (address, *map(os.environ.get, _READ_AT_BUILD))


def show_progress(connection: socket.socket | None) -> None:
    """Have the system take little of a request that it cannot send yet.

    Otherwise it takes megabytes at once and then nothing for long, as if the server read nothing.
    """
    if _MOST_UNSENT is not None and connection is not None:
        with suppress(OSError):  # not a TCP connection
            connection.setsockopt(socket.IPPROTO_TCP, _MOST_UNSENT, _UNSENT)


def no_cookies() -> CookieJar:
    """A jar that takes no cookie: those of one API key are not for the others."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def is_client(http: object, kind: str) -> bool:
    """Whether an object is an HTTP client of httpx2 or httpx.

    Args:
        http: The object.
        kind: "Client" or "AsyncClient".
    """
    libraries = (sys.modules.get("httpx2"), sys.modules.get("httpx"))
    return any(isinstance(http, getattr(library, kind, ())) for library in libraries)


def check_is_open(http: SyncHttp | AsyncHttp | None) -> None:
    """Check that an HTTP client that was passed in can still be used.

    Raises:
        ConfigurationError: It is closed.
    """
    if http is not None and http.is_closed:
        raise ConfigurationError("The HTTP client that was passed in is closed; pass an open one.")


def resolve_timeout(
    given: TimeoutLike | None, config: Config, http: SyncHttp | AsyncHttp | None
) -> Timeout:
    """The timeout of a call.

    The call's own, else the client's, else that of the HTTP client passed in unless it is its
    library's default, else ours.
    """
    if given is not None:
        return to_timeout(given)
    if config.timeout is not None:
        return config.timeout
    if http is not None and to_timeout(http.timeout) != _LIBRARY_DEFAULT_TIMEOUT:
        return to_timeout(http.timeout)
    return DEFAULT_TIMEOUT


@functools.lru_cache(maxsize=4)
def _tls_for(cert_file: str | None, cert_dir: str | None) -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def tls() -> ssl.SSLContext:
    """The TLS context of all clients: loading the certificates takes tens of milliseconds.

    Raises:
        OSError: The variables for certificates name none.
    """
    return _tls_for(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
