"""The probes of key, balance and models."""

import pytest
from probe_replies import BROKEN, BUSY, PAGE, saying

from weryai_core.models import known_models

BALANCE = saying({"status": 0, "desc": "success", "data": 1000})
WRONG = saying({"status": 1002, "desc": "Authentication failed", "message": "no"}, 401)


def listing(*entries):
    return saying({"models": list(entries)})


def row(key, limit=1):
    return {"model": key, "max_tokens": limit}


ALL = [row(key, info.max_output_tokens) for key, info in known_models().items()]


@pytest.mark.parametrize(
    ("probe", "replies", "verdict", "seen"),
    [
        ("key", [listing(*ALL), BALANCE], "holds", "accepted as a Bearer token"),
        ("key", [WRONG, WRONG], "differs", "refused: HTTP 401, code 1002: no; Authentication"),
        ("key", [WRONG, BALANCE], "holds", "accepted as a Bearer token"),
        ("key", [listing(*ALL), WRONG], "unknown", "only the list of models is answered"),
        ("balance", [BALANCE], "holds", "an object with `status`, `desc`, `data`"),
        ("balance", [saying({"data": {"balance": 3}})], "differs", "an object with `data`"),
        ("balance", [saying({"status": 1003, "desc": "gone"}, 404)], "differs", "HTTP 404"),
        ("balance", [WRONG], "unknown", "the key is refused here (refused: HTTP 401"),
        ("models", [listing(*ALL)], "holds", "each with `model`, `max_tokens`"),
        ("models", [saying({"data": [{"id": "GPT_4O"}]})], "differs", "an object with `data`"),
        ("models", [saying({"items": []})], "differs", "not readable: HTTP 200"),
        ("models", [PAGE], "unknown", "no answer that can be read"),
        ("models", [BROKEN], "unknown", "the service failed"),
        ("models", [BUSY], "unknown", "a rate limit; run it again with --pause 5"),
        ("catalogue", [listing(*ALL)], "holds", "all 28, and no others"),
    ],
)
def test_the_lists_are_judged(find, probe, replies, verdict, seen):
    finding = find(probe, *replies)
    assert finding.verdict == verdict
    assert seen in finding.seen


def test_missing_and_new_models_are_named_up_to_four(find):
    finding = find("catalogue", listing(*ALL[5:], row("NEW_1"), row("NEW_2")))
    assert finding.seen == (
        "missing: GPT_5_5, GPT_5_4, CLAUDE_FABLE_5, CLAUDE_4_8_OPUS and 1 more; new: NEW_1, NEW_2"
    )
    assert finding.setting == "`model`: take one that is listed; new keys work too"


@pytest.mark.parametrize(
    ("entries", "verdict", "seen"),
    [
        (ALL, "holds", "`max_tokens` of 28 models is their vendor's"),
        ([row("GPT_4O", 4096)], "differs", "1 of 1: GPT_4O 16,384 -> 4,096"),
        ([{"model": "GPT_4O"}], "unknown", "the list names no `max_tokens`"),
        ([row("NEW_1", 5)], "unknown", "the list names no `max_tokens`"),
    ],
)
def test_limits_are_compared_with_the_vendors(find, entries, verdict, seen):
    finding = find("limits", listing(*entries))
    assert (finding.verdict, finding.seen) == (verdict, seen)


@pytest.mark.parametrize("probe", ["catalogue", "limits"])
def test_without_a_list_nothing_is_said_about_it(find, probe):
    finding = find(probe, saying({"items": []}))
    assert finding.verdict == "differs"
    assert finding.seen.startswith("not readable: HTTP 200")


def test_own_connections_are_those_of_both_clients(find, service):
    assert find("own-connections", listing(*ALL), listing(*ALL)).verdict == "holds"
    assert len({received.headers["user-agent"] for received in service.requests}) == 1
    assert len(service.requests) == 2
    finding = find("own-connections", listing(*ALL), saying({"status": 1003}, 404))
    assert finding.verdict == "differs"
    assert finding.setting == "`http_client`: pass an HTTP client of your own"
