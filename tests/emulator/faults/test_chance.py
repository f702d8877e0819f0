"""Faults by probability and seed."""

import pytest

from weryai_emulator.faults.chance import Chance

NAMES = ["rate_limit", "server_error", "bad_gateway"]


def met(post, emulator, requests=20):
    """The faults of some requests, in their order."""
    for _ in range(requests):
        post()
    return [request.fault for request in emulator.requests]


@pytest.fixture
def post(http):
    body = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
    return lambda: http.post("/chat/completions", json=body)


def test_the_same_seed_gives_the_same_faults(post, emulator):
    runs = []
    for seed in (1, 1, 2):
        emulator.reset()
        emulator.fail_sometimes(0.5, seed=seed, names=NAMES)
        runs.append(met(post, emulator))
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {None, *NAMES}


def test_a_higher_probability_adds_faults_and_keeps_the_others(post, emulator):
    runs = []
    for probability in (0.2, 0.6):
        emulator.reset()
        emulator.fail_sometimes(probability, names=NAMES)
        runs.append(met(post, emulator))
    few, many = runs
    assert few.count(None) > many.count(None)
    assert all(one in (None, other) for one, other in zip(few, many, strict=True))


def test_probabilities_of_0_and_1_are_never_and_always(post, emulator):
    emulator.fail_sometimes(1, names=["not_found"])
    assert met(post, emulator, 3) == ["not_found"] * 3
    emulator.fail_sometimes(0)
    assert met(post, emulator, 3) == ["not_found"] * 3 + [None] * 3


def test_a_queued_answer_is_sent_as_it_is(post, emulator):
    emulator.fail_sometimes(1, names=["not_found"])
    emulator.reply("Queued.")
    assert post().json()["choices"][0]["message"]["content"] == "Queued."
    assert post().status_code == 404


def test_faults_by_chance_have_parameters(post, emulator):
    emulator.fail_sometimes(1, names={"http_error": {"status": 418}})
    assert post().status_code == 418


def test_reset_ends_the_faults(post, emulator):
    emulator.fail_sometimes(1)
    emulator.reset()
    assert post().status_code == 200


@pytest.mark.parametrize(
    ("probability", "names", "message"),
    [
        (-0.1, None, "`probability` is -0.1. Pass a number from 0 to 1."),
        (1.1, None, "`probability` is 1.1."),
        (float("nan"), None, "`probability` is nan."),
        ("0.5", None, "`probability` is '0.5'."),
        (0.5, [], "`names` is empty."),
        (0.5, "cut", "`names` is 'cut'. Pass a list of names"),
        (0.5, ["lightning"], "Unknown fault 'lightning'."),
        (0.5, {"cut": {"after": -1}}, "`after` is -1."),
    ],
)
def test_a_wrong_chance_is_refused(probability, names, message):
    with pytest.raises(ValueError, match=message):
        Chance(probability, 0, names)
