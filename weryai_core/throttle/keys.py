"""The throttle of each key in this process, and how a client comes to its places."""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from weryai_core.config import Config
from weryai_core.secrets.hidden import HiddenValues
from weryai_core.throttle.places import Throttle, throttles
from weryai_core.transport.call import Call

_MOST_KEPT = 256  # keys whose limits are remembered while no client uses them

_NO_HEADERS: Mapping[str, str] = {}
_CREDENTIALS = ("authorization", "x-api-key", "api-key")
_NO_PLACE: AbstractContextManager[Any] = nullcontext()


class Places:
    """The places that the calls of one client ask for.

    Args:
        config: The settings of the client.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._throttle = throttle_of(config)
        self._credentials = _credentials_of(config, {})
        self._max_concurrency = config.max_concurrency
        self._policy = config.retry

    def wait(self, call: Call) -> AbstractContextManager[Any]:
        """Wait for a place. Only chat requests take one."""
        if call.body is None:
            return _NO_PLACE
        return self._throttle_for(call).wait(self._max_concurrency, self._policy, call)

    async def wait_in_loop(self, call: Call) -> AbstractContextManager[Any]:
        """Wait for a place. Only chat requests take one."""
        if call.body is None:
            return _NO_PLACE
        throttle = self._throttle_for(call)
        return await throttle.wait_in_loop(self._max_concurrency, self._policy, call)

    def _throttle_for(self, call: Call) -> Throttle:
        """The client's throttle, unless the call has a key of its own in its headers."""
        if not call.has_own_headers:
            return self._throttle
        credentials = self._credentials.items()
        if all(call.headers.get(name) == value for name, value in credentials):
            return self._throttle
        return throttle_of(self._config, call.headers)


def throttle_of(config: Config, headers: Mapping[str, str] = _NO_HEADERS) -> Throttle:
    """The throttle of a key at an address in this process.

    Args:
        config: The settings of a client.
        headers: Headers of a call in lower case; a key in them wins.
    """
    credentials = _credentials_of(config, headers)
    digest = hashlib.sha256(repr([*credentials.values()]).encode()).digest()
    name = (digest, config.base_url)
    with _registry.lock:
        found = _registry.in_use.get(name)
        if found is None:
            found = _registry.in_use[name] = Throttle()
        _registry.remembered[name] = found
        _registry.remembered.move_to_end(name)
        if len(_registry.remembered) > _MOST_KEPT:
            _registry.remembered.popitem(last=False)
    return found


def _credentials_of(config: Config, headers: Mapping[str, str]) -> HiddenValues[str | None]:
    """What tells one account from another: the headers with keys that would be sent."""
    sent = HiddenValues[str](
        {
            "authorization": f"Bearer {config.api_key.get_secret_value()}",
            **{name.lower(): value for name, value in config.default_headers.items()},
            **headers,
        }
    )
    return HiddenValues({name: sent.get(name) for name in _CREDENTIALS})


def forget_limits() -> None:
    """Forget the rate limits and waits of all keys in this process, as at its start.

    For tests: what one has met at a limit does not slow down the next. Calls under way go on.
    """
    with _registry.lock:
        _registry.in_use.clear()
        _registry.remembered.clear()
    for throttle in list(throttles):  # clients that are in use keep theirs
        throttle.forget()


class _Registry:
    """The throttles of this process."""

    def __init__(self) -> None:
        # A client may be made by the garbage collector, while this thread holds it.
        self.lock = threading.RLock()
        self.in_use: weakref.WeakValueDictionary[tuple[bytes, str], Throttle] = (
            weakref.WeakValueDictionary()
        )
        self.remembered: OrderedDict[tuple[bytes, str], Throttle] = OrderedDict()


_registry = _Registry()


def _restart_in_child() -> None:
    _registry.lock = threading.RLock()  # another thread of the parent may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart_in_child)
