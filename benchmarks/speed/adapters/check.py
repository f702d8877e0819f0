"""Compare what a subject answers with what the server sent, before it is timed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from speed.adapters.subject import HELLO, Answer, Subject
from speed.server.replies import ANSWER, TOOL, USAGE, words

_COUNT = 20
_TEXT = "".join(words(_COUNT))

Make = Callable[[str], Subject]
"""Makes a subject for a base URL."""

CHECKS = {
    "coalesced": Answer(_TEXT, usage=USAGE),
    "each": Answer(_TEXT, usage=USAGE),
    "tools": Answer("", calls=((TOOL, {"text": "".join(words(_COUNT - 2))}),), usage=USAGE),
    "reasoning": Answer(ANSWER, reasoning=_TEXT, usage=USAGE),
}
"""What a stream of each kind must give."""

WHOLE = Answer(ANSWER, usage=USAGE)


class Verdict(NamedTuple):
    """What a check of one subject found, by kind of reply.

    The kind "whole" stands for a reply that is not streamed.

    Attributes:
        failed: What was wrong. These kinds are not timed.
        without_usage: Kinds where nothing but the token counts is missing. They are timed, because
            that makes them cheaper, not dearer.
    """

    failed: dict[str, str]
    without_usage: list[str]


def check(make: Make, address: str, loop: asyncio.AbstractEventLoop) -> Verdict:
    """Compare what a subject answers with what the server sends."""
    verdict = Verdict({}, [])
    for kind, expected in {"whole": WHOLE, **CHECKS}.items():
        subject = make(f"{address}/{'each' if kind == 'whole' else kind}-{_COUNT}/v1")
        try:
            answers = _answers(subject, kind == "whole", loop)
        except Exception as error:  # each peer has its own errors: all are a failed check
            verdict.failed[kind] = first_line(error)
            continue
        finally:
            loop.run_until_complete(subject.aclose())
        for answer in answers:
            if wrong := _compare(answer, expected):
                verdict.failed[kind] = wrong
            elif answer.usage is None and kind not in verdict.without_usage:
                verdict.without_usage.append(kind)
    return verdict


def first_line(error: Exception) -> str:
    """Return an error as one line of a report."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:160]


def _answers(subject: Subject, is_whole: bool, loop: asyncio.AbstractEventLoop) -> list[Answer]:
    prompt = subject.prompt(HELLO)
    answers = []
    if subject.sync:
        parts = [subject.call(prompt)] if is_whole else list(subject.stream(prompt))
        answers.append(subject.answer(parts))
    if subject.aio:

        async def read() -> Answer:
            if is_whole:
                return subject.answer([await subject.acall(prompt)])
            return subject.answer([part async for part in await subject.astream(prompt)])

        answers.append(loop.run_until_complete(read()))
    return answers


def _compare(answer: Answer, expected: Answer) -> str:
    if answer.usage is None:
        expected = expected._replace(usage=None)
    return "; ".join(
        f"{name} is {str(given)[:40]!r}, not {str(wanted)[:40]!r}"
        for name, given, wanted in zip(Answer._fields, answer, expected, strict=True)
        if given != wanted
    )
