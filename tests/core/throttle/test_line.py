"""Who may start, and when."""

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from weryai_core.throttle.line import HOLD, MOST_EARLY, MOST_PASSED, Line, Refused, Ticket
from weryai_core.throttle.outage import PATIENCE
from weryai_core.throttle.window import START, Window

NO_WAIT = Refused(None, lambda attempt: 0.0)


def full_line(*, waiting=1, **options):
    """A line whose window is full, and those who wait in it."""
    line = Line(Window())
    for _ in range(START):
        line.join(Ticket(), 0.0)
    line.admit(0.0)
    tickets = [Ticket(**options) for _ in range(waiting)]
    for ticket in tickets:
        line.join(ticket, 0.0)
    return line, tickets


actions = st.lists(
    st.tuples(
        st.sampled_from(["join", "answer", "refuse", "cancel", "wait"]),
        st.integers(0, 30),
        st.sampled_from([None, None, 1, 3, 25]),
    ),
    max_size=150,
)


@given(actions)
def test_no_more_are_in_flight_than_allowed_first_come_first_served_and_all_get_a_turn(steps):
    line, now = Line(Window()), 0.0
    waiting, flying, order, served = [], [], [], []

    def admit():
        for ticket in line.admit(now):
            assert ticket.has_place
            assert not ticket.is_waiting
            waiting.remove(ticket)
            flying.append(ticket)
            served.append(ticket)
            allowed = line.window.limit(ticket.max_concurrency)
            assert len(flying) <= max(allowed, START)
        assert line.in_flight == len(flying)
        if line.first() is not None:  # it waits for somebody to leave, or for a time to come
            assert line.in_flight or line.next_change() < inf

    for action, number, max_concurrency in steps:
        if action == "join":
            ticket = Ticket(max_concurrency)
            order.append(ticket)
            waiting.append(ticket)
            line.join(ticket, now)
        elif action == "wait":
            now += number / 4
        elif action == "cancel" and waiting:
            ticket = waiting.pop(number % len(waiting))
            order.remove(ticket)
            line.leave(ticket, now)
        elif flying:
            ticket = flying.pop(number % len(flying))
            refused = Refused(number / 10, lambda attempt: attempt) if action == "refuse" else None
            line.leave(ticket, now, is_success=action == "answer", refused=refused)
            line.leave(ticket, now, is_success=True)  # a second time changes nothing
        admit()

    while waiting:  # no wake-up is lost: with time and those who leave, everybody has a turn
        now = max(now, line.next_change()) if line.next_change() < inf else now
        before = len(waiting)
        admit()
        if len(waiting) == before and flying:
            line.leave(flying.pop(), now)
            admit()
    for ticket in flying:
        line.leave(ticket, now)
    assert line.in_flight == 0
    for limit in (None, 1, 3, 25):  # those with other limits may be passed
        alike = [ticket for ticket in order if ticket.max_concurrency == limit]
        assert [ticket for ticket in served if ticket.max_concurrency == limit] == alike


@given(st.integers(1, 60), st.booleans())
def test_calls_within_open_streams_are_let_through_in_time(nested, is_refused):
    """All places are held by those who wait for another one, and nobody leaves."""
    line, tickets = full_line(waiting=nested)
    if is_refused:
        line.window.note_refusal(0.0, sent=0.0, in_flight=START)
    now = 0.0
    while line.first() is not None:
        assert line.next_change() > now
        now = line.next_change()
        line.admit(now)
    assert all(ticket.has_place for ticket in tickets)
    assert now < 30


def test_one_who_leaves_the_line_is_skipped():
    line, (first, second, third) = full_line(waiting=3, max_concurrency=START)
    line.leave(second, 0.0)
    line.window.note_refusal(0.0, sent=0.0, in_flight=START)  # no growth
    for _ in range(4):
        line.leave(_place(line), 0.1)
    assert line.admit(0.1) == [first, third]


def _place(line):
    ticket = Ticket()
    ticket.has_place = True
    return ticket


def test_max_concurrency_counts_the_requests_of_all():
    line, (first,) = full_line(max_concurrency=2)
    for _ in range(START - 2):
        line.leave(_place(line), 0.0)
        assert line.admit(0.0) == []
    assert line.next_change() == inf  # time alone does not help
    line.leave(_place(line), 0.0)
    assert line.admit(0.0) == [first]
    assert line.in_flight == 2


def test_one_whose_own_limit_is_reached_does_not_stop_those_behind_it():
    """An agent's stream is open, and waits for a call of a model with `max_concurrency=1`."""
    line = Line(Window())
    stream, nested, others = Ticket(), Ticket(1), [Ticket() for _ in range(5)]
    for ticket in (stream, nested, *others):
        line.join(ticket, 0.0)
    assert line.admit(0.0) == [stream, *others]
    for ticket in (stream, *others):
        line.leave(ticket, 1.0, is_success=True)
    assert line.admit(1.0) == [nested]


def serve(line, flying, now):
    """A call joins, one leaves; returns those who are admitted."""
    line.join(Ticket(), now)
    line.leave(flying.pop(0), now, is_success=True)
    admitted = line.admit(now)
    flying += [ticket for ticket in admitted if ticket.max_concurrency is None]
    return admitted


def test_one_is_not_passed_for_ever():
    line = Line(Window())
    flying, low = [Ticket(), Ticket()], Ticket(1)
    for ticket in (*flying, low):
        line.join(ticket, 0.0)
    line.admit(0.0)
    turns = 0
    while not low.has_place:
        turns += 1
        serve(line, flying, float(turns))
        assert turns <= MOST_PASSED + 3


def test_one_that_holds_the_line_in_vain_is_passed_again():
    """A stream stays open for as long as it takes, because it waits for one behind."""
    line = Line(Window())
    stream, low, flying = Ticket(), Ticket(1), [Ticket()]
    for ticket in (stream, low, *flying):
        line.join(ticket, 0.0)
    line.admit(0.0)
    for _ in range(MOST_PASSED - 1):
        assert serve(line, flying, 1.0)
    assert serve(line, flying, 1.0) == []
    assert line.next_change() == 1.0 + HOLD
    assert line.admit(0.9 + HOLD) == []
    assert len(line.admit(1.0 + HOLD)) == 1
    assert not low.has_place


def test_nobody_starts_while_the_service_asks_to_wait():
    line, (first,) = full_line()
    line.leave(_place(line), 1.0, refused=Refused(2.0, lambda attempt: 0.0))
    line.leave(_place(line), 1.0, is_success=True)
    assert line.admit(2.9) == []
    assert 3.0 <= line.next_change() <= 3.2
    assert line.admit(3.3) == [first]


# -- Whether a refusal is an attempt -----------------------------------------------------------


def test_a_call_that_is_refused_while_others_are_answered_is_only_early():
    line, _ = full_line()
    line.leave(_place(line), 5.0, is_success=True)
    line.in_flight = 1
    line.admit(5.0)
    assert line.count_early(4.0, 6.0, is_patient=False) == 1
    assert line.count_early(5.0, 6.0, is_patient=False) == 0  # it began later
    assert line.count_early(4.0, 6.0, early=MOST_EARLY - 1) == MOST_EARLY
    assert line.count_early(4.0, 6.0, early=MOST_EARLY) == MOST_EARLY


def test_a_call_alone_that_is_refused_has_made_an_attempt():
    line = Line(Window())
    line.join(Ticket(), 0.0)
    line.admit(0.0)
    assert line.count_early(0.0, 1.0) == 0
    line.join(Ticket(), 0.0)
    assert line.count_early(0.0, 1.0) == 1
    assert line.count_early(0.0, 1.0, is_patient=False) == 0


def refuse_some(line, now):
    """Those who are admitted now are refused at once."""
    line.window.opens_at = now
    for ticket in line.admit(now):
        line.leave(ticket, now, refused=NO_WAIT)


def test_calls_are_early_for_a_minute_in_which_all_are_refused():
    line = Line(Window())
    for _ in range(40):
        line.join(Ticket(), 0.0)
    refuse_some(line, 10.0)
    assert line.count_early(0.0, 10.0 + PATIENCE, early=3) == 4
    assert line.count_early(0.0, 10.1 + PATIENCE, early=3) == 0  # now they all count
    line.join(answered := Ticket(), 11.0)
    line.window.opens_at = 11.0
    while not answered.has_place:
        line.window.size = 100
        line.admit(11.0)
    line.leave(answered, 12.0, is_success=True)
    assert line.count_early(0.0, 10.1 + PATIENCE, early=3) == 4


def test_after_a_minute_of_refusals_all_but_the_first_leave_the_line():
    line, waiting = Line(Window()), [Ticket() for _ in range(60)]
    for ticket in waiting:
        line.join(ticket, 0.0)
    refuse_some(line, 1.0)  # as many as the window allows at first
    refuse_some(line, 1.0 + PATIENCE)
    assert line.pop_given_up() == []
    refuse_some(line, 1.1 + PATIENCE)
    given_up = line.pop_given_up()
    assert line.pop_given_up() == []
    assert all(ticket.is_given_up and not ticket.is_waiting for ticket in given_up)
    assert [ticket for ticket in waiting if ticket.is_waiting] == [line.first()]
    assert len(given_up) == 60 - START - 1 - 1 - 1  # and one each time, and the first
    line.join(late := Ticket(), 2 * PATIENCE)
    assert not late.is_given_up  # it waits for what comes of the next request
