"""Judging: what says nothing about an assumption, and what a probe need not look at."""

import pytest
from probe_replies import (
    BROKEN,
    BUSY,
    EMPTY,
    FORBIDDEN,
    MISSING,
    PAGE,
    POOR,
    REFUSED,
    answering,
    saying,
)

from weryai_core.doctor.examine import examine
from weryai_core.doctor.lab import Lab
from weryai_core.doctor.probe import Probe, holds
from weryai_core.doctor.question import Question, says
from weryai_core.doctor.roles import Roles

FILTERED = saying({"status": 1005, "desc": "Content moderation"}, 400)
DAILY = saying({"status": 6101, "desc": "daily limit"}, 400)
WRONG_KEY = saying({"status": 1002, "desc": "Authentication failed"}, 401)
LOST = saying({"status": 404, "message": "no such path"}, 404)
UNRECORDED = saying({"status": 1003, "message": "No cassette holds this request. x"}, 404)


@pytest.fixture
def judge(service, service_url, make_config):
    """What a probe of one question finds if it gets this answer."""

    def run(reply, look=lambda answers: holds("seen"), clean=lambda text: text, **fields):
        question = Question("asked", says("Hello"), way="raw", **fields.pop("question", {}))
        probe = Probe("p", ("a",), "It works", (question,), look, "`a=1`", **fields)
        with Lab(make_config(service_url, max_retries=0), Roles("GPT_4O")) as lab:
            status, headers, body = reply
            service.reply(body, status=status, headers=headers)
            [result] = examine([probe], lab, clean=clean)
        return result.finding

    return run


@pytest.mark.parametrize(
    ("reply", "seen"),
    [
        (BUSY, "a rate limit; run it again with --pause 5 (refused: HTTP 429, code 1001: Request"),
        (DAILY, "the day's requests are used up; run it again tomorrow (refused: HTTP 400"),
        (POOR, "the credits are used up (refused: HTTP 402, code 1011: Insufficient credits)"),
        (BROKEN, "the service failed (refused: HTTP 503)"),
        (FILTERED, "a content filter took the answer (refused: HTTP 400, code 1005"),
        (WRONG_KEY, "the key is refused here (refused: HTTP 401, code 1002"),
        (FORBIDDEN, "the key may not do that (refused: HTTP 400, code 1009: Permission denied)"),
        (MISSING, "the service does not have this model; name another with --model (refused: "),
        (LOST, "not found (refused: HTTP 404, code 404: no such path)"),
        (EMPTY, "no answer that can be read (not readable: HTTP 200)"),
        (PAGE, "no answer that can be read (not readable: HTTP 200: Down for maintenance)"),
    ],
)
@pytest.mark.parametrize("may_fail", [(), ("asked",)])
def test_some_answers_say_nothing_about_an_assumption(judge, reply, seen, may_fail):
    finding = judge(reply, may_fail=may_fail)
    assert (finding.verdict, finding.setting) == ("unknown", "")
    assert finding.seen.startswith(seen)


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [(WRONG_KEY, "holds"), (MISSING, "holds"), (LOST, "holds"), (UNRECORDED, "unknown")],
)
def test_a_question_that_any_service_refuses_is_judged_by_its_refusal(judge, reply, verdict):
    finding = judge(reply, may_fail=("asked",), question={"is_refused": True})
    assert finding.verdict == verdict


def test_a_refusal_differs_unless_the_probe_looks_at_it(judge):
    finding = judge(REFUSED)
    assert (finding.verdict, finding.setting) == ("differs", "`a=1`")
    assert judge(REFUSED, may_fail=("asked",)).verdict == "holds"


def test_a_probe_that_raises_is_unknown(judge):
    def fail(answers):
        raise KeyError("choices")

    finding = judge(answering(), fail)
    assert (finding.verdict, finding.seen) == ("unknown", "the probe failed: KeyError")


def test_a_cassette_that_cannot_be_written_ends_no_run(service, service_url, make_config):
    def record(name, exchanges):
        raise OSError("No space left")

    probe = Probe("p", ("a",), "It works", (Question("asked", says("Hi")),), holds)
    service.reply_text("Hi")
    config = make_config(service_url, max_retries=0)
    with Lab(config, Roles("GPT_4O"), record=record) as lab:
        [result] = examine([probe], lab, clean=str)
    assert result.finding.seen == "the probe failed: OSError"


def test_what_was_seen_is_cleaned(judge):
    finding = judge(answering(), lambda answers: holds("a secret"), clean=str.upper)
    assert finding.seen == "A SECRET"


def test_what_was_seen_is_shortened_after_it_is_cleaned(judge):
    words = "10.0.0.1 " * 60
    hidden = judge(
        answering(), lambda answers: holds(words), clean=lambda text: text.replace("10.0.0.1", "x")
    )
    assert hidden.seen == f"{'x ' * 60}".strip()
    assert judge(answering(), lambda answers: holds(words)).seen == f"{words[:240]}..."
