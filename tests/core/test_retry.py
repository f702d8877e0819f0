"""When to retry: pure decisions, without waiting."""

import pytest

from weryai_core import (
    APIConnectionError,
    AuthenticationError,
    InvalidRequestError,
    ProtocolError,
    RateLimitError,
    RetryPolicy,
    ServerError,
)


def bounds(**settings):
    """The bounds between which the policy draws its waits, per attempt."""
    drawn = []
    policy = RetryPolicy(
        max_retries=100, jitter=lambda low, high: drawn.append((low, high)) or high, **settings
    )
    for attempt in range(1, 8):
        policy.delay(attempt, ServerError())
    return drawn


def test_waits_are_drawn_between_0_and_a_bound_that_doubles_up_to_8_s():
    assert bounds() == [(0, 0.5), (0, 1), (0, 2), (0, 4), (0, 8), (0, 8), (0, 8)]


def test_first_and_longest_wait_can_be_set():
    assert bounds(first_delay=2.0, max_delay=5.0)[:3] == [(0, 2), (0, 4), (0, 5)]


def test_the_wait_is_what_the_jitter_draws():
    policy = RetryPolicy(jitter=lambda low, high: 0.25)
    assert policy.delay(1, ServerError()) == 0.25


def test_the_default_jitter_stays_within_its_bounds():
    waits = [RetryPolicy().delay(2, ServerError()) for _ in range(100)]
    assert all(0 <= wait <= 1 for wait in waits)
    assert len(set(waits)) > 1


def test_a_late_attempt_does_not_overflow():
    assert RetryPolicy(10**6, jitter=lambda low, high: high).delay(10**5, ServerError()) == 8.0


@pytest.mark.parametrize(
    ("max_retries", "attempts"), [(0, [None]), (1, [0, None]), (2, [0, 0, None])]
)
def test_at_most_max_retries_follow_the_first_request(max_retries, attempts):
    policy = RetryPolicy(max_retries, jitter=lambda low, high: 0)
    made = [policy.delay(attempt, ServerError()) for attempt in range(1, len(attempts) + 1)]
    assert made == attempts


def test_requests_that_came_too_early_lengthen_the_wait_but_do_not_count():
    policy = RetryPolicy(1, jitter=lambda low, high: high)
    error = RateLimitError()
    assert policy.delay(1, error, early=1) == 0.5
    assert policy.delay(4, error, early=3) == 4.0
    assert policy.reason_to_stop(4, error, early=3) == ""
    assert policy.delay(5, error, early=3) is None
    assert policy.reason_to_stop(5, error, early=3) == "Gave up after 5 requests."


@pytest.mark.parametrize("error", [AuthenticationError(), InvalidRequestError()], ids=repr)
def test_a_lasting_error_is_not_retried(error):
    assert RetryPolicy().delay(1, error) is None
    assert RetryPolicy().reason_to_stop(1, error) == ""


@pytest.mark.parametrize("error", [APIConnectionError(), ProtocolError(), RateLimitError()])
def test_a_temporary_error_is_retried(error):
    assert RetryPolicy(jitter=lambda low, high: 0).delay(1, error) == 0


@pytest.mark.parametrize(
    ("seconds", "attempt", "longest"),
    [(0.0, 1, 0.5), (0.5, 1, 1.0), (0.5, 3, 2.5), (8.0, 1, 10.0), (60.0, 1, 68.0)],
)
def test_a_wait_that_the_service_asks_for_is_kept_and_spread(seconds, attempt, longest):
    error = RateLimitError(retry_after=seconds)
    waits = [
        RetryPolicy(9, jitter=jitter).delay(attempt, error)
        for jitter in (lambda low, high: low, lambda low, high: high)
    ]
    assert waits == [seconds, longest]


def test_callers_that_were_told_the_same_do_not_return_together():
    waits = {RetryPolicy().delay(1, RateLimitError(retry_after=1.0)) for _ in range(100)}
    assert len(waits) > 90
    assert all(1.0 <= wait <= 1.5 for wait in waits)


@pytest.mark.parametrize("seconds", [60.5, 3600.0])
def test_a_wait_above_60_s_ends_the_attempts_and_the_reason_says_so(seconds):
    error = RateLimitError(retry_after=seconds)
    assert RetryPolicy().delay(1, error) is None
    assert RetryPolicy().reason_to_stop(1, error) == (
        f"The service asks to wait {seconds:g} s, longer than the 60 s that this client waits."
    )


def test_the_reason_to_stop_counts_the_requests():
    assert RetryPolicy(2).reason_to_stop(3, ServerError()) == "Gave up after 3 requests."
    assert RetryPolicy(2).reason_to_stop(1, ServerError()) == ""
    assert RetryPolicy(0).reason_to_stop(1, ServerError()) == ""
