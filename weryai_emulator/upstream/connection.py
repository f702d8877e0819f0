"""The connection to an upstream: ask for a completion, and for the name of its model."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx2

from weryai_emulator.json_text import JsonObject, read_json, to_bytes
from weryai_emulator.upstream.address import Upstream
from weryai_emulator.upstream.refusals import Refusals
from weryai_emulator.upstream.reply import Reply

# A model may think for minutes, and who does not want to wait leaves. Only connecting has a limit.
_TIMEOUT = httpx2.Timeout(None, connect=5.0)


class UpstreamClient:
    """Asks an upstream.

    Each request has a connection of its own. A kept one may be closed by the upstream just when the
    next request takes it, and would still be open when the emulator stops.

    Args:
        upstream: Where to ask.

    Raises:
        RuntimeError: A variable for proxies or certificates cannot be used.
    """

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._model = upstream.model
        self._refusals = Refusals(upstream)
        try:
            # To read the certificates takes a tenth of a second, once; plain HTTP needs none.
            self._tls = (
                httpx2.create_ssl_context()
                if upstream.is_encrypted
                else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            )
            self._client()
        except (OSError, ImportError, ValueError, httpx2.InvalidURL) as error:
            raise RuntimeError(
                "The HTTP client for the upstream cannot be set up. Check the variables for "
                f"proxies and certificates (HTTP_PROXY, SSL_CERT_FILE ...): {error}"
            ) from error

    @asynccontextmanager
    async def complete(self, body: JsonObject, *, via: str) -> AsyncIterator[Reply]:
        """Ask for a completion; yields the reply as soon as its head is there.

        Leaving the block closes the connection, by which the upstream stops to generate.

        Args:
            body: The request.
            via: The gateways that the request came through, as the header names them.

        Raises:
            Refusal: The upstream cannot be reached, or answers with an error.
        """
        headers = {"content-type": "application/json", "via": via}
        async with self._client() as http:
            request = http.build_request(
                "POST", self._upstream.chat_url, content=to_bytes(body), headers=headers
            )
            with self._failures():
                response = await http.send(request, stream=True)
            try:
                if not response.is_success or response.status_code == httpx2.codes.NO_CONTENT:
                    with self._failures():
                        await response.aread()
                    raise self._refusals.for_status(response)
                yield Reply(response, self._refusals, is_asked=body.get("stream") is True)
            finally:
                await response.aclose()

    async def find_model(self, asked: str) -> str:
        """Return the name of the model at the upstream.

        Args:
            asked: The model that the client asks for: what to send if the upstream lists none.

        Raises:
            Refusal: The upstream cannot be reached.
        """
        if self._model is None:
            async with self._client() as http:
                with self._failures():
                    response = await http.get(self._upstream.models_url)
            self._model = _first_model(response.content)
        return self._model or asked

    def _client(self) -> httpx2.AsyncClient:
        key = self._upstream.api_key
        return httpx2.AsyncClient(
            headers={} if key is None else {"authorization": f"Bearer {key}"},
            timeout=_TIMEOUT,
            verify=self._tls,
            trust_env=not self._upstream.is_local,
        )

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Raise a Refusal for a connection that fails."""
        try:
            yield
        except httpx2.RequestError as error:
            raise self._refusals.for_failure(error) from error


def _first_model(body: bytes) -> str | None:
    """Return the first model of a list in OpenAI's form, or None."""
    try:
        listed = read_json(body)
    except ValueError:
        return None
    models = listed.get("data") if isinstance(listed, dict) else None
    named = [each.get("id") for each in models or () if isinstance(each, dict)]
    names = [name for name in named if isinstance(name, str)]
    # Some servers list their embedding models, too.
    return next((name for name in names if "embed" not in name.lower()), None)
