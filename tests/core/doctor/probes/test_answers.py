"""The probes of plain and streamed answers."""

import json
from datetime import UTC, datetime

import pytest
from probe_replies import EMPTY, REFUSED, answering, delta, saying, streaming

from weryai_core.doctor.probe import Finding
from weryai_core.doctor.probes.answers import PROBES
from weryai_core.doctor.question import Answer
from weryai_core.doctor.record.exchange import Exchange, Piece

PLAIN = json.loads(answering("Hi")[2])
STREAM = streaming(delta({"content": "Mon"}), delta({}, "stop"))
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def without(name):
    return saying({field: value for field, value in PLAIN.items() if field != name})


@pytest.mark.parametrize(
    ("reply", "verdict", "seen"),
    [
        (saying(PLAIN), "holds", "as documented"),
        (
            answering("Hi", reasoning_content="Hm"),
            "holds",
            "as documented; further fields of the message: `reasoning_content`",
        ),
        (
            saying({**PLAIN, "model": "gpt-4.1"}),
            "holds",
            "as documented; `model` is 'gpt-4.1'",
        ),
        (without("usage"), "differs", "without `usage`"),
        (
            saying({"status": 0, "data": PLAIN}),
            "differs",
            "without `id`, `object`, `created`, `model`, `choices`, `usage`; in an envelope of "
            "`status`, `data`; `model` is None",
        ),
        (saying({"result": "Hi"}), "differs", "not readable: HTTP 200"),
        (REFUSED, "differs", "refused: HTTP 400, code 1002: no; Parameter error"),
        (EMPTY, "unknown", "no answer that can be read (not readable: HTTP 200)"),
    ],
)
def test_a_plain_answer_is_compared_with_the_documentation(find, reply, verdict, seen):
    finding = find("plain", reply)
    assert (finding.verdict, finding.seen) == (verdict, seen)


@pytest.mark.parametrize(
    ("headers", "more", "verdict", "seen"),
    [
        ({"x-request-id": "r1"}, {}, "holds", "in the header `x-request-id`"),
        ({"trace-id": "r1"}, {}, "holds", "in the header `trace-id`"),
        ({}, {"request_id": "r1"}, "holds", "in a field of the body"),
        ({"x-log": "r1"}, {}, "differs", "none among the headers: content-length, x-log"),
    ],
)
def test_the_id_of_a_request_is_looked_for(find, headers, more, verdict, seen):
    finding = find("request-id", saying({**PLAIN, **more}, **headers))
    assert (finding.verdict, finding.seen) == (verdict, seen)


@pytest.mark.parametrize(
    ("reply", "verdict", "seen"),
    [
        (STREAM, "holds", "chunks with deltas, a finish reason and `[DONE]`"),
        (
            streaming(delta({"content": "Mon"}), delta({}, "stop"), done=False),
            "differs",
            "events without `[DONE]`; the answer is read",
        ),
        (
            streaming(delta({"content": "Mon"}), content_type="text/plain"),
            "differs",
            "events without `text/event-stream`, a finish reason; the answer is read",
        ),
        (saying(PLAIN), "differs", "one JSON document: it is read, and comes as one chunk"),
        (REFUSED, "differs", "refused: HTTP 400, code 1002: no; Parameter error"),
    ],
)
def test_the_form_of_a_stream_is_named(find, reply, verdict, seen):
    finding = find("stream", reply)
    assert (finding.verdict, finding.seen) == (verdict, seen)


def test_a_stream_that_is_cut_says_nothing(find):
    finding = find("stream", streaming(delta({"content": "Mon"}), done=False))
    assert finding.verdict == "unknown"
    assert finding.seen.startswith("the connection failed (StreamError")


@pytest.mark.parametrize(
    ("plain", "asked", "verdict", "seen"),
    [
        (
            STREAM,
            streaming(delta({"content": "x"}), delta({}, "stop"), {"choices": [], "usage": USAGE}),
            "holds",
            "in a chunk of their own; without the field none come",
        ),
        (
            streaming(delta({"content": "x"}), delta({}, "stop", usage=USAGE)),
            streaming(delta({"content": "x"}), delta({}, "stop", usage=USAGE)),
            "holds",
            "with the finish reason; without the field they come, too",
        ),
        (STREAM, STREAM, "differs", "the field is taken, and no token counts come"),
        (STREAM, REFUSED, "differs", "refused: HTTP 400, code 1002: no; Parameter error"),
        (REFUSED, STREAM, "differs", "the field is taken, and no token counts come"),
    ],
)
def test_the_token_counts_of_a_stream_are_looked_for(find, plain, asked, verdict, seen):
    finding = find("stream-usage", plain, asked)
    assert (finding.verdict, finding.seen) == (verdict, seen)
    assert finding.setting == ("`stream_usage=False`" if verdict == "differs" else "")


def judge_times(*times):
    """The finding about a stream whose parts, its end and `[DONE]` come after these seconds."""
    [probe] = [probe for probe in PROBES if probe.id == "stream-times"]
    *texts, end, done = times
    [question] = probe.questions
    exchange = Exchange("POST", "/chat/completions", b"{}", datetime.now(UTC), 200)
    exchange.headers = [("content-type", "text/event-stream")]
    exchange.pieces = [
        *(Piece(time, event({"content": "x"})) for time in texts),
        Piece(end, event({}, "stop")),
        Piece(done, b"data: [DONE]\n\n"),
    ]
    return probe.judge({"stream": Answer(question, exchanges=[exchange])})


def event(fields, finish=None):
    return b"data: %b\n\n" % json.dumps(delta(fields, finish)).encode()


@pytest.mark.parametrize(
    ("times", "finding"),
    [
        ((1, 4, 5, 6), Finding("holds", "no silence over 5 s")),
        ((30, 60, 61, 62), Finding("holds", "no silence over 600 s")),
        ((1, 700, 701, 701), Finding("differs", "699 s of silence", "`stream_chunk_timeout`")),
        ((1, 2, 9), Finding("differs", "the last part came 7 s after the finish reason")),
    ],
)
def test_silences_are_measured(times, finding):
    assert judge_times(*times) == finding


def test_a_document_has_no_silences(find):
    finding = find("stream-times", saying(PLAIN))
    assert (finding.verdict, finding.seen) == ("unknown", "the answer came in one document")
