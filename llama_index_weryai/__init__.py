"""WeryAI's chat models for LlamaIndex: `WeryAI`."""

try:
    import llama_index.core  # noqa: F401  # told at once if it is missing, and how to get it
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "llama_index_weryai needs llama_index.core: pip install 'weryai-integrations[llama-index]'",
        name=error.name,
    ) from error

from llama_index_weryai.base import WeryAI
from llama_index_weryai.register import register
from llama_index_weryai.reply.citations import collect_citations, format_with_sources
from weryai_core import __version__

__all__ = ["WeryAI", "__version__", "collect_citations", "format_with_sources", "register"]
