"""A way to ask for a web search whose sources come in a certain shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weryai_emulator.options import Options

# Three pages are found for the prompts here. Two of them contain the same sentence.
PLUGINS = [{"id": "web", "max_results": 3}]


@pytest.fixture
def search(ask: Callable[..., Any]) -> Callable[..., Any]:
    """Asks with the web plugin: returns the JSON of the reply, or the list of its chunks."""

    def search(prompt: str, shape: Any, **fields: Any) -> Any:
        return ask(prompt, options=Options(source_shape=shape), plugins=PLUGINS, **fields)

    return search
