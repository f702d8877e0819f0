"""The clients of one model object: one per connection setting, made on first use."""

from __future__ import annotations

from collections.abc import Callable
from operator import is_
from typing import TYPE_CHECKING, Any, TypeVar

from weryai_core.config import Config

if TYPE_CHECKING:
    from weryai_core.async_client import AsyncClient
    from weryai_core.base_client import BaseClient
    from weryai_core.client import Client

C = TypeVar("C", bound="BaseClient[Any]")


class Clients:
    """The clients of one model object, made on first use: one for each setting it is used with.

    A model keeps this in a private attribute. Copies of the model with other settings may share it.
    Deep copies and pickles of it are empty, so neither connections nor the key travel with them.
    """

    _MAX_KEPT = 8  # older clients are dropped, and close themselves

    def __init__(self) -> None:
        self._sync: list[Client] = []
        self._async: list[AsyncClient] = []
        self._resolved: list[tuple[tuple[Any, ...], Config]] = []
        # What one client learns or has shown holds for the others.
        self._unforced: set[str] = set()
        self._warned: set[str] = set()

    def config(self, settings: tuple[Any, ...], resolve: Callable[[], Config]) -> Config:
        """The resolved settings of a model: resolved once, and again when one has changed.

        Settings are compared by identity. That is faster than by value, and `True`, which equals 1
        but is no number of retries, is checked as well. If two threads resolve the same settings at
        once, either result will do.

        Args:
            settings: The values as they are set on the model.
            resolve: Resolves them.
        """
        for known, config in self._resolved:
            if all(map(is_, known, settings)):
                return config
        config = resolve()
        self._resolved = [(settings, config), *self._resolved[: self._MAX_KEPT - 1]]
        return config

    def note_warning(self, key: str) -> None:
        """Note a warning that was shown, so that no client shows it again."""
        self._warned.add(key)

    def sync(self, config: Config, http_client: Any = None) -> Client:
        """The synchronous client for these settings."""
        return self._find(self._sync, _sync_client, config, http_client)

    def aio(self, config: Config, http_client: Any = None) -> AsyncClient:
        """The asynchronous client for these settings."""
        return self._find(self._async, _async_client, config, http_client)

    def close(self) -> None:
        """Close the connections of the synchronous clients."""
        for client in self._sync:
            client.close()

    async def aclose(self) -> None:
        """Close all connections; of the asynchronous ones, those of the running event loop."""
        self.close()
        for client in self._async:
            await client.aclose()

    def _find(
        self,
        known: list[C],
        make: Callable[[Config, Any], C],
        config: Config,
        http_client: Any,
    ) -> C:
        for client in known:
            is_same = client.config is config or client.config == config
            if is_same and client.given is http_client:
                return client
        client = make(config, http_client)
        client._unforced = self._unforced
        client._warned = self._warned
        known[:] = [client, *known[: self._MAX_KEPT - 1]]
        return client

    def __reduce__(self) -> tuple[type[Clients], tuple[()]]:
        return Clients, ()


def _sync_client(config: Config, http_client: Any) -> Client:
    from weryai_core.client import Client

    return Client.from_config(config, http_client=http_client)


def _async_client(config: Config, http_client: Any) -> AsyncClient:
    from weryai_core.async_client import AsyncClient

    return AsyncClient.from_config(config, http_client=http_client)
