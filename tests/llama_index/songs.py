"""What the tests of structured output share: a class, the ways to ask for it, and its answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel


class Song(BaseModel):
    """A song with a title."""

    title: str
    seconds: int


PROMPT = PromptTemplate("Write a song about {topic}.")
CATS = Song(title="Cats", seconds=180)
JSON = '{"title": "Cats", "seconds": 180}'
MODES = {
    "by default": PydanticProgramMode.DEFAULT,
    "as a tool": PydanticProgramMode.FUNCTION,
    "in the prompt": PydanticProgramMode.LLM,
}
ENTRANCES = (
    "structured_predict",
    "astructured_predict",
    "stream_structured_predict",
    "astream_structured_predict",
)
# Each mode and each entrance, and not their product.
PAIRS = [
    (PydanticProgramMode.DEFAULT, "structured_predict"),
    (PydanticProgramMode.DEFAULT, "astream_structured_predict"),
    (PydanticProgramMode.FUNCTION, "stream_structured_predict"),
    (PydanticProgramMode.LLM, "astructured_predict"),
]

each_mode = pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
each_entrance = pytest.mark.parametrize("entrance", ENTRANCES)

# Core serializes partial objects with a method that pydantic deprecates.
ignore_json_method = pytest.mark.filterwarnings(
    "ignore:The `json` method:pydantic.warnings.PydanticDeprecatedSince20"
)


def call(arguments: str, name: str = "Song") -> dict[str, Any]:
    return {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}


def predict(
    llm: Any,
    entrance: str,
    output_cls: type[BaseModel] = Song,
    prompt: Any = PROMPT,
    llm_kwargs: dict[str, Any] | None = None,
    **arguments: Any,
) -> list[Any]:
    """All objects that an entrance returns."""
    arguments = arguments or {"topic": "cats"}
    function = getattr(llm, entrance)

    async def collect() -> list[Any]:
        answer = await function(output_cls, prompt, llm_kwargs=llm_kwargs, **arguments)
        return [one async for one in answer] if hasattr(answer, "__aiter__") else [answer]

    if entrance.startswith("a"):
        return asyncio.run(collect())
    answer = function(output_cls, prompt, llm_kwargs=llm_kwargs, **arguments)
    return list(answer) if entrance.startswith("stream") else [answer]
