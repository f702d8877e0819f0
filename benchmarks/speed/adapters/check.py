"""Compare what a subject answers with what the server sent, before it is timed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

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


def failures(make: Make, address: str, loop: asyncio.AbstractEventLoop) -> dict[str, str]:
    """Return, for each kind of reply that a subject reads wrongly, what it gave.

    The kind "whole" stands for a reply that is not streamed.
    """
    found = {}
    for kind, expected in {"whole": WHOLE, **CHECKS}.items():
        subject = make(f"{address}/{'each' if kind == 'whole' else kind}-{_COUNT}/v1")
        try:
            answers = _answers(subject, kind == "whole", loop)
        except Exception as error:  # each peer has its own errors: all are a failed check
            found[kind] = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            continue
        wrong = [difference for answer in answers if (difference := _compare(answer, expected))]
        if wrong:
            found[kind] = wrong[0]
    return found


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
    return "; ".join(
        f"{name} is {str(given)[:60]!r}, not {str(wanted)[:60]!r}"
        for name, given, wanted in zip(Answer._fields, answer, expected, strict=True)
        if given != wanted
    )
