"""A probe: an assumption, the questions that show whether it holds, and a judge of the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from weryai_core.doctor.question import Answer, Question

Verdict = Literal["holds", "differs", "unknown"]
Answers = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found.

    Attributes:
        verdict: Whether the assumption holds.
        seen: What was seen, in a few words; no text of prompts and answers.
        setting: Which setting to change; "" if there is nothing to do.
    """

    verdict: Verdict
    seen: str
    setting: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """One probe.

    Attributes:
        id: Its name, for `--only`.
        assumptions: Anchors of `docs/assumptions.md`.
        claim: What is assumed, in a few words.
        questions: What to ask.
        judge: Judges the answers.
        setting: Which setting to change if the assumption does not hold; a finding may name
            another.
        may_fail: Names of the questions whose refusal `judge` looks at. If another one is refused,
            the assumption does not hold.
        controls: Questions without the part that is to be refused. If one of them fails, a refusal
            says nothing, and the verdict is unknown.
    """

    id: str
    assumptions: Sequence[str]
    claim: str
    questions: Sequence[Question]
    judge: Callable[[Answers], Finding]
    setting: str = ""
    may_fail: Sequence[str] = ()
    controls: Sequence[Question] = ()


def holds(seen: str) -> Finding:
    """The finding that an assumption holds."""
    return Finding("holds", seen)


def differs(seen: str, setting: str = "") -> Finding:
    """The finding that an assumption does not hold."""
    return Finding("differs", seen, setting)


def unknown(seen: str) -> Finding:
    """The finding that the answers do not show it."""
    return Finding("unknown", seen)
