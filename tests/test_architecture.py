"""The arrows between packages and rooms, and who may touch the network."""

import ast
import re
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import weryai_core
import weryai_core.integration

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
    "httpcore2",
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

# The rooms of each package, from the ground up. A room is a folder, or a file next to the folders.
# An import goes down, or stays in its room or on its floor.
FLOORS = {
    "weryai_core": [
        ["lazy_names", "option_values", "version"],
        ["text_pieces"],
        ["extras"],
        ["backslashes", "brackets", "chunk", "errors", "hosts", "json_size", "limits", "models"],
        ["json_patterns", "model_names", "new_chunk", "surrogates", "strict_json"],
        ["call_shapes", "end_tokens", "reasoning_marks"],
        ["wire", "json_text", "reasoning_tags", "retry", "clock", "reply_options", "usage"],
        ["secrets"],
        ["config", "bodies"],
        ["media", "identifiers"],
        ["call_tokens", "prompted", "schemas", "signatures", "steps", "unsupported"],
        ["request", "reply"],
        ["transport", "throttle"],
        ["base_client"],
        ["async_client", "client"],
        ["doctor", "integration"],
        ["__init__"],
    ],
    "langchain_weryai": [
        ["arguments", "errors", "profiles", "provider"],
        ["request"],
        ["reply"],
        ["model_kwargs"],
        ["settings"],
        ["structured_output", "calls"],
        ["binding"],
        ["chat_models"],
        ["register", "saved_models"],
        ["__init__"],
    ],
    "llama_index_weryai": [
        ["arguments", "request", "saved"],
        ["reply"],
        ["observed", "structured_output", "function_calling"],
        ["base"],
        ["register"],
        ["__init__"],
    ],
    "weryai_emulator": [
        ["json_text"],
        ["checks"],
        ["options"],
        ["models", "text"],
        ["audio"],
        ["json_schema", "request", "web_search"],
        ["answers"],
        ["server"],
        ["cassettes", "faults"],
        ["answer_queue"],
        ["control"],
        ["emulator", "shapes"],
        ["__init__"],
        ["pytest_plugin", "__main__"],
    ],
}
HOLDERS = {"weryai_core", "weryai_core.integration"}  # mypy checks their attributes
LONGEST_FILE = 500  # lines


def modules_of(package):
    return sorted((ROOT / package).rglob("*.py"))


def name_of(path):
    """The dotted name of a module; that of a package ends in `__init__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@cache
def imports_of(path):
    """The absolute names of all modules that a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in {path.name} hides what it imports"
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def imported_from(path, names):
    return {
        name
        for name in imports_of(path)
        if any(name == wanted or name.startswith(f"{wanted}.") for wanted in names)
    }


@cache
def modules():
    return {name_of(path): path for package in PACKAGES for path in modules_of(package)}


def module_behind(imported):
    """The module of ours that an imported name is, or is defined in; None for others' modules."""
    parent = imported.rpartition(".")[0]
    candidates = (imported, f"{imported}.__init__", parent, f"{parent}.__init__")
    return next((name for name in candidates if name in modules()), None)


def arrows_of(path):
    return {module for name in imports_of(path) if (module := module_behind(name))}


def floor_of(module):
    package, room, *_ = module.split(".")
    return next(number for number, rooms in enumerate(FLOORS[package]) if room in rooms)


def test_no_import_runs_in_a_circle():
    graph = {name: arrows_of(path) for name, path in modules().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these import each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_a_floor(package):
    rooms = {name.split(".")[1] for name in modules() if name.startswith(f"{package}.")}
    assert rooms == {room for floor in FLOORS[package] for room in floor}


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_never_go_up(package):
    upwards = [
        f"{name_of(path)} imports {module}"
        for path in modules_of(package)
        for module in arrows_of(path)
        if module.startswith(f"{package}.") and floor_of(module) > floor_of(name_of(path))
    ]
    assert upwards == []


def test_the_core_imports_no_framework_and_no_other_package():
    others = [package for package in PACKAGES if package != "weryai_core"]
    for path in modules_of("weryai_core"):
        assert imported_from(path, others) == set(), path
        assert [name for name in imports_of(path) if name.startswith(FRAMEWORKS)] == [], path


def test_the_core_names_no_framework_outside_integration():
    named = {
        name_of(path)
        for path in modules_of("weryai_core")
        if re.search(r"langchain|llama.?index", path.read_text(encoding="utf-8"), re.IGNORECASE)
    }
    assert {name for name in named if not name.startswith("weryai_core.integration.")} <= {
        "weryai_core.__init__"  # whose docstring draws the way of a request
    }


def test_only_transport_throttle_clients_and_doctor_touch_the_network_or_threads():
    for path in modules_of("weryai_core"):
        room = path.relative_to(ROOT / "weryai_core").parts[0]
        if room not in ("transport", "throttle", "async_client.py", "client.py", "doctor"):
            assert imported_from(path, NETWORK) == set(), path


def test_the_emulator_imports_none_of_the_other_packages():
    others = [package for package in PACKAGES if package != "weryai_emulator"]
    for path in modules_of("weryai_emulator"):
        assert imported_from(path, others) == set(), path


@pytest.mark.parametrize(
    ("package", "others"),
    [
        ("langchain_weryai", ["llama_index_weryai", "weryai_emulator", "llama_index"]),
        ("llama_index_weryai", ["langchain_weryai", "weryai_emulator", "langchain_core"]),
    ],
)
def test_a_wrapper_imports_only_its_framework_and_public_names_of_the_core(package, others):
    for path in modules_of(package):
        assert imported_from(path, [*others, *NETWORK - {"asyncio", "threading"}]) == set(), path
        public = {
            f"{module.__name__}.{name}"
            for module in (weryai_core, weryai_core.integration)
            for name in module.__all__
        }
        assert imported_from(path, ["weryai_core"]) <= public | HOLDERS, path


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_typed(package):
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_and_files_are_small_and_have_plain_names(package):
    for path in modules_of(package):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE, path
        assert not path.stem.startswith("_") or path.stem in ("__init__", "__main__"), path
    for room in {path.parent for path in modules_of(package)} - {ROOT / package}:
        files = [path for path in room.glob("*.py") if path.name != "__init__.py"]
        assert 2 <= len(files) <= 10, room


def test_importing_the_core_imports_no_framework_and_makes_no_client_and_no_thread(run_script):
    script = (
        "import sys, weryai_core, weryai_core.integration\n"
        "print([name for name in sys.modules if name.split('.')[0] in sys.argv[1].split(',')])\n"
        "import gc, threading, httpx2, aiohttp\n"
        "kinds = (httpx2.Client, httpx2.AsyncClient, aiohttp.ClientSession)\n"
        "print([x for x in gc.get_objects() if isinstance(x, kinds)], threading.active_count())"
    )
    done = run_script(script, "langchain_core,langchain,llama_index,starlette,uvicorn,openai")
    assert (done.returncode, done.stdout) == (0, "[]\n[] 1\n"), done.stderr


@pytest.mark.parametrize("module", [weryai_core, weryai_core.integration])
def test_every_exported_name_exists(module):
    assert module.__all__ == sorted(module.__all__, key=_in_ruffs_order)
    assert all(hasattr(module, name) for name in module.__all__)


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
    message = f'{package} needs {framework}: pip install "weryai-integrations[{extra}]"'
    assert run_script(script).stdout.strip() == message
