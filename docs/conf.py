"""How Sphinx builds the documentation; `make docs` runs it.

The root of the sources is the repository, so that links such as `../CHANGELOG.md` work here as they
do where the repository is read.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

# Sphinx imports modules with `TYPE_CHECKING` set at first, which LlamaIndex cannot bear.
import llama_index_weryai  # noqa: E402, F401

project = "weryai-integrations"
author = copyright = "The weryai-integrations authors"

root_doc = "docs/index"
include_patterns = [
    "docs/**",
    "notebooks/*.ipynb",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
exclude_patterns = [".*", "docs/_build"]

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]

# Pages: Markdown, and notebooks as they were executed.
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
nb_execution_mode = "off"

# The reference: Google's docstrings, with Markdown inside.
default_role = "code"
autodoc_member_order = "groupwise"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_use_rtype = False
napoleon_use_ivar = True

# A reference that leads nowhere fails the build. These lead out of the package, or to aliases that
# exist for type checkers.
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(collections|httpx2?|langchain_core|llama_index|os|pydantic|threading)\..*"),
    ("py:class", r"BaseModel|LanguageModelInput|PathLike|Runnable|SecretStr"),
    ("py:class", r"(.*\.)?(CallOptions|ErrorStyle|HiddenValues|HttpT|RawAnswer|SourceShape|T)"),
    ("py:class", r"TimeoutLike|URLLike"),
]

html_theme = "furo"
html_title = "weryai-integrations"
html_extra_path = ["_extra"]
html_static_path = ["_static"]

_FENCE = re.compile(r"^(\s*)```(\w*)$")
_END_OF_CODE = re.compile(r"(?<=\w`)(?=\w)")  # as in `ModelError`s


def setup(app: Sphinx) -> None:
    """Read docstrings as Markdown, as far as they use it."""
    app.connect("autodoc-process-docstring", _translate_markdown, priority=400)


def _translate_markdown(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Make reStructuredText of fenced code and of code within words, before Napoleon reads it."""
    translated: list[str] = []
    is_open = False
    for line in lines:
        fence = _FENCE.match(line)
        if fence is None:
            text = f"    {line}" if is_open and line else line
            translated.append(text if is_open else _END_OF_CODE.sub(r"\\ ", text))
            continue
        indent, language = fence.groups()
        if not is_open:
            translated += ["", f"{indent}.. code-block:: {language or 'text'}"]
        translated.append("")
        is_open = not is_open
    lines[:] = translated
