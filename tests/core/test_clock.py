"""How long a call may wait, in a time that passes only when the test says so."""

from math import inf

import pytest

from weryai_core.clock import GRACE, ArrivingBody, Clock
from weryai_core.reply.decode import StreamDecoder


class Time:
    """The time, as the test sets it."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds

    def passes(self, seconds):
        self.seconds += seconds


class Answer:
    """An answer that is arriving."""

    received = 0
    is_answered = False


class Response:
    """A response whose body is arriving."""

    num_bytes_downloaded = 0


@pytest.fixture
def time():
    return Time()


def start(time, **limits):
    clock = Clock(now=time, **limits)
    clock.begin_attempt()
    return clock


def test_without_limits_a_call_may_wait_for_ever(time):
    clock = start(time)
    clock.begin_answer(Answer())
    time.passes(1e6)
    assert (clock.left(), clock.remaining(), clock.reason()) == (inf, inf, "")
    assert not clock.is_over


def test_the_total_time_begins_with_the_first_attempt_and_goes_on_over_all_of_them(time):
    clock = Clock(total=10, now=time)
    time.passes(60)
    clock.begin_attempt()
    assert clock.left() == 10
    time.passes(4)
    clock.begin_attempt()
    assert (clock.left(), clock.remaining()) == (6, 6)
    time.passes(6)
    assert clock.is_over
    assert clock.reason().startswith("The call took longer than its `total_timeout` of 10 s.")


def test_the_head_must_come_whole_within_the_read_timeout(time):
    clock = start(time)
    clock.wait_for_head(5.0)
    time.passes(4)
    clock.wait_for_head(5.0)  # a byte came
    assert clock.left() == 1


def test_after_a_request_to_a_proxy_the_wait_for_the_head_begins_anew(time):
    clock = start(time, between=2)
    clock.note_writing()
    clock.wait_for_head(5.0)
    time.passes(1)
    clock.note_writing()
    clock.wait_for_head(5.0)
    time.passes(4)
    assert clock.left() == 1


def test_once_bytes_of_the_head_have_come_payload_must_follow(time):
    clock = start(time, between=2)
    clock.wait_for_head(600.0)
    time.passes(60)
    assert clock.left() == 540
    clock.wait_for_head(600.0)
    time.passes(1)
    clock.wait_for_head(600.0)
    assert clock.left() == 1


def test_payload_begins_the_time_without_payload_again_and_other_bytes_do_not(time):
    clock, answer = start(time, between=5), Answer()
    clock.begin_answer(answer)
    time.passes(4)
    assert clock.left() == 1
    answer.received += 1
    assert clock.left() == 5
    time.passes(5)
    assert clock.left() == 0
    assert clock.reason().startswith("Nothing of the answer came for 5 s")


def test_large_pieces_of_a_whole_body_are_payload_and_single_bytes_are_not(time):
    clock, response = start(time, between=5), Response()
    clock.begin_answer(ArrivingBody(response))
    time.passes(4)
    response.num_bytes_downloaded = 65535
    assert clock.left() == 1
    response.num_bytes_downloaded = 65536
    assert clock.left() == 5


def test_large_pieces_of_an_event_or_a_document_are_payload_before_it_is_whole():
    for start in (b"data: {", b"{"):
        decoder = StreamDecoder()
        sizes = [*decoder.feed(start), decoder.received]
        for data in (b" " * 60000, b": hi", b" " * 10000):
            sizes += [*decoder.feed(data), decoder.received]
        assert sizes == [0, 0, 0, 1]


def test_an_event_that_becomes_whole_is_payload_though_it_had_come_in_large_pieces():
    decoder = StreamDecoder()
    sizes = []
    event = b'data: {"choices":[{"delta":{"content":"%b"}}]}' % (b"a" * 70000)
    for data in (event, b"\n\n"):
        list(decoder.feed(data))
        sizes.append(decoder.received)
    assert sizes[1] > sizes[0] > 0


def test_while_the_caller_holds_a_chunk_only_the_total_time_runs(time):
    clock = start(time, total=100, between=5)
    clock.begin_answer(Answer())
    clock.end_wait()
    time.passes(60)
    assert clock.left() == 40


def test_the_time_that_the_caller_holds_a_chunk_does_not_count_whoever_looks_meanwhile(time):
    clock, answer = start(time, between=5), Answer()
    clock.begin_answer(answer)
    time.passes(1)
    answer.received += 1
    clock.end_wait()
    time.passes(3)
    assert clock.left() == inf  # a watchdog looks
    time.passes(60)
    clock.begin_wait()
    assert clock.left() == 5
    time.passes(4)
    clock.end_wait()
    time.passes(60)
    clock.begin_wait()  # no payload came
    clock.begin_wait()
    assert clock.left() == 1


@pytest.mark.parametrize(("between", "grace"), [(600, GRACE), (2, 2), (None, GRACE)])
def test_after_the_finish_reason_a_short_grace_is_left(time, between, grace):
    clock, answer = start(time, between=between), Answer()
    clock.begin_answer(answer)
    answer.received, answer.is_answered = 1, True
    assert clock.left() == grace
    time.passes(1)
    assert clock.left() == grace - 1
    answer.received, answer.is_answered = 2, False  # it went on
    assert clock.left() == (between or inf)


@pytest.mark.parametrize("between", [None, 0])
def test_an_answer_that_is_complete_ends_within_the_time_given(time, between):
    clock = start(time, between=between)
    clock.begin_answer(Answer())
    time.passes(60)
    clock.end_within(1.0)
    assert clock.left() == 1


def test_an_attempt_forgets_the_answer_of_the_one_before(time):
    clock, answer = start(time, between=5), Answer()
    clock.begin_answer(answer)
    answer.received, answer.is_answered = 1, True
    clock.left()
    clock.begin_attempt()
    clock.begin_answer(Answer())
    assert clock.left() == 5
