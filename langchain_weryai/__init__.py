"""WeryAI's chat models for LangChain: `ChatWeryAI`."""

from langchain_weryai._content_blocks import register_blocks
from langchain_weryai._footnotes import format_with_sources
from langchain_weryai._register import register
from langchain_weryai.chat_models import ChatWeryAI
from weryai_core import __version__

register_blocks()

__all__ = ["ChatWeryAI", "__version__", "format_with_sources", "register"]
