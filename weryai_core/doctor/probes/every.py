"""All probes, in the order in which they ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from weryai_core.doctor.probe import Probe
from weryai_core.doctor.probes import (
    account,
    answers,
    content,
    conversations,
    errors,
    parameters,
    search,
    tools,
)
from weryai_core.doctor.question import Question

_SHORT = 12  # characters

PROBES: tuple[Probe, ...] = (
    *account.PROBES,
    *answers.PROBES,
    *parameters.PROBES,
    *conversations.PROBES,
    *tools.PROBES,
    *content.PROBES,
    *search.PROBES,
    *errors.PROBES,
)
"""The order matters: what costs nothing comes first, and the wrong key last."""


def questions_of(probes: Iterable[Probe]) -> list[Question]:
    """The questions of these probes, each once."""
    found = {
        question.name: question
        for probe in probes
        for question in (*probe.controls, *probe.questions)
    }
    return list(found.values())


def prompts_of(questions: Iterable[Question]) -> set[str]:
    """The texts that these questions send, without short ones, which are words of any message.

    The last full stop is not part of them: who quotes a text may leave it out.
    """
    given = (one.parameters for one in questions if isinstance(one.parameters, Mapping))
    texts = {text for parameters in given for text in _texts_in(parameters.get("messages"))}
    return {text.rstrip(".?") for text in texts if len(text) > _SHORT}


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts_in(one)
