"""Many calls at once, and the line in which those of a key wait."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from client_calls import KEY, REQUEST

from weryai_core.config import resolve_config
from weryai_core.throttle.keys import throttle_of

CALLS = 60


def settings(emulator, **more):
    return {"api_key": KEY, "base_url": emulator.base_url, **more}


def line_of(base_url, api_key=KEY):
    return throttle_of(resolve_config(api_key=api_key, base_url=base_url))._line


def in_threads(client, calls=CALLS):
    with ThreadPoolExecutor(calls) as pool:
        return list(pool.map(lambda _: client.chat(REQUEST), range(calls)))


async def in_tasks(client, calls=CALLS):
    return await asyncio.gather(*(client.chat(REQUEST) for _ in range(calls)))


async def read(client):
    return [chunk async for chunk in client.stream(REQUEST)]
