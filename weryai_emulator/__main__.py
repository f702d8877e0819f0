"""`python -m weryai_emulator`: run the emulator from the command line, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from weryai_emulator.local_model.progress import show_loading
from weryai_emulator.local_model.weights import find_weights
from weryai_emulator.options import ERROR_STYLES, LOG_LEVELS, SOURCE_SHAPES
from weryai_emulator.upstream.address import Upstream

if TYPE_CHECKING:
    from weryai_emulator import Emulator

_NAME = re.compile(r"`(\w+)`")  # of an option, in an error

_NOTICE = """\
WeryAI emulator at {url}
{model}

Point a client at it with

  export WERYAI_BASE_URL={url}
  export WERYAI_API_KEY={key}

Ctrl-C stops it."""

_BY_RULE = "No model is behind it: it answers by fixed rules, and nothing leaves this machine."
_BY_UPSTREAM = "A real model behind {upstream} answers, after the checks of the gateway."
_BY_LOCAL_MODEL = "{name} answers, a real model on this machine. Nothing leaves it."
_BY_SMOLLM2 = (
    "SmolLM2 answers, a real model of 135 million parameters on this machine: fluent, not wise."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted.

    Args:
        argv: The arguments without the program's name; None takes those of the process.

    Returns:
        The exit status: 0 after Ctrl-C or a termination signal, 1 if it cannot start.
    """
    arguments = _parser().parse_args(argv)
    try:
        emulator = _emulator(arguments)
        if arguments.scenario is not None:
            from weryai_emulator.control.steps import take_scenario

            take_scenario(emulator, arguments.scenario)
        with _loading(arguments.local):
            emulator.start()
    except KeyboardInterrupt:
        return 0
    except (ModuleNotFoundError, OSError, RuntimeError, ValueError) as error:
        print(f"weryai-emulator: {error}", file=sys.stderr)
        return 1
    with emulator:
        key = "<one of your --api-key values>" if arguments.api_key else "any-key"
        notice = _NOTICE.format(url=emulator.base_url, key=key, model=_who_answers(arguments))
        print(notice, flush=True)
        _wait_for_signal()
    return 0


def _who_answers(arguments: argparse.Namespace) -> str:
    if arguments.upstream is not None:
        return _BY_UPSTREAM.format(upstream=Upstream(arguments.upstream).shown)
    if isinstance(arguments.local, str):
        return _BY_LOCAL_MODEL.format(name=find_weights(arguments.local).name)
    return _BY_SMOLLM2 if arguments.local else _BY_RULE


def _loading(local: bool | str) -> AbstractContextManager[None]:
    """Show that a local model is loaded, if one is."""
    if not local:
        return nullcontext()
    return show_loading(find_weights(None if local is True else local), sys.stderr)


def _emulator(arguments: argparse.Namespace) -> Emulator:
    """Return an emulator with the options of the command line.

    Raises:
        ValueError: An option is out of range; the message has its name on the command line.
        ModuleNotFoundError: The extra `emulator` is not installed.
    """
    from weryai_emulator import Emulator

    try:
        return Emulator(
            host=arguments.host,
            port=arguments.port,
            api_keys=arguments.api_key,
            chunk_delay=arguments.chunk_delay,
            error_style=arguments.error_style,
            source_shape=arguments.source_shape,
            ignore_plugins=arguments.ignore_plugins,
            ignore_tools=arguments.ignore_tools,
            max_concurrency=arguments.max_concurrency,
            retry_after=arguments.retry_after,
            answer_delay=arguments.answer_delay,
            cassettes=arguments.cassettes,
            cassette_pace=arguments.cassette_pace,
            allow_remote_control=arguments.allow_remote_control,
            log_level=arguments.log_level,
            upstream=arguments.upstream,
            upstream_model=arguments.upstream_model,
            upstream_api_key=arguments.upstream_api_key or _key_from_environment(arguments),
            local=arguments.local,
        )
    except ValueError as error:
        raise ValueError(_NAME.sub(_flag_of, str(error))) from error


def _flag_of(name: re.Match[str]) -> str:
    option = "api-key" if name[1] == "api_keys" else name[1].replace("_", "-")
    return f"--{option}"


def _key_from_environment(arguments: argparse.Namespace) -> str | None:
    return os.environ.get("UPSTREAM_API_KEY") or None if arguments.upstream is not None else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="weryai-emulator",
        description=(
            "A local server that answers in the documented shapes of the WeryAI chat service: by "
            "fixed rules, or with a real model behind it (--local, --upstream)."
        ),
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=int, default=8000, help="port; 0 for a free one (%(default)s)"
    )
    parser.add_argument(
        "--api-key",
        action="append",
        default=[],
        metavar="KEY",
        help="an accepted key; repeatable. Without this option no key is required",
    )
    parser.add_argument(
        "--chunk-delay",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="pause between two streamed deltas (%(default)s)",
    )
    parser.add_argument(
        "--error-style",
        choices=ERROR_STYLES,
        default="envelope",
        help="form of errors (%(default)s)",
    )
    parser.add_argument(
        "--source-shape",
        choices=SOURCE_SHAPES,
        default="openrouter",
        help="shape of the sources of a web search (%(default)s)",
    )
    parser.add_argument(
        "--ignore-plugins",
        action="store_true",
        help="ignore plugins for all models other than Gemini",
    )
    parser.add_argument(
        "--ignore-tools",
        action="store_true",
        help="ignore tools, as a gateway that does not know them",
    )
    parser.add_argument(
        "--max-concurrency",
        type=int,
        metavar="N",
        help="chat requests answered at once; more get HTTP status 429",
    )
    parser.add_argument(
        "--retry-after",
        type=float,
        metavar="SECONDS",
        help="Retry-After of those refusals",
    )
    parser.add_argument(
        "--answer-delay",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="pause before the answer to a chat request (%(default)s)",
    )
    parser.add_argument(
        "--local",
        nargs="?",
        const=True,
        default=False,
        metavar="FILE",
        help="let a small real model on this machine answer; with FILE, the one in that GGUF file",
    )
    parser.add_argument(
        "--upstream",
        metavar="URL",
        help="let a server with OpenAI's API answer, such as http://127.0.0.1:11434/v1",
    )
    parser.add_argument(
        "--upstream-model",
        metavar="NAME",
        help="the model there; without this option the first that the server lists",
    )
    parser.add_argument(
        "--upstream-api-key",
        metavar="KEY",
        help="the key for that server; better in the environment variable UPSTREAM_API_KEY",
    )
    parser.add_argument(
        "--cassettes",
        metavar="DIR",
        help="replay the cassettes (HAR files) of a directory; see docs/doctor.md",
    )
    parser.add_argument(
        "--cassette-pace",
        type=float,
        default=0.0,
        metavar="N",
        help="replay bodies N times as slowly as they came; 0 without waiting (%(default)s)",
    )
    parser.add_argument(
        "--scenario",
        metavar="FILE",
        help="a JSON file of answers and faults to queue; see docs/faults.md",
    )
    parser.add_argument(
        "--allow-remote-control",
        action="store_true",
        help="answer the control API to other machines and containers too",
    )
    parser.add_argument(
        "--log-level",
        choices=LOG_LEVELS,
        help="log level of the server; silent without this option",
    )
    return parser


def _wait_for_signal() -> None:
    # A shell starts background jobs with SIGINT ignored, and the emulator is often such a job.
    previous = {
        number: signal.signal(number, signal.default_int_handler)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        return
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
