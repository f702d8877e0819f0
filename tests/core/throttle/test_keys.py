"""One limit for all clients of a key and an address in this process."""

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor

import pytest
from client_calls import KEY, REQUEST
from limited_calls import in_tasks, line_of, read, settings

from weryai_core import AsyncClient, Client, RateLimitError, forget_limits
from weryai_core.config import resolve_config
from weryai_core.throttle.keys import throttle_of
from weryai_core.throttle.window import START
from weryai_emulator import Emulator


def test_max_concurrency_is_one_limit_for_all_clients_of_a_key():
    """Of threads and of several event loops, whole and streamed; no request is refused."""
    with Emulator(max_concurrency=3, answer_delay=0.005) as emulator:
        clients = [kind(**settings(emulator, max_concurrency=3)) for kind in [Client] * 2]

        async def both():
            client = AsyncClient(**settings(emulator, max_concurrency=3))
            await asyncio.gather(*(read(client) for _ in range(10)), in_tasks(client, 10))

        with ThreadPoolExecutor(24) as pool:
            done = [pool.submit(asyncio.run, both()) for _ in range(2)]
            done += [pool.submit(client.chat, REQUEST) for client in clients * 10]
            for future in done:
                future.result()
        assert len(emulator.requests) == 60


@pytest.mark.parametrize("bad", [0, -1, True, 2.0, "3"])
def test_max_concurrency_is_a_positive_integer(bad):
    with pytest.raises(ValueError, match="`max_concurrency` must be an integer of 1 or more"):
        Client(api_key=KEY, max_concurrency=bad)


def test_other_keys_and_addresses_have_limits_of_their_own():
    ours = line_of("http://one.test", "key-one")
    assert line_of("http://one.test/v1/", "key-one") is ours
    assert line_of("http://two.test", "key-one") is not ours
    assert line_of("http://one.test", "key-two") is not ours


@pytest.mark.parametrize("name", ["Authorization", "X-API-Key", "api-key"])
def test_tenants_with_keys_in_headers_have_limits_of_their_own(name):
    def line(tenant, per_call=None):
        client = Client(api_key="any", base_url="http://one.test", default_headers={name: tenant})
        call = client._chat_call(REQUEST, stream=False, options={"headers": per_call or {}})
        with client._places.wait(call) as _:
            return client._places._throttle_for(call)._line

    assert line("one") is line("one", {"x-trace": "1"})
    assert line("one") is not line("two")
    assert line("one", {name.lower(): "two"}) is line("two")


def test_what_was_learned_outlives_the_client(service, service_url, make_driver):
    service.reply(b"", status=429)
    service.reply_text("Hi")
    make_driver().chat()
    gc.collect()
    assert line_of(service_url).window.limit(1000) == START  # 1000 before any refusal


def test_a_wait_that_is_too_long_is_not_shared(service, service_url, make_driver):
    service.reply(b"", status=429, headers={"retry-after": "3600"})
    service.reply_text("Hi")
    driver = make_driver()
    with pytest.raises(RateLimitError, match="longer than the 60 s"):
        driver.chat()
    assert driver.chat().text == "Hi"


def test_a_wait_asked_for_by_any_temporary_error_is_shared(service, service_url, make_driver):
    service.reply(b"", status=503, headers={"retry-after": "30"})
    with pytest.raises(Exception, match="503"):
        make_driver(max_retries=0).chat()
    throttle = throttle_of(resolve_config(api_key=KEY, base_url=service_url))
    assert 29 < throttle._line.window.opens_at - throttle._now() < 34


def test_other_errors_leave_the_window(service, service_url, make_driver):
    driver = make_driver(max_retries=0)
    for status in (500, 401, 400):
        service.reply(b"", status=status)
        with pytest.raises(Exception, match=str(status)):
            driver.chat()
    assert line_of(service_url).window.size == START
    assert line_of(service_url).in_flight == 0


def test_forgotten_limits_hold_no_call_back_not_even_of_a_client_in_use(weryai_emulator):
    limits = {"max_retries": 0, "total_timeout": 10}
    with Client(**settings(weryai_emulator, **limits)) as client:
        for _ in range(2):
            weryai_emulator.fail("rate_limit", retry_after=60)
            with pytest.raises(RateLimitError):
                client.chat(REQUEST)
            forget_limits()
        assert client.chat(REQUEST).text
