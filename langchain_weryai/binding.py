"""A model with parameters bound to its calls, as `ChatWeryAI.bind` returns it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableBinding
from typing_extensions import override

from weryai_core.integration import is_web_search_tool

_TOOL_PARAMETERS = frozenset(("tools", "tool_choice", "parallel_tool_calls"))
# The parameters that ask for another form of answer than a schema's.
_OTHER_FORMS = _TOOL_PARAMETERS | {
    "response_format",
    "schema_in_prompt",
    "ls_structured_output_format",
}


class BoundModel(RunnableBinding[LanguageModelInput, AIMessage]):
    """LangChain's binding, except that tools and structured output keep what is bound.

    LangChain's own class silently drops all of it, for example a web search.
    """

    @classmethod
    @override
    def lc_id(cls) -> list[str]:
        return RunnableBinding.lc_id()  # saved as the class that LangChain can load

    def bind_tools(
        self, tools: Sequence[Any], **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """See `ChatWeryAI.bind_tools`. Tools that are already bound are replaced."""
        model: Any = self.bound
        bound: Runnable[LanguageModelInput, AIMessage] = model.bind_tools(
            tools, **{**self._without(_TOOL_PARAMETERS), **kwargs}
        )
        return bound

    def with_structured_output(
        self, schema: dict[str, Any] | type, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """See `ChatWeryAI.with_structured_output`. Of bound tools, only a web search is kept."""
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
