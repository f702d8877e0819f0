"""Connect the examples to WeryAI if `WERYAI_API_KEY` is set, otherwise to the emulator."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

from weryai_emulator import Emulator


def connect(stack: ExitStack, model: str) -> dict[str, Any]:
    """Print where the answers come from, and return the arguments for the model classes.

    Args:
        stack: Closes the emulator when it exits.
        model: Key of the model, for the message.
    """
    if os.environ.get("WERYAI_API_KEY"):
        address = os.environ.get("WERYAI_BASE_URL")
        service = f"the service at {address}" if address else "WeryAI's API"
        print(f"Using {service} with the model {model}; this costs credits.")
        return {}
    emulator = stack.enter_context(Emulator())
    print("WERYAI_API_KEY is not set: using the emulator on this machine.")
    print("Its answers follow fixed rules. There is no model behind them.")
    return {"base_url": emulator.base_url, "api_key": "no-key-needed"}
