"""A model with parameters of its calls, as `ChatWeryAI.bind` gives it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableBinding
from typing_extensions import override

from weryai_core.integration import is_web_search_tool

_OF_TOOLS = frozenset(("tools", "tool_choice", "parallel_tool_calls"))
# What asks for an answer of another form than the schema's.
_OTHER_FORMS = _OF_TOOLS | {"response_format", "schema_in_prompt", "ls_structured_output_format"}


class BoundModel(RunnableBinding[LanguageModelInput, AIMessage]):
    """LangChain's binding, except that tools and structured output keep what is bound.

    LangChain's own forgets all of it without a word, a web search for instance.
    """

    @classmethod
    @override
    def lc_id(cls) -> list[str]:
        return RunnableBinding.lc_id()  # saved as what LangChain can load

    def bind_tools(
        self, tools: Sequence[Any], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """See `ChatWeryAI.bind_tools`. Tools that are bound already are replaced."""
        model: Any = self.bound
        bound: Runnable[LanguageModelInput, AIMessage] = model.bind_tools(
            tools, **{**self._without(_OF_TOOLS), **kwargs}
        )
        return bound

    def with_structured_output(
        self, schema: dict[str, Any] | type, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """See `ChatWeryAI.with_structured_output`. Tools other than a web search are left out."""
        kept = self._without(_OTHER_FORMS)
        searches = [tool for tool in self.kwargs.get("tools") or () if is_web_search_tool(tool)]
        if searches:
            kept["tools"] = searches
        model: Any = self.bound
        structured: Runnable[LanguageModelInput, Any] = model.with_structured_output(
            schema, **{**kept, **kwargs}
        )
        return structured

    def _without(self, names: frozenset[str]) -> dict[str, Any]:
        return {name: value for name, value in self.kwargs.items() if name not in names}
