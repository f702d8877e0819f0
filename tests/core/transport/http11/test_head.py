"""Heads of requests: plain ones are written here, and no byte that h11 refuses."""

import h11
import pytest

from weryai_core.transport.http11.head import write_head

PLAIN = {"authorization": "Bearer k", "accept": "application/json, text/event-stream"}


def test_a_plain_head_is_written_in_full():
    assert write_head("POST", b"/v1/chat?a=b", b"weryai.test:8080", PLAIN, 12) == (
        b"POST /v1/chat?a=b HTTP/1.1\r\n"
        b"host: weryai.test:8080\r\n"
        b"authorization: Bearer k\r\n"
        b"accept: application/json, text/event-stream\r\n"
        b"content-length: 12\r\n"
        b"\r\n"
    )


def test_a_request_without_a_body_has_no_length_and_a_given_host_wins():
    assert write_head("GET", b"/", b"weryai.test", {"host": "other.test"}, None) == (
        b"GET / HTTP/1.1\r\nhost: other.test\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x", "caf\u00e9"),
        ("x", " a"),
        ("x", "a "),
        ("x", "a\tb"),
        ("x", "a\r\ny: b"),
        ("x y", "a"),
        ("x:y", "a"),
        ("", "a"),
        ("connection", "close"),
        ("expect", "100-continue"),
        ("upgrade", "h2c"),
    ],
)
def test_a_head_that_is_not_plain_is_left_to_h11(name, value):
    assert write_head("POST", b"/", b"weryai.test", {**PLAIN, name: value}, 3) is None


@pytest.mark.parametrize("target", [b"", b"/a b", b"/a\r\n", b"/\xc3\xa9"])
def test_a_target_that_is_not_plain_is_left_to_h11(target):
    assert write_head("POST", target, b"weryai.test", PLAIN, 3) is None


@pytest.mark.parametrize("character", [chr(code) for code in range(256)], ids=ascii)
def test_what_is_written_here_h11_writes_as_well(character):
    headers = {f"x{character}y": "a", "x": f"a{character}b", f"{character}": f"{character}"}
    for name, value in headers.items():
        if write_head("GET", b"/", b"h", {name: value}, None) is not None:
            h11.Request(method="GET", target="/", headers=[("host", "h"), (name, value)])
