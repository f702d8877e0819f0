"""A check of saved models, whose text may have been altered."""

from __future__ import annotations

from typing import Any

from langchain_core.load import InitValidator
from langchain_core.load.load import default_init_validator

from langchain_weryai.chat_models import ChatWeryAI
from langchain_weryai.errors import ConfigurationError
from weryai_core.integration import normalize_base_url, usual_base_url

_ADDRESSES = ("base_url", "weryai_api_base")


def trusted_addresses(*addresses: str) -> InitValidator:
    """A check of the address to which a saved model sends the key, for LangChain's `load`.

    A saved model has the address of its service, and takes the key from the environment. Whoever
    alters the address gets the key with the first call. Pass the check as `init_validator`; it
    contains LangChain's own.

    Args:
        addresses: The base URLs of services that may get the key. Default: that of the
            environment, else WeryAI's own.

    Raises:
        ConfigurationError: Raised by `load`: the model names another address.
    """
    trusted = {normalize_base_url(address) for address in addresses or (usual_base_url(),)}

    def check(class_path: tuple[str, ...], arguments: dict[str, Any]) -> None:
        default_init_validator(class_path, arguments)
        if class_path != tuple(ChatWeryAI.lc_id()):
            return
        for name in _ADDRESSES:
            address = arguments.get(name)
            if address is not None and normalize_base_url(address) not in trusted:
                raise ConfigurationError(
                    f"The saved model would send the API key to {address!r}, which is not among "
                    f"the trusted addresses. Pass it to `trusted_addresses` if it is yours."
                )

    return check
