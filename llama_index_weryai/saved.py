"""A check of saved models, whose text may have been altered.

LlamaIndex has no place for a check, but it loads a model with `from_dict`, which is ours.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from weryai_core import ConfigurationError
from weryai_core.integration import comparable, normalize_base_url, usual_base_url

# `to_dict` writes none of these, and each may have the key sent elsewhere.
_NEVER_SAVED = ("proxy", "default_headers", "default_query")


def check_saved(data: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Check where a saved model would send the key of the environment.

    Args:
        data: What was saved. A model that was saved with a key sends only that.
        given: What the caller sets; it wins over what was saved.

    Raises:
        ConfigurationError: What was saved holds a setting that `to_dict` never writes.
    """
    if data.get("api_key"):
        return
    for name in _NEVER_SAVED:
        if data.get(name) and name not in given:
            raise ConfigurationError(
                f"The saved model has {name!r}, which may send the API key elsewhere. Remove it "
                "there, and pass it to `from_dict` as an argument."
            )
    merged = {**data, **given}
    address = merged.get("api_base") or merged.get("base_url")
    is_callers = given.get("api_key") or given.get("api_base")
    if address and not is_callers and _form(address) != _form(usual_base_url()):
        warnings.warn(
            f"The saved model sends the API key of the environment to {str(address)!r}. If that "
            "is your address, set WERYAI_BASE_URL to it, or pass it to `from_dict` as `api_base`.",
            stacklevel=3,
        )


def _form(address: object) -> str:
    return comparable(normalize_base_url(address))
