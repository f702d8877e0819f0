"""Where an upstream is, and what it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Upstream:
    """A server that speaks OpenAI's API.

    Attributes:
        url: Its base URL, such as "http://127.0.0.1:11434/v1".
        model: The name of the model there; None for the first that it lists.
        api_key: The key to send; None sends none.
        is_own: Whether the emulator started the server.
    """

    url: str
    model: str | None = None
    api_key: str | None = field(default=None, repr=False)
    is_own: bool = False

    @property
    def chat_url(self) -> str:
        """The URL that completions are asked from."""
        return f"{self.url.rstrip('/')}/chat/completions"

    @property
    def models_url(self) -> str:
        """The URL of the list of models."""
        return f"{self.url.rstrip('/')}/models"

    @property
    def shown(self) -> str:
        """The base URL for messages, without a user name and a password."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    @property
    def is_encrypted(self) -> bool:
        """Whether it is reached over TLS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine, so that no proxy leads to it."""
        host = urlsplit(self.url).hostname or ""
        try:
            address = ip_address(host)
        except ValueError:
            return host == "localhost" or host.endswith(".localhost")
        return address.is_loopback or address.is_unspecified
