"""Server-sent events by the WHATWG rules, however the bytes are cut."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import CUTS, cut

from weryai_core import ReplyTooLargeError
from weryai_core.reply.events.sse import STRAY, ServerSentEvent, SSEDecoder

BOM = b"\xef\xbb\xbf"


def event(data, event="message", id="", retry=None):
    return ServerSentEvent(data.encode(), event, id, retry)


def stray(data):
    return event(data, STRAY)


def feed(decoder, pieces):
    return [event for piece in pieces for event in decoder.feed(piece)]


def feed_plain(decoder, pieces):
    """The same, with the short way for events that have one line of data alone."""
    events = []
    for piece in pieces:
        plain = decoder.feed_plain(piece)
        events += decoder.feed(piece) if plain is None else map(ServerSentEvent, plain)
    return events


def assert_events(body, expected):
    """A body holds these events, wherever it is cut."""
    for size in CUTS:
        assert feed(SSEDecoder(), cut(body, size)) == expected
        assert feed_plain(SSEDecoder(), cut(body, size)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: a\n\n", [event("a")]),
        (b"data: a\r\n\r\n", [event("a")]),
        (b"data: a\r\r", [event("a")]),
        (b"data: a\n\r\n", [event("a")]),
        (b"data: a\r\ndata: b\n\rdata: c\r\n\r\n", [event("a\nb"), event("c")]),
        (
            "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\n\n".encode(),
            [event("a\u2028b\u2029c\x85d\x0be\x0cf\x1cg")],
        ),
    ],
    ids=repr,
)
def test_lines_end_at_cr_lf_or_crlf_and_nowhere_else(body, expected):
    assert_events(body, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data:a\n\n", [event("a")]),
        (b"data:  a \n\n", [event(" a ")]),
        (b"data: a: b\n\n", [event("a: b")]),
        (b"data: a\ndata: b\ndata:\ndata: c\n\n", [event("a\nb\n\nc")]),
        (b"data\n\n", [event("")]),
        (b"data:\n\n", [event("")]),
        (b"data\ndata\n\n", [event("\n")]),
        ("data: Grüße, 你好 🎉\n\n".encode(), [event("Grüße, 你好 🎉")]),
        (b"event: \xff\ndata: \xff\n\n", [ServerSentEvent(b"\xff", "\ufffd")]),
    ],
    ids=repr,
)
def test_data_lines_are_joined_without_their_first_space(body, expected):
    assert_events(body, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (b"\n\n\ndata: a\n\n\n\n", [event("a")]),
        (b": hello\n\n:\n\ndata: a\n: hello\ndata: b\n\n", [event("a\nb")]),
        (b"foo: b\nretry\n\n", []),
    ],
    ids=repr,
)
def test_blank_lines_comments_and_unknown_fields_mean_nothing(body, expected):
    assert_events(body, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (BOM + b"data: a\n\n", [event("a")]),
        (BOM + BOM + b"data: a\n\ndata: b\n\n", [event("\ufeffdata: a", STRAY), event("b")]),
    ],
    ids=repr,
)
def test_a_byte_order_mark_counts_at_the_start_only(body, expected):
    assert_events(body, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"event: error\ndata: a\n\ndata: b\n\n", [event("a", "error"), event("b")]),
        (b"event: x\n\ndata: b\n\n", [event("b")]),
        (b"event: x\nevent:\ndata: b\n\n", [event("b")]),
        (b"id: 1\ndata: a\n\ndata: b\n\n", [event("a", id="1"), event("b", id="1")]),
        (b"id: 1\nid\ndata: a\n\n", [event("a")]),
        (b"id: 1\0\ndata: a\n\n", [event("a")]),
        (b"retry: 500\ndata: a\n\n", [event("a", retry=500)]),
        (b"retry: soon\nretry: -1\nretry:\nretry: 1.5\ndata: a\n\n", [event("a")]),
        ("event: größe\nid: ключ\ndata: a\n\n".encode(), [event("a", "größe", "ключ")]),
    ],
    ids=repr,
)
def test_an_event_has_a_type_an_id_and_a_retry_time(body, expected):
    assert_events(body, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: a", []),
        (b"data: a\n", []),
        (b"data: a\n\ndata: b\n", [event("a")]),
    ],
    ids=repr,
)
def test_an_event_without_its_blank_line_is_dropped(body, expected):
    assert_events(body, expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"Bad Gateway\ntry later\n\ndata: a\n\n", [stray("Bad Gateway\ntry later"), event("a")]),
        (b"Bad Gateway\ndata: a\n\n", [stray("Bad Gateway"), event("a")]),
        (b'{"a": 1}\n{"b": 2}\n[DONE]\n', [stray('{"a": 1}'), stray('{"b": 2}'), stray("[DONE]")]),
        (b'{\n  "a": {\n    "b": 1\n  }\n}\n', [stray('{\n  "a": {\n    "b": 1\n  }\n}')]),
        (b'data: {"a": 1}\n{"b": 2}\n\n', [event('{"a": 1}'), stray('{"b": 2}')]),
        (b'data: {\n  "a": 1\n}\n\n', [event('{\n  "a": 1\n}')]),
        (b'data: {"a": 1}\ndata: {"b": 2}\n\n', [event('{"a": 1}'), event('{"b": 2}')]),
        (b"data: {\ndata: }\n\n", [event("{\n}")]),
        (b'data: [DONE]\n{"a": 1}\n\n', [event("[DONE]"), stray('{"a": 1}')]),
        (b'event: error\n{"a": 1}\n\n', [event('{"a": 1}', "error")]),
        (b"error: a\n\nValueError: b\n\n", [stray("error: a"), stray("ValueError: b")]),
        (b" data: a\n\nData: b\n\n", [stray(" data: a"), stray("Data: b")]),
    ],
    ids=repr,
)
def test_lines_that_the_rules_ignore_are_kept_as_stray_events(body, expected):
    assert_events(body, expected)


def test_stray_lines_at_the_end_are_kept_unless_they_are_a_field_that_is_cut():
    for end, expected in ((b"Bad Gate", [stray("Bad Gate")]), (b"dat", []), (b"even", [])):
        decoder = SSEDecoder()
        decoder.feed(b"data: a\n\n" + end)
        assert decoder.flush() == expected


def test_an_event_is_returned_with_the_byte_that_ends_it():
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r\n\r") == [event("a")]
    assert decoder.feed(b"\ndata: b\n") == []
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\n") == [event("b")]


def test_an_empty_piece_between_cr_and_lf_changes_nothing():
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r") == []
    assert decoder.feed(b"") == []
    assert decoder.feed(b"\ndata: b\r\n\r\n") == [event("a\nb")]


def test_an_event_at_the_limit_passes():
    for size in CUTS:
        pieces = cut(b"data: 0123456789\n\n" * 5, size)
        assert feed(SSEDecoder(max_event_bytes=16), pieces) == [event("0123456789")] * 5


@pytest.mark.parametrize(
    "body",
    [
        b"data: 0123456789abcdef",
        b"data: 01234567\ndata: 89abcdefg\ndata: x\n",
        b": 0123456789abcdefghijkl",
        b"x" * 17,
        b"data: 0123456789abcdef\n\n",
        b"event: a\ndata: 01234567\ndata: 89\n\ndata: x\n\n",
    ],
    ids=["line", "lines", "comment", "no-field", "whole", "whole lines"],
)
def test_an_event_over_the_limit_is_an_error(body):
    for size in CUTS:
        with pytest.raises(ReplyTooLargeError, match="A streamed event is over 16 bytes"):
            feed(SSEDecoder(max_event_bytes=16), cut(body, size))
        with pytest.raises(ReplyTooLargeError):
            feed_plain(SSEDecoder(max_event_bytes=16), cut(body, size))


def test_empty_data_lines_are_limited_too():
    decoder = SSEDecoder(max_event_bytes=16)
    with pytest.raises(ReplyTooLargeError, match="over 16 bytes"):
        feed(decoder, [b"data:\n"] * 1000)


def test_a_retry_time_of_thousands_of_digits_is_ignored():
    decoder = SSEDecoder()
    (received,) = decoder.feed(b"retry: " + b"9" * 5000 + b"\ndata: a\n\n")
    assert received.data == b"a"


@pytest.mark.parametrize("size", [1, 7, 1024])
def test_a_line_in_thousands_of_pieces_is_one_line(size):
    text = "".join(f"{number}, " for number in range(50_000)).strip()
    body = f"data: {text}\ndata: b\n\n".encode()
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    assert feed(SSEDecoder(), pieces) == [event(f"{text}\nb")]


def test_an_unfinished_line_in_pieces_is_limited():
    decoder = SSEDecoder(max_event_bytes=1000)
    assert feed(decoder, [b"x"] * 1000) == []
    with pytest.raises(ReplyTooLargeError, match="over 1,000 bytes"):
        decoder.feed(b"x")


def test_a_line_that_has_ended_does_not_count_for_the_next():
    decoder = SSEDecoder(max_event_bytes=16)
    pieces = [b"data: 01", b"23456789", b"\n\n"] * 100
    assert feed(decoder, pieces) == [event("0123456789")] * 100


def by_the_rules(body):
    """The events of a body: the steps of the WHATWG rules, one after the other."""
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    events, data, kind, last_id, retry = [], [], "", "", None
    for line in lines[:-1]:  # the last line has no end
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                events.append(event("\n".join(data), kind or "message", last_id, retry))
            data, kind = [], ""
        elif name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            retry = int(value)
    return events


# What the rules know. Lines that they ignore are kept as stray events, and JSON has other rules.
VALUES = st.text(st.characters(exclude_characters="\r\n{[", exclude_categories=["Cs"]), max_size=8)
LINES = st.one_of(
    st.builds("data:{}{}".format, st.sampled_from(["", " ", "  "]), VALUES),
    st.builds("event: {}".format, st.sampled_from(["", "message", "ping", "delta"])),
    st.builds("id: {}".format, VALUES),
    st.builds("retry: {}".format, st.integers(0, 99999)),
    st.builds(": {}".format, VALUES),
    st.sampled_from(["data", "", "", "", "vendor: x"]),
)
BODIES = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r"])), max_size=20).map(
    lambda lines: "".join(line + end for line, end in lines).encode()
)


@settings(max_examples=300)
@given(BODIES, st.booleans(), st.lists(st.integers(1, 9), min_size=1))
def test_any_body_is_cut_as_the_rules_say_however_its_bytes_come(body, has_mark, sizes):
    body = BOM * has_mark + body
    pieces, start = [], 0
    for size in itertools.cycle(sizes):
        if start >= len(body):
            break
        pieces.append(body[start : start + size])
        start += size
    assert feed(SSEDecoder(), pieces) == by_the_rules(body)
    assert feed_plain(SSEDecoder(), pieces) == by_the_rules(body)
