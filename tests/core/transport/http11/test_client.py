"""Requests that are not plain, and answers of servers that do not wait, over real sockets."""

import pytest
from raw_answers import ANSWER, REQUEST

from weryai_core import Client


@pytest.fixture
def make_client(raw_server):
    return lambda **settings: Client(
        api_key="k", base_url=raw_server.url, max_retries=0, **settings
    )


def test_a_request_that_ends_its_connection_is_sent_by_h11(make_client, raw_server):
    raw_server.reply(ANSWER, times=2, then="hold")
    with make_client(default_headers={"Connection": "close"}) as client:
        for number in range(2):
            assert client.chat(REQUEST).text == "Hi"
            assert raw_server.connections[number].wait_until_closed()
    head, _, body = raw_server.connections[0].request.partition(b"\r\n\r\n")
    assert b"\r\nconnection: close\r\n" in head
    assert b"\r\ncontent-length: %d" % len(body) in head
    assert body.startswith(b'{"')


def test_a_query_is_sent_and_not_kept(make_client, raw_server):
    raw_server.reply(ANSWER)
    with make_client(default_query={"token": "hush hush"}) as client:
        client.chat(REQUEST)
        http = client._own.current()
        assert not [url for url in http._addresses if "hush" in url]
    request = raw_server.connections[0].request
    assert request.startswith(b"POST /v1/chat/completions?token=hush+hush HTTP/1.1\r\n")


def test_an_answer_that_comes_twice_is_read_once_and_its_connection_closed(make_client, raw_server):
    raw_server.reply(ANSWER + ANSWER, then="hold")
    raw_server.reply(ANSWER)
    with make_client() as client:
        assert client.chat(REQUEST).text == "Hi"
        assert raw_server.connections[0].wait_until_closed()
        assert client.chat(REQUEST).text == "Hi"
    assert len(raw_server.connections) == 2
