"""The settings of a `ChatWeryAI`: its fields, and what LangChain derives from them.

`ModelSettings` has the fields that both wrappers share. Those here have LangChain's names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from langchain_core.language_models import LangSmithParams, ModelProfile
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.utils import get_pydantic_field_names
from pydantic import ConfigDict, Field, SecretStr, model_validator
from typing_extensions import override

from langchain_weryai.profiles import DerivedProfile, derive_profile
from langchain_weryai.provider import PROVIDER
from weryai_core import __version__, integration
from weryai_core.integration import ModelSettings


class ChatSettings(ModelSettings, BaseChatModel):
    """The fields of `ChatWeryAI`, sorted, checked and derived."""

    model_name: str = Field(
        alias="model",
        min_length=1,
        description='Key of the model, e.g. "GEMINI_25_FLASH". Keys other than the 28 documented '
        "ones work, too.",
    )
    weryai_api_key: SecretStr | None = Field(
        default=None, alias="api_key", repr=False, description="API key; else `WERYAI_API_KEY`."
    )
    weryai_api_base: str | None = Field(
        default=None,
        alias="base_url",
        description="Address of the service, with or without `/v1`; else `WERYAI_BASE_URL` or "
        "`WERYAI_API_BASE`, else `https://api.weryai.com/v1`.",
    )
    request_timeout: Any = Field(
        default=None,
        alias="timeout",
        description="Seconds for each step, or an httpx `Timeout`, or a tuple (connect, read, "
        "write, pool). Default 10 s to connect, 600 s for the rest.",
    )
    weryai_proxy: SecretStr | None = Field(
        default=None,
        alias="proxy",
        exclude=True,
        repr=False,
        description="Address of a proxy, e.g. `http://user:password@host:3128`; else that of the "
        "environment.",
    )
    http_async_client: Any = Field(
        default=None,
        exclude=True,
        repr=False,
        description="An `httpx2.AsyncClient` or `httpx.AsyncClient` to use instead of one of ours.",
    )
    n: int | None = Field(
        default=None,
        description="Answers to generate, 1 or more. `generate` returns all of them, `invoke` the "
        "first.",
    )
    stop: list[str] | str | None = Field(
        default=None, alias="stop_sequences", description="Texts at which to stop."
    )
    streaming: bool = Field(
        default=False, description="Whether `invoke` streams as well, for its callbacks."
    )
    model_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="Further parameters of the request, by name."
    )
    extra_body: dict[str, Any] | None = Field(
        default=None,
        description="Further fields of the request's body. Only parameters of a call override "
        "them.",
    )

    model_config: ClassVar[ConfigDict] = ConfigDict(populate_by_name=True)

    _field_names: ClassVar[Mapping[str, str]] = {
        "model": "model_name",
        "api_key": "weryai_api_key",
        "base_url": "weryai_api_base",
        "timeout": "request_timeout",
        "proxy": "weryai_proxy",
        "async_http_client": "http_async_client",
    }
    _framework_settings: ClassVar[tuple[str, ...]] = ("streaming", "profile", "rate_limiter")

    @model_validator(mode="before")
    @classmethod
    def _sort_arguments(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        from langchain_weryai.model_kwargs import sort_arguments

        return sort_arguments(values, get_pydantic_field_names(cls))

    @model_validator(mode="after")
    def _add_our_version(self) -> Self:
        self._add_version("weryai-integrations", __version__)
        return self

    @override
    def _note_change(self, name: str) -> None:
        if name in type(self).model_fields and name != "profile":
            self._update_derived()

    def _update_derived(self) -> None:
        """Update what was derived from the fields before they changed."""
        self.__dict__.pop("_serialized", None)  # LangChain's, part of the keys of its cache
        profile = self.__dict__.get("profile")
        if isinstance(profile, DerivedProfile):
            self.__dict__["profile"] = self._resolve_model_profile() or profile

    @property
    def model(self) -> str:
        """Key of the model, as passed in `model`."""
        return self.model_name

    @property
    @override
    def _identifying_params(self) -> dict[str, Any]:
        shown = self._parameters()
        shown.pop("extra_body", None)
        return {"model_name": self.model_name, "stop": self.stop, **shown}

    @override
    def _parameters(self) -> dict[str, Any]:
        own = {"n": self.n, "stop": self.stop, "extra_body": self.extra_body}
        set_fields = {name: value for name, value in own.items() if value is not None}
        return {**super()._parameters(), **set_fields, **self.model_kwargs}

    @override
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = PROVIDER
        texts = stop or self.stop
        if texts:
            params["ls_stop"] = [texts] if isinstance(texts, str) else texts
        return params

    @override
    def _resolve_model_profile(self) -> ModelProfile | None:
        excludes_schema = integration.excludes_json_schema(self._parameters())
        return derive_profile(self.model_name, excludes_schema=excludes_schema)
