"""Where the examples connect to: WeryAI when `WERYAI_API_KEY` is set, else the emulator."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import Any

from weryai_emulator import Emulator


def connect(stack: ExitStack, model: str) -> dict[str, Any]:
    """Say where the answers come from, and give the arguments that lead there.

    Args:
        stack: Stops the emulator when it is closed.
        model: Key of the model, to be named.
    """
    if os.environ.get("WERYAI_API_KEY"):
        print(f"Using WeryAI's API with the model {model}; this costs credits.")
        return {}
    emulator = stack.enter_context(Emulator())
    print("WERYAI_API_KEY is not set: using the emulator on this machine.")
    print("Its answers are made by rule. No model is behind them.")
    return {"base_url": emulator.base_url, "api_key": "no key needed here"}
