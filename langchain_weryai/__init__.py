"""WeryAI's chat models for LangChain: `ChatWeryAI`.

PYTEST_DONT_REWRITE: the distribution has a plugin for pytest, which warns of packages with a plugin
that were imported before it started.
"""

try:
    import langchain_core  # noqa: F401  # reports at once that it is missing, and how to get it
except ModuleNotFoundError as _error:
    raise ModuleNotFoundError(
        'langchain_weryai needs langchain_core: pip install "weryai-integrations[langchain]"',
        name=_error.name,
    ) from _error

from typing import TYPE_CHECKING

from langchain_weryai.chat_models import ChatWeryAI
from langchain_weryai.register import register, register_blocks
from weryai_core import __version__
from weryai_core.integration import lazy_names

if TYPE_CHECKING:
    from langchain_weryai.reply.footnotes import format_with_sources
    from langchain_weryai.saved_models import trusted_addresses
else:
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "langchain_weryai.reply.footnotes": ("format_with_sources",),
            "langchain_weryai.saved_models": ("trusted_addresses",),
        },
    )

register_blocks()

__all__ = ["ChatWeryAI", "__version__", "format_with_sources", "register", "trusted_addresses"]
