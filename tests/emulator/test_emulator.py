from __future__ import annotations

import contextlib
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from weryai_emulator import Emulator

CHAT = "/chat/completions"
HELLO = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


def emulator_threads():
    return [thread for thread in threading.enumerate() if thread.name == "weryai-emulator"]


def test_an_emulator_serves_between_start_and_stop():
    emulator = Emulator()
    emulator.start()
    url = emulator.base_url
    assert url == f"http://127.0.0.1:{emulator.port}/v1"
    assert httpx.get(url + "/models").status_code == 200
    emulator.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/models")


def test_starts_and_stops_leave_no_thread():
    before = emulator_threads()
    emulator = Emulator()
    for _ in range(5):
        with emulator:
            assert httpx.get(emulator.base_url + "/models").status_code == 200
    assert emulator_threads() == before


def test_a_second_start_or_stop_does_nothing():
    emulator = Emulator()
    emulator.stop()
    emulator.start()
    port = emulator.port
    emulator.start()
    assert emulator.port == port
    emulator.stop()
    emulator.stop()


def test_an_address_requires_a_start():
    with pytest.raises(RuntimeError, match="not running"):
        Emulator().base_url  # noqa: B018


def test_two_emulators_are_independent():
    with Emulator() as one, Emulator() as two:
        one.reply("One.")
        answers = [httpx.post(each.base_url + CHAT, json=HELLO).json() for each in (two, one)]
        assert [len(each.requests) for each in (one, two)] == [1, 1]
    texts = [answer["choices"][0]["message"]["content"] for answer in answers]
    assert texts == ['Hello! You said: "Hello"', "One."]


def test_the_port_can_be_chosen():
    with Emulator() as first:
        port = first.port
    with Emulator(port=port) as second:
        assert second.port == port


def test_a_taken_port_is_an_error_with_the_address():
    with Emulator() as first, pytest.raises(OSError, match=f"Cannot listen on .*:{first.port}"):
        Emulator(port=first.port).start()


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_an_ipv6_address_is_bracketed():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with Emulator(host="::1") as emulator:
        assert emulator.base_url.startswith("http://[::1]:")
        assert httpx.get(emulator.base_url + "/models").status_code == 200


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"error_style": "html"}, "`error_style` is 'html'. Pass one of 'envelope'"),
        ({"source_shape": "xml"}, "`source_shape` is 'xml'. Pass one of 'openrouter', 'openai_fl"),
        ({"chunk_delay": -1}, "`chunk_delay` is -1"),
        ({"chunk_delay": float("inf")}, "`chunk_delay` is inf"),
        ({"retry_after": float("nan")}, "`retry_after` is nan"),
        ({"api_keys": "sk-one"}, "Pass a list of keys"),
        ({"api_keys": [1]}, "`api_keys` is 1. Pass text."),
        ({"host": None}, "`host` is None. Pass text."),
        ({"port": 99999}, "`port` is 99999. Pass a whole number from 0 to 65535."),
        ({"ignore_tools": "no"}, "`ignore_tools` is 'no'. Pass true or false."),
        ({"log_level": "loud"}, "`log_level` is 'loud'. Pass one of 'critical'"),
        ({"upstream": "127.0.0.1:8080"}, "`upstream` is not the base URL of an API. Pass one such"),
        ({"upstream": "http://h:99999/v1"}, "`upstream` is not the base URL of an API."),
        ({"upstream": "http://h/v1?a=b"}, "`upstream` is not the base URL of an API."),
        ({"upstream": "http://h/v1\r"}, "`upstream` is not the base URL of an API."),
        ({"upstream": "http://h\x00/v1"}, "`upstream` is not the base URL of an API."),
        ({"upstream": "http://[v1.x]/v1"}, "`upstream` is not the base URL of an API."),
        (
            {"upstream": "http://u:p@h", "upstream_api_key": "k"},
            "`upstream_api_key` cannot be sent",
        ),
        (
            {"upstream": "http://h", "cassettes": "d"},
            "`upstream` and `cassettes` exclude each other",
        ),
        ({"local": True, "cassettes": "d"}, "`local` and `cassettes` exclude each other. Pass one"),
        ({"local": ""}, "`local` is ''. Pass true, false or the path of a GGUF file"),
        ({"upstream_model": "small"}, "`upstream_model` needs an upstream. Pass `upstream`, its"),
        ({"upstream_api_key": "sk"}, "`upstream_api_key` needs an upstream. Pass `upstream`, its"),
        ({"upstream_api_key": b"sk"}, "`upstream_api_key` is not a key. Pass text without spaces"),
        ({"upstream_api_key": "s k"}, "`upstream_api_key` is not a key. Pass text without spaces"),
        ({"local": 1}, "`local` is 1. Pass true, false or the path of a GGUF file."),
        ({"local": True, "upstream": "http://h"}, "`local` starts an upstream of its own. Pass it"),
    ],
)
def test_a_wrong_option_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Emulator(**options)


def test_stopping_cuts_open_streams():
    emulator = Emulator()
    emulator.start()
    emulator.reply_chunks(["first", threading.Event()])
    received = []
    with httpx.stream("POST", emulator.base_url + CHAT, json=HELLO) as response:
        parts = response.iter_text()
        received.append(next(parts))
        emulator.stop()
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            received.extend(parts)
    assert received == ["data: first\n\n"]
    assert not emulator.last_request.disconnected


def test_stopping_ends_hanging_requests():
    with ThreadPoolExecutor() as pool:
        with Emulator() as emulator:
            emulator.hang()
            hanging = pool.submit(httpx.post, emulator.base_url + CHAT, json=HELLO)
            assert emulator.wait_for_requests(timeout=60)
        with pytest.raises(httpx.RemoteProtocolError):
            hanging.result()


def test_stopping_does_not_wait_for_the_rest_of_a_request():
    with Emulator() as emulator, socket.create_connection(("127.0.0.1", emulator.port)) as client:
        client.sendall(b"POST /v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        emulator.stop()
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""


def test_stopping_closes_idle_connections():
    with httpx.Client() as client:
        with Emulator() as emulator:
            url = emulator.base_url + "/models"
            client.get(url)
        with pytest.raises(httpx.ConnectError):
            client.get(url)


def test_requests_are_served_concurrently(emulator):
    go = threading.Event()
    emulator.reply_chunks([go, "slow"])
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(httpx.post, emulator.base_url + CHAT, json=HELLO)
        assert emulator.wait_for_requests(timeout=60)
        assert httpx.post(emulator.base_url + CHAT, json=HELLO).status_code == 200
        go.set()
        assert slow.result().text.startswith("data: slow")


def test_many_clients_get_their_own_answers(emulator):
    def ask(number):
        body = {**HELLO, "messages": [{"role": "user", "content": f"Number {number}"}]}
        answer = client.post(CHAT, json=body).json()
        return answer["choices"][0]["message"]["content"]

    with httpx.Client(base_url=emulator.base_url) as client, ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(ask, range(40)))
    assert texts == [f'You said: "Number {number}"' for number in range(40)]
    assert len(emulator.requests) == 40


def test_the_server_logs_nothing(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with Emulator() as emulator:
        emulator.reply_chunks(["x"], abort=True)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(emulator.base_url + CHAT, json=HELLO)
        emulator.drop()
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(emulator.base_url + CHAT, json=HELLO)
        httpx.get(emulator.base_url + "/nowhere")
    assert [record for record in caplog.records if record.name.startswith("uvicorn")] == []
    assert capfd.readouterr() == ("", "")
