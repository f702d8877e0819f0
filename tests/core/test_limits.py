"""An answer of any size ends with our error, in bounded memory."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core import Chunk, Client, ConfigurationError, ReplyTooLargeError, WeryAIError
from weryai_core.brackets import shallow
from weryai_core.chunk import Choice, ToolCallDelta, merge_choices
from weryai_core.limits import (
    DEFAULT_MAX_REPLY_BYTES,
    MAX_CHOICES,
    ReplyLimits,
    check_document,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply.kept.pieces import KeptPieces
from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.secrets.redact import Secrets

SCRIPT = Path(__file__).parent.parent / "shared" / "hostile_server.py"
LIMIT, ROOM = 4, 64  # megabytes: of a body, and what is taken beyond that

STREAMED = ["values", "event", "gzip event", "text", "sources", "calls"]


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
@pytest.mark.parametrize(
    ("kind", "way", "error"),
    [
        *((kind, "sync-stream-own", "ReplyTooLargeError") for kind in STREAMED),
        ("text", "async-stream-own", "ReplyTooLargeError"),
        ("body", "async-whole-own", "ReplyTooLargeError"),
        ("gzip", "async-whole-own", "ReplyTooLargeError"),
        ("gzip", "sync-whole-httpx", "ReplyTooLargeError"),
        ("gzip", "async-whole-httpx2", "ReplyTooLargeError"),
        ("gzip event", "async-stream-httpx", "ReplyTooLargeError"),
        ("error", "sync-whole-own", "ServerError"),
        ("error", "async-whole-own", "ServerError"),
    ],
)
def test_memory_is_bounded_whatever_a_server_sends(kind, way, error):
    name, peak = meet(kind, way, LIMIT)
    assert (name, peak <= LIMIT + ROOM) == (error, True), peak


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
@pytest.mark.parametrize(
    ("kind", "way", "error"),
    [
        ("emoji", "sync-stream-own", "ReplyTooLargeError"),
        ("emoji", "async-whole-own", "ReplyTooLargeError"),
        ("half", "sync-whole-own", "ReplyTooLargeError"),
        ("half and emoji", "sync-stream-own", "ReplyTooLargeError"),
        ("words", "sync-whole-own", "ReplyTooLargeError"),
        ("page", "sync-whole-own", "ProtocolError"),
        ("page", "async-stream-own", "ProtocolError"),
        ("emoji event", "sync-stream-own", "ReplyTooLargeError"),
        ("lines", "sync-stream-own", "ReplyTooLargeError"),
        ("data lines", "sync-stream-own", "ReplyTooLargeError"),
    ],
)
def test_memory_is_bounded_where_text_takes_more_than_its_bytes(kind, way, error):
    limit = DEFAULT_MAX_REPLY_BYTES // 1024**2
    name, peak = meet(kind, way, limit)
    assert (name, peak <= limit + ROOM) == (error, True), peak


def meet(kind, way, limit):
    """The class of the error that a client meets, and the megabytes that it takes."""
    environment = {**os.environ}
    environment.pop("COVERAGE_PROCESS_CONFIG", None)  # to be measured takes three times as long
    done = subprocess.run(
        [sys.executable, str(SCRIPT), kind, way, str(limit)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    name, peak = done.stdout.split()
    return name, int(peak)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        (b'["%b"]' % (b"a" * 999_990), 1_100_000),
        (b'["%b"]' % (b"a\\n" * 333_330), 2_100_000),
        (b'["%b", "\xf0\x9f\x98\x80"]' % (b"a" * 999_980), 1_100_000),
        (b'["%b", "\\ud83d\\ude00"]' % (b"a" * 999_980), 1_100_000),
        (b'["%b"]' % ("\u4e2d".encode() * 333_330), 700_000),
        (b"%b1%b" % (b"[" * 100_000, b"]" * 100_000), 700_000),
    ],
    ids=["ascii", "escapes", "emoji elsewhere", "escaped emoji elsewhere", "Chinese", "deep"],
)
def test_a_json_text_takes_what_its_strings_and_values_take(text, most):
    check_document(text, (len(text) + most) // 2)


def test_brackets_of_a_string_without_end_are_not_looked_for_again_and_again():
    """Each quote would begin a search to the end: a minute and more for this text."""
    text = b"[" * 200 + b'"' + b'\\"' * 500_000
    assert shallow(text) == text
    check_document(text, 2 * len(text))


@pytest.mark.parametrize("name", ["max_reply_bytes", "max_event_bytes"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, None])
def test_a_limit_is_a_number_of_bytes(name, value):
    with pytest.raises(ConfigurationError, match=f"`{name}` must be an integer of 1 or more"):
        Client(api_key="secret-key", **{name: value})


def test_more_choices_than_any_answer_has_are_an_error():
    events = [
        b'data: {"choices":[{"index":%d,"delta":{"content":"a"}}]}\n\n' % number
        for number in range(MAX_CHOICES + 1)
    ]
    with pytest.raises(
        ReplyTooLargeError, match="choices of the answer are more than 256"
    ) as caught:
        list(StreamDecoder().feed(b"".join(events)))
    assert len(caught.value.partial.choices) == MAX_CHOICES
    assert not caught.value.is_retryable


def test_log_probabilities_may_change_their_type():
    events = (
        b'data: {"choices":[{"delta":{"content":"a"},"logprobs":%s}]}\n\n' % logprobs
        for logprobs in (b'{"content":5}', b'{"content":[1]}', b'"x"', b'{"content":[2]}', b"NaN")
    )
    decoder = StreamDecoder()
    chunks = [*decoder.feed(b"".join(events) + b"data: [DONE]\n\n")]
    assert "".join(chunk.text for chunk in chunks) == "aaaaa"
    assert decoder.partial.choice.logprobs == {"content": [1, 2]}


@pytest.mark.parametrize("is_stream", [True, False])
def test_integers_of_thousands_of_digits_are_ignored(is_stream):
    body = b'{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"seed":%s}' % (
        b"9" * 5000
    )
    if is_stream:
        body = b"data: " + body + b"\n\n"
    assert StreamDecoder().read_whole(body).text == "a"


def test_white_space_before_a_stream_is_not_kept():
    decoder = StreamDecoder(limits=ReplyLimits(100_000, 1000))
    assert [chunk for _ in range(1000) for chunk in decoder.feed(b" \n" * 100)] == []
    (chunk,) = decoder.feed(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n')
    assert chunk.text == "a"


PIECES = st.builds(
    Choice,
    text=st.sampled_from(["", "a", "b"]),
    reasoning=st.sampled_from(["", "c"]),
    refusal=st.sampled_from(["", "d"]),
    tool_calls=st.lists(
        st.builds(
            ToolCallDelta,
            index=st.integers(0, 2),
            id=st.sampled_from([None, "i"]),
            name=st.sampled_from([None, "n"]),
            arguments=st.sampled_from(["", "x"]),
        ),
        max_size=2,
    ).map(tuple),
    finish_reason=st.sampled_from([None, "stop"]),
    logprobs=st.sampled_from([None, {"content": [1]}, {"refusal": [2]}]),
    audio=st.sampled_from([{}, {"id": "j", "data": "e"}]),
    images=st.sampled_from([(), ("f",), ("g",)]),
)


@given(st.lists(PIECES, min_size=2, max_size=200))
def test_pieces_are_kept_as_they_are_merged(pieces):
    kept = KeptPieces(0)
    for piece in pieces:
        kept.add(piece)
    assert kept.merged(None) == merge_choices(0, pieces)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["choices", "delta", "content", "error", "index"]), inner)
    ),
    max_leaves=10,
)


BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(BODIES, st.booleans())
def test_any_bytes_are_an_answer_or_our_error(body, is_stream):
    try:
        if is_stream:
            decoder = StreamDecoder()
            answers = [*decoder.feed(b"data: " + body + b"\n\n"), *decoder.close()]
        else:
            answers = [StreamDecoder().read_whole(body)]
    except WeryAIError:
        return
    assert all(isinstance(answer, Chunk) for answer in answers)


HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "retry-after-ms", "x-request-id", "x-should-retry"]),
    st.text(max_size=12) | st.floats().map(str),
)


@given(st.integers(100, 999), HEADERS, BODIES)
def test_any_refusal_is_our_error(status, headers, body):
    error = error_from_response(status, headers, body, secrets=Secrets("a-key-of-the-user"))
    assert isinstance(error, WeryAIError)
    assert error.retry_after is None or error.retry_after >= 0
    assert str(error)
