"""WeryAI's chat models for LlamaIndex.

`WeryAI` is the model class, `register` makes LlamaIndex load it by name, `collect_citations` and
`format_with_sources` give the sources of answers.

PYTEST_DONT_REWRITE: the distribution has a plugin for pytest, which warns of packages with a plugin
that were imported before it started.
"""

try:
    import llama_index.core  # noqa: F401  # fail here if it is missing, and say how to install it
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        'llama_index_weryai needs llama_index.core: pip install "weryai-integrations[llama-index]"',
        name=_error.name,
    ) from _error

from typing import TYPE_CHECKING

from llama_index_weryai.base import WeryAI
from llama_index_weryai.register import register
from weryai_core import __version__
from weryai_core.integration import lazy_names

if TYPE_CHECKING:
    from llama_index_weryai.reply.citations import collect_citations, format_with_sources
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {"llama_index_weryai.reply.citations": ("collect_citations", "format_with_sources")},
    )

__all__ = ["WeryAI", "__version__", "collect_citations", "format_with_sources", "register"]
