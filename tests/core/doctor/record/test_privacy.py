"""What reports and cassettes must not hold."""

import json
from datetime import UTC, datetime

import pytest

from weryai_core.config import resolve_config
from weryai_core.doctor.record.exchange import Exchange, Piece
from weryai_core.doctor.record.privacy import Privacy

KEY = "sk-0123456789abcdef0123456789abcdef"
PROXY_PASSWORD = "Zq8-proxy-77112"
PRIVACY = Privacy(
    resolve_config(api_key=KEY, proxy=f"http://me:{PROXY_PASSWORD}@proxy.example:3128"),
    ["Say hello in one short sentence."],
)


def exchanged(*bodies, path="/chat/completions", content_type="text/event-stream"):
    """An exchange whose body came in these pieces, one a second."""
    exchange = Exchange("POST", path, b"{}", datetime.now(UTC), 200)
    exchange.headers = [("content-type", content_type)]
    exchange.pieces = [Piece(time, body) for time, body in enumerate(bodies, 1)]
    return exchange


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (f"the key {KEY} is wrong", "the key [hidden] is wrong"),
        ("the key sk-d77e1abcdefgh343e1234 is wrong", "the key [hidden] is wrong"),
        (f"proxy {PROXY_PASSWORD}", "proxy [hidden]"),
        ("write to me@example.com", "write to [hidden]"),
        ("the IP 203.0.113.7 is denied", "the IP [hidden] is denied"),
        ("the IP 2001:db8::8a2e:370:7334 is denied", "the IP [hidden] is denied"),
        ("at 12:30:45 on port 443", "at 12:30:45 on port 443"),
        ("limit of organization org-a1B2c3D4", "limit of organization [hidden]"),
        ("version 1.26.0, use user_settings", "version 1.26.0, use user_settings"),
    ],
)
def test_secrets_and_addresses_go_from_any_text(text, cleaned):
    assert PRIVACY.clean_text(text) == cleaned


def test_prompts_go_from_reports_and_stay_in_cassettes():
    text = "I cannot answer 'Say hello in one short sentence.'"
    assert PRIVACY.clean_words(text) == "I cannot answer '[prompt]'"
    assert PRIVACY.clean_text(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("'SAY HELLO IN ONE SHORT SENTENCE.'", "'[prompt]'"),
        ("cut: Say hello in one sho...", "cut: [prompt]..."),
        ("cut: hello in one short sentence", "cut: [prompt]"),
        ("Say hello in one word", "Say hello in one word"),
        (f"for {KEY[:12]}...", "for [hidden]..."),
        (f"for {KEY[:7]}...", f"for {KEY[:7]}..."),
        ("by http://gw.internal.acme.corp:8443/v1 now", "by [hidden] now"),
        ("by gw-3.acme.com, node1:8080 and localhost", "by [hidden], [hidden] and [hidden]"),
        ("see https://api.weryai.com/v1", "see https://api.weryai.com/v1"),
        ("see docs.weryai.com/x", "see docs.weryai.com/x"),
        ("see weryai.com.evil.example", "see [hidden]"),
        ("in `message.content` or response_format.type", None),
        ("HTTP 400, code 1001: no", None),
        ("half \ud83d of an emoji", "half \\ud83d of an emoji"),
        ("a \x1b[2J\x1b]0;x\x07 \n b\u202e", "a [2J]0;x b"),
        (f"k{KEY[:6]}\x1b{KEY[6:12]} ", "k[hidden]"),
    ],
)
def test_words_of_a_report_say_nothing_of_the_user(text, cleaned):
    assert PRIVACY.clean_words(text) == (text if cleaned is None else cleaned)


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        ({"user_id": 17, "userId": "u-1"}, {"user_id": 0, "userId": "[hidden]"}),
        ({"accountName": "Ann", "org": "Ann & Co"}, {"accountName": "[hidden]", "org": "[hidden]"}),
        ({"email": "ann", "client_ip": "x"}, {"email": "[hidden]", "client_ip": "[hidden]"}),
        ({"requestId": "r1", "trace_id": "t"}, {"requestId": "[hidden]", "trace_id": "[hidden]"}),
        ({"balance": 12.5, "credits_left": 0}, {"balance": 1, "credits_left": 0}),
        ({"user": {"id": 1, "key": KEY}}, {"user": {"id": 1, "key": "[hidden]"}}),
        ({"user": True, "account": None}, None),
        ({"role": "user", "usage": {"total_tokens": 5}}, None),
        ({"owned_by": "weryai", "created": 1711929600}, None),
        ([{"message": {"content": "The user said hi"}}], None),
        ({KEY: True, "data": None}, {"[hidden]": True, "data": None}),
    ],
)
def test_fields_of_json_go_by_their_names(value, cleaned):
    assert PRIVACY.clean_json(value) == (value if cleaned is None else cleaned)


def test_only_harmless_headers_keep_their_values():
    headers = [
        ("content-type", "application/json"),
        ("retry-after", "5"),
        ("x-ratelimit-remaining-requests", "19"),
        ("set-cookie", "session=1"),
        ("x-account", "ann"),
        ("x-request-id", "r1"),
        ("cache-control", f"private={KEY}"),
    ]
    assert list(PRIVACY.clean_headers(headers)) == [
        ("content-type", "application/json"),
        ("retry-after", "5"),
        ("x-ratelimit-remaining-requests", "19"),
        ("set-cookie", "[hidden]"),
        ("x-account", "[hidden]"),
        ("x-request-id", "[hidden]"),
        ("cache-control", "private=[hidden]"),
    ]


@pytest.mark.parametrize(
    ("body", "path", "cleaned"),
    [
        (b'{"data": 1000, "status": 0}', "/generation/balance", b'{"data":1,"status":0}'),
        (b'{"data": 0}', "/generation/balance", b'{"data": 0}'),
        (b'{"data": 1000}', "/chat/models", b'{"data": 1000}'),
        (b"not JSON, me@example.com", "", b"not JSON, [hidden]"),
        (b"\xff\xfe is no text", "", b"\xff\xfe is no text"),
        (b'{"a": "me@example.com", "a": "b"}', "", b'{"a":"b"}'),
    ],
)
def test_a_body_stays_as_it_is_unless_something_is_hidden(body, path, cleaned):
    assert PRIVACY.clean_body(body, path) == cleaned
    document = exchanged(body[:9], body[9:], path=path, content_type="application/json")
    pieces = PRIVACY.clean_pieces(document)
    assert b"".join(piece.data for piece in pieces) == cleaned
    assert pieces[-1].time == 2
    assert len(pieces) == (2 if body == cleaned else 1)


def test_an_empty_body_has_no_pieces():
    assert PRIVACY.clean_pieces(exchanged(content_type="application/json")) == []


def event(value):
    return b"data: %b\n\n" % json.dumps(value).encode()


def test_a_stream_without_secrets_keeps_its_pieces():
    stream = exchanged(b": wait\n\n", event({"a": "b"})[:5], event({"a": "b"})[5:])
    assert PRIVACY.clean_pieces(stream) == stream.pieces


@pytest.mark.parametrize(
    ("bodies", "cleaned"),
    [
        (
            [event({"a": "b"}), event({"user_id": "u"}), b"data: [DONE]\n\n"],
            [
                (1, event({"a": "b"})),
                (2, b'data: {"user_id":"[hidden]"}\n\n'),
                (3, b"data: [DONE]\n\n"),
            ],
        ),
        (
            [b"data: " + KEY[:9].encode(), KEY[9:].encode() + b"\n\n"],
            [(2, b"data: [hidden]\n\n")],
        ),
        ([b": " + KEY.encode() + b"\n\n", event(1)], [(2, b"data: 1\n\n")]),
        ([b"data: a\ndata: me@example.com\n\n"], [(1, b"data: a\ndata: [hidden]\n\n")]),
    ],
)
def test_a_stream_with_secrets_is_written_event_by_event(bodies, cleaned):
    assert PRIVACY.clean_pieces(exchanged(*bodies)) == cleaned


def test_a_secret_in_several_events_takes_the_stream_away():
    deltas = [event({"choices": [{"delta": {"content": KEY[n : n + 5]}}]}) for n in range(0, 35, 5)]
    [piece] = PRIVACY.clean_pieces(exchanged(*deltas))
    assert piece.data == b": The answer holds a secret in pieces, and was left out.\n\n"
