"""What users install: the wheel, alone and together with LlamaIndex's distributions."""

import importlib
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from importlib.metadata import distribution
from importlib.util import cache_from_source
from pathlib import Path

import pytest

import llama_index_weryai

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "weryai_core",
    "langchain_weryai",
    "llama_index_weryai",
    "llama_index/llms/weryai",
    "weryai_emulator",
}
# These share the directory `llama_index` with our package.
NEIGHBOURS = ("llama-index-core", "llama-index-llms-openai")


def run(*command, cwd=ROOT):
    """Run a command without the repository on its path, and return what it prints."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    directory = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory))
    [path] = directory.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_has_the_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    directories = {name.rpartition("/")[0] for name in names if ".dist-info" not in name}
    rooms = {
        str(path.parent.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert directories == rooms
    assert {name for name in names if name.endswith("py.typed")} == {
        f"{package}/py.typed" for package in PACKAGES
    }


@pytest.mark.slow
def test_the_wheel_has_no_init_in_the_namespace(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "llama_index/llms/weryai/__init__.py" in names
    assert not {"llama_index/__init__.py", "llama_index/llms/__init__.py"} & {*names}
    assert not (ROOT / "llama_index/__init__.py").exists()
    assert not (ROOT / "llama_index/llms/__init__.py").exists()


def copy_module(source, target):
    """Copy a file with its time, and the bytecode of a module, so that it is not compiled again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    if source.suffix == ".py":
        bytecode, copied = Path(cache_from_source(source)), Path(cache_from_source(target))
        if bytecode.exists():
            copied.parent.mkdir(exist_ok=True)
            shutil.copy2(bytecode, copied)


class Environment:
    """A fresh environment with LlamaIndex's distributions and without ours.

    Their files are copied from the environment of the tests, so no network is needed. What they
    import is found in that environment.
    """

    def __init__(self, directory):
        venv.create(directory, with_pip=False)
        self.python = str(
            directory / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        )
        place = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.site = Path(run(self.python, "-c", place, cwd=directory))
        for name in NEIGHBOURS:
            for file in distribution(name).files:
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    copy_module(Path(str(file.locate())), self.site / file)
        (self.site / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    def pip(self, *arguments):
        return run(sys.executable, "-m", "pip", "--python", self.python, *arguments)

    def python_says(self, script):
        return run(self.python, "-I", "-c", script, cwd=self.site)

    def files(self):
        """Return all files except those that Python writes at an import."""
        return {
            str(path.relative_to(self.site))
            for path in self.site.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }


@pytest.mark.slow
def test_the_wheel_shares_the_namespace_and_is_uninstalled_without_a_trace(wheel, tmp_path):
    environment = Environment(tmp_path / "venv")
    before = environment.files()
    assert "llama_index/llms/openai/__init__.py" in before
    environment.pip("install", "--quiet", "--no-index", "--no-deps", str(wheel))
    assert (
        environment.python_says(
            "import importlib.util, pathlib, sys\n"
            "import llama_index.core, llama_index.llms.weryai, llama_index_weryai\n"
            "assert 'llama_index.llms.openai' not in sys.modules\n"
            "assert llama_index.llms.weryai.WeryAI is llama_index_weryai.WeryAI\n"
            "modules = [llama_index.core, llama_index.llms.weryai, llama_index_weryai]\n"
            "files = [module.__file__ for module in modules]\n"
            "files.append(importlib.util.find_spec('llama_index.llms.openai').origin)\n"
            "for file in files:\n"
            "    assert pathlib.Path(file).is_relative_to(pathlib.Path.cwd()), file\n"
            "print(llama_index.llms.weryai.WeryAI(model='GPT_4O', api_key='x').metadata.model_name)"
        )
        == "GPT_4O"
    )
    environment.pip("uninstall", "--quiet", "--yes", "weryai-integrations")
    assert environment.files() == before
    assert not (environment.site / "llama_index/llms/weryai").exists()
    assert (
        environment.python_says(
            "from importlib.util import find_spec\n"
            "assert find_spec('llama_index.llms.openai')\n"
            "print(find_spec('llama_index.llms.weryai'))"
        )
        == "None"
    )


def test_both_names_are_one_class_in_the_checkout():
    from llama_index.llms.weryai import WeryAI

    assert WeryAI is llama_index_weryai.WeryAI


def test_llamahub_finds_the_class():
    hub = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["llamahub"]
    module = importlib.import_module(hub["import_path"])
    assert [*hub["class_authors"]] == ["WeryAI"]
    assert module.WeryAI is llama_index_weryai.WeryAI
