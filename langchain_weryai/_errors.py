"""Pydantic's complaints about a model's arguments, as an error of ours. No I/O."""

from __future__ import annotations

from pydantic import ValidationError

from weryai_core import ConfigurationError


def to_configuration_error(error: ValidationError) -> ConfigurationError:
    """What is wrong with the arguments, without their values: one of them is the API key."""
    faults = error.errors(include_url=False, include_input=False)
    for fault in faults:
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, ConfigurationError):
            # Raised in a validator; pydantic wraps it because it is a ValueError, too.
            return cause
    told = "; ".join(
        f"`{'.'.join(str(part) for part in fault['loc'])}`: {fault['msg']}" for fault in faults
    )
    return ConfigurationError(f"ChatWeryAI cannot be made of these arguments. {told}.")
