"""The verdicts as JSON, without key, prompts, answers and names of accounts."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from weryai_core.config import DEFAULT_BASE_URL
from weryai_core.doctor.examine import Result
from weryai_core.doctor.lab import Lab
from weryai_core.doctor.record.exchange import Exchange, messages_of
from weryai_core.doctor.record.words import printable
from weryai_core.version import __version__

FORMAT = 1
"""The version of the report's form."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run and what it found.

    Attributes:
        results: What the probes found, as far as the run went.
        base_url: The address of the service.
        model: The model that was asked, unless a probe needed another.
        requests: How many requests were sent.
        is_whole: Whether all probes were run.
        measured: Figures that are no verdicts: seconds, tokens, credits.
        started: When it began.
        is_served: Whether any request that costs something was answered, or refused as one.
        is_interrupted: Whether the user ended it, perhaps after the last probe.
    """

    results: Sequence[Result]
    base_url: str
    model: str
    requests: int
    is_whole: bool
    measured: Mapping[str, float]
    started: datetime
    is_served: bool = True
    is_interrupted: bool = False

    def count(self, verdict: str) -> int:
        """How many probes came to a verdict."""
        return sum(result.finding.verdict == verdict for result in self.results)


def to_report(run: Run) -> dict[str, Any]:
    """A run as a JSON object."""
    is_own = run.base_url == DEFAULT_BASE_URL
    return {
        "format": FORMAT,
        "weryai_integrations": __version__,
        "python": platform.python_version(),
        "started": run.started.isoformat(timespec="seconds"),
        # The address of another gateway may say whose it is.
        "service": DEFAULT_BASE_URL if is_own else "another address",
        "model": printable(run.model),
        "requests": run.requests,
        "is_whole": run.is_whole,
        "measured": dict(run.measured),
        "probes": [_to_entry(result) for result in run.results],
    }


def _to_entry(result: Result) -> dict[str, Any]:
    probe, finding = result.probe, result.finding
    return {
        "id": probe.id,
        "assumptions": list(probe.assumptions),
        "claim": probe.claim,
        "verdict": finding.verdict,
        "seen": finding.seen,
        "setting": finding.setting,
        "models": list(result.models),
    }


def measure(lab: Lab) -> dict[str, float]:
    """Figures of a run: how fast a stream came, and how many tokens the service counted."""
    measured: dict[str, float] = {}
    stream = lab.answers.get("stream")
    if stream is not None and stream.chunk is not None and stream.exchanges:
        measured.update(_speed(stream.exchange))
    usages = [one.chunk.usage for one in lab.answers.values() if one.chunk and one.chunk.usage]
    if usages:
        measured["input_tokens"] = sum(usage.prompt_tokens for usage in usages)
        measured["output_tokens"] = sum(usage.completion_tokens for usage in usages)
    return measured


def _speed(exchange: Exchange) -> dict[str, float]:
    times = [
        event.time
        for event in exchange.events
        if any(one.get("content") for one in messages_of(event.json or {}))
    ]
    if not times:
        return {}
    return {
        "first_text_seconds": round(times[0], 3),
        "last_text_seconds": round(times[-1], 3),
    }
