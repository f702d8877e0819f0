"""Ten schemas in both frameworks: the server's grammar makes every answer follow its schema."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import Annotated, Literal

import jsonschema
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel, Field

# A small model may repeat itself until it is stopped.
Short = Annotated[str, Field(max_length=30)]


class Person(BaseModel):
    """A person."""

    name: Short
    age: int


class Address(BaseModel):
    """An address."""

    street: Short
    city: Short


class Customer(BaseModel):
    """A customer."""

    name: Short
    address: Address


class Color(Enum):
    """A color."""

    RED = "red"
    GREEN = "green"


class Car(BaseModel):
    """A car."""

    brand: Short
    color: Color


class Shopping(BaseModel):
    """A shopping list."""

    items: list[Short] = Field(max_length=5)


class Book(BaseModel):
    """A book."""

    title: Short
    subtitle: Short | None = None
    year: int | None = None


class Relative(BaseModel):
    """A person."""

    name: Short
    child: Relative | None = None


class Line(BaseModel):
    """A line of an order."""

    product: Short
    count: int


class Order(BaseModel):
    """An order."""

    lines: list[Line] = Field(max_length=3)


class Answer(BaseModel):
    """An answer."""

    value: int | Short
    is_certain: bool


class Rating(BaseModel):
    """A rating."""

    stars: int = Field(ge=1, le=5)
    mood: Literal["good", "bad"]


class Cat(BaseModel):
    """A cat."""

    lives: int


class Dog(BaseModel):
    """A dog."""

    tricks: list[Short] = Field(max_length=3)


class Owner(BaseModel):
    """An owner of a pet."""

    pet: Cat | Dog


CASES = {
    "plain": (Person, "Anna is 30 years old."),
    "nested": (Customer, "Bob lives in Main Street in London."),
    "enum": (Car, "My Volvo is red."),
    "list": (Shopping, "We need milk, eggs and bread."),
    "optional": (Book, "I read Moby Dick."),
    "recursive": (Relative, "Anna has a child, Bob. Bob has no child."),
    "list of objects": (Order, "Two apples and three pears, please."),
    "union": (Answer, "How many legs does a dog have?"),
    "bounds and literals": (Rating, "The film was good, four stars."),
    "union of objects": (Owner, "My dog sits and rolls."),
}


def ask_all(emulator, ask):
    """Ask for an object of each schema, four at once, and check them.

    Each follows the schema in its request, which the server enforces.
    """
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda case: ask(*case), CASES.values()))
    formats = [request.json["response_format"]["json_schema"] for request in emulator.requests]
    sent = {each["name"]: each["schema"] for each in formats}
    for answer, (schema, _) in zip(answers, CASES.values(), strict=True):
        assert isinstance(answer, schema)
        jsonschema.validate(json.loads(answer.model_dump_json()), sent[schema.__name__])


def test_langchain_gets_an_object_of_each_of_ten_schemas(make_chat, emulator):
    model = make_chat(temperature=0, max_tokens=300)

    def ask(schema, text):
        return model.with_structured_output(schema, method="json_schema").invoke(text)

    assert len(CASES) == 10
    ask_all(emulator, ask)


def test_llama_index_gets_an_object_of_each_of_ten_schemas(make_llm, emulator):
    llm = make_llm(temperature=0, max_tokens=300)
    template = PromptTemplate("{text}")
    ask_all(emulator, lambda schema, text: llm.structured_predict(schema, template, text=text))


async def test_a_streamed_object_is_complete_at_the_end(make_chat, make_llm):
    chat, llm = (make(temperature=0, max_tokens=100) for make in (make_chat, make_llm))
    structured = chat.with_structured_output(Person, method="json_schema")
    text = "Anna is 30 years old."
    anna = Person(name="Anna", age=30)
    assert [piece async for piece in structured.astream(text)][-1] == anna
    stream = await llm.astream_structured_predict(Person, PromptTemplate("{text}"), text=text)
    assert [piece async for piece in stream][-1] == anna
