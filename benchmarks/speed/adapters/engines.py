"""HTTP libraries without a framework: the request encoded and each chunk decoded by orjson."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import Any

import orjson

from speed.adapters.subject import Answer, Conversation

HEADERS = {"authorization": "Bearer k", "content-type": "application/json"}
_PATIENCE = 60.0  # seconds


class Events:
    """Cuts a stream's bytes into events."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Any]:
        """Return the JSON of the events that have become complete."""
        *events, self._rest = (self._rest + data).split(b"\n\n")
        return [orjson.loads(event[6:]) for event in events if event != b"data: [DONE]"]


class Engine:
    """What all engines share: the request, and how to read a reply."""

    sync = aio = False

    def __init__(self, base_url: str) -> None:
        self.url = f"{base_url}/chat/completions"

    def prompt(self, conversation: Conversation) -> Any:
        """Return messages as the API has them."""
        return [{"role": role, "content": text} for role, text in conversation]

    def image_prompt(self, text: str, png: bytes) -> Any:
        """Return a message with an image as a data URL."""
        url = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        image = {"type": "image_url", "image_url": {"url": url}}
        return [{"role": "user", "content": [{"type": "text", "text": text}, image]}]

    def body(self, prompt: Any, is_stream: bool = False) -> bytes:
        """Encode a request."""
        return orjson.dumps({"model": "GPT_4O", "messages": prompt, "stream": is_stream})

    async def aclose(self) -> None:
        """Close the connections."""

    def answer(self, parts: Sequence[Any]) -> Answer:
        """Return what the JSON objects hold."""
        text, reasoning, arguments, name, usage = "", "", "", "", None
        for part in parts:
            if counts := part.get("usage"):
                usage = (counts["prompt_tokens"], counts["completion_tokens"])
            for choice in part["choices"]:
                delta = choice.get("delta") or choice.get("message", {})
                text += delta.get("content") or ""
                reasoning += delta.get("reasoning_content") or ""
                for call in delta.get("tool_calls", ()):
                    name += call["function"].get("name", "")
                    arguments += call["function"]["arguments"]
        calls = ((name, orjson.loads(arguments)),) if name else ()
        return Answer(text, reasoning, calls, usage)


class Httpx2(Engine):
    """httpx2, with connections without a limit."""

    sync = aio = True

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        import httpx2

        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
        self._client = httpx2.Client(limits=limits, timeout=_PATIENCE, headers=HEADERS)
        self._aclient = self._asynchronous(limits)

    def _asynchronous(self, limits: Any) -> Any:
        import httpx2

        return httpx2.AsyncClient(limits=limits, timeout=_PATIENCE, headers=HEADERS)

    async def aclose(self) -> None:
        """Close the connections."""
        self._client.close()
        await self._aclient.aclose()

    def call(self, prompt: Any) -> Any:
        """Return a whole reply."""
        return orjson.loads(self._client.post(self.url, content=self.body(prompt)).content)

    async def acall(self, prompt: Any) -> Any:
        """Return a whole reply."""
        response = await self._aclient.post(self.url, content=self.body(prompt))
        return orjson.loads(response.content)

    def stream(self, prompt: Any) -> Iterator[Any]:
        """Yield the chunks of a stream."""
        events = Events()
        with self._client.stream("POST", self.url, content=self.body(prompt, True)) as response:
            for data in response.iter_raw():
                yield from events.feed(data)

    async def astream(self, prompt: Any) -> AsyncIterator[Any]:
        """Return the iterator of a stream."""
        return self._astream(prompt)

    async def _astream(self, prompt: Any) -> AsyncIterator[Any]:
        events, body = Events(), self.body(prompt, True)
        async with self._aclient.stream("POST", self.url, content=body) as response:
            async for data in response.aiter_raw():
                for event in events.feed(data):
                    yield event


class Httpx2OnAiohttp(Httpx2):
    """httpx2 on the transport of httpx-aiohttp, asynchronous only."""

    sync = False

    def _asynchronous(self, limits: Any) -> Any:
        from httpx_aiohttp.httpx2 import Httpx2AiohttpClient

        return Httpx2AiohttpClient(limits=limits, timeout=_PATIENCE, headers=HEADERS)


class Httpcore2(Engine):
    """httpcore2, which httpx2 is built on."""

    sync = aio = True

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        import httpcore2

        self._pool = httpcore2.ConnectionPool(max_connections=None)
        self._apool = httpcore2.AsyncConnectionPool(max_connections=None)
        self._headers = [*HEADERS.items(), ("host", self.url.split("/")[2])]
        seconds = dict.fromkeys(("connect", "read", "write", "pool"), _PATIENCE)
        self._extensions = {"timeout": seconds}

    async def aclose(self) -> None:
        """Close the connections."""
        self._pool.close()
        await self._apool.aclose()

    def _request(self, body: bytes) -> dict[str, Any]:
        headers = [*self._headers, ("content-length", str(len(body)))]
        return {"headers": headers, "content": body, "extensions": self._extensions}

    def call(self, prompt: Any) -> Any:
        """Return a whole reply."""
        request = self._request(self.body(prompt))
        return orjson.loads(self._pool.request("POST", self.url, **request).content)

    async def acall(self, prompt: Any) -> Any:
        """Return a whole reply."""
        request = self._request(self.body(prompt))
        return orjson.loads((await self._apool.request("POST", self.url, **request)).content)

    def stream(self, prompt: Any) -> Iterator[Any]:
        """Yield the chunks of a stream."""
        events, request = Events(), self._request(self.body(prompt, True))
        with self._pool.stream("POST", self.url, **request) as response:
            for data in response.iter_stream():
                yield from events.feed(data)

    async def astream(self, prompt: Any) -> AsyncIterator[Any]:
        """Return the iterator of a stream."""
        return self._astream(prompt)

    async def _astream(self, prompt: Any) -> AsyncIterator[Any]:
        events, request = Events(), self._request(self.body(prompt, True))
        async with self._apool.stream("POST", self.url, **request) as response:
            async for data in response.aiter_stream():
                for event in events.feed(data):
                    yield event


class Aiohttp(Engine):
    """aiohttp, with connections without a limit."""

    aio = True

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        self._session: Any = None

    def _open(self) -> Any:
        if self._session is None:
            import aiohttp

            connector = aiohttp.TCPConnector(limit=0)
            timeout = aiohttp.ClientTimeout(total=None, sock_read=_PATIENCE)
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=timeout, headers=HEADERS
            )
        return self._session

    async def aclose(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def acall(self, prompt: Any) -> Any:
        """Return a whole reply."""
        async with self._open().post(self.url, data=self.body(prompt)) as response:
            return orjson.loads(await response.read())

    async def astream(self, prompt: Any) -> AsyncIterator[Any]:
        """Return the iterator of a stream."""
        return self._astream(prompt)

    async def _astream(self, prompt: Any) -> AsyncIterator[Any]:
        events = Events()
        async with self._open().post(self.url, data=self.body(prompt, True)) as response:
            async for data in response.content.iter_any():
                for event in events.feed(data):
                    yield event


class Pyreqwest(Engine):
    """pyreqwest: reqwest and hyper, in Rust."""

    sync = aio = True

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url)
        from pyreqwest.client import ClientBuilder, SyncClientBuilder

        patience = timedelta(seconds=_PATIENCE)
        self._client = SyncClientBuilder().read_timeout(patience).build()
        self._aclient = ClientBuilder().read_timeout(patience).build()

    async def aclose(self) -> None:
        """Close the connections."""
        self._client.close()
        await self._aclient.close()

    def _request(self, client: Any, body: bytes) -> Any:
        return client.post(self.url).headers(HEADERS).body_bytes(body)

    def call(self, prompt: Any) -> Any:
        """Return a whole reply."""
        response = self._request(self._client, self.body(prompt)).build().send()
        return orjson.loads(bytes(response.bytes()))

    async def acall(self, prompt: Any) -> Any:
        """Return a whole reply."""
        response = await self._request(self._aclient, self.body(prompt)).build().send()
        return orjson.loads(bytes(await response.bytes()))

    def stream(self, prompt: Any) -> Iterator[Any]:
        """Yield the chunks of a stream."""
        events = Events()
        request = self._request(self._client, self.body(prompt, True)).build_streamed()
        with request as response:
            reader = response.body_reader
            while (data := reader.read_chunk()) is not None:
                yield from events.feed(bytes(data))

    async def astream(self, prompt: Any) -> AsyncIterator[Any]:
        """Return the iterator of a stream."""
        return self._astream(prompt)

    async def _astream(self, prompt: Any) -> AsyncIterator[Any]:
        events = Events()
        request = self._request(self._aclient, self.body(prompt, True)).build_streamed()
        async with request as response:
            reader = response.body_reader
            while (data := await reader.read_chunk()) is not None:
                for event in events.feed(bytes(data)):
                    yield event
