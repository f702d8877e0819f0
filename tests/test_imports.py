"""An import loads little: rooms and HTTP libraries follow when they are first used."""

import ast
import importlib
import json
from pathlib import Path

import pytest

LIMIT = 40  # modules over the bare framework, our own included
HTTP_LIBRARIES = {"httpx", "httpx2", "httpcore2", "aiohttp"}

# httpx-aiohttp is absent: langsmith imports it where it is installed, and 110 modules with it.
COUNT = """
import json, sys
sys.modules["httpx_aiohttp"] = None
exec(sys.argv[1])
before = set(sys.modules)
exec(sys.argv[2])
print(json.dumps(sorted(set(sys.modules) - before)))
"""

PACKAGES = [
    "weryai_emulator",
    "weryai_core",
    "weryai_core.integration",
    *("langchain_weryai", "langchain_weryai.request", "langchain_weryai.reply"),
    *("llama_index_weryai", "llama_index_weryai.request", "llama_index_weryai.reply"),
]


@pytest.mark.parametrize(
    ("framework", "package"),
    [
        ("from pydantic import BaseModel, SecretStr", "import weryai_core"),
        (
            "from langchain_core.language_models.chat_models import BaseChatModel",
            "from langchain_weryai import ChatWeryAI",
        ),
        (
            "from llama_index.core.llms.function_calling import FunctionCallingLLM",
            "from llama_index_weryai import WeryAI",
        ),
    ],
)
def test_an_import_loads_few_modules_and_no_http_library(run_script, framework, package):
    done = run_script(COUNT, framework, package)
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout)
    assert len(loaded) <= LIMIT, f"{len(loaded)} modules: {', '.join(loaded)}"
    assert HTTP_LIBRARIES.isdisjoint(loaded)


def test_each_client_imports_its_own_http_libraries(run_script):
    base = "from pydantic import BaseModel, SecretStr"
    libraries = {}
    for name in ("Client", "AsyncClient"):
        done = run_script(COUNT, base, f"from weryai_core import {name}")
        libraries[name] = HTTP_LIBRARIES.intersection(json.loads(done.stdout))
    assert libraries == {
        "Client": {"httpx2", "httpcore2"},
        "AsyncClient": {"httpx2", "aiohttp"},
    }


def test_only_what_a_package_loads_at_once_imports_within_functions(run_script):
    done = run_script(COUNT, "", "import langchain_weryai, llama_index_weryai")
    loaded = set(json.loads(done.stdout))
    root = _file_of("weryai_core").parent.parent
    late = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for package in ("weryai_core", "langchain_weryai", "llama_index_weryai")
        for path in (root / package).rglob("*.py")
        if _imports_within_functions(path)
    }
    assert late - loaded == set()


def test_the_first_calls_of_several_threads_load_what_they_need(run_script):
    script = """
import asyncio, threading
from langchain_weryai import ChatWeryAI
from weryai_core import APIConnectionError

start = threading.Barrier(4)
ends = []

def call(number):
    model = ChatWeryAI(model="GPT_4O", api_key="k", base_url="http://127.0.0.1:9", max_retries=0)
    start.wait()
    try:
        model.invoke("Hi") if number % 2 else asyncio.run(model.ainvoke("Hi"))
    except APIConnectionError:
        ends.append(number)

threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(ends))
"""
    assert run_script(script).stdout.strip() == "[0, 1, 2, 3]"


def test_a_first_call_works_while_the_interpreter_exits(run_script):
    script = """
import atexit, asyncio
from weryai_core import APIConnectionError
from langchain_weryai import ChatWeryAI

model = ChatWeryAI(model="GPT_4O", api_key="k", base_url="http://127.0.0.1:9", max_retries=0)

def call():
    for answer in (lambda: model.invoke("Hi"), lambda: asyncio.run(model.ainvoke("Hi"))):
        try:
            answer()
        except APIConnectionError:
            print("called")

atexit.register(call)
"""
    assert run_script(script).stdout.split() == ["called", "called"]


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_see_the_names_that_are_imported_late(package):
    tree = _tree_of(package)
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    [names_in] = [node for node in ast.walk(block) if isinstance(node, ast.Dict)]
    assert ast.literal_eval(names_in) == {
        node.module: tuple(alias.name for alias in node.names)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_all_public_names_are_listed_and_imported_by_a_star(package):
    module = importlib.import_module(package)
    found = {}
    exec(f"from {package} import *", found)
    assert {*module.__all__} <= found.keys()
    assert {*module.__all__} <= {*dir(module)}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_late_name_is_that_of_a_module_in_the_package(package):
    [names_in] = [node for node in ast.walk(_tree_of(package)) if isinstance(node, ast.Dict)]
    late = {name for names in ast.literal_eval(names_in).values() for name in names}
    modules = {path.stem for path in _file_of(package).parent.iterdir()}
    assert late.isdisjoint(modules)


def test_an_unknown_name_is_an_error_that_names_it():
    module = importlib.import_module("weryai_core")
    with pytest.raises(AttributeError, match="'weryai_core' has no attribute 'Klient'"):
        module.Klient  # noqa: B018


def test_modules_are_attributes_of_their_package(run_script):
    script = "import weryai_core; print(weryai_core.client.Client is weryai_core.Client)"
    assert run_script(script).stdout.strip() == "True"


def _imports_within_functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, (ast.Import, ast.ImportFrom))
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    )


def _file_of(package):
    return Path(importlib.import_module(package).__file__)


def _tree_of(package):
    return ast.parse(_file_of(package).read_text(encoding="utf-8"))
