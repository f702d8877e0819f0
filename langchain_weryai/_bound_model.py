"""A model with parameters of its calls, as `ChatWeryAI.bind` gives it. No I/O."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableBinding
from typing_extensions import override

from weryai_core import is_web_search_tool

# What asks for an answer of another form than the schema's.
_OTHER_FORMS = frozenset(
    (
        "tools",
        "tool_choice",
        "parallel_tool_calls",
        "response_format",
        "schema_in_prompt",
        "ls_structured_output_format",
    )
)


class BoundModel(RunnableBinding[LanguageModelInput, AIMessage]):
    """LangChain's binding, except that structured output keeps what is bound: a web search, too.

    LangChain's own forgets all of it without a word.
    """

    @classmethod
    @override
    def lc_id(cls) -> list[str]:
        return RunnableBinding.lc_id()  # saved as what LangChain can load

    def with_structured_output(
        self, schema: dict[str, Any] | type, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """See `ChatWeryAI.with_structured_output`. Tools other than a web search are left out."""
        kept = {name: value for name, value in self.kwargs.items() if name not in _OTHER_FORMS}
        searches = [tool for tool in self.kwargs.get("tools") or () if is_web_search_tool(tool)]
        if searches:
            kept["tools"] = searches
        model: Any = self.bound
        structured: Runnable[LanguageModelInput, Any] = model.with_structured_output(
            schema, **{**kept, **kwargs}
        )
        return structured
