"""Parameters of a request: the documented ones, and OpenAI's `stop` and `logprobs`."""

from __future__ import annotations

from typing import Any

from weryai_core.doctor.probe import Answers, Finding, Probe, differs, holds, unknown
from weryai_core.doctor.probes.answers import PLAIN
from weryai_core.doctor.probes.reading import (
    completion_tokens,
    describe,
    finish_reason,
    is_refused,
)
from weryai_core.doctor.question import Question, Situation, says
from weryai_core.models import DEFAULT_MAX_TOKENS

N = Question("n", says("Name a colour.", n=2, temperature=1))
_SHIP = says("Invent a name for a ship. Answer with the name alone.", temperature=1, seed=7)
SEED = Question("seed", _SHIP)
SEED_AGAIN = Question("seed-again", _SHIP)
STOP = Question("stop", says("Count from 1 to 9, in digits, separated by commas.", stop=["5"]))
LOGPROBS = Question("logprobs", says("Name a fruit.", logprobs=True, top_logprobs=2))
MAX_TOKENS = Question(
    "max-tokens", says("Count from 1 to 99, in digits."), tokens=16, has_room=False
)
# Longer than the default allows, and not much longer: whatever the default is, the answer ends.
DEFAULT = Question(
    "max-tokens-default",
    says("Count from 1 to 900, in digits, separated by commas. Leave none out."),
    tokens=None,
    most=3600,
)


def _beyond_the_limit(situation: Situation) -> dict[str, Any] | None:
    entry = situation.listed.get(situation.model)
    if entry is None or entry.max_tokens is None:
        return None
    return says("Say yes.", max_tokens=entry.max_tokens + 1)


LIMIT = Question("max-tokens-limit", _beyond_the_limit, way="raw", most=32)

# One question for each end of a documented range: the values next to it, which are refused.
_BEYOND: dict[str, tuple[Any, ...]] = {
    "temperature": (-0.1, 2.1),
    "top_p": (-0.1, 1.1),
    "presence_penalty": (-2.1, 2.1),
    "frequency_penalty": (-2.1, 2.1),
    "max_tokens": (0,),
    "n": (0,),
    "seed": ("seven",),
}
BEYOND = tuple(
    Question(
        f"bound-{name}-{number}",
        says("Say yes.", **{name: value}),
        way="raw",
        most=32,
    )
    for name, values in _BEYOND.items()
    for number, value in enumerate(values, 1)
)
LOWEST = Question(
    "bounds-lowest",
    says("Say no.", temperature=0, top_p=0.0, presence_penalty=-2, frequency_penalty=-2),
    way="raw",
)
HIGHEST = Question(
    "bounds-highest",
    says("Say maybe.", temperature=2, top_p=1, presence_penalty=2, frequency_penalty=2),
    way="raw",
    tokens=16,
)
FIXED = Question("fixed-parameters", says("Say one word.", temperature=0.5), role="fixed")


def _judge_n(answers: Answers) -> Finding:
    answer = answers["n"]
    count = 0 if answer.chunk is None else len(answer.chunk.choices)
    return holds("two answers") if count == 2 else differs(f"{count} answer for `n=2`")


def _judge_seed(answers: Answers) -> Finding:
    first, second = answers["seed"], answers["seed-again"]
    if not first.text:
        return unknown("the answers have no text")
    if first.text == second.text:
        return holds("the same text twice")
    return differs("two different texts")


def _judge_stop(answers: Answers) -> Finding:
    answer = answers["stop"]
    if "5" in answer.text:
        return differs("the answer goes on")
    if "4" in answer.text:
        return holds(f"the answer ends before it, with the finish reason {finish_reason(answer)}")
    return unknown("the answer ends before the text comes")


def _judge_logprobs(answers: Answers) -> Finding:
    answer = answers["logprobs"]
    found = None if answer.chunk is None else answer.chunk.choice.logprobs
    content = found.get("content") if isinstance(found, dict) else None
    if isinstance(content, list) and content:
        return holds("in `logprobs.content`")
    return differs("the field is taken, and none come")


def _judge_max_tokens(answers: Answers) -> Finding:
    answer = answers["max-tokens"]
    count, limit = completion_tokens(answer), answer.max_tokens or 0
    counted = "" if count is None else f"{count} tokens of {limit}, "
    seen = f"{counted}finish reason {finish_reason(answer)}"
    if finish_reason(answer) != "`length`" or (count or 0) > limit:
        return differs(seen)
    return holds(seen)


def _judge_default(answers: Answers) -> Finding:
    answer = answers["max-tokens-default"]
    count, reason = completion_tokens(answer), finish_reason(answer)
    seen = f"{count} tokens, finish reason {reason}"
    if reason == "`length`":
        return (holds if count in (None, DEFAULT_MAX_TOKENS) else differs)(seen)
    if count is not None and count > DEFAULT_MAX_TOKENS:
        return differs(seen)
    return unknown(f"{seen}: the answer ends by itself")


def _judge_limit(answers: Answers) -> Finding:
    answer = answers["max-tokens-limit"]
    if answer.why_not:
        return unknown("the list of models names no limit")
    if is_refused(answer):
        return holds(describe(answer.error))
    return differs(describe(answer.error) if answer.error else "a larger `max_tokens` is taken")


def _judge_bounds(answers: Answers) -> Finding:
    refused = [name for name in ("bounds-lowest", "bounds-highest") if is_refused(answers[name])]
    names = [question.name for question in BEYOND]
    taken = [name for name in names if answers[name].error is None]
    if not refused and not taken:
        return holds(f"the ends are taken, {len(names)} values beyond them are refused")
    parts = [
        f"taken beyond the range: {', '.join(map(_parameter, taken))}" if taken else "",
        *(f"{_parameter(name)}: {describe(answers[name].error)}" for name in refused),
    ]
    return differs("; ".join(part for part in parts if part))


def _parameter(name: str) -> str:
    """What a question about a range sends, in the words of the table."""
    if name == "bounds-lowest":
        return "the lowest values"
    if name == "bounds-highest":
        return "the highest values"
    parameter, _, number = name.removeprefix("bound-").rpartition("-")
    return f"`{parameter}={_BEYOND[parameter][int(number) - 1]}`"


def _judge_fixed(answers: Answers) -> Finding:
    answer = answers["fixed-parameters"]
    seen = f"{answer.model} with `temperature=0.5`: {describe(answer.error)}"
    return holds(seen) if answer.error is None else differs(seen)


_DOCUMENTED = ("documented-parameters",)
PROBES = (
    Probe("n", _DOCUMENTED, "`n=2` brings two answers", (N,), _judge_n, "one call for each answer"),
    Probe(
        "seed",
        _DOCUMENTED,
        "The same `seed` gives the same answer",
        (SEED, SEED_AGAIN),
        _judge_seed,
    ),
    Probe(
        "max-tokens",
        _DOCUMENTED,
        "`max_tokens` ends an answer",
        (MAX_TOKENS,),
        _judge_max_tokens,
    ),
    Probe(
        "max-tokens-default",
        _DOCUMENTED,
        f"Without `max_tokens` it ends after {DEFAULT_MAX_TOKENS:,}",
        (DEFAULT,),
        _judge_default,
        "`max_tokens`: set it",
    ),
    Probe(
        "max-tokens-limit",
        _DOCUMENTED,
        "More `max_tokens` than the list says is refused",
        (LIMIT,),
        _judge_limit,
        may_fail=("max-tokens-limit",),
        controls=(PLAIN,),
    ),
    Probe(
        "bounds",
        _DOCUMENTED,
        "Values in the documented ranges are taken, others refused",
        (*BEYOND, LOWEST, HIGHEST),
        _judge_bounds,
        may_fail=[question.name for question in (*BEYOND, LOWEST, HIGHEST)],
        controls=(PLAIN,),
    ),
    Probe(
        "stop",
        ("openai-parameters",),
        "`stop` ends an answer before the text",
        (STOP,),
        _judge_stop,
    ),
    Probe(
        "logprobs",
        ("openai-parameters",),
        "`logprobs` brings log probabilities",
        (LOGPROBS,),
        _judge_logprobs,
    ),
    Probe(
        "fixed-parameters",
        ("fixed-parameters",),
        "Parameters that a vendor refuses are taken",
        (FIXED,),
        _judge_fixed,
        "`drop_unsupported=True`",
        may_fail=("fixed-parameters",),
    ),
)
