"""A model class whose framework calls two of the settings otherwise than the core."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, SecretStr

from weryai_core.integration import ModelSettings


class RenamedSettings(ModelSettings):
    """The settings of that class."""

    model: str = "GPT_4O"
    api_key: SecretStr | None = Field(default=None, repr=False)
    api_base: str | None = None
    timeout: Any = None
    proxy: SecretStr | None = None
    own_async_client: Any = None

    _field_names: ClassVar[Mapping[str, str]] = {
        "base_url": "api_base",
        "async_http_client": "own_async_client",
    }
