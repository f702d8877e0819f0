"""One call and its attempts, without a network."""

import re
import traceback
from dataclasses import replace

import pytest

from weryai_core import (
    APIConnectionError,
    APITimeoutError,
    AuthenticationError,
    InsufficientCreditsError,
    ProtocolError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    StreamError,
)
from weryai_core.clock import Clock
from weryai_core.config import resolve_config
from weryai_core.reply.account import decode_balance, decode_models
from weryai_core.transport.call import USER_AGENT, Call, CallSettings

KEY = "sk-0123456789abcdef0123456789abcdef"


class Hiccup(Exception):
    """Stands for an exception of the HTTP library."""


class Stall(Exception):
    """Stands for a timeout of the HTTP library."""


def translate(exception):
    return {Hiccup: APIConnectionError("hiccup."), Stall: APITimeoutError("stall.")}.get(
        type(exception)
    )


def make_call(max_retries=2, **options):
    policy = RetryPolicy(max_retries, jitter=lambda low, high: high)
    config = replace(resolve_config(api_key=KEY, **options.pop("settings", {})), retry=policy)
    return Call(CallSettings(config), translate, "POST", "/chat/completions", **options)


def attempt(call, exception, *, received=None, answered=False):
    """Run one attempt that ends with this exception; returns True if another one may follow."""
    with call.attempt():
        call.answered = answered
        if received:
            call.delivered = bool(list(call.decoder({}).feed(received)))
        raise exception
    return True


def test_a_call_has_everything_that_is_sent():
    call = make_call(body=b"{}")
    assert (call.method, call.body) == ("POST", b"{}")
    assert call.url == "https://api.weryai.com/v1/chat/completions"
    assert call.headers == {
        "authorization": f"Bearer {KEY}",
        "accept": "application/json, text/event-stream",
        "accept-encoding": "gzip, deflate",
        "user-agent": USER_AGENT,
        "content-type": "application/json",
    }


def test_a_call_without_a_body_has_no_content_type():
    assert "content-type" not in make_call().headers


def test_headers_of_the_call_win_over_the_default_ones_over_ours_in_any_case():
    call = make_call(
        settings={"default_headers": {"User-Agent": "mine", "X-A": "1", "x-b": "1"}},
        headers={"X-B": "2", "ACCEPT": "x"},
    )
    assert call.headers == {
        "authorization": f"Bearer {KEY}",
        "accept": "x",
        "accept-encoding": "gzip, deflate",
        "user-agent": "mine",
        "x-a": "1",
        "x-b": "2",
    }


def test_the_waits_double_and_then_the_error_is_raised():
    call = make_call()
    assert attempt(call, ServerError("Broken."))
    assert call.delay == 0.5
    assert attempt(call, Hiccup())
    assert call.delay == 1.0
    with pytest.raises(ServerError) as caught:
        attempt(call, ServerError("Broken."))
    assert str(caught.value) == "Broken. Gave up after 3 requests."


def test_the_wait_is_what_the_service_asks_for_and_what_is_drawn():
    call = make_call()
    assert attempt(call, RateLimitError(retry_after=8.0))
    assert call.delay == 10.0


@pytest.mark.parametrize(("total", "may_follow"), [(11.0, True), (9.0, False)])
def test_no_attempt_follows_that_would_begin_after_the_total_time(total, may_follow):
    call = make_call(clock=Clock(total))
    if may_follow:
        assert attempt(call, RateLimitError("Slow.", retry_after=8.0))
        return
    with pytest.raises(RateLimitError) as caught:
        attempt(call, RateLimitError("Slow.", retry_after=8.0))
    assert str(caught.value) == (
        "Slow. Its `total_timeout` leaves no time for another attempt; raise that first."
    )


def test_too_long_a_wait_is_not_started():
    with pytest.raises(RateLimitError) as caught:
        attempt(make_call(), RateLimitError("Slow.", retry_after=61.0))
    assert str(caught.value) == (
        "Slow. The service asks to wait 61 s, longer than the 60 s that this client waits."
    )


def test_without_retries_the_first_error_is_raised_as_it_is():
    with pytest.raises(ServerError) as caught:
        attempt(make_call(max_retries=0), ServerError("Broken."))
    assert str(caught.value) == "Broken."


def test_a_lasting_error_is_raised_at_once():
    with pytest.raises(AuthenticationError):
        attempt(make_call(), AuthenticationError())


@pytest.mark.parametrize("exception", [KeyError("x"), KeyboardInterrupt(), GeneratorExit()])
def test_exceptions_that_are_not_about_the_network_pass_through(exception):
    with pytest.raises(type(exception)) as caught:
        attempt(make_call(), exception)
    assert caught.value is exception


def test_an_attempt_that_succeeds_is_left_alone():
    with make_call().attempt():
        pass


def test_nothing_is_retried_once_a_chunk_has_been_delivered():
    call = make_call()
    call.delivered = True
    with pytest.raises(ServerError) as caught:
        attempt(call, ServerError("Broken."))
    assert str(caught.value) == "Broken."


def test_a_timeout_is_retried_before_the_answer_and_not_within_it():
    call = make_call()
    assert attempt(call, Stall())
    with pytest.raises(APITimeoutError) as caught:
        attempt(call, Stall(), answered=True)
    assert isinstance(caught.value.__cause__, Stall)


def test_a_timeout_within_the_answer_says_why_it_is_not_retried():
    reason = "It is not retried: the answer had begun, and may be paid for."
    with pytest.raises(APITimeoutError) as caught:
        attempt(make_call(), Stall(), answered=True)
    assert str(caught.value).endswith(reason)
    with pytest.raises(APITimeoutError) as caught:
        attempt(make_call(max_retries=0), Stall(), answered=True)
    assert reason not in str(caught.value)


DATA = b'data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n'


def test_a_broken_connection_within_a_stream_is_a_stream_error_that_holds_what_arrived():
    call = make_call()
    with pytest.raises(StreamError) as caught:
        attempt(call, Hiccup(), received=DATA)
    assert str(caught.value) == (
        "The stream broke off: hiccup. The error's `partial` holds what arrived."
    )
    assert caught.value.partial.text == "Hel"
    assert caught.value.status_code == 200


def test_a_timeout_within_a_stream_stays_one_and_holds_what_arrived():
    call = make_call()
    with pytest.raises(APITimeoutError) as caught:
        attempt(call, Stall(), received=DATA)
    assert caught.value.partial.text == "Hel"


def test_what_an_earlier_attempt_received_is_forgotten():
    call = make_call()
    with call.attempt():
        list(call.decoder({}).feed(DATA))
        raise Hiccup
    assert attempt(call, Hiccup())
    with pytest.raises(APIConnectionError) as caught:
        attempt(call, Hiccup())
    assert caught.value.partial is None


@pytest.mark.parametrize("extra", [b"", b',"extra":1'], ids=["the usual", "another"])
def test_an_error_after_a_whole_answer_carries_it(extra):
    call = make_call(max_retries=0)
    choice = b'{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"%b}' % extra
    body = b'{"object":"chat.completion","choices":[%b]}' % choice
    with pytest.raises(StreamError) as caught, call.attempt():
        fail_after(call.decode_reply(200, {}, body))
    assert caught.value.partial.text == "Hello"


def test_the_default_query_is_part_of_the_address_and_of_no_repr():
    call = make_call(settings={"default_query": {"token": "hush hush", "n": [1, 2]}})
    assert call.url == "https://api.weryai.com/v1/chat/completions?token=hush+hush&n=1&n=2"
    assert "hush" not in repr(call)


def fail_after(answer):
    """Fails as a connection that breaks while it is closed."""
    assert answer.text == "Hello"
    raise Hiccup


def fail_with(exception):
    """Raises from a frame with a secret among its variables, as the HTTP libraries' do."""
    headers = {"authorization": f"Bearer {KEY}"}
    assert headers
    raise exception


def chain(how):
    """An exception with others behind it, each from a frame with the key."""
    try:
        try:
            fail_with(KeyError("first"))
        except KeyError as first:
            if how == "cause":
                raise OSError("second") from first
            if how == "cause and context":
                try:
                    fail_with(ValueError("behind"))
                except ValueError:
                    raise OSError("second") from first
            fail_with(OSError("second"))
    except OSError as second:
        if how == "circle":
            second.__context__.__cause__ = second
        fail_with(Hiccup())


def frames_behind(error):
    """The frames in the tracebacks of an error and of all that is behind it."""
    seen, behind = [], [error]
    while behind:
        error = behind.pop()
        if error is not None and error not in seen:
            seen.append(error)
            behind += [error.__cause__, error.__context__]
    assert len(seen) > 1
    return [frame for error in seen for frame, _ in traceback.walk_tb(error.__traceback__)]


@pytest.mark.parametrize("how", ["context", "cause", "cause and context", "circle"])
def test_the_frames_of_an_attempt_are_named_and_have_no_variables(how):
    call = make_call(max_retries=0)
    with pytest.raises(APIConnectionError) as caught, call.attempt():
        chain(how)
    assert isinstance(caught.value.__cause__, Hiccup)
    found = {frame.f_code.co_name: frame for frame in frames_behind(caught.value)}
    assert found["fail_with"].f_locals == found["chain"].f_locals == {}


def test_what_the_caller_was_handling_is_left_as_it_is():
    call = make_call(max_retries=0)

    def ask():
        with call.attempt():
            fail_with(Hiccup(KEY))

    def handle():
        try:
            fail_with(KeyError(KEY))
        except KeyError:
            ask()

    with pytest.raises(APIConnectionError) as caught:
        handle()
    handled = caught.value.__cause__.__context__
    assert handled.args == (KEY,)
    assert "headers" in handled.__traceback__.tb_next.tb_frame.f_locals
    assert KEY not in f"{caught.value}{caught.value.__cause__}"


def test_a_generator_that_caught_an_exception_goes_on():
    call = make_call(max_retries=0)
    found = []

    def keep():
        try:
            fail_with(KeyError("x"))
        except KeyError as error:
            found.append(error)
        yield 1
        yield 2

    going_on = keep()
    next(going_on)
    with pytest.raises(APIConnectionError), call.attempt():
        raise Hiccup from found[0]
    assert next(going_on) == 2


@pytest.mark.parametrize(
    ("status", "body", "error_class"),
    [
        (200, b'{"status":1004,"message":"x"}', InsufficientCreditsError),
        (200, b'{"id":"c","choices":[]}', ProtocolError),
        (200, b'{"id":"c","choices":null}', ProtocolError),
        (200, b'{"id":"c"}', ProtocolError),
        (200, b"[]", ProtocolError),
        (200, b"null", ProtocolError),
        (200, b"", ProtocolError),
        (204, b"", ProtocolError),
        (200, b"<html>", ProtocolError),
        (200, b'{"choices":', ProtocolError),
        (200, b"[" * 5000, ProtocolError),
        (200, b"\xff", ProtocolError),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_whole_answer_that_is_not_a_completion_is_its_error(status, body, error_class):
    with pytest.raises(error_class) as caught:
        make_call().decode_reply(status, {"x-request-id": "req-1"}, body)
    assert type(caught.value) is error_class
    assert (caught.value.status_code, caught.value.request_id) == (status, "req-1")


def test_no_frame_of_an_answer_without_a_completion_holds_the_key():
    with pytest.raises(ProtocolError) as caught:
        make_call().decode_reply(200, {}, b"{}")
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    assert all(KEY not in repr(frame.f_locals) for frame in frames)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"api-version": "1"}, "?api-version=1"),
        ({"a": "1", "b": 2}, "?a=1&b=2"),
        ({"a": ["1", "2"]}, "?a=1&a=2"),
        ({"a b": "c&d=\u00e9"}, "?a+b=c%26d%3D%C3%A9"),
        ({}, ""),
    ],
    ids=["text", "several", "a list", "special characters", "none"],
)
def test_the_default_query_follows_the_path(query, expected):
    call = make_call(settings={"default_query": query})
    assert call.url == f"https://api.weryai.com/v1/chat/completions{expected}"


@pytest.mark.parametrize(
    ("body", "error_class"),
    [
        (b'{"status":1002,"desc":"Authentication failed"}', AuthenticationError),
        (b'{"status":1011,"message":"x","data":null}', InsufficientCreditsError),
        (b'{"status":1004,"message":"x","data":0}', InsufficientCreditsError),
        (b'{"status":1004,"message":"x","data":[]}', InsufficientCreditsError),
        (b'{"status":0,"data":null}', ProtocolError),
        (b'{"models":"x","data":"1000"}', ProtocolError),
        (b"[1000]", ProtocolError),
        (b"1000", ProtocolError),
        (b"", ProtocolError),
        (b"<html>", ProtocolError),
    ],
    ids=str,
)
def test_anything_but_models_or_a_balance_is_its_error(body, error_class):
    for decode, field in ((decode_models, "models"), (decode_balance, "data")):
        with pytest.raises(error_class) as caught:
            make_call().decoding(decode, field)(200, {"x-request-id": "req-1"}, body)
        assert type(caught.value) is error_class
        assert caught.value.request_id == "req-1"


def test_a_byte_order_mark_does_not_hide_an_answer():
    call = make_call()
    assert call.decoding(decode_models, "models")(200, {}, b'\xef\xbb\xbf{"models":[]}') == []
    assert call.decoding(decode_balance, "data")(200, {}, b'\xef\xbb\xbf{"data":7}') == 7.0


def test_the_user_agent_names_package_and_version():
    assert re.fullmatch(r"weryai-integrations/\d+\.\d+\.\d+ Python/3\.\d+\.\d+\S*", USER_AGENT)


def test_headers_of_a_call_stay_with_that_call():
    settings = CallSettings(resolve_config(api_key=KEY, default_headers={"X-Team": "red"}))

    def send(**options):
        return Call(settings, translate, "GET", "/chat/models", **options)

    own = send(headers={"x-team": "blue", "x-token": "tok-3f9a8b7c6d5e4f"})
    own.headers["x-later"] = "1"
    other = send()
    assert (own.headers["x-team"], own.has_own_headers) == ("blue", True)
    assert other.headers == {
        "authorization": f"Bearer {KEY}",
        "accept": "application/json, text/event-stream",
        "accept-encoding": other.headers["accept-encoding"],
        "user-agent": USER_AGENT,
        "x-team": "red",
    }
    assert other.has_own_headers is False
    assert own._secrets.redact("It is tok-3f9a8b7c6d5e4f.") == "It is [hidden]."
    assert other._secrets is settings.secrets
