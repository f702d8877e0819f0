"""`WeryAI` under the module name that LlamaIndex's integrations use.

The directories above are a namespace shared by many distributions, so they hold no `__init__.py`.
"""

from llama_index_weryai import WeryAI, collect_citations, format_with_sources, register

__all__ = ["WeryAI", "collect_citations", "format_with_sources", "register"]
