"""WeryAI's chat models for LlamaIndex: `WeryAI`."""

from llama_index_weryai._citations import collect_citations, format_with_sources
from llama_index_weryai._register import register
from llama_index_weryai.base import WeryAI
from weryai_core import __version__

__all__ = ["WeryAI", "__version__", "collect_citations", "format_with_sources", "register"]
