"""The pages are true: snippets run and print what is shown, links resolve, tables match the code.

A page under `docs/` is found by itself. Its Python snippets run one by one against the emulator.
A `text` block that follows a snippet is the output that the snippet must print. So it is for `sh`
blocks that run an example. One with arguments runs in a process and a directory of its own.
"""

import inspect
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from importlib.util import find_spec

import httpx
import langchain_core.exceptions
import pytest
from doc_snippets import DOCS, EXAMPLES, FENCE, PAGES, PYTHON, ROOT, snippets

import langchain_weryai.errors
import weryai_core
from weryai_core import WeryAIError, known_models
from weryai_core.doctor.__main__ import main as run_doctor
from weryai_core.integration import ModelSettings
from weryai_emulator import Emulator, faults
from weryai_emulator.control.steps import take_steps

MARKDOWN = [*PAGES, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]

_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)
_OWN_ANCHOR = re.compile(r'<a id="([^"]+)"></a>')
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


WITHOUT_ARGUMENTS = [snippet for snippet in EXAMPLES if not snippet.arguments]
WITH_ARGUMENTS = [snippet for snippet in EXAMPLES if snippet.arguments]


def rows(snippets):
    """The cases of a test: what starts the local model is for `tests/local`."""
    return [pytest.param(one, id=one.place) for one in snippets if not one.starts_model]


@pytest.mark.parametrize("snippet", rows(PYTHON))
def test_every_snippet_runs_and_prints_what_the_page_shows(
    snippet, request, weryai_emulator_env, capsys
):
    namespace = {"__name__": "page"}
    exec(compile(snippet.code, snippet.place, "exec"), namespace)
    tests = [value for name, value in namespace.items() if name.startswith("test_")]
    for test in tests:
        test(**{name: request.getfixturevalue(name) for name in inspect.signature(test).parameters})
    printed = capsys.readouterr().out
    if snippet.output is not None:
        assert printed.rstrip("\n") == snippet.output.rstrip("\n")
    elif not tests:
        assert printed
        assert weryai_emulator_env.requests


@pytest.mark.parametrize("snippet", rows(WITHOUT_ARGUMENTS))
def test_every_example_prints_what_the_page_shows(snippet, monkeypatch, capsys):
    assert snippet.output is not None
    monkeypatch.syspath_prepend(ROOT / "examples")
    monkeypatch.setattr(sys, "argv", [snippet.example])
    runpy.run_path(str(ROOT / snippet.example), run_name="__main__")
    assert capsys.readouterr().out == snippet.output


@pytest.mark.slow
@pytest.mark.timeout(900)  # Ray takes half a minute to start, on a loaded machine
@pytest.mark.parametrize("snippet", rows(WITH_ARGUMENTS))
def test_every_example_with_arguments_prints_what_the_page_shows(snippet, tmp_path):
    if "ray" in snippet.example and find_spec("ray") is None:
        pytest.skip("Ray is not installed, see make test-ray")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    path = os.pathsep.join(entry or os.curdir for entry in sys.path)
    done = subprocess.run(
        [sys.executable, snippet.example, *snippet.arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, snippet.output), done.stderr


def test_every_example_is_on_a_page():
    programs = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "examples").glob("*.py")
        if "__main__" in path.read_text(encoding="utf-8")
    }
    assert {snippet.example for snippet in EXAMPLES} == programs


def anchors(page):
    """The anchors that a page has, and those that GitHub makes of its headings."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = (_NOT_IN_ANCHORS.sub("", title.lower()) for title in _HEADING.findall(text))
    return {*_OWN_ANCHOR.findall(text), *(title.strip().replace(" ", "-") for title in titles)}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_leads_somewhere(page):
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for link in _LINK.findall(text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_the_index_names_every_page():
    index = ROOT / "docs" / "index.md"
    linked = {link.partition("#")[0] for link in _LINK.findall(index.read_text(encoding="utf-8"))}
    pages = {page.relative_to(index.parent).as_posix() for page in DOCS} - {"index.md"}
    assert pages <= linked


def fact(value):
    return {True: "yes", False: "no", None: "?"}.get(value, value)


def media_in_results(model):
    kept = {"images": model.image_tool_message, "PDF": model.pdf_tool_message}
    return ", ".join(name for name in kept if kept[name]) or fact(model.image_tool_message)


def test_the_model_table_is_the_catalogue():
    page = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \|(.*)\|$", page, flags=re.MULTILINE)
    table = {key: [cell.strip() for cell in cells.split("|")] for key, cells in rows}
    assert list(table) == list(known_models())
    for key, model in known_models().items():
        facts = [
            model.name,
            f"{model.max_input_tokens:,}",
            f"{model.max_output_tokens:,}",
            fact(model.reasoning),
            fact(model.image_inputs),
            fact(model.pdf_inputs),
            fact(model.audio_inputs),
            fact(model.tool_calling),
            fact(model.structured_output),
            fact(model.temperature),
            fact(model.web_search),
            media_in_results(model),
        ]
        assert table[key] == facts


def test_the_error_table_names_every_class_and_which_are_retried():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+Error)` \|.*\|(.*)\|$", page, flags=re.MULTILINE)
    errors = {
        name: error
        for name, error in vars(weryai_core).items()
        if isinstance(error, type) and issubclass(error, WeryAIError) and error is not WeryAIError
    }
    assert {name: bool(retried.strip()) for name, retried in rows} == {
        name: error.is_retryable for name, error in errors.items()
    }


def test_the_error_table_names_langchains_classes():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    _, _, table = page.partition("| ours | LangChain's |")
    rows = re.findall(r"^\| (\w+Error[\w, ]*) \| (\w+Error) \|$", table, flags=re.MULTILINE)
    pairs = [(name, theirs) for ours, theirs in rows for name in ours.split(", ")]
    assert len(pairs) > 10
    for name, theirs in pairs:
        ours = getattr(langchain_weryai.errors, name)
        assert issubclass(ours, getattr(langchain_core.exceptions, theirs))


def test_the_doctor_prints_what_the_page_shows(monkeypatch, capsys):
    [shown] = [one for one in snippets(ROOT / "docs" / "doctor.md") if one.output]
    monkeypatch.setenv("WERYAI_API_KEY", "any-key-will-do")
    with Emulator(ignore_tools=True) as emulator:
        monkeypatch.setenv("WERYAI_BASE_URL", emulator.base_url)
        assert run_doctor(shlex.split(shown.code)[1:]) == 1
        printed = capsys.readouterr().out.replace(str(emulator.port), "8000")
    times = re.compile(r"\d+\.\d\d s")  # how long an answer took
    lines = [times.sub("0.01 s", line.rstrip()) for line in printed.splitlines()]
    assert "\n".join(lines).strip("\n") == times.sub("0.01 s", shown.output.strip("\n"))


FAULTS = ROOT / "docs" / "faults.md"


def test_the_fault_tables_are_the_catalogue():
    row = re.compile(r"^\| `(\w+)` \| ([^|]*)\| ([^|]*) \| [^|]* \|$", re.MULTILINE)
    rows = row.findall(FAULTS.read_text(encoding="utf-8"))
    shown = {name: (cell.strip(), description) for name, cell, description in rows}
    assert list(shown) == list(faults.CATALOGUE)
    for name, kind in faults.CATALOGUE.items():
        parameters = ", ".join(
            f"`{parameter}={json.dumps(value) if isinstance(value, str) else value}`"
            for parameter, value in kind.parameters.items()
        )
        assert shown[name] == (parameters, kind.description)


def test_the_commands_of_the_control_api_print_what_the_page_shows(weryai_emulator):
    [commands] = [one for one in snippets(FAULTS) if "curl" in one.code]
    printed = []
    for line in commands.code.splitlines():
        program, _, url, option, value = shlex.split(line)
        assert program == "curl"
        url = url.replace(":8000", f":{weryai_emulator.port}")
        printed.append(httpx.post(url, content=value if option == "-d" else "").text)
    assert printed == commands.output.splitlines()


def test_the_scenario_of_the_page_is_one():
    [scenario] = [one for one in snippets(FAULTS) if one.language == "json"]
    emulator = Emulator()
    assert take_steps(emulator, json.loads(scenario.code)) == 3
    assert emulator.pending_replies == 3


def test_the_configuration_names_every_shared_field():
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert not [name for name in ModelSettings.model_fields if f"`{name}`" not in page]


def test_every_file_that_contributing_names_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+/[\w/]+(?:\.\w+)?)/?`", text)
    assert named
    assert not [path for path in named if not (ROOT / path).exists()]


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, flags=re.MULTILINE))
    named = {
        target
        for page in MARKDOWN
        for target in re.findall(
            r"(?:`|^ {4}|^)make ([a-z-]+)(?:`| +#)", page.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    assert named
    assert named <= targets
