"""How the window follows the limit of a service: whole runs in virtual time."""

import pytest
from simulated_service import Simulation

from weryai_core.throttle.window import LONGEST_INTERVAL, PROBE_INTERVAL, QUIET, START, Window


def plain_window():
    return Window(jitter=lambda low, high: low)


@pytest.mark.parametrize("retry_after", [None, 1.0])
@pytest.mark.parametrize(("limit", "service_time"), [(20, 0.25), (20, 2.0), (5, 0.25), (50, 1.0)])
def test_calls_at_once_are_all_answered_nearly_in_the_ideal_time(limit, service_time, retry_after):
    outcome = Simulation(limit=limit, service_time=service_time, retry_after=retry_after).run()
    assert outcome.answered == 500
    assert outcome.requests <= 1.3 * 500
    assert outcome.seconds <= 1.5 * 500 / limit * service_time


def test_long_calls_of_a_service_without_a_limit_are_hardly_held_back():
    outcome = Simulation(limit=500, service_time=20.0).run()
    assert (outcome.answered, outcome.requests) == (500, 500)
    assert outcome.seconds < 22 + 5 * QUIET


@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_a_limit_that_falls_is_followed(retry_after):
    simulation = Simulation(retry_after=retry_after, changes={3.0: 5})
    outcome = simulation.run()
    assert outcome.answered == 500
    assert outcome.requests <= 1.3 * 500
    assert simulation.lines[0].window.size <= 7


def test_a_limit_that_rises_is_found():
    simulation = Simulation(calls=2000, limit=5, service_time=1.0, changes={20.0: 50})
    outcome = simulation.run()
    assert outcome.answered == 2000
    assert outcome.requests <= 1.1 * 2000
    assert outcome.seconds < 20 + 1900 / 50 + 30  # after the change, within half a minute


@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_processes_that_know_nothing_of_each_other_share_the_limit(retry_after):
    simulation = Simulation(processes=4, service_time=2.0, retry_after=retry_after)
    outcome = simulation.run()
    assert outcome.answered == 500
    assert outcome.requests <= 1.3 * 500


def test_the_window_grows_by_one_with_each_answer_until_the_first_refusal():
    window = plain_window()
    window.note_success(is_full=True)
    window.note_success(is_full=False)
    assert window.size == START + 1
    window.note_refusal(1.0, sent=0.9, in_flight=START + 1)
    window.note_success(is_full=True)
    assert window.size == START


def test_the_window_doubles_when_nothing_is_refused_for_a_while():
    window = plain_window()
    window.note_start(10.0)
    window.grow(10.0 + QUIET / 2)
    assert window.size == START
    window.grow(10.0 + QUIET)
    assert window.size == 2 * START


def test_a_burst_of_refusals_leaves_what_was_accepted():
    window = plain_window()
    for number in range(15):
        window.note_refusal(0.01, sent=0.0, in_flight=20 - number)
    assert window.size == 5


def test_a_refused_raise_is_taken_back_and_the_next_one_waits_longer():
    window = plain_window()
    window.note_refusal(0.0, sent=0.0, in_flight=20)
    assert (window.size, window.next_raise()) == (19, PROBE_INTERVAL)
    now, waits = 0.0, []
    for _ in range(7):
        now = window.next_raise()
        for _ in range(20):
            window.note_start(now)
        window.grow(now)
        assert window.size == 20
        window.note_refusal(now, sent=now, in_flight=20)
        assert window.size == 19
        waits.append(window.next_raise() - now)
    assert waits == [4.0, 8.0, 16.0, 32.0, LONGEST_INTERVAL, LONGEST_INTERVAL, LONGEST_INTERVAL]


def test_raises_that_are_accepted_become_larger():
    window = plain_window()
    window.note_refusal(0.0, sent=0.0, in_flight=6)
    sizes = []
    for _ in range(4):
        window.grow(window.next_raise())
        sizes.append(window.size)
    assert sizes == [6, 8, 12, 20]


def test_refusals_with_hardly_an_answer_between_them_lower_the_window_by_a_share():
    window = plain_window()
    sizes = []
    for second in range(4):
        window.note_start(float(second))
        window.note_refusal(second + 0.1, sent=float(second), in_flight=window.size)
        sizes.append(window.size)
    assert sizes == [19, 13, 9, 6]


def test_the_wait_that_the_service_asks_for_closes_the_window():
    window = plain_window()
    window.note_refusal(100.0, sent=99.0, in_flight=20, wait=3.0)
    assert window.opens_at == 103.0
    window.note_refusal(100.1, sent=99.0, in_flight=19, wait=1.0)
    assert window.opens_at == 103.0  # the longest counts


def test_if_everything_is_refused_the_waits_grow():
    window = plain_window()
    asked = []
    for second in (0, 10, 20):
        window.note_refusal(
            float(second), sent=float(second), in_flight=1, backoff=lambda n: asked.append(n) or n
        )
    assert asked == [1, 2]
    assert window.opens_at == 22.0
    window.note_success(is_full=False)
    window.note_refusal(30.0, sent=30.0, in_flight=1, backoff=lambda n: 5.0)
    assert window.opens_at == 22.0


def test_max_concurrency_is_known_better_than_guessed():
    window = plain_window()
    assert [window.limit(None), window.limit(3), window.limit(100)] == [START, 3, 100]
    window.note_refusal(0.0, sent=0.0, in_flight=10)
    assert [window.limit(None), window.limit(3), window.limit(100)] == [9, 3, 9]
