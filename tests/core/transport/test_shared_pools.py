"""Clients with the same settings share their connections, whatever their keys."""

import asyncio
import gc
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from client_calls import REQUEST
from raw_answers import ANSWER, PRELUDE, assert_ran

from weryai_core import AsyncClient, Client
from weryai_core.transport import http_options, sync_http
from weryai_core.transport.sync_http import OwnClient, _Pool

CALLS = 30


@pytest.fixture
def short_linger(monkeypatch):
    monkeypatch.setattr(http_options, "POOL_LINGER", 0.05)


def connections(service):
    return len({request.connection for request in service.requests})


def chat(url, key="k", **settings):
    return Client(api_key=key, base_url=url, **settings).chat(REQUEST).text


async def achat(url, key="k", **settings):
    return (await AsyncClient(api_key=key, base_url=url, **settings).chat(REQUEST)).text


def test_a_client_a_request_makes_one_connection(service, service_url, way):
    for _ in range(CALLS):
        service.reply_text("Hi")
    if way == "sync":
        texts = [chat(service_url, f"key-{n}") for n in range(CALLS)]
    else:

        async def ask():
            return [await achat(service_url, f"key-{n}") for n in range(CALLS)]

        texts = asyncio.run(ask())
    assert texts == ["Hi"] * CALLS
    assert connections(service) == 1
    keys = [request.headers["authorization"] for request in service.requests]
    assert keys == [f"Bearer key-{n}" for n in range(CALLS)]


def test_what_makes_another_http_client_is_not_shared(service, service_url, monkeypatch):
    for _ in range(4):
        service.reply_text("Hi")
    first = Client(api_key="k", base_url=service_url)
    first.chat(REQUEST)
    chat(service_url, max_retries=0, default_headers={"x-tenant": "two"})
    assert connections(service) == 1
    monkeypatch.setenv("NO_PROXY", "elsewhere.test")
    chat(service_url)
    assert connections(service) == 2
    proxied = Client(api_key="k", base_url=service_url, proxy="http://127.0.0.1:9")
    assert proxied._own.current() is not first._own.current()


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTPS_PROXY", "http://127.0.0.1:9"), ("no_proxy", "elsewhere"), ("SSL_CERT_DIR", "/tmp")],
)
def test_other_proxies_and_certificates_make_another_client(way, monkeypatch, name, value):
    async def both():
        clients = [AsyncClient(api_key="k") for _ in range(3)]
        first, same = [await client._own.current() for client in clients[:2]]
        monkeypatch.setenv(name, value)
        other = await clients[2]._own.current()
        for client in clients:
            await client.close()
        return first, same, other

    if way == "async":
        first, same, other = asyncio.run(both())
    else:
        clients = [Client(api_key="k") for _ in range(3)]
        first, same = [client._own.current() for client in clients[:2]]
        monkeypatch.setenv(name, value)
        other = clients[2]._own.current()
        for client in clients:
            client.close()
    assert first is same
    assert other is not first
    assert first.is_closed
    assert other.is_closed


def test_cookies_of_one_key_are_not_sent_with_another(service, service_url, way):
    service_url = service_url.replace("127.0.0.1", "localhost")  # addresses get no cookies
    for _ in range(2):
        service.reply_text("Hi")
    status, headers, body = service._answers[0]
    service._answers[0] = (status, {**headers, "set-cookie": "session=1; Path=/"}, body)

    async def ask():
        await achat(service_url, "one")
        await achat(service_url, "two")

    if way == "sync":
        chat(service_url, "one")
        chat(service_url, "two")
    else:
        asyncio.run(ask())
    assert connections(service) == 1
    assert "cookie" not in service.requests[1].headers


def test_a_client_that_is_closed_leaves_the_others_their_connections(service, service_url):
    for _ in range(3):
        service.reply_text("Hi")
    first, second = (Client(api_key="k", base_url=service_url) for _ in range(2))
    first.chat(REQUEST)
    second.chat(REQUEST)
    http = second._own.current()
    first.close()
    assert second.chat(REQUEST).text == "Hi"
    assert connections(service) == 1
    second.close()
    second.close()
    assert http.is_closed


async def test_an_async_client_that_is_closed_leaves_the_others_their_connections(
    service, service_url
):
    for _ in range(3):
        service.reply_text("Hi")
    first, second = (AsyncClient(api_key="k", base_url=service_url) for _ in range(2))
    await first.chat(REQUEST)
    await second.chat(REQUEST)
    http = await second._own.current()
    await first.aclose()
    assert (await second.chat(REQUEST)).text == "Hi"
    assert connections(service) == 1
    await second.aclose()
    await second.aclose()
    assert http.is_closed


@pytest.mark.usefixtures("short_linger")
def test_connections_are_closed_soon_after_the_last_client_was_dropped(raw_server):
    raw_server.reply(ANSWER.replace(b"close", b"keep-alive"), then="hold")
    chat(raw_server.url)
    gc.collect()
    assert raw_server.connections[0].wait_until_closed()


@pytest.mark.usefixtures("short_linger")
async def test_async_connections_are_closed_soon_after_the_last_client_was_dropped(raw_server):
    raw_server.reply(ANSWER.replace(b"close", b"keep-alive"), then="hold")
    await achat(raw_server.url)
    gc.collect()
    assert await asyncio.to_thread(raw_server.connections[0].wait_until_closed)


async def test_connections_that_are_being_closed_are_not_handed_out(
    service, service_url, monkeypatch
):
    """The loop closes them some turns after the last client was dropped; then comes the next."""
    monkeypatch.setattr(http_options, "POOL_LINGER", 0)
    for turns in range(8):
        service.reply_text("Hi")
        assert await achat(service_url, max_retries=0) == "Hi"
        for _ in range(turns):
            await asyncio.sleep(0)


async def test_async_connections_that_were_used_meanwhile_are_kept(monkeypatch):
    loop, passed = asyncio.get_running_loop(), 0.0
    real = loop.time
    monkeypatch.setattr(loop, "time", lambda: real() + passed)

    async def use():
        return await AsyncClient(api_key="k")._own.current()

    async def pass_time(seconds):
        nonlocal passed
        passed += seconds
        for _ in range(5):
            await asyncio.sleep(0)

    http = await use()
    await pass_time(0)
    await pass_time(0.6 * http_options.POOL_LINGER)
    assert await use() is http
    await pass_time(0.6 * http_options.POOL_LINGER)
    assert not http.is_closed
    assert await use() is http
    await pass_time(0)
    await pass_time(1.1 * http_options.POOL_LINGER)
    assert http.is_closed
    await (client := AsyncClient(api_key="k"))._own.current()
    await client.close()


@pytest.mark.filterwarnings("ignore:asynchronous generator:ResourceWarning")
def test_an_async_client_is_usable_after_its_loop_has_shut_its_generators_down():
    loop = asyncio.new_event_loop()
    client = AsyncClient(api_key="k")
    first = loop.run_until_complete(client._own.current())
    loop.run_until_complete(loop.shutdown_asyncgens())
    assert first.is_closed
    assert not loop.run_until_complete(client._own.current()).is_closed
    loop.run_until_complete(client.close())
    loop.close()


@pytest.mark.timeout(20)
def test_a_client_closed_by_the_garbage_collector_while_another_is_built(monkeypatch):
    """As a wrapper's `__del__` does. The garbage collector may run anywhere."""

    class Wrapper:
        def __init__(self, client):
            self.client = client
            self.me = self

        def __del__(self):
            self.client.close()

    def build(**options):
        gc.collect()
        return httpx2.Client(**options)

    wrapped = Client(api_key="k", proxy="http://127.0.0.1:8")
    http = wrapped._own.current()
    Wrapper(wrapped)
    monkeypatch.setattr(sync_http, "Http11Client", build)
    with Client(api_key="k", proxy="http://127.0.0.1:9") as client:
        assert not client._own.current().is_closed
    assert http.is_closed


@pytest.mark.timeout(20)
def test_a_client_is_closed_while_another_thread_builds_one(monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def build(**options):
        begun.set()
        go_on.wait()
        return httpx2.Client(**options)

    with Client(api_key="k") as client, ThreadPoolExecutor(1) as pool:
        http = client._own.current()
        monkeypatch.setattr(sync_http, "Http11Client", build)
        other = Client(api_key="k", proxy="http://127.0.0.1:9")
        building = pool.submit(other._own.current)
        begun.wait()
        rescue = threading.Timer(5, go_on.set)
        rescue.start()
        client.close()
        rescue.cancel()
        assert not go_on.is_set()
        go_on.set()
        building.result()
        other.close()
    assert http.is_closed


@pytest.mark.timeout(20)
def test_a_client_is_closed_while_this_thread_holds_the_lock_of_its_library(monkeypatch):
    """As by a `__del__` that runs within a request of the same client."""
    monkeypatch.setattr(http_options, "LINGER", 0.01)
    client = Client(api_key="k")
    http = client._own.current()
    with http._httpx2._transport._pool._optional_thread_lock:
        client.close()
    assert http.is_closed


def test_no_thread_gets_a_client_that_another_one_closes():
    """Each thread joins and leaves all the time; mostly the last one leaves as the next joins."""
    seen, wrong = [], []

    def use_often(number):
        for _ in range(100):
            own = OwnClient()
            http = own.current()
            seen.append(http)
            if http.is_closed or own.current() is not http:
                wrong.append(number)
            own.close()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(use_often, range(4)))
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []
    assert all(http.is_closed for http in seen)


def test_a_client_that_is_used_and_closed_often_keeps_nothing_of_it(service, service_url):
    client = Client(api_key="k", base_url=service_url)
    seen = set()
    for _ in range(3):
        service.reply_text("Hi")
        with client:
            client.chat(REQUEST)
            seen.update(map(id, sync_http._pools.known()))
    gc.collect()
    assert [pool for pool in gc.get_objects() if type(pool) is _Pool and id(pool) in seen] == []


def test_http_clients_that_are_passed_in_are_not_shared(service, service_url):
    for _ in range(2):
        service.reply_text("Hi")
    with httpx2.Client() as http, Client(api_key="k", base_url=service_url, http_client=http) as c:
        c.chat(REQUEST)
        chat(service_url)
        c.close()
        assert not http.is_closed
    assert connections(service) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_child_shares_no_connection_with_its_parent(run_forked, service, service_url):
    script = """
def chat():
    return Client(**settings).chat(REQUEST).text
kept = Client(**settings)
print(kept.chat(REQUEST).text, chat(), flush=True)
pid = os.fork()
if pid == 0:
    os._exit(0 if [chat(), chat()] == ["Hi", "Hi"] else 1)
print(os.WEXITSTATUS(os.waitpid(pid, 0)[1]), chat(), flush=True)
"""
    for _ in range(5):
        service.reply_text("Hi")
    assert_ran(run_forked(PRELUDE + script, service_url), "Hi Hi\n0 Hi\n")
    first, second, child, other, last = [request.connection for request in service.requests]
    assert first == second == last
    assert first != child == other
