"""When everything counts as refused."""

import pytest

from weryai_core.throttle.outage import PATIENCE, Outage


def refused(*times):
    outage = Outage()
    for number, now in enumerate(times):
        outage.note_start(number, now)
        outage.note_end(number, now, is_refused=True)
    return outage


def test_refusals_for_a_minute_are_long():
    assert not Outage().is_long(1000.0)
    outage = refused(5.0, 30.0, 66.0)
    assert not outage.is_long(5.0 + PATIENCE)
    assert outage.is_long(5.1 + PATIENCE)


@pytest.mark.parametrize("gap", [50.0, 66.0, 110.0])
def test_waits_that_the_service_asks_for_are_part_of_it(gap):
    assert refused(0.0, gap).is_long(gap + PATIENCE)


def test_a_refusal_long_after_the_others_is_the_first_of_its_own():
    outage = refused(0.0, 1000.0)
    assert not outage.is_long(1000.0)
    assert outage.is_long(1000.1 + PATIENCE)


def test_an_answer_ends_it():
    outage = refused(0.0)
    outage.note_start(9, 50.0)
    outage.note_end(9, 51.0, is_answered=True)
    assert not outage.is_long(100.0)


def test_a_request_under_way_for_some_seconds_is_accepted():
    """The places may be taken by long answers, as of reasoning models."""
    outage = refused(0.0)
    outage.note_start(9, 50.0)
    assert not outage.is_long(61.0)
    outage.note_end(9, 80.0)  # a stream that was closed
    assert not outage.is_long(80.0)


def test_a_request_that_breaks_off_at_once_says_nothing():
    outage = refused(0.0)
    outage.note_start(9, 65.0)
    outage.note_end(9, 66.0)
    assert outage.is_long(66.0)
