"""A fresh virtual environment with the wheel, made without the network."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import distribution
from importlib.util import cache_from_source
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def run(*command, cwd=ROOT, env=None):
    """Run a command without the repository on its path, and return what it prints."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def build_wheel(directory):
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory))
    [path] = directory.glob("*.whl")
    return path


def with_dependencies(*names):
    """The names of distributions and, in turn, of all that they require here."""
    found, waiting = set(), [Requirement(name) for name in names]
    while waiting:
        wanted = waiting.pop()
        key = (wanted.name.lower(), frozenset(wanted.extras))
        if key in found:
            continue
        found.add(key)
        for line in distribution(wanted.name).requires or ():
            requirement = Requirement(line)
            extras = [{"extra": extra} for extra in ("", *wanted.extras)]
            if requirement.marker is None or any(map(requirement.marker.evaluate, extras)):
                waiting.append(requirement)
    return sorted({name for name, _ in found})


class Environment:
    """A fresh environment with copies of distributions of the tests' environment.

    Args:
        directory: Where to make it.
        names: The distributions.
        sees_others: Whether it also finds everything else in the environment of the tests.
    """

    def __init__(self, directory, names, *, sees_others=False):
        venv.create(directory, with_pip=False)
        self.scripts = directory / ("Scripts" if sys.platform == "win32" else "bin")
        self.python = str(self.scripts / ("python.exe" if sys.platform == "win32" else "python"))
        place = "import sysconfig; print(sysconfig.get_path('purelib'))"
        self.site = Path(run(self.python, "-c", place, cwd=directory))
        for name in names:
            for file in distribution(name).files:
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    _copy_module(Path(str(file.locate())), self.site / file)
        if sees_others:
            path = self.site / "others.pth"
            path.write_text(sysconfig.get_path("purelib"), encoding="utf-8")

    def pip(self, *arguments):
        return run(sys.executable, "-m", "pip", "--python", self.python, *arguments)

    def install(self, wheel):
        self.pip("install", "--quiet", "--no-index", "--no-deps", str(wheel))

    def python_says(self, script):
        return run(self.python, "-I", "-c", script, cwd=self.site)

    def files(self):
        """Return all files except those that Python writes at an import."""
        return {
            str(path.relative_to(self.site))
            for path in self.site.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }


def _copy_module(source, target):
    """Copy a file with its time, and the bytecode of a module, so that it is not compiled again."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    if source.suffix == ".py":
        bytecode, copied = Path(cache_from_source(source)), Path(cache_from_source(target))
        if bytecode.exists():
            copied.parent.mkdir(exist_ok=True)
            shutil.copy2(bytecode, copied)
