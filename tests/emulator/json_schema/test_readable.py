"""Objects of typical schemas read as if somebody had written them for the prompt."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import pytest
from pydantic import BaseModel, Field, HttpUrl

from weryai_emulator.json_schema.instance import build_instance, values_for


class Person(BaseModel):
    """LangChain's example of an extraction: everything may be missing."""

    name: str | None = None
    hair_color: str | None = Field(default=None, description="The color of the person's hair")
    height_in_meters: str | None = Field(default=None, description="Height measured in meters")


class People(BaseModel):
    people: list[Person]


class Contact(BaseModel):
    first_name: str
    last_name: str
    age: int = Field(ge=0, le=120)
    email: str
    city: str
    occupation: str
    is_married: bool
    hobbies: list[str]


class Address(BaseModel):
    street: str
    postal_code: str
    city: str
    country: str


class Line(BaseModel):
    description: str
    quantity: int
    unit_price: float


class Currency(StrEnum):
    euro = "EUR"
    krone = "NOK"


class Invoice(BaseModel):
    invoice_number: str
    issue_date: date
    due_date: date
    vendor: str
    customer: str
    billing_address: Address
    lines: list[Line]
    currency: Currency
    total: float
    paid: bool
    link: HttpUrl


class Event(BaseModel):
    title: str
    start: datetime
    end: datetime
    location: str
    participants: list[str]


class Calendar(BaseModel):
    events: list[Event]


class Sentiment(BaseModel):
    sentiment: Literal["positive", "neutral", "negative"]
    confidence: float = Field(ge=0, le=1)
    reason: str


class Review(BaseModel):
    product: str
    rating: int = Field(ge=1, le=5)
    pros: list[str]
    cons: list[str]


class Song(BaseModel):
    title: str
    length_seconds: int


class Album(BaseModel):
    name: str
    artist: str
    songs: list[Song]


class Movie(BaseModel):
    title: str
    year: int
    director: str


class Ticket(BaseModel):
    id: str
    priority: Literal["low", "high", "urgent"]
    title: str
    description: str
    tags: list[str]


class Country(BaseModel):
    name: str
    capital: str
    languages: list[str]


class Order(BaseModel):
    sku: str = Field(pattern=r"^[A-Z]{3}-\d{4}$")
    phone: str = Field(pattern=r"^\+[1-9]\d{1,14}$")
    order_id: str


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Pet(BaseModel):
    pet: Cat | Dog


INVOICE = (
    "Invoice INV-2024-017 from Nordlys AS to Fjord Travel, dated 2024-03-05, due 4 April 2024: "
    "3 sleeping cars at 1200.50 each and 2 dining cars at 800, total 5201.50 NOK, unpaid. "
    "Address: Kong Oscars gate 12, 5017 Bergen, Norway. See https://nordlys.example/inv/17"
)
MEETINGS = (
    "Alice and Bob meet on 2025-06-02 at 10:00 in Oslo for the kick-off. On 2025-06-03 Carol gives "
    "a talk in Bergen."
)

FROM_THE_PROMPT = {
    "person": (
        Person,
        "Alan Smith is 6 feet tall and has blond hair.",
        {"name": "Alan Smith", "hair_color": "blond", "height_in_meters": "1.83"},
    ),
    "people": (
        People,
        "My name is Jeff, my hair is black. Anna has the same color of hair as me.",
        {"people": [{"name": "Jeff", "hair_color": "black"}, {"name": "Anna"}]},
    ),
    "contact": (
        Contact,
        "Maria Garcia, 42, is a dentist in Madrid. She is not married and likes chess, hiking and "
        "opera. Her address is maria@example.org.",
        {
            "first_name": "Maria",
            "last_name": "Garcia",
            "age": 42,
            "email": "maria@example.org",
            "city": "Madrid",
            "occupation": "dentist",
            "is_married": False,
            "hobbies": ["chess", "hiking", "opera"],
        },
    ),
    "invoice": (
        Invoice,
        INVOICE,
        {
            "invoice_number": "INV-2024-017",
            "issue_date": "2024-03-05",
            "due_date": "2024-04-04",
            "vendor": "Nordlys AS",
            "customer": "Fjord Travel",
            "billing_address": {
                "street": "Kong Oscars gate 12",
                "postal_code": "5017",
                "city": "Bergen",
                "country": "Norway",
            },
            "lines": [
                {
                    "description": "3 sleeping cars at 1200.50 each",
                    "quantity": 3,
                    "unit_price": 1200.5,
                },
                {"description": "2 dining cars at 800", "quantity": 2, "unit_price": 800},
            ],
            "currency": "NOK",
            "total": 5201.5,
            "paid": False,
            "link": "https://nordlys.example/inv/17",
        },
    ),
    "events": (
        Calendar,
        MEETINGS,
        {
            "events": [
                {
                    "title": "Kick-off",
                    "start": "2025-06-02T10:00:00Z",
                    "end": "2025-06-02T11:00:00Z",
                    "location": "Oslo",
                    "participants": ["Alice", "Bob"],
                },
                {
                    "title": "Talk",
                    "start": "2025-06-03T12:00:00Z",
                    "end": "2025-06-03T13:00:00Z",
                    "location": "Bergen",
                    "participants": ["Carol"],
                },
            ]
        },
    ),
    "feeling": (
        Sentiment,
        "Terrible service. I want my money back.",
        {"sentiment": "negative", "confidence": 0.9, "reason": "Terrible service."},
    ),
    "review": (
        Review,
        "The Acme X200 sounds great, but the battery dies after 3 hours. 4 stars.",
        {
            "product": "Acme X200",
            "rating": 4,
            "pros": ["The Acme X200 sounds great"],
            "cons": ["the battery dies after 3 hours"],
        },
    ),
    "movie": (
        Movie,
        "Tell me about the movie Inception, directed by Christopher Nolan in 2010.",
        {"title": "Inception", "year": 2010, "director": "Christopher Nolan"},
    ),
    "ticket": (
        Ticket,
        "The login page at https://app.example.com crashes on Safari. It is urgent.",
        {
            "id": "A-1001",
            "priority": "urgent",
            "title": "Login page",
            "description": "The login page at https://app.example.com crashes on Safari.",
            "tags": ["login", "page", "crashes"],
        },
    ),
    "patterns": (
        Order,
        "Where is my order 1234 of ABX-9921? Call me: +4722123456.",
        {"sku": "ABX-9921", "phone": "+4722123456", "order_id": "1234"},
    ),
    "branch": (Pet, "My dog Rex barks.", {"pet": {"kind": "dog", "name": "Rex"}}),
}
INVENTED = {
    "contact": (
        Contact,
        "Invent a person.",
        {
            "first_name": "Ada",
            "last_name": "Miller",
            "age": 34,
            "email": "ada.miller@example.com",
            "city": "Oslo",
            "occupation": "engineer",
            "is_married": True,
            "hobbies": ["Hobby 1", "Hobby 2"],
        },
    ),
    "album": (
        Album,
        "Generate an example album, with an artist and a list of songs.",
        {
            "name": "Album",
            "artist": "Ada Miller",
            "songs": [
                {"title": "Song 1", "length_seconds": 180},
                {"title": "Song 2", "length_seconds": 181},
            ],
        },
    ),
    "country": (
        Country,
        "Tell me about France.",
        {
            "name": "France",
            "capital": "The capital of France",
            "languages": ["English", "Spanish"],
        },
    ),
    "patterns": (
        Order,
        "Make an order.",
        {"sku": "ABC-1234", "phone": "+1123", "order_id": "ORD-1001"},
    ),
    "nothing to feel": (
        Sentiment,
        "Classify this.",
        {"sentiment": "positive", "confidence": 0.9, "reason": "This."},
    ),
}


def build(model, prompt):
    schema = model.model_json_schema()
    return build_instance(schema, values_for(schema, prompt))


@pytest.mark.parametrize("case", FROM_THE_PROMPT)
def test_values_come_from_the_prompt(case):
    model, prompt, expected = FROM_THE_PROMPT[case]
    built = build(model, prompt)
    assert built == expected
    model.model_validate(built)


@pytest.mark.parametrize("case", INVENTED)
def test_values_that_the_prompt_lacks_are_plausible(case):
    model, prompt, expected = INVENTED[case]
    built = build(model, prompt)
    assert built == expected
    model.model_validate(built)
