"""The probes of errors."""

import pytest
from probe_replies import BROKEN, BUSY, PAGE, answering, saying

PARAMETER = saying({"status": 1001, "desc": "Parameter error", "message": "no"}, 400)
MODEL = saying({"status": 1006, "desc": "Model not supported", "message": "no"}, 400)
KEY = saying({"status": 1002, "desc": "Authentication failed", "message": "no"}, 401)
BARE = saying({"status": 1001, "desc": "no", "message": ""}, 400)
PAGE_SEEN = "no answer that can be read (not readable: HTTP 200: Down for maintenance)"
UPSTREAM = saying({"error": {"message": "no", "type": "invalid_request_error"}}, 400)


@pytest.mark.parametrize(
    ("probe", "reply", "verdict", "seen"),
    [
        ("wrong-key", KEY, "holds", "HTTP 401, code 1002: AuthenticationError"),
        ("wrong-key", saying({}, 403), "holds", "HTTP 403: AuthenticationError"),
        ("wrong-key", answering(), "differs", "answered"),
        (
            "wrong-key",
            PARAMETER,
            "differs",
            "InvalidRequestError; refused: HTTP 400, code 1001: no; Parameter error",
        ),
        ("unknown-model", MODEL, "holds", "HTTP 400, code 1006: UnknownModelError"),
        (
            "unknown-model",
            saying({"status": 404}, 404),
            "holds",
            "HTTP 404, code 404: NotFoundError",
        ),
        ("unknown-model", answering(), "differs", "answered"),
        ("unknown-model", PAGE, "unknown", PAGE_SEEN),
        ("unknown-model", BROKEN, "unknown", "the service failed (refused: HTTP 503)"),
    ],
)
def test_a_refusal_is_judged_by_its_class(find, probe, reply, verdict, seen):
    finding = find(probe, reply)
    assert (finding.verdict, finding.seen) == (verdict, seen)


@pytest.mark.parametrize(
    ("replies", "form", "codes"),
    [
        (
            [PARAMETER, MODEL, KEY],
            ("holds", "`status`, `desc`, `message`, each time"),
            (
                "holds",
                "a wrong parameter: HTTP 400, code 1001; an unknown model: HTTP 400, code 1006; "
                "a wrong key: HTTP 401, code 1002",
            ),
        ),
        (
            [UPSTREAM, MODEL, saying({"status": 401, "msg": "no", "data": None}, 401)],
            (
                "differs",
                "a wrong parameter: `error` with `message`, `type`; an unknown model: `status`, "
                "`desc`, `message`; a wrong key: `status`, `msg`, `data`",
            ),
            (
                "holds",
                "a wrong parameter: HTTP 400; an unknown model: HTTP 400, code 1006; a wrong "
                "key: HTTP 401, code 401",
            ),
        ),
        (
            [BARE, MODEL, KEY],
            ("unknown", "a rate limit; run it again with --pause 5 (refused: HTTP 400, code 1001"),
            ("unknown", "a rate limit; run it again with --pause 5 (refused: HTTP 400, code 1001"),
        ),
        (
            [PARAMETER, KEY, KEY],
            ("holds", "`status`, `desc`, `message`, each time"),
            ("differs", "an unknown model gives AuthenticationError (a wrong parameter: HTTP 400"),
        ),
        (
            [answering(), answering(), answering()],
            ("unknown", "nothing is refused"),
            ("unknown", "nothing is refused"),
        ),
        (
            [PARAMETER, MODEL, saying([], 401)],
            ("differs", "a wrong key: no JSON"),
            ("holds", "a wrong key: HTTP 401"),
        ),
    ],
)
def test_form_and_codes_of_errors_are_compared(find, replies, form, codes):
    for probe, (verdict, seen) in (("error-form", form), ("error-codes", codes)):
        finding = find(probe, *replies)
        assert finding.verdict == verdict
        assert seen in finding.seen


def test_the_wrong_key_is_sent_in_place_of_the_users(find, service):
    find("wrong-key", KEY)
    assert service.requests[-1].headers["authorization"] == "Bearer sk-wrong-key-of-the-doctor"


@pytest.mark.parametrize("probe", ["unknown-model", "wrong-key", "error-form", "error-codes"])
def test_a_refusal_shows_nothing_if_everything_is_refused(find, probe):
    lost = 404, {"content-type": "text/html"}, b"<html><h1>404 Not Found</h1></html>"
    count = 3 if probe.startswith("error") else 1
    finding = find(probe, *[lost] * count, control=lost)
    assert finding.verdict == "unknown"
    if probe != "error-form":
        assert finding.seen.startswith(
            ("refused, and so is `plain` (refused: HTTP 404", "not found")
        )


def test_a_rate_limit_is_unknown_whatever_is_probed(find):
    assert find("wrong-key", BUSY).seen.startswith("a rate limit; run it again with --pause 5")
