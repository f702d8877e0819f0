"""A model with parameters or a config bound to its calls."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig
from typing_extensions import override

_TOOL_PARAMETERS = frozenset(("tools", "tool_choice", "parallel_tool_calls"))
# The parameters that ask for another form of answer than a schema's.
_OTHER_FORMS = _TOOL_PARAMETERS | {
    "response_format",
    "schema_in_prompt",
    "ls_structured_output_format",
}


class Bindable(Runnable[LanguageModelInput, AIMessage]):
    """A model whose bindings are `BoundModel`s."""

    if not TYPE_CHECKING:  # LangChain's own return type, which type checkers know, is private

        def bind(self, **kwargs: Any) -> Runnable[LanguageModelInput, AIMessage]:
            """This model with parameters of its calls; tools and structured output keep them."""
            return BoundModel(bound=self, kwargs=kwargs, config={})

    @override
    def with_config(
        self, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with tags, metadata and more; its tools and structured output keep them."""
        return BoundModel(bound=self, kwargs={}, config={}).with_config(config, **kwargs)

    @override
    def with_listeners(self, **listeners: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with listeners; its tools and structured output keep them."""
        return BoundModel(bound=self, kwargs={}, config={}).with_listeners(**listeners)

    @override
    def with_alisteners(self, **listeners: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with async listeners; its tools and structured output keep them."""
        return BoundModel(bound=self, kwargs={}, config={}).with_alisteners(**listeners)

    @override
    def with_types(self, **types: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with other declared types; it stays one that takes tools and a schema."""
        return BoundModel(bound=self, kwargs={}, config={}).with_types(**types)

    @override
    def with_retry(self, **settings: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with LangChain's retries; its tools and structured output keep them."""
        return BoundModel(bound=self, kwargs={}, config={}).with_retry(**settings)


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
        return self._like_this(
            self._model.bind_tools(tools, **{**self._without(_TOOL_PARAMETERS), **kwargs})
        )

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """See `ChatWeryAI.with_structured_output`. Bound tools are offered next to the schema."""
        from langchain_weryai.structured_output import bind_schema, to_chain

        tools = [*(self.kwargs.get("tools") or ()), *(kwargs.pop("tools", None) or ())]
        bound, parser = bind_schema(
            self._model, schema, **{**self._without(_OTHER_FORMS), **kwargs, "tools": tools}
        )
        self._warn_of_choice(bound)
        return to_chain(self._like_this(bound), parser, include_raw=include_raw)

    @override
    def with_alisteners(self, **listeners: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with async listeners; its tools and structured output keep them."""
        listening: Any = super().with_alisteners(**listeners)
        return self.model_copy(
            update={"config_factories": [*self.config_factories, *listening.config_factories]}
        )

    @override
    def with_retry(self, **settings: Any) -> Runnable[LanguageModelInput, AIMessage]:
        """This model with LangChain's retries; its tools and structured output keep them."""
        retrying = Runnable.with_retry(self.bound, **settings)
        return self.model_copy(update={"bound": retrying})

    @property
    def _model(self) -> Any:
        """The model itself, without retries."""
        from langchain_core.runnables.retry import RunnableRetry  # 30 modules

        model: Any = self.bound
        while isinstance(model, RunnableRetry):
            model = model.bound
        return model

    def _warn_of_choice(self, bound: BoundModel) -> None:
        """Warn where structured output replaces a bound `tool_choice` that says something else."""
        choice = self.kwargs.get("tool_choice")
        if choice in (None, False, "auto"):
            return
        made = bound.kwargs.get("tool_choice")
        if made == choice or (choice in ("any", "required") and made in ("any", "required")):
            return
        warnings.warn(
            f"`with_structured_output` does not keep the bound `tool_choice` {choice!r}: the model "
            "must be free to answer with the schema. Leave `tool_choice` out, or do not combine it "
            "with `with_structured_output`.",
            stacklevel=3,
        )

    def _like_this(self, bound: BoundModel) -> BoundModel:
        """Another binding with this one's config and retries."""
        return BoundModel(
            bound=_with_retries_of(self.bound, bound.bound),
            kwargs=bound.kwargs,
            config=self.config,
            config_factories=self.config_factories,
            custom_input_type=self.custom_input_type,
            custom_output_type=self.custom_output_type,
        )

    def _without(self, names: frozenset[str]) -> dict[str, Any]:
        return {name: value for name, value in self.kwargs.items() if name not in names}


def _with_retries_of(retrying: Any, model: Any) -> Any:
    """A model with the retries that another one has."""
    from langchain_core.runnables.retry import RunnableRetry

    if not isinstance(retrying, RunnableRetry):
        return model
    return retrying.model_copy(update={"bound": _with_retries_of(retrying.bound, model)})
