"""Samples for the tests: tools, output classes, media and a retriever of fixed texts."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

from llama_index.core.base.llms.types import (
    AudioBlock,
    ContentBlock,
    DocumentBlock,
    ImageBlock,
    VideoBlock,
)
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Get the weather in a city."""
    return f"Sunny in {city}."


def now() -> str:
    """Get the time."""
    return "noon"


ADD, WEATHER, NOW = (FunctionTool.from_defaults(tool) for tool in (add, weather, now))
ADD_AND_WEATHER: list[Any] = [ADD, WEATHER]
ASK_ADD = "Add 2 and 3 with the tool add."
ASK_BOTH = (
    "Add 2 and 3 with the tool add, and look up the weather in Rome with the tool weather. "
    "Call both tools at once."
)


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class Household(BaseModel):
    """The people who live at an address."""

    address: str
    people: list[Person]


# The smallest picture: one transparent pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
PDF = (
    b"%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def silence() -> bytes:
    """A tenth of a second of silence as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return file.getvalue()


# The ability that a block needs -> the block.
MEDIA: dict[str, ContentBlock] = {
    "supports_image_inputs": ImageBlock(image=PNG, image_mimetype="image/png"),
    "supports_audio_inputs": AudioBlock(audio=silence(), format="wav"),
    "supports_documents": DocumentBlock(
        data=PDF, title="empty.pdf", document_mimetype="application/pdf"
    ),
    "supports_video_inputs": VideoBlock(video=MP4, video_mimetype="video/mp4"),
}

FACT = "The lighthouse of Norby was built in 1887."
FACT_QUESTION = "When was the lighthouse of Norby built?"


class FixedRetriever(BaseRetriever):
    """Finds the same two texts for any question, without index or embeddings."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        texts = (FACT, "The bakery of Norby sells rye bread.")
        return [NodeWithScore(node=TextNode(text=text), score=1.0) for text in texts]


def tool_entry(id: str, name: str, arguments: str) -> dict[str, Any]:
    """A tool call as `additional_kwargs["tool_calls"]` of a message holds it."""
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
