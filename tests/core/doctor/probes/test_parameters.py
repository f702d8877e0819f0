"""The probes of a request's parameters."""

import pytest
from probe_replies import MISSING, REFUSED, answering, counting, saying

from weryai_core.doctor.probes.parameters import BEYOND

NO = "refused: HTTP 400, code 1002: no; Parameter error"
LIST = {"models": [{"model": "GPT_4_1", "max_tokens": 100}]}
LOGPROBS = {"content": [{"token": "Hi", "logprob": -0.1}]}


def with_logprobs(logprobs):
    choice = {"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}
    return saying({"choices": [{**choice, "logprobs": logprobs}]})


@pytest.mark.parametrize(
    ("probe", "replies", "verdict", "seen"),
    [
        ("n", [answering("Red", "Blue")], "holds", "two answers"),
        ("n", [answering("Red")], "differs", "1 answer for `n=2`"),
        ("n", [REFUSED], "differs", NO),
        ("seed", [answering("Wave"), answering("Wave")], "holds", "the same text twice"),
        ("seed", [answering("Wave"), answering("Gull")], "differs", "two different texts"),
        ("seed", [answering("Wave"), REFUSED], "differs", NO),
        ("seed", [answering(""), answering("")], "unknown", "the answers have no text"),
        ("stop", [answering("1, 2, 3, 4, 5, 6")], "differs", "the answer goes on"),
        ("stop", [answering("One to nine.")], "unknown", "ends before the text comes"),
        ("stop", [REFUSED], "differs", NO),
        ("logprobs", [with_logprobs(LOGPROBS)], "holds", "in `logprobs.content`"),
        ("logprobs", [with_logprobs(None)], "differs", "the field is taken, and none come"),
    ],
)
def test_parameters_are_judged_by_what_they_do(find, probe, replies, verdict, seen):
    finding = find(probe, *replies)
    assert finding.verdict == verdict
    assert seen in finding.seen


@pytest.mark.parametrize(
    ("probe", "reply", "verdict", "seen"),
    [
        ("max-tokens", counting(16, "length"), "holds", "16 tokens of 16, finish reason `length`"),
        ("max-tokens", counting(90, "length"), "differs", "90 tokens of 16"),
        ("max-tokens", counting(300, "stop"), "differs", "300 tokens of 16, finish reason `stop`"),
        ("max-tokens", REFUSED, "differs", NO),
        ("max-tokens-default", counting(1024, "length"), "holds", "1024 tokens"),
        ("max-tokens-default", counting(2048, "length"), "differs", "2048 tokens"),
        ("max-tokens-default", counting(3000, "stop"), "differs", "finish reason `stop`"),
        ("max-tokens-default", counting(40, "stop"), "unknown", "the answer ends by itself"),
        ("max-tokens-default", REFUSED, "differs", NO),
        ("fixed-parameters", answering("Yes"), "holds", "GPT_5 with `temperature=0.5`: answered"),
        ("fixed-parameters", REFUSED, "differs", f"GPT_5 with `temperature=0.5`: {NO}"),
        ("fixed-parameters", MISSING, "unknown", "the service does not have this model"),
    ],
)
def test_lengths_and_fixed_parameters_are_judged(find, probe, reply, verdict, seen):
    finding = find(probe, reply)
    assert finding.verdict == verdict
    assert seen in finding.seen


@pytest.mark.parametrize(
    ("replies", "listed", "verdict", "seen"),
    [
        ([REFUSED], LIST, "holds", NO),
        ([answering("Yes")], LIST, "differs", "a larger `max_tokens` is taken"),
        ([saying({"result": 1})], LIST, "differs", "not readable: HTTP 200"),
        ([], {"models": [{"model": "GPT_4_1"}]}, "unknown", "the list of models names no limit"),
        ([], None, "unknown", "the list of models names no limit"),
    ],
)
def test_the_listed_limit_is_exceeded_by_one(find, service, replies, listed, verdict, seen):
    finding = find("max-tokens-limit", *replies, listed=listed)
    assert (finding.verdict, finding.seen) == (verdict, seen)
    assert [received.json["max_tokens"] for received in service.requests if received.body] == (
        [32, 101] if replies else [32]  # the first is the control
    )


@pytest.mark.parametrize("probe", ["max-tokens-limit", "bounds"])
def test_a_refusal_shows_nothing_if_everything_is_refused(find, probe):
    count = 1 if probe == "max-tokens-limit" else len(BEYOND) + 2
    finding = find(probe, *[REFUSED] * count, listed=LIST, control=REFUSED)
    assert (finding.verdict, finding.seen) == ("unknown", f"refused, and so is `plain` ({NO})")


@pytest.mark.parametrize(
    ("changed", "verdict", "seen"),
    [
        ({}, "holds", "the ends are taken, 11 values beyond them are refused"),
        (
            {"bound-temperature-2": answering("Yes"), "bound-seed-1": answering("Yes")},
            "differs",
            "taken beyond the range: `temperature=2.1`, `seed=seven`",
        ),
        ({"bounds-lowest": REFUSED}, "differs", f"the lowest values: {NO}"),
        ({"bounds-highest": REFUSED}, "differs", f"the highest values: {NO}"),
    ],
)
def test_both_sides_of_each_bound_are_tried(find, service, changed, verdict, seen):
    replies = {question.name: REFUSED for question in BEYOND}
    replies |= {"bounds-lowest": answering("No"), "bounds-highest": answering("Maybe")}
    finding = find("bounds", *{**replies, **changed}.values())
    assert (finding.verdict, finding.seen) == (verdict, seen)
    sent = [received.json for received in service.requests]
    assert [body["temperature"] for body in sent if "temperature" in body] == [-0.1, 2.1, 0, 2]
    assert sent[-2]["top_p"] == 0
