"""What the doctor shows: the probes, what they will cost, and the verdicts."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from weryai_core.doctor.cost import Cost
from weryai_core.doctor.probe import Probe
from weryai_core.doctor.record.words import printable
from weryai_core.doctor.report import Run

_COLOURS = {"holds": "green", "differs": "bold red", "unknown": "yellow"}


class Output(Console):
    """A console that goes on without a reader: `| head` ends no run."""

    def on_broken_pipe(self) -> None:
        """Print nothing more."""
        self.quiet = True
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


@contextmanager
def any_character() -> Iterator[None]:
    """Replace what the encoding of the standard output does not have, in place of an error."""
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper):
        yield
        return
    errors = stream.errors
    stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        stream.reconfigure(errors=errors)


def show_probes(console: Console, probes: Iterable[Probe]) -> None:
    """Show which probes there are."""
    table = Table(box=SIMPLE_HEAD)
    for title in ("probe", "what is assumed", "docs/assumptions.md#", "questions"):
        table.add_column(title)
    for probe in probes:
        anchors = "\n".join(probe.assumptions)
        table.add_row(probe.id, escape(probe.claim), anchors, str(len(probe.questions)))
    console.print(table)


def show_cost(console: Console, cost: Cost, model: str, base_url: str) -> None:
    """Show what a run will cost at most."""
    console.print(
        f"{cost.requests} requests to {base_url}, {cost.free} of them free. "
        f"The model is {printable(model)}.\n"
        f"At most {cost.input_tokens:,} tokens of input and {cost.output_tokens:,} of output, "
        "most of which will not be used.",
        markup=False,
        highlight=False,
    )
    if cost.price is None:
        console.print("The service lists no prices for these models.", highlight=False)
    else:
        console.print(
            f"At the listed prices about {cost.price:.2g}, if they are for a million tokens. "
            "WeryAI documents neither unit nor currency.",
            highlight=False,
        )


def show_run(console: Console, run: Run) -> None:
    """Show what a run has found."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("probe", no_wrap=True)
    table.add_column("assumption", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("seen", overflow="fold")
    has_settings = any(result.finding.setting for result in run.results)
    if has_settings:
        table.add_column("setting to change", overflow="fold")
    for result in run.results:
        finding = result.finding
        cells = [
            result.probe.id,
            escape(result.probe.claim),
            f"[{_COLOURS[finding.verdict]}]{finding.verdict}[/]",
            escape(finding.seen),
        ]
        table.add_row(*cells, *([escape(finding.setting)] if has_settings else []))
    console.print(table)
    for line in _summary(run):
        console.print(line, markup=False, highlight=False)


def _summary(run: Run) -> Iterable[str]:
    holds, differs, unknown = map(run.count, ("holds", "differs", "unknown"))
    yield f"{holds} hold, {differs} differ, {unknown} unknown; {run.requests} requests."
    measured = run.measured
    if "first_text_seconds" in measured:
        yield (
            f"The first text of a stream came after {measured['first_text_seconds']:.2f} s, the "
            f"last after {measured['last_text_seconds']:.2f} s."
        )
    if "input_tokens" in measured:
        yield (
            f"The service counted {measured['input_tokens']:,.0f} tokens of input and "
            f"{measured['output_tokens']:,.0f} of output."
        )
    if "credits" in measured:
        yield f"The balance is lower by {measured['credits']:g}."
    if not run.is_served:
        yield "No chat completion was answered: check the address and the model."
    if not run.is_whole:
        yield "The run was interrupted; the other probes did not run."
