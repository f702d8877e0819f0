"""Private names of frameworks and HTTP libraries: CONTRIBUTING lists each, and each still exists.

The finder sees four ways of using a private name: as an attribute (`session._retry_connection`), in
an import, as a string that is that name (`__dict__.pop("_serialized")`), and by defining a method
that a base class outside this repository calls (`_stream`). It does not see a name put together at
run time, nor an attribute that has the name of one of ours, nor internals spelt like public ones;
CONTRIBUTING lists the last kind by hand.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("weryai_core", "langchain_weryai", "llama_index_weryai", "weryai_emulator")
# Documented as public although they begin with an underscore: those of a namedtuple, and of os.
PUBLIC = {"_asdict", "_exit", "_fields", "_replace"}
PRIVATE = re.compile(r"_[A-Za-z]\w*")


def table():
    """The rows of the table in CONTRIBUTING: a name with its path, and where it was seen."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, section = text.partition("\n## Private names we rely on\n")
    lines = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[-1] for row in rows}


def last_names():
    return {path.rpartition(".")[2] for path in table()}


def files_in(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def private_names_of(path):
    """The private names that a file defines, and those that it uses."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(
        {name for node in nodes for name in names(node, path) if PRIVATE.fullmatch(name)}
        for names in (defined_by, used_by)
    )


def defined_by(node, path):
    """The names that a node gives to functions, classes, variables, parameters and attributes."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.arg():
            yield node.arg
        case ast.Attribute(value=ast.Name(id="self"), ctx=ast.Store()):
            yield node.attr


def used_by(node, path):
    """The names that a node imports, reads as an attribute or, in a package, writes as a string."""
    match node:
        case ast.Attribute(attr=name):
            yield name
        case ast.ImportFrom(module=module, names=names) if node.level == 0:
            if module.split(".")[0] not in (*PACKAGES, *sys.stdlib_module_names):
                yield from module.split(".")
                yield from (alias.name for alias in names)
        case ast.Import(names=names):
            yield from (part for alias in names for part in alias.name.split("."))
        case ast.Constant(value=str(text)) if path.relative_to(ROOT).parts[0] in PACKAGES:
            yield text


def private_uses(*folders):
    """Private names that these folders use and that are not ours: name to file."""
    files = files_in(*folders)
    own = {name for path in files_in(*PACKAGES, *folders) for name in private_names_of(path)[0]}
    own |= {path.stem for path in files} | PUBLIC
    return {
        name: str(path.relative_to(ROOT))
        for path in files
        for name in private_names_of(path)[1] - own
    }


def our_classes():
    for package in map(importlib.import_module, PACKAGES):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name.endswith("__main__"):
                continue
            module = importlib.import_module(found.name)
            for value in vars(module).values():
                if inspect.isclass(value) and value.__module__ == found.name:
                    yield value


def foreign_sources(cls):
    """The source of the modules of the base classes that are neither ours nor Python's."""
    skipped = (*PACKAGES, "pydantic", *sys.stdlib_module_names)
    modules = {
        base.__module__ for base in cls.__mro__ if base.__module__.split(".")[0] not in skipped
    }
    return "\n".join(inspect.getsource(sys.modules[module]) for module in modules)


def private_hooks():
    """Private methods of our classes that a foreign base class knows by name: name to class."""
    hooks = {}
    for cls in our_classes():
        source = foreign_sources(cls)
        names = [name for name in vars(cls) if PRIVATE.fullmatch(name) and name != "_abc_impl"]
        hooks |= {
            name: f"{cls.__module__}.{cls.__name__}"
            for name in names
            if re.search(rf"\b{name}\b", source)
        }
    return hooks


def owner_of(path):
    """The module or class that a path in the table leads to, without its last name."""
    parts = path.split(".")[:-1]
    for count in range(len(parts), 0, -1):
        try:
            owner = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            owner = getattr(owner, part)
        return owner
    raise AssertionError(f"no module in {path}")


def exists(path):
    """Whether the owner has the name, or its source uses it: an instance's, or a hook's."""
    name = path.rpartition(".")[2]
    try:
        owner = owner_of(path)
    except AttributeError:
        return False
    return hasattr(owner, name) or bool(re.search(rf"\b{name}\b", source_of(owner)))


def source_of(owner):
    try:
        return inspect.getsource(owner)
    except OSError:  # httpx2 says that its classes are in its `__init__`
        return inspect.getsource(owner.__init__)


def test_each_private_name_still_exists():
    assert [path for path in table() if not exists(path)] == []


def test_a_name_that_is_gone_is_noticed():
    assert not exists("langchain_core.language_models.BaseChatModel._gone_hook")
    assert not exists("langchain_core.language_models.GoneModel._stream")


def test_each_private_name_in_the_packages_is_in_the_table():
    found = private_uses(*PACKAGES) | private_hooks()
    assert {name: file for name, file in found.items() if name not in last_names()} == {}


def test_each_private_name_in_tests_and_benchmarks_is_in_the_table():
    found = private_uses("tests", "benchmarks", "examples")
    assert {name: file for name, file in found.items() if name not in last_names()} == {}


def test_each_name_in_the_table_is_used():
    files = files_in(*PACKAGES, "tests")
    words = {word for path in files for word in re.findall(r"\w+", path.read_text("utf-8"))}
    assert last_names() - words == set()


def test_each_row_names_the_version_it_was_seen_in():
    assert [path for path, seen in table().items() if not re.search(r" \d+\.\d+", seen)] == []
