"""The program: from the command line to the exit status."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from weryai_core.config import BASE_URL_VARIABLES, Config, resolve_config
from weryai_core.doctor.cost import cost_of
from weryai_core.doctor.examine import Result, examine
from weryai_core.doctor.lab import Lab, Record
from weryai_core.doctor.probe import Probe
from weryai_core.doctor.probes.account import BALANCE, MODELS
from weryai_core.doctor.probes.every import PROBES, prompts_of, questions_of
from weryai_core.doctor.question import Answer, Question
from weryai_core.doctor.record.cassettes import CassetteWriter
from weryai_core.doctor.record.privacy import Privacy
from weryai_core.doctor.record.words import printable
from weryai_core.doctor.report import Run, measure, to_report
from weryai_core.doctor.roles import DEFAULT_MODEL, Roles
from weryai_core.doctor.table import Output, any_character, show_cost, show_probes, show_run
from weryai_core.errors import APIConnectionError, AuthenticationError, ConfigurationError
from weryai_core.reply.account import decode_balance
from weryai_core.secrets.keys import API_KEY_VARIABLE

_NOTHING_DIFFERS, _SOMETHING_DIFFERS, _COULD_NOT_RUN = 0, 1, 2
_TIMEOUT = 120.0  # seconds for a question
_MOST_BYTES = 4 * 2**20  # of an answer
# Read before and after, so that a run shows what it has cost.
_BALANCE_AFTER = Question("balance-after", way="balance")


class _Refusal(Exception):
    """The doctor cannot run; the text says why."""


def run_program(argv: Sequence[str] | None = None) -> int:
    """Run the doctor; gives the exit status.

    Args:
        argv: The arguments without the program's name; None takes those of the process.
    """
    arguments = _parser().parse_args(argv)
    with any_character():
        return _run_program(arguments, Output(width=arguments.width))


def _run_program(arguments: argparse.Namespace, console: Console) -> int:
    try:
        probes = _chosen(arguments.only)
        if arguments.list:
            show_probes(console, probes)
            return _NOTHING_DIFFERS
        with _report_file(arguments.json) as write:
            run = _run(arguments, probes, console)
            write(run)
        show_run(console, run)
    except (ConfigurationError, OSError, _Refusal) as error:
        sys.stderr.write(f"weryai-doctor: {printable(str(error))}\n")
        return _COULD_NOT_RUN
    except KeyboardInterrupt:
        sys.stderr.write("weryai-doctor: interrupted before the first probe\n")
        return _COULD_NOT_RUN
    if run.count("differs"):
        return _SOMETHING_DIFFERS
    is_done = run.is_whole and not run.is_interrupted and run.is_served
    return _NOTHING_DIFFERS if is_done and run.count("holds") else _COULD_NOT_RUN


@contextmanager
def _report_file(path: Path | None) -> Iterator[Callable[[Run], None]]:
    """What writes the report; nothing without a path. No file is left by a run without a report.

    Raises:
        OSError: The file cannot be written. This is known before the run.
    """
    if path is None:
        yield lambda run: None
        return
    is_new = not path.exists()
    path.open("ab").close()

    def write(run: Run) -> None:
        nonlocal is_new
        text = json.dumps(to_report(run), indent=2, ensure_ascii=False)
        path.write_bytes(text.encode("utf-8", "backslashreplace") + b"\n")
        is_new = False

    try:
        yield write
    finally:
        if is_new:
            path.unlink(missing_ok=True)


def _run(arguments: argparse.Namespace, probes: Sequence[Probe], console: Console) -> Run:
    """Ask what these probes need, after the user has agreed.

    Raises:
        ConfigurationError: No key, or an unusable address.
        _Refusal: The service is not reached, refuses the key, or the user does not agree.
        OSError: The cassettes cannot be written.
    """
    config = resolve_config(
        base_url=arguments.base_url,
        timeout=arguments.timeout,
        total_timeout=arguments.timeout,
        max_reply_bytes=_MOST_BYTES,
        max_retries=0,
    )
    privacy = Privacy(config, prompts_of(questions_of(PROBES)))
    record = _recorder(arguments.record, privacy)
    named = arguments.model or DEFAULT_MODEL
    started = datetime.now(UTC)
    with Lab(config, Roles(named), pause=arguments.pause, record=record) as lab:
        _look_up(lab)
        named = arguments.model or _default_of(lab)
        lab.roles = Roles(named, lab.listed)
        _agree(lab, probes, config, console, is_agreed=arguments.yes)
        results, is_whole = _examined(lab, probes, privacy)
        measured = measure(lab)
        spent, is_interrupted = _spent(lab) if is_whole else (0.0, True)
        if spent > 0:
            measured["credits"] = spent
        return Run(
            results,
            config.base_url,
            named,
            lab.requests,
            is_whole,
            measured,
            started,
            is_served=lab.is_served,
            is_interrupted=is_interrupted,
        )


def _look_up(lab: Lab) -> None:
    """Read the models and the balance, which costs nothing.

    Raises:
        _Refusal: The service is not reached, or refuses the key.
    """
    errors = [answer.error for answer in lab.ask_all((MODELS, BALANCE)).values()]
    for kind in (APIConnectionError, AuthenticationError):
        if all(isinstance(error, kind) for error in errors):
            raise _Refusal(str(errors[0]))


def _default_of(lab: Lab) -> str:
    """The default model, or the first one if the service does not list it."""
    listed = list(lab.listed)
    return DEFAULT_MODEL if DEFAULT_MODEL in listed or not listed else listed[0]


def _agree(
    lab: Lab, probes: Sequence[Probe], config: Config, console: Console, *, is_agreed: bool
) -> None:
    """Show what a run costs, and have the user agree.

    Raises:
        _Refusal: The user does not, or cannot be asked.
    """
    questions = {one.name: one for one in (MODELS, BALANCE, *questions_of(probes), _BALANCE_AFTER)}
    cost = cost_of(questions.values(), lab.estimate_for, lab.listed)
    show_cost(console, cost, lab.roles.named, config.base_url)
    if is_agreed:
        return
    if not sys.stdin.isatty():
        raise _Refusal("nobody can be asked. Pass --yes to agree to these requests.")
    if console.input("Send them? [y/N] ", markup=False).strip().lower() not in ("y", "yes"):
        raise _Refusal("nothing was asked.")


def _examined(lab: Lab, probes: Sequence[Probe], privacy: Privacy) -> tuple[list[Result], bool]:
    """What the probes found, and whether all of them ran."""
    results: list[Result] = []
    with _progress(len(probes)) as before:
        try:
            for result in examine(probes, lab, clean=privacy.clean_words, before=before):
                results.append(result)  # noqa: PERF402  # they stay if it is interrupted
        except KeyboardInterrupt:
            return results, False
    return results, True


@contextmanager
def _progress(total: int) -> Iterator[Callable[[Probe], None]]:
    """What shows which probe runs, on a terminal; the table alone goes to the standard output."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda probe: None
        return
    number = 0
    with console.status("") as status:

        def show(probe: Probe) -> None:
            nonlocal number
            number += 1
            status.update(f"{number} of {total}: {probe.id}")

        yield show


def _spent(lab: Lab) -> tuple[float, bool]:
    """By how much the balance is lower than before, and whether the user did not wait for it.

    The verdicts are there by now: whatever fails here, they are kept.
    """
    try:
        after = lab.ask_all((_BALANCE_AFTER,))[_BALANCE_AFTER.name]
        return _difference(lab.answers[BALANCE.name], after), False
    except KeyboardInterrupt:
        return 0.0, True
    except Exception:  # a cassette that cannot be written, or an answer of any form
        return 0.0, False


def _difference(*answers: Answer) -> float:
    """By how much the second balance is lower, as far as the service says so."""
    amounts = [
        decode_balance(answer.exchange.json)
        for answer in answers
        if answer.error is None and answer.exchanges
    ]
    found = [amount for amount in amounts if amount is not None]
    return found[0] - found[1] if len(found) == len(answers) else 0.0


def _recorder(directory: Path | None, privacy: Privacy) -> Record:
    """What writes the cassettes; nothing without a directory.

    Raises:
        OSError: The directory cannot be made.
        _Refusal: It has cassettes already.
    """
    if directory is None:
        return lambda name, exchanges: None
    try:
        return CassetteWriter(directory, privacy).write
    except ValueError as error:
        raise _Refusal(str(error)) from error


def _chosen(names: Sequence[str] | None) -> Sequence[Probe]:
    """The probes of these names; all without names.

    Raises:
        _Refusal: One is unknown.
    """
    if not names:
        return PROBES
    known = {probe.id for probe in PROBES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise _Refusal(f"unknown probe {unknown[0]!r}. --list shows all.")
    return [probe for probe in PROBES if probe.id in names]


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("pass the key of a model")
    return text


def _seconds(text: str) -> float:
    if not 0 <= (seconds := float(text)) < math.inf:
        raise argparse.ArgumentTypeError("pass a number from 0")
    return seconds


def _columns(text: str) -> int:
    if (columns := int(text)) < 1:
        raise argparse.ArgumentTypeError("pass a whole number from 1")
    return columns


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="weryai-doctor",
        description=(
            "Ask the service what this package assumes about it, with your key "
            f"({API_KEY_VARIABLE}). It says what that costs before it starts."
        ),
        epilog="Exit status: 0 if nothing differs, 1 if something does, 2 if it could not run.",
    )
    parser.add_argument(
        "--model",
        type=_name,
        help=f"key of the model to ask ({DEFAULT_MODEL}); some probes need another",
    )
    parser.add_argument(
        "--base-url", help=f"address of the service ({BASE_URL_VARIABLES[0]}, else WeryAI's)"
    )
    parser.add_argument("--only", nargs="+", metavar="PROBE", help="run these probes only")
    parser.add_argument("--list", action="store_true", help="show the probes, and send nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask before the start")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts as JSON")
    parser.add_argument(
        "--record",
        type=Path,
        metavar="DIR",
        help="write what was sent and received, without the key, for weryai-emulator --cassettes",
    )
    parser.add_argument(
        "--pause",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="wait between two requests (%(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=_TIMEOUT,
        metavar="SECONDS",
        help="longest time for a request (%(default)s)",
    )
    parser.add_argument(
        "--width",
        type=_columns,
        metavar="COLUMNS",
        help="width of the table (that of the terminal)",
    )
    return parser
