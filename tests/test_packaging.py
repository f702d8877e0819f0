"""What users install: the wheel, alone and together with LlamaIndex's distributions."""

import importlib
import re
import tomllib
import zipfile

import pytest
from fresh_environment import ROOT, Environment, build_wheel

import llama_index_weryai

PACKAGES = {
    "weryai_core",
    "langchain_weryai",
    "llama_index_weryai",
    "llama_index/llms/weryai",
    "weryai_emulator",
}
# These share the directory `llama_index` with our package.
NEIGHBOURS = ("llama-index-core", "llama-index-llms-openai")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("dist"))


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


@pytest.mark.slow
def test_the_wheel_shares_the_namespace_and_is_uninstalled_without_a_trace(wheel, tmp_path):
    environment = Environment(tmp_path / "venv", NEIGHBOURS, sees_others=True)
    before = environment.files()
    assert "llama_index/llms/openai/__init__.py" in before
    environment.install(wheel)
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


def test_the_lock_has_all_extras_except_ray():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    extras = project["optional-dependencies"]
    assert "ray" not in locked
    for name in extras.keys() - {"ray"}:
        wanted = {re.match(r"[\w-]+", one).group() for one in extras[name]}
        assert wanted - {project["name"]} <= locked, name
