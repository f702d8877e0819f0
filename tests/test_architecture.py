"""The arrows between the packages, and who may touch the network."""

import ast
import re
from pathlib import Path

import pytest

import weryai_core

ROOT = Path(weryai_core.__file__).parent.parent
PACKAGES = ["weryai_core", "langchain_weryai", "llama_index_weryai", "weryai_emulator"]
FRAMEWORKS = (
    "langchain",
    "langgraph",
    "langsmith",
    "llama_index",
    "starlette",
    "uvicorn",
    "openai",
)
NETWORK = {
    "aiohttp",
    "anyio",
    "asyncio",
    "http",
    "httpcore",
    "httpx",
    "httpx2",
    "httpx_aiohttp",
    "requests",
    "select",
    "socket",
    "ssl",
    "subprocess",
    "threading",
    "urllib.request",
}

NETWORK_MODULES = (
    "client.py",
    "sync_http.py",
    "async_http.py",
    "aiohttp_transport.py",
    "http_options.py",
    "http_errors.py",
)


def modules_of(package):
    return sorted((ROOT / package).rglob("*.py"))


def imports_of(path):
    """The absolute names of all modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in {path.name} hides what it imports"
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def imported_from(path, names):
    return {
        name
        for name in imports_of(path)
        if any(name == wanted or name.startswith(f"{wanted}.") for wanted in names)
    }


@pytest.mark.parametrize("path", modules_of("weryai_core"), ids=lambda path: path.name)
def test_the_core_imports_no_framework_and_no_other_package(path):
    others = [package for package in PACKAGES if package != "weryai_core"]
    assert imported_from(path, others) == set()
    assert [name for name in imports_of(path) if name.startswith(FRAMEWORKS)] == []


@pytest.mark.parametrize(
    "path",
    [path for path in modules_of("weryai_core") if path.name not in NETWORK_MODULES],
    ids=lambda path: path.name,
)
def test_only_the_clients_touch_the_network(path):
    assert imported_from(path, NETWORK) == set()


@pytest.mark.parametrize("path", modules_of("weryai_emulator"), ids=lambda path: path.name)
def test_the_emulator_imports_none_of_the_other_packages(path):
    others = [package for package in PACKAGES if package != "weryai_emulator"]
    assert imported_from(path, others) == set()


@pytest.mark.parametrize(
    ("package", "others"),
    [
        ("langchain_weryai", ["llama_index_weryai", "weryai_emulator", "llama_index"]),
        ("llama_index_weryai", ["langchain_weryai", "weryai_emulator", "langchain_core"]),
    ],
)
def test_the_integrations_import_the_core_only(package, others):
    paths = modules_of(package)
    assert paths
    for path in paths:
        assert imported_from(path, [*others, *NETWORK - {"asyncio", "threading"}]) == set()


@pytest.mark.parametrize("package", ["langchain_weryai", "llama_index_weryai"])
def test_the_integrations_use_public_names_of_the_core_only(package):
    for path in modules_of(package):
        names = imported_from(path, ["weryai_core"])
        private = {name for name in names if re.search(r"\._[a-z]", name)}
        assert private == set(), path.name


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_typed(package):
    assert (ROOT / package / "py.typed").is_file()


def test_importing_the_core_imports_no_framework(run_script):
    script = (
        "import sys, weryai_core\n"
        "print([name for name in sys.modules if name.split('.')[0] in sys.argv[1].split(',')])"
    )
    done = run_script(script, "langchain_core,langchain,llama_index,starlette,uvicorn,openai")
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_importing_the_core_makes_no_client_and_no_thread(run_script):
    script = (
        "import gc, threading, weryai_core, httpx2, aiohttp\n"
        "kinds = (httpx2.Client, httpx2.AsyncClient, aiohttp.ClientSession)\n"
        "print([x for x in gc.get_objects() if isinstance(x, kinds)], threading.active_count())"
    )
    done = run_script(script)
    assert (done.returncode, done.stdout) == (0, "[] 1\n"), done.stderr


def test_every_public_name_of_the_core_is_there():
    assert weryai_core.__all__ == sorted(weryai_core.__all__, key=_in_ruffs_order)
    assert all(hasattr(weryai_core, name) for name in weryai_core.__all__)


def _in_ruffs_order(name):
    """Constants, classes, the rest."""
    return (not name.isupper(), not name[0].isupper(), name)


@pytest.mark.parametrize(
    ("package", "framework", "extra"),
    [
        ("langchain_weryai", "langchain_core", "langchain"),
        ("llama_index_weryai", "llama_index.core", "llama-index"),
    ],
)
def test_a_missing_framework_is_named_with_its_extra(run_script, package, framework, extra):
    script = (
        f"import sys; sys.modules[{framework!r}] = None\n"
        f"try:\n    import {package}\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    told = f"{package} needs {framework}: pip install 'weryai-integrations[{extra}]'"
    assert run_script(script).stdout.strip() == told
