"""What is read of an answer here is what h11 reads of it, however its bytes arrive."""

import itertools

import h11
import httpcore2
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.transport.http11.reply import Reply

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"content-type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
SIZED = OK + b"Content-Length: 5\r\n\r\n"
HEADS = [
    CHUNKED,
    SIZED,
    OK + b"\r\n",
    OK + b"content-length: 0\r\n\r\n",
    OK + b"content-length: 5\r\ncontent-length: 5\r\n\r\n",
    OK + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
    OK + b"content-length: +5\r\n\r\n",
    OK + b"transfer-encoding: gzip, chunked\r\n\r\n",
    OK + b"transfer-encoding: CHUNKED\r\nConnection: close\r\n\r\n",
    OK + b"transfer-encoding: chunked\r\nConnection: Keep-Alive, x\r\n\r\n",
    OK + b"content-length: 5\r\nx: a\r\n b\r\n\r\n",
    OK + b"content-length: 5\r\nx:\t caf\xc3\xa9 \t\r\nx: \xe9\r\nX:\r\n\r\n",
    OK + b"content-length: 5\r\nx y: 1\r\n\r\n",
    OK + b"content-length: 5\r\nx : 1\r\n\r\n",
    OK + b"content-length: 5\nx: 1\n\n",
    OK + b"content-length: 5\r\nx: \x00\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n",
    b"HTTP/1.1 429\r\ncontent-length: 5\r\nretry-after: 1\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED,
    b"HTTP/1.1 101 Switching\r\n\r\n",
    b"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\n",
    b"HTTP/2 200\r\n\r\n",
    b"HTTP/1.1 2000 OK\r\n\r\n",
    b"ICY 200 OK\r\n\r\n",
    b"\r\n" + SIZED,
    b"",
]
BODIES = [
    b"5\r\nhello\r\n",
    b"5\r\nhello\r\n3\r\n a \r\n0\r\n\r\n",
    b"A\r\n0123456789\r\n00\r\n\r\n",
    b"5;a=b\r\nhello\r\n0\r\n\r\n",
    b"5 \r\nhello\r\n0\r\nx: y\r\n\r\n",
    b"5\r\nhello\r\n0\r\n\r\nmore",
    b"5\r\nhello\r\n0\r\n\r\n" + SIZED + b"hello",
    b"5\r\nhelloX\r\n",
    b"5\r\nhello\rX",
    b"5\nhello\n",
    b"0x5\r\nhello\r\n",
    b"+5\r\nhello\r\n",
    b"00000000000005\r\nhello\r\n0\r\n\r\n",
    b"fffffffff\r\nhello",
    b"\r\n5\r\nhello\r\n",
    b"0\r\n\r",
    b"0\r\nx",
    b"hello",
    b"hello more",
    b"hel",
    b"",
]


def arriving(data, places):
    """Gives pieces of the bytes, and then the end of the connection."""
    places = [0, *sorted({place for place in places if 0 < place < len(data)}), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places) if a < b]
    return lambda: pieces.pop(0) if pieces else b""


def read_here(read):
    ends = []
    body = b""
    try:
        reply = Reply("POST", read, ends.append)
    except httpcore2.RemoteProtocolError as error:
        return str(error)
    error = None
    try:
        for piece in reply.iter_raw():
            body += piece
    except httpcore2.RemoteProtocolError as fault:
        error = str(fault)
    reply.close()
    reply.close()
    assert reply.num_bytes_downloaded == len(body)
    return reply.status_code, dict(reply.headers), body, error, ends


def read_by_h11(read):
    """As httpcore2 does it."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=100 * 1024)
    connection.send(h11.Request(method="POST", target="/", headers=[("host", "h")]))
    connection.send(h11.EndOfMessage())
    head, body, error = None, b"", None
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                data = read()
                if not data and connection.their_state is h11.SEND_RESPONSE:
                    return "Server disconnected without sending a response."
                connection.receive_data(data)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) or event is h11.PAUSED:
                break
    except h11.RemoteProtocolError as fault:
        if head is None:
            return str(fault)
        error = str(fault)
    states = {connection.our_state, connection.their_state}
    is_kept = states == {h11.DONE} and not connection.trailing_data[0]
    headers = httpx2.Headers(head.headers.raw_items())
    return head.status_code, dict(headers.items()), body, error, [is_kept]


def check(data, places=()):
    ours, theirs = read_here(arriving(data, places)), read_by_h11(arriving(data, places))
    if not isinstance(theirs, str):
        # h11's words about a bad line end depend on where it is cut.
        ours, theirs = [(*read[:3], read[3] is None, read[4]) for read in (ours, theirs)]
    assert ours == theirs


@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_an_answer_is_read_as_h11_reads_it(head):
    for body in BODIES:
        data = head + body
        check(data)
        check(data, [len(head)])
        check(data, range(len(data)))


@pytest.mark.parametrize("size", range(1, 4))
def test_a_cut_answer_is_read_as_h11_reads_it(size):
    for data in (CHUNKED + BODIES[1], SIZED + b"hello"):
        for end in range(len(data)):
            check(data[:end], range(0, end, size))


LINES = st.sampled_from([b"\r\n", b"\n", b"\r", b"0", b"5", b";", b" ", b"a", b"hello", b"\x00"])
ODD = st.lists(LINES, max_size=8).map(b"".join)


@st.composite
def answers(draw):
    """An answer with something odd in it, and where its bytes are cut."""
    data = draw(st.sampled_from(HEADS)) + b"".join(
        draw(st.lists(st.sampled_from(BODIES), min_size=1, max_size=3))
    )
    place = draw(st.integers(0, len(data)))
    data = data[:place] + draw(ODD) + data[place + draw(st.integers(0, 4)) :]
    return data, draw(st.lists(st.integers(0, len(data)), max_size=6))


@given(answers())
def test_an_odd_answer_is_read_as_h11_reads_it(answer):
    check(*answer)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=12), st.lists(st.integers(0, 900)))
def test_chunks_that_arrive_together_are_one_piece(texts, places):
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(text), text) for text in texts) + b"0\r\n\r\n"
    check(CHUNKED + chunks, places)
    reply = Reply("POST", arriving(CHUNKED + chunks, [len(CHUNKED)]), lambda is_kept: None)
    assert list(reply.iter_raw()) == [b"".join(texts)][: len(texts)]


def test_a_head_that_never_ends_is_refused():
    endless = iter(lambda: b"x: y\r\n" * 4000, None)
    pieces = itertools.chain([OK], endless)
    with pytest.raises(httpcore2.RemoteProtocolError, match="too long"):
        Reply("POST", lambda: next(pieces), lambda is_kept: None)


@pytest.mark.parametrize(
    ("more", "is_kept"), [(b"", True), (SIZED, False)], ids=["nothing", "more"]
)
def test_bytes_after_an_empty_body_that_nobody_read_end_the_connection(more, is_kept):
    ends = []
    answer = arriving(OK + b"content-length: 0\r\n\r\n" + more, [])
    Reply("POST", answer, ends.append).close()
    assert ends == [is_kept]
