"""The calls of a soak test, by threads and by tasks of an event loop."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, closing
from typing import Any

from llama_index.core.llms import ChatMessage
from soak_record import Record, check_text

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI
from weryai_core import AsyncClient, Client

_FIRST = 3  # chunks that are read of a stream that is given up
_SOON = 0.002  # seconds until a call is cancelled
_MODEL = "GPT_4O"


def _request(prompt: str) -> dict[str, Any]:
    return {"model": _MODEL, "messages": [{"role": "user", "content": prompt}]}


class Threads:
    """Synchronous calls; each thread has models of its own.

    Args:
        settings: Of the models.
        record: Where the calls are noted.
        end: When no more calls begin, by `time.monotonic`.
    """

    def __init__(self, settings: Mapping[str, Any], record: Record, end: float) -> None:
        self._settings = settings
        self._record = record
        self._end = end
        self._open: list[Client | ChatWeryAI | WeryAI] = []

    def run(self, seed: int) -> None:
        """Make calls in the order of the seed until the end."""
        client = Client(**self._settings)
        chat = ChatWeryAI(model=_MODEL, **self._settings)
        llm = WeryAI(model=_MODEL, **self._settings)
        self._open += [client, chat, llm]

        def give_up(prompt: str) -> None:
            with closing(client.stream(_request(prompt))) as stream:
                for _ in zip(range(_FIRST), stream, strict=False):
                    pass

        def read_chunks(prompt: str) -> str:
            return "".join(_text(chunk) for chunk in client.stream(_request(prompt)))

        def read_llm(prompt: str) -> str:
            return "".join(one.delta or "" for one in llm.stream_chat([ChatMessage(prompt)]))

        calls: dict[str, Callable[[str], str | None]] = {
            "Client.chat": lambda prompt: client.chat(_request(prompt)).text,
            "Client.stream": read_chunks,
            "Client.stream, given up": give_up,
            "ChatWeryAI.invoke": lambda prompt: chat.invoke(prompt).text,
            "ChatWeryAI.stream": lambda prompt: "".join(c.text for c in chat.stream(prompt)),
            "WeryAI.chat": lambda prompt: llm.chat([ChatMessage(prompt)]).message.content,
            "WeryAI.stream_chat": read_llm,
        }
        order = random.Random(seed)
        while time.monotonic() < self._end:
            kind = order.choice([*calls])
            with self._record.call(kind) as prompt:
                text = calls[kind](prompt)
                if "given up" not in kind:
                    check_text(prompt, text)

    def close(self) -> None:
        """Close the models."""
        for model in self._open:
            model.close()


def run_tasks(
    settings: Mapping[str, Any], record: Record, end: float, seed: int, number: int
) -> None:
    """Make asynchronous calls, by so many tasks at once, until the end. See `Threads`."""
    asyncio.run(_run_tasks(settings, record, end, seed, number))


async def _run_tasks(
    settings: Mapping[str, Any], record: Record, end: float, seed: int, number: int
) -> None:
    async with AsyncClient(**settings) as client:
        chat = ChatWeryAI(model=_MODEL, **settings)
        llm = WeryAI(model=_MODEL, **settings)

        async def give_up(prompt: str) -> None:
            async with aclosing(client.stream(_request(prompt))) as stream:
                async for _ in stream:
                    break

        async def cancel(prompt: str) -> None:
            await asyncio.wait_for(client.chat(_request(prompt)), _SOON)

        async def read_chunks(prompt: str) -> str:
            return "".join([_text(chunk) async for chunk in client.stream(_request(prompt))])

        async def read_chat(prompt: str) -> str:
            return "".join([chunk.text async for chunk in chat.astream(prompt)])

        async def read_llm(prompt: str) -> str:
            stream = await llm.astream_chat([ChatMessage(prompt)])
            return "".join([response.delta or "" async for response in stream])

        async def chat_whole(prompt: str) -> str | None:
            return (await client.chat(_request(prompt))).text

        async def ainvoke(prompt: str) -> str:
            return (await chat.ainvoke(prompt)).text

        async def achat(prompt: str) -> str | None:
            return (await llm.achat([ChatMessage(prompt)])).message.content

        calls: dict[str, Callable[[str], Awaitable[str | None]]] = {
            "AsyncClient.chat": chat_whole,
            "AsyncClient.stream": read_chunks,
            "AsyncClient.stream, given up": give_up,
            "AsyncClient.chat, given up": cancel,
            "ChatWeryAI.ainvoke": ainvoke,
            "ChatWeryAI.astream": read_chat,
            "WeryAI.achat": achat,
            "WeryAI.astream_chat": read_llm,
        }

        async def task(seed: int) -> None:
            order = random.Random(seed)
            while time.monotonic() < end:
                kind = order.choice([*calls])
                with record.call(kind) as prompt:
                    text = await calls[kind](prompt)
                    if "given up" not in kind:
                        check_text(prompt, text)

        await asyncio.gather(*(task(seed + offset) for offset in range(number)))
        await chat.aclose()
        await llm.aclose()


def _text(chunk: Any) -> str:
    return "".join(choice.text for choice in chunk.choices)
