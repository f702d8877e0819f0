"""aiohttp's connections under our own async client: how they end, and what remains of them."""

import asyncio
import contextlib
import gc
import threading

import pytest
from raw_answers import END, PIECE, REQUEST, to_chunk

from weryai_core import APIConnectionError, AsyncClient, StreamError, merge_chunks

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
MALFORMED = {"letters": b"zz\r\n", "negative": b"-1\r\n", "no end": b"5\r\nabcdefgh\r\n"}


@pytest.fixture
async def complaints():
    """What asyncio complains about, such as exceptions that nobody retrieved."""
    found = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: found.append(context["message"]))
    loop.set_debug(True)
    return found


@pytest.fixture
async def client(raw_server, make_config):
    async with AsyncClient.from_config(make_config(raw_server.url, max_retries=0)) as client:
        yield client


async def run_callbacks():
    """Let callbacks and finalizers run."""
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()
    await asyncio.sleep(0)


@pytest.mark.timeout(10)  # aiohttp alone reports nothing: the reader waits forever
@pytest.mark.parametrize("then", ["close", "hold"])
@pytest.mark.parametrize("rest", MALFORMED.values(), ids=MALFORMED)
async def test_a_malformed_chunk_within_the_body_ends_the_stream(
    complaints, client, raw_server, rest, then
):
    arrived = threading.Event()
    raw_server.reply_stream(PIECE, arrived, rest, then=then)
    stream = client.stream(REQUEST)
    await stream.__anext__()
    arrived.set()
    with pytest.raises(StreamError) as caught:
        await stream.__anext__()
    assert caught.value.partial.text == "Hel"
    await run_callbacks()
    assert complaints == []


@pytest.mark.timeout(10)
async def test_a_malformed_chunk_after_the_answer_loses_nothing(complaints, client, raw_server):
    arrived = threading.Event()
    raw_server.reply_stream(PIECE + END, arrived, b"zz\r\n", then="hold")
    chunks = []
    async for chunk in client.stream(REQUEST):
        chunks.append(chunk)
        if chunk.choice.finish_reason:
            arrived.set()
    assert merge_chunks(chunks).text == "Hel"
    await run_callbacks()
    assert complaints == []


@pytest.mark.timeout(10)
@pytest.mark.parametrize("then", ["close", "reset"])
async def test_a_malformed_whole_body_is_a_connection_error(complaints, client, raw_server, then):
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    raw_server.reply(head + b"2\r\n{}\r\nzz\r\n", then=then)
    with pytest.raises(APIConnectionError):
        await client.chat(REQUEST)
    await run_callbacks()
    assert complaints == []


@pytest.mark.parametrize("then", ["close", "reset"])
async def test_a_connection_that_ends_while_idle_is_no_complaint(
    complaints, client, raw_server, then
):
    arrived = threading.Event()
    leave = threading.Event()
    raw_server.reply_stream(PIECE, arrived, to_chunk(END) + LAST_CHUNK, leave, then=then)
    async for _ in client.stream(REQUEST):
        arrived.set()
    (protocol,) = kept_connections(await client._own.current())
    ended = asyncio.gather(protocol.closed, return_exceptions=True)
    del protocol
    leave.set()
    await ended
    del ended
    await client.aclose()
    await run_callbacks()
    assert complaints == []


async def test_a_stream_left_early_is_no_complaint(complaints, client, raw_server):
    raw_server.reply_stream(PIECE, then="hold")
    stream = client.stream(REQUEST)
    assert (await stream.__anext__()).text == "Hel"
    await stream.aclose()
    assert await asyncio.to_thread(raw_server.connections[0].wait_until_closed)
    await run_callbacks()
    assert complaints == []


def kept_connections(http):
    """The connections that an HTTP client keeps for reuse."""
    return [connection for idle in http._idle.values() for connection in idle]


@pytest.mark.timeout(10)
async def test_a_kept_connection_keeps_nothing_of_the_answers_it_carried():
    arrived = asyncio.Event()
    connections = []

    async def serve(reader, writer):
        connections.append(writer)
        while await reader.readuntil(b'"stream":true}'):
            writer.write(HEAD + to_chunk(PIECE))
            await arrived.wait()
            arrived.clear()
            writer.write(to_chunk(END) + LAST_CHUNK)

    async def serve_quietly(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()

    counts = []
    server = await asyncio.start_server(serve_quietly, "127.0.0.1")
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server, AsyncClient(api_key="k", base_url=url, max_retries=0) as client:
        for _ in range(5):
            async for chunk in client.stream(REQUEST):
                if chunk.text:
                    arrived.set()
            (protocol,) = kept_connections(await client._own.current())
            counts.append(len(protocol.closed._callbacks or []))
    assert len(connections) == 1
    assert len(set(counts)) == 1
