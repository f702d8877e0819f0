"""The code blocks of the pages, and which of them start the local model."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "docs" / "_build"
DOCS = sorted(path for path in (ROOT / "docs").glob("**/*.md") if BUILT not in path.parents)
PAGES = [ROOT / "README.md", *DOCS]

FENCE = re.compile(
    r"^```(?P<language>\w+)\n(?P<code>.*?)^```$(?:\n\n```text\n(?P<output>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
_EXAMPLE = re.compile(r"\S*python (examples/\w+\.py)(.*)\n")
_LOCAL_MODEL = "Emulator(local="


@dataclass(frozen=True)
class Snippet:
    """A code block of a page and the output that the page shows below it, if any."""

    place: str
    language: str
    code: str
    output: str | None

    @property
    def example(self):
        """The program under `examples/` that a shell command runs, or None."""
        command = self._command
        return command and command[1]

    @property
    def arguments(self):
        """The arguments of the program, if there is one."""
        command = self._command
        return command[2].split() if command else []

    @property
    def _command(self):
        return _EXAMPLE.fullmatch(self.code) if self.language == "sh" else None

    @property
    def starts_model(self):
        """Whether the snippet or the example starts the local model; `tests/local` runs it then."""
        code = (ROOT / self.example).read_text(encoding="utf-8") if self.example else self.code
        return _LOCAL_MODEL in code


def snippets(page):
    text = page.read_text(encoding="utf-8")
    for fence in FENCE.finditer(text):
        line = text[: fence.start()].count("\n") + 2
        place = f"{page.relative_to(ROOT).as_posix()}:{line}"
        yield Snippet(place, fence["language"], fence["code"], fence["output"])


ALL_SNIPPETS = [snippet for page in PAGES for snippet in snippets(page)]
PYTHON = [snippet for snippet in ALL_SNIPPETS if snippet.language == "python"]
EXAMPLES = [snippet for snippet in ALL_SNIPPETS if snippet.example]
