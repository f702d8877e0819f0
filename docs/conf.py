"""How Sphinx builds the documentation; `make docs` runs it.

The root of the sources is the repository, so that links such as `../CHANGELOG.md` work here as they
do where the repository is read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_type_hints

from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

# Sphinx imports modules with `TYPE_CHECKING` set at first, and LlamaIndex fails then.
from langchain_weryai import ChatWeryAI  # noqa: E402
from llama_index_weryai import WeryAI  # noqa: E402

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
    "sphinx_llms_txt",
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
    ("py:class", r"TimeoutLike|URLLike|annotated_types\..*|min_length=1"),
]

html_theme = "furo"
html_title = "weryai-integrations"
html_extra_path = ["_extra"]
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["tables.js"]

_FENCE = re.compile(r"^(\s*)```(\w*)$")
_END_OF_CODE = re.compile(r"(?<=\w`)(?=\w)")  # as in `ModelError`s


def setup(app: Sphinx) -> None:
    """Read docstrings as Markdown, as far as they use it, and simplify types."""
    for model in (ChatWeryAI, WeryAI):
        for each in model.__mro__:
            if own := vars(each).get("__annotations__"):
                # Without what pydantic reads of `Annotated`.
                each.__annotations__ = {**own, **_types_of(each, own)}
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


def _types_of(each: type, names: Iterable[str]) -> dict[str, Any]:
    try:
        types = get_type_hints(each)
    except NameError:  # of a name that is imported for type checkers only
        return {}
    return {name: types[name] for name in names}
