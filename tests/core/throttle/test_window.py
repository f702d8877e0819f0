"""How the window follows the limit of a service: whole runs in virtual time."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_service import Simulation

from weryai_core.throttle.window import LONGEST_INTERVAL, PROBE_INTERVAL, QUIET, START, Window


def plain_window():
    """What it draws leaves no place free, and no wait longer."""
    return Window(jitter=lambda low, high: low)


def window_of(accepted):
    """A window after a burst of refusals that left this many."""
    window = plain_window()
    for number in range(START - accepted):
        window.note_refusal(0.0, sent=0.0, in_flight=START - number)
    return window


def raised(window):
    """The size after the next raise, at a time when half a minute's worth was answered."""
    for _ in range(window.size):
        window.note_success(0.0, sent=0.0, is_full=True)
    now = window.next_raise()
    for _ in range(window.size):
        window.note_start(now)
    window.grow(now)
    return window.size


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


# -- Processes that know nothing of each other -------------------------------------------------


def shared(*, calls, limit, service_time=0.75, seeds=3, **settings):
    """The means over some runs: answered, requests a call, and time as a multiple of the ideal."""
    runs = [
        Simulation(calls=calls, limit=limit, service_time=service_time, seed=seed, **settings).run()
        for seed in range(seeds)
    ]
    total = calls if isinstance(calls, int) else sum(calls)
    ideal = total * service_time / limit
    assert [run.answered for run in runs] == [total] * seeds
    return (
        sum(run.requests for run in runs) / total / seeds,
        sum(run.seconds for run in runs) / ideal / seeds,
    )


@pytest.mark.parametrize("spread", [0.0, 0.33], ids=["in step", "spread"])
@pytest.mark.parametrize("stagger", [0.0, 1.0, 5.0])
def test_processes_share_the_limit(stagger, spread):
    requests, time = shared(calls=500, limit=20, processes=4, stagger=stagger, spread=spread)
    assert requests <= 1.3
    assert time <= 1.5


@pytest.mark.parametrize(
    ("limit", "calls", "service_time", "most"),
    # Each process begins with 20 requests: with a low limit, nearly all of these are refused.
    [
        (1, 60, 0.75, 3.0),
        (2, 100, 0.75, 2.2),
        (5, 200, 0.75, 1.6),
        (50, 1000, 0.75, 1.1),
        (20, 500, 20.0, 1.5),
    ],
    ids=["limit 1", "limit 2", "limit 5", "limit 50", "long answers"],
)
def test_processes_share_any_limit(limit, calls, service_time, most):
    requests, time = shared(calls=calls, limit=limit, service_time=service_time, processes=4)
    assert requests <= most
    assert time <= 1.5


@pytest.mark.parametrize("stagger", [0.0, 1.0])
def test_processes_that_are_told_to_wait_share_the_limit(stagger):
    requests, time = shared(calls=500, limit=20, processes=4, stagger=stagger, retry_after=1.0)
    assert requests <= 1.3
    assert time <= 1.75  # each refusal stops a process for a second


def test_processes_find_places_beside_one_that_has_them_all():
    requests, time = shared(calls=[1500, 50, 50, 50], limit=20, stagger=7.0)
    assert requests <= 1.1
    assert time <= 1.2


def test_a_process_takes_the_places_of_those_that_end():
    requests, time = shared(calls=[40, 40, 40, 380], limit=20)
    assert requests <= 1.2
    assert time <= 1.3


@pytest.mark.parametrize("retry_after", [None, 1.0])
@pytest.mark.parametrize(("processes", "most"), [(1, 1.1), (4, 1.3)])
def test_a_rate_is_kept(processes, most, retry_after):
    outcome = Simulation(rate=20, processes=processes, retry_after=retry_after).run()
    assert outcome.answered == 500
    assert outcome.requests <= most * 500
    assert outcome.seconds <= 1.2 * 500 / 20


@pytest.mark.parametrize("max_retries", [0, 1])
def test_few_retries_are_enough_at_the_limit(max_retries):
    outcome = Simulation(max_retries=max_retries).run()
    assert outcome.answered == 500


@pytest.mark.parametrize("max_retries", [0, 2])
@pytest.mark.parametrize("retry_after", [None, 1.0, 10.0, 60.0])
@pytest.mark.parametrize(("calls", "most"), [(1, 3), (20, 75), (500, 80)])
def test_all_calls_end_though_everything_is_refused(calls, most, retry_after, max_retries):
    """A call alone has its attempts. Those of many wait for a minute in addition."""
    for seed in range(5):
        outcome = Simulation(
            calls=calls, limit=0, retry_after=retry_after, max_retries=max_retries, seed=seed
        ).run()
        assert outcome.failed == calls
        assert outcome.requests <= most
        assert outcome.seconds <= 90 + 8 * (retry_after or 0.0)


@pytest.mark.parametrize("max_retries", [0, 2])
def test_all_calls_end_though_everything_is_refused_from_some_time_on(max_retries):
    """As with a quota that is used up."""
    for seed in range(5):
        outcome = Simulation(changes={2.0: 0}, max_retries=max_retries, seed=seed).run()
        assert outcome.answered + outcome.failed == 500
        assert outcome.answered > 100
        assert outcome.seconds <= 2 + 90


def test_long_answers_do_not_end_the_calls_that_wait():
    """All places are taken for minutes, and the window is probed in vain."""
    outcome = Simulation(calls=100, limit=20, service_time=150.0).run()
    assert (outcome.answered, outcome.failed) == (100, 0)


# -- Refusals that say little about the size ---------------------------------------------------


@pytest.mark.parametrize("retry_after", [None, 1.0, 3.0, 6.0])
@pytest.mark.parametrize(("calls", "most"), [(1, 3.1), (5, 3.8)])
def test_calls_that_were_refused_once_do_not_hold_later_ones_back(calls, most, retry_after):
    """100 calls of 0.5 s take 2.5 s, 20 at once."""
    outcome = Simulation(
        calls=calls,
        later={20.0: 100},
        limit=1000,
        service_time=0.5,
        retry_after=retry_after,
        refuses=lambda number, now: number <= calls,
    ).run()
    assert outcome.answered == 100 + calls
    assert outcome.seconds - 20 < most


@given(
    outage=st.floats(0.5, 20.0),
    share=st.sampled_from([0.5, 0.9, 1.0, 1.0]),
    retry_after=st.sampled_from([None, None, 0.2, 1.0, 3.0]),
    callers=st.sampled_from([5, 20]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=50)
def test_the_size_is_back_some_seconds_after_an_outage(outage, share, retry_after, callers, seed):
    """All or most requests are refused for a while; then the service is as before.

    After refusals among answers the size comes back more slowly.
    """
    drawn = Random(seed)
    begin, end = 4.0, 4.0 + outage
    outcome = Simulation(
        calls=callers,
        limit=20,
        service_time=0.5,
        retry_after=retry_after,
        refuses=lambda number, now: begin <= now < end and drawn.random() < share,
        repeat_until=end + 20,
        seed=seed,
    ).run()
    back = end + 8 + 2 * (retry_after or 0.0)
    late = sum(back <= time < back + 5 for time in outcome.answer_times)
    assert late >= (0.8 if share == 1 else 0.25) * 5 * callers / 0.5


@pytest.mark.parametrize(("limit", "every", "most"), [(1000, 10, 20), (1000, 20, 16), (20, 20, 16)])
def test_strays_hardly_lower_the_window(limit, every, most):
    """500 calls of 0.5 s take 12.5 s, 20 at once."""
    outcome = Simulation(
        limit=limit, service_time=0.5, refuses=lambda number, now: number % every == 0
    ).run()
    assert outcome.answered == 500
    assert outcome.seconds < most


# -- Step by step ------------------------------------------------------------------------------


def test_the_window_grows_by_one_with_each_answer_until_the_first_refusal():
    window = plain_window()
    window.note_success(0.0, sent=0.0, is_full=True)
    window.note_success(0.0, sent=0.0, is_full=False)
    assert window.size == START + 1
    window.note_refusal(1.0, sent=0.9, in_flight=START + 1)
    window.note_success(0.0, sent=0.0, is_full=True)
    assert window.size == START - 1


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
    window = window_of(9)
    assert (window.size, waiting(window)) == (9, PROBE_INTERVAL)
    waits = []
    for _ in range(7):
        assert raised(window) == 10
        now = window.next_raise()
        window.note_refusal(now, sent=now, in_flight=10)
        assert window.size == 9
        waits.append(waiting(window))
    assert waits == [4.0, 8.0, 16.0, 32.0, LONGEST_INTERVAL, LONGEST_INTERVAL, LONGEST_INTERVAL]


def waiting(window):
    """Seconds from the last change to the next raise, once a round was answered."""
    for _ in range(window.size):
        window.note_success(0.0, sent=0.0, is_full=True)
    return window.next_raise() - window._changed_at


def test_the_next_raise_waits_for_a_round_of_answers_but_not_for_ever():
    window = window_of(9)
    assert window.next_raise() == 3 * PROBE_INTERVAL
    for _ in range(9):
        window.note_success(0.0, sent=0.0, is_full=True)
    assert window.next_raise() == PROBE_INTERVAL


def refused_raises(window, number):
    """Has so many raises refused; gives the time of the last refusal."""
    for _ in range(number):
        raised(window)
        now = window.next_raise()
        window.note_refusal(now, sent=now, in_flight=10)
    return now


def test_no_raise_waits_longer_than_for_some_rounds_of_answers():
    window = window_of(9)
    now = refused_raises(window, 6)
    assert waiting(window) == LONGEST_INTERVAL
    for _ in range(START):
        window.note_success(0.0, sent=0.0, is_full=True)
    assert window.next_raise() == now + PROBE_INTERVAL


def test_a_refusal_that_no_raise_explains_makes_the_next_raise_early():
    window = window_of(9)
    now = refused_raises(window, 3)
    assert waiting(window) == 16.0
    for _ in range(2):  # the first one may be a stray
        window.note_refusal(now + 1, sent=now + 1, in_flight=9)
    assert waiting(window) == PROBE_INTERVAL


def test_some_places_stay_free_after_a_refusal_for_other_processes():
    window = Window(jitter=lambda low, high: high)
    window.note_refusal(0.0, sent=0.0, in_flight=20)
    assert window.size == 18
    assert raised(window) == 19  # what was accepted
    assert raised(window) == 20


def test_raises_that_are_accepted_become_larger():
    window = window_of(5)
    assert [raised(window) for _ in range(4)] == [6, 8, 12, 20]
    assert waiting(window) == QUIET


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
    assert asked == [1, 2, 3]
    assert window.opens_at == 23.0
    window.note_refusal(30.0, sent=30.0, in_flight=2, backoff=lambda n: 100.0)
    assert window.opens_at == 23.0  # another one is in flight, perhaps accepted
    window.note_success(0.0, sent=0.0, is_full=False)
    window.note_refusal(40.0, sent=40.0, in_flight=1, wait=3.0, backoff=float)
    assert window.opens_at == 44.0  # in addition to the wait that the service asks for


def test_max_concurrency_is_known_better_than_guessed():
    window = plain_window()
    assert [window.limit(None), window.limit(3), window.limit(100)] == [START, 3, 100]
    window.note_refusal(0.0, sent=0.0, in_flight=10)
    assert [window.limit(None), window.limit(3), window.limit(100)] == [9, 3, 9]
