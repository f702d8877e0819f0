"""Errors: their statuses, their form, their codes, and what the client makes of them."""

from __future__ import annotations

from weryai_core.doctor.probe import Answers, Finding, Probe, differs, holds, unknown
from weryai_core.doctor.probes.answers import PLAIN
from weryai_core.doctor.probes.parameters import BEYOND
from weryai_core.doctor.probes.reading import describe, listed_names, status_of
from weryai_core.doctor.question import Answer, Question, says
from weryai_core.errors import (
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    WeryAIError,
)

# Asked last: a service may bar who sends wrong keys.
WRONG_KEY = Question(
    "wrong-key",
    says("Say hello with a wrong key."),
    way="raw",
    key="sk-wrong-key-of-the-doctor",
    is_refused=True,
)
UNKNOWN_MODEL = Question(
    "unknown-model",
    says("Say hello as nobody.", model="NO_SUCH_MODEL_1"),
    way="raw",
    is_refused=True,
)
WRONG_PARAMETER = next(question for question in BEYOND if question.name == "bound-temperature-2")
_ALL = (WRONG_PARAMETER, UNKNOWN_MODEL, WRONG_KEY)

# The two documented envelopes.
_ENVELOPES = ({"status", "desc", "message"}, {"status", "msg"})
_SENT = {
    "wrong-key": "a wrong key",
    "unknown-model": "an unknown model",
    WRONG_PARAMETER.name: "a wrong parameter",
}
_CLASSES: dict[str, type[WeryAIError]] = {
    "wrong-key": AuthenticationError,
    "unknown-model": NotFoundError,
    WRONG_PARAMETER.name: InvalidRequestError,
}


def _judge_wrong_key(answers: Answers) -> Finding:
    return _judge_class(answers["wrong-key"])


def _judge_unknown_model(answers: Answers) -> Finding:
    return _judge_class(answers["unknown-model"])


def _judge_class(answer: Answer) -> Finding:
    error = answer.error
    if error is None:
        return differs("answered")
    if isinstance(error, _CLASSES[answer.question.name]):
        return holds(f"{status_of(error)}: {type(error).__name__}")
    return differs(f"{type(error).__name__}; {describe(error)}")


def _judge_shape(answers: Answers) -> Finding:
    if all(answer.error is None for answer in answers.values()):
        return unknown("nothing is refused")
    forms = {_SENT[name]: _form_of(answer) for name, answer in answers.items()}
    are_documented = all(
        any(envelope <= answer.exchange.json.keys() for envelope in _ENVELOPES)
        for answer in answers.values()
        if answer.error is not None
    )
    if len(set(forms.values())) == 1:
        seen = f"{next(iter(forms.values()))}, each time"
    else:
        seen = "; ".join(f"{sent}: {form}" for sent, form in forms.items())
    return (holds if are_documented else differs)(seen)


def _form_of(answer: Answer) -> str:
    if answer.error is None:
        return "answered"
    payload = answer.exchange.json
    inner = payload.get("error")
    if isinstance(inner, dict):
        return f"`error` with {listed_names(inner)}"
    return listed_names(payload) if payload else "no JSON"


def _judge_codes(answers: Answers) -> Finding:
    wrong = [
        f"{_SENT[name]} gives {type(answer.error).__name__}"
        for name, answer in answers.items()
        if answer.error is not None and not isinstance(answer.error, _CLASSES[name])
    ]
    codes = "; ".join(
        f"{_SENT[name]}: {status_of(answer.error)}"
        for name, answer in answers.items()
        if answer.error is not None
    )
    if not codes:
        return unknown("nothing is refused")
    return differs(f"{', '.join(wrong)} ({codes})") if wrong else holds(codes)


_NAMES = tuple(question.name for question in _ALL)
PROBES = (
    Probe(
        "unknown-model",
        ("error-classes",),
        "An unknown model is refused as one",
        (UNKNOWN_MODEL,),
        _judge_unknown_model,
        may_fail=_NAMES,
        controls=(PLAIN,),
    ),
    Probe(
        "wrong-key",
        ("error-classes",),
        "A wrong key is refused as one",
        (WRONG_KEY,),
        _judge_wrong_key,
        may_fail=_NAMES,
        controls=(PLAIN,),
    ),
    Probe(
        "error-form",
        ("documented-errors",),
        "Errors are in a documented envelope",
        _ALL,
        _judge_shape,
        may_fail=_NAMES,
        controls=(PLAIN,),
    ),
    Probe(
        "error-codes",
        ("error-classes",),
        "Statuses, codes and texts give the right error",
        _ALL,
        _judge_codes,
        may_fail=_NAMES,
        controls=(PLAIN,),
    ),
)
