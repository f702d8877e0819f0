"""A check of saved models, whose text may have been altered.

The text alone decides which objects are made of it, so the check trusts none of their classes: it
looks at the arguments of each by their names, and at those that a runnable passes on to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.load import InitValidator
from langchain_core.load.load import default_init_validator

from langchain_weryai.errors import ConfigurationError
from weryai_core.integration import comparable, normalize_base_url, usual_base_url

_ADDRESS = re.compile(
    r"(?:.*_)?(?:base_?url|api_base|api_url|endpoint|endpoint_url|proxy|proxies)", re.IGNORECASE
)
_SERVICE = ("base_url", "weryai_api_base")
# What goes with the key to a trusted address, and may have it sent on from there. LangChain's
# models save none of these but for a call's headers, which are shown anyway.
_SENT_ALONG = re.compile(r"(?:.*_)?headers|default_query|(?:.*_)?http_(?:async_)?client", re.I)

# Arguments with which a runnable sets those of others.
_PASSED_ON = ("kwargs", "config", "fields", "model_kwargs", "extra_body")
# Parameters of a call that hold schemas, in which any name may occur.
_SCHEMAS = ("tools", "functions", "response_format", "ls_structured_output_format")


def trusted_addresses(*addresses: str) -> InitValidator:
    """A check of the address to which a saved model sends the key, for LangChain's `load`.

    A saved model has the address of its service, and takes the key from the environment. Whoever
    alters the address gets the key with the first call. Pass the check as `init_validator`; it
    contains LangChain's own.

    The check holds for all objects in the text, whatever their classes: for their addresses and
    proxies under all usual names, and for fields that could set these later. It refuses headers,
    query parameters and HTTP clients, which may redirect what a trusted service gets.

    Args:
        addresses: The base URLs of services, and the proxies, that may get the key. Default: the
            service of the environment, else WeryAI's own.

    Raises:
        ConfigurationError: Raised by `load`: the model names another address, or how it is reached
            may be set by somebody else.
    """
    named = {_normalized(address) for address in addresses}
    trusted = named or {_normalized(usual_base_url())}

    def check(class_path: tuple[str, ...], arguments: dict[str, Any]) -> None:
        default_init_validator(class_path, arguments)
        for name, value in _settings(arguments):
            if not value:
                continue
            if _ADDRESS.fullmatch(name):
                _check_address(name, value, trusted)
            elif _SENT_ALONG.fullmatch(name):
                raise ConfigurationError(
                    f"The saved model has {name!r}, which may send the API key elsewhere. Load it "
                    "without, and set it on the loaded model."
                )
            elif name == "allow_insecure" and not (named and _names_service(arguments)):
                raise ConfigurationError(
                    "The saved model would send the API key to a public host unencrypted. Pass its "
                    "address to `trusted_addresses` if it should."
                )

    return check


def _check_address(name: str, value: Any, trusted: set[str]) -> None:
    if not isinstance(value, str):
        raise ConfigurationError(
            f"The saved model lets {name!r} be set later, so that the API key may go anywhere. "
            "Load it without, and make the field configurable on the loaded model."
        )
    if _normalized(value) not in trusted:
        raise ConfigurationError(
            f"The saved model would send the API key to {value!r}, which is not among "
            f"the trusted addresses. Pass it to `trusted_addresses` if it is yours."
        )


def _names_service(arguments: Mapping[str, Any]) -> bool:
    return any(arguments.get(name) for name in _SERVICE)


def _normalized(address: str) -> str:
    return comparable(normalize_base_url(address))


def _settings(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arguments of an object by name, and those that it sets on others."""
    for name, value in arguments.items():
        yield name, value
        if name not in _PASSED_ON:
            continue
        if name == "kwargs" and isinstance(value, Mapping):
            value = {key: inner for key, inner in value.items() if key not in _SCHEMAS}
        yield from _within(value)


def _within(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name), inner
            yield from _within(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _within(inner)
