"""`WeryAI` under the name that LlamaIndex's own integrations go by.

The directories above are a namespace that many distributions share: they hold no `__init__.py`.
"""

from llama_index_weryai import WeryAI, collect_citations, format_with_sources, register

__all__ = ["WeryAI", "collect_citations", "format_with_sources", "register"]
