"""The arguments of `ChatWeryAI`, sorted into its fields and further parameters of the request."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Mapping
from typing import Any

from langchain_weryai.profiles import DerivedProfile
from weryai_core import ConfigurationError, model_info
from weryai_core.integration import refuse_secrets, with_documented_names

# The caller of `ChatWeryAI`, past its validator and the `__init__` of four classes.
_CALLER = 7


def sort_arguments(given: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    """The arguments with all that are not fields in `model_kwargs`, with a warning for each.

    LangChain's other chat models treat unknown arguments in the same way.

    Args:
        given: The arguments.
        fields: The names and aliases of the fields.

    Raises:
        ConfigurationError: A parameter looks like a secret, is passed twice, or is a field that
            was put into `model_kwargs`.
    """
    values = with_documented_names(given)
    _drop_profile_of_another_model(values)
    model_kwargs = dict(values.get("model_kwargs") or {})
    for name in model_kwargs:
        if name in fields:
            raise ConfigurationError(f"Pass `{name}` to ChatWeryAI itself, not in `model_kwargs`.")
    further = [name for name in values if name not in fields]
    refuse_secrets(further, "model_kwargs")
    for name in further:
        warnings.warn(
            f"`{name}` is not a parameter of ChatWeryAI; it is sent unchanged, as part of "
            "`model_kwargs`.",
            stacklevel=_CALLER,
        )
        if name in model_kwargs:
            raise ConfigurationError(
                f"`{name}` is passed twice: as an argument and in `model_kwargs`."
            )
        model_kwargs[name] = values.pop(name)
    if model_kwargs:
        values["model_kwargs"] = model_kwargs
    for holder in ("model_kwargs", "extra_body"):
        held = values.get(holder)
        refuse_secrets(held if isinstance(held, Mapping) else None, holder)
    return values


def _drop_profile_of_another_model(values: dict[str, Any]) -> None:
    """Drop a derived profile that LangChain copied from another model along with its fields."""
    key = values.get("model") or values.get("model_name")
    if isinstance(values.get("profile"), DerivedProfile) and model_info(key or ""):
        del values["profile"]
