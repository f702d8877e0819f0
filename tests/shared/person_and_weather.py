"""A class, a tool and the JSON that each is sent as, for tests of what requests hold."""

from typing import Any

from pydantic import BaseModel

WEB = {"id": "web"}
SEARCH = {"type": "web_search"}
HELLO = {"role": "user", "content": "Hello"}
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


class Person(BaseModel):
    """A person."""

    name: str
    age: int


FIELDS: dict[str, Any] = {
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "type": "object",
}
DESCRIBED = {"title": "Person", "description": "A person.", **FIELDS}
PERSON_TOOL = {
    "type": "function",
    "function": {"name": "Person", "description": "A person.", "parameters": FIELDS},
}


def weather(city: str) -> str:
    """The weather in a city."""
    return "sunny"
