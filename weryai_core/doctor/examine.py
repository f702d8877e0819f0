"""Runs probes, and judges only what the answers can show.

A rate limit, used-up credits, a service that fails and a key that may not use a model say nothing
about an assumption: the verdict is unknown then. So it is if a probe itself fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from weryai_core.doctor.lab import Lab
from weryai_core.doctor.probe import Answers, Finding, Probe, unknown
from weryai_core.doctor.probes.reading import describe, fault
from weryai_core.doctor.question import Answer
from weryai_core.doctor.record.words import printable
from weryai_core.errors import (
    APIConnectionError,
    AuthenticationError,
    ContentFilterError,
    DailyQuotaError,
    InsufficientCreditsError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    UnknownModelError,
    WeryAIError,
)

# Errors that say nothing about an assumption, and what to do then.
_NO_ANSWERS: tuple[tuple[type[WeryAIError], str], ...] = (
    (RateLimitError, "a rate limit; run it again with --pause 5"),
    (DailyQuotaError, "the day's requests are used up; run it again tomorrow"),
    (InsufficientCreditsError, "the credits are used up"),
    (APIConnectionError, "the connection failed"),
    (StreamError, "the connection failed"),
    (ServerError, "the service failed"),
    (ContentFilterError, "a content filter took the answer"),
)
# The same, except for questions that ask for them.
_NO_ACCESS: tuple[tuple[type[WeryAIError], str], ...] = (
    (AuthenticationError, "the key is refused here"),
    (PermissionDeniedError, "the key may not do that"),
)
_NO_ANSWERS_USUALLY: tuple[tuple[type[WeryAIError], str], ...] = (
    *_NO_ACCESS,
    (UnknownModelError, "the service does not have this model; name another with --model"),
    (NotFoundError, "not found"),
)
_MOST_SEEN = 240  # characters, which may be the service's own words
_NOT_RECORDED = "No cassette holds this request."  # says the emulator, where it replays


@dataclass(frozen=True, slots=True)
class Result:
    """A probe and what it found.

    Attributes:
        probe: The probe.
        finding: What it found, without secrets.
        models: The models that were asked.
    """

    probe: Probe
    finding: Finding
    models: tuple[str, ...] = ()


def examine(
    probes: Iterable[Probe],
    lab: Lab,
    *,
    clean: Callable[[str], str],
    before: Callable[[Probe], None] = lambda probe: None,
) -> Iterator[Result]:
    """Run probes one after the other.

    Args:
        probes: The probes.
        lab: Asks the service.
        clean: Removes secrets from what is shown.
        before: Called before each probe.
    """
    for probe in probes:
        before(probe)
        answers: Answers = {}
        try:
            controls = lab.ask_all(probe.controls)
            answers = lab.ask_all(probe.questions)
            finding = _judge(probe, answers, controls)
        except Exception as error:  # answers may be anything, and a run goes on whatever they are
            finding = unknown(f"the probe failed: {type(error).__name__}")
        models = tuple(dict.fromkeys(one.model for one in answers.values() if one.model))
        # Shortened last: what is hidden has another length in a replay.
        seen = _shortened(clean(printable(finding.seen)))
        yield Result(probe, replace(finding, seen=seen), tuple(map(printable, models)))


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _MOST_SEEN else f"{text[:_MOST_SEEN]}..."


def _judge(probe: Probe, answers: Answers, controls: Answers) -> Finding:
    reason = (
        _reason_not_to_judge(probe, answers.values())
        or _failed_control(answers, controls)
        or _refusal(probe, answers)
    )
    finding = reason or probe.judge(answers)
    if finding.verdict != "differs":
        return finding
    return replace(finding, setting=finding.setting or probe.setting)


def _failed_control(answers: Answers, controls: Answers) -> Finding | None:
    """The finding if something was refused, and something like it that must be answered as well."""
    if all(answer.error is None for answer in answers.values()):
        return None
    for name, answer in controls.items():
        if answer.error is not None:
            return unknown(f"refused, and so is `{name}` ({describe(answer.error)})")
    return None


def _refusal(probe: Probe, answers: Answers) -> Finding | None:
    """The finding if a question that must be answered was refused or could not be sent."""
    for name, answer in answers.items():
        if name not in probe.may_fail and (answer.error is not None or answer.why_not):
            return fault(answer)
    return None


def _reason_not_to_judge(probe: Probe, answers: Iterable[Answer]) -> Finding | None:
    """The finding of a probe whose answers show nothing; None if they can be judged."""
    for answer in answers:
        error = answer.error
        if isinstance(error, NotFoundError) and _NOT_RECORDED in str(error):
            return unknown(describe(error))
        question = answer.question
        kinds = _NO_ANSWERS
        if not question.is_refused and not question.is_free:
            kinds += _NO_ANSWERS_USUALLY
        elif question.name not in probe.may_fail:
            kinds += _NO_ACCESS
        for kind, reason in kinds:
            if isinstance(error, kind):
                return unknown(f"{reason} ({describe(error)})")
        if isinstance(error, ProtocolError) and not _holds_json(answer):
            return unknown(f"no answer that can be read ({describe(error)})")
    return None


def _holds_json(answer: Answer) -> bool:
    return bool(answer.exchanges) and bool(answer.exchange.payloads)
