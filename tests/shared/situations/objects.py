"""Structured answers."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from situations import UNPUBLISHED, Structured

T = TypeVar("T")


class Song(BaseModel):
    """A song."""

    title: str
    seconds: int


class Report(BaseModel):
    """A report, whose fields have defaults."""

    summary: str = "nothing"
    count: int = 0


class Script(BaseModel):
    """A program."""

    code: str


class Aliased(BaseModel):
    """A song by other names."""

    model_config = ConfigDict(populate_by_name=True)

    title: str = Field(alias="songTitle")


class Parameters(BaseModel):
    """A class that has a field named like a wrapper."""

    parameters: dict[str, Any]


class Titled(BaseModel):
    """A class with a title."""

    model_config = ConfigDict(title="My song (draft)")

    title: str


class Box(BaseModel, Generic[T]):
    """A box with a content."""

    content: T


ABBA = '{"title": "SOS", "seconds": 203}'
SOS = Song(title="SOS", seconds=203)

TEXTS = [
    Structured(
        id="JSON in a fence",
        source="https://github.com/langchain-ai/langchain/issues/32951",
        schema=Song,
        text=f"```json\n{ABBA}\n```",
        value=SOS,
    ),
    Structured(
        id="JSON after reasoning in tags",
        source="https://github.com/langchain-ai/langchain/issues/31585",
        schema=Song,
        text=f"<think>\nA {{song}}: {{}}\n</think>\n\n{ABBA}",
        value=SOS,
    ),
    Structured(
        id="a line break in a string",
        source="https://github.com/guardrails-ai/guardrails/pull/80",
        schema=Script,
        text='{"code": "a = 1\nprint(a)"}',
        value=Script(code="a = 1\nprint(a)"),
    ),
    Structured(
        id="a trailing comma",
        source="https://github.com/ducroo/SICTIC-AI/pull/37",
        schema=Song,
        text='{"title": "SOS", "seconds": 203,}',
        value=SOS,
    ),
    Structured(
        id="an escape that JSON lacks",
        source="https://github.com/ducroo/SICTIC-AI/pull/37",
        schema=Script,
        text=r'{"code": "\d+"}',
        value=Script(code=r"\d+"),
    ),
    Structured(
        id="LaTeX with unescaped backslashes",
        source="https://github.com/iDiagoValeta/localOllamaRAG/issues/153",
        schema=Script,
        text=r'{"code": "\sigma \times \text{a}\nSo"}',
        value=Script(code="\\sigma \\times \\text{a}\nSo"),
    ),
    Structured(
        id="half an emoji",
        source="https://github.com/agent0ai/agent-zero/issues/1773",
        schema=Script,
        text=r'{"code": "a\ud83c"}',
        value=Script(code="a\ufffd"),
    ),
    Structured(
        id="by the aliases of the fields",
        source=UNPUBLISHED,
        schema=Aliased,
        text='{"songTitle": "SOS"}',
        value=Aliased(title="SOS"),
    ),
]

WRAPPED = [
    Structured(
        id=f"wrapped in {name}",
        source=source,
        schema=Song,
        text=f'{{"{name}": {ABBA}}}',
        value=SOS,
    )
    for name, source in (
        ("Song", UNPUBLISHED),
        ("parameters", UNPUBLISHED),
        ("arguments", UNPUBLISHED),
        ("properties", "https://github.com/leonbreukelman/smactorio/issues/165"),
    )
] + [
    Structured(
        id="a field named like a wrapper",
        source=UNPUBLISHED,
        schema=Parameters,
        text='{"parameters": {"a": 1}}',
        value=Parameters(parameters={"a": 1}),
    ),
    Structured(
        id="an empty object of defaults",
        source=UNPUBLISHED,
        schema=Report,
        text="{}",
        value=Report(),
    ),
    Structured(
        id="an error instead of the fields",
        source=UNPUBLISHED,
        schema=Report,
        text='{"error": "I cannot do that"}',
        says="I cannot do that",
    ),
    Structured(
        id="other names than the fields",
        source="https://github.com/OpenMind/OM1/pull/214",
        schema=Report,
        text='{"text": "All is well", "number": 3}',
        says="All is well",
    ),
    Structured(
        id="JSON that breaks off",
        source="https://github.com/NousResearch/hermes-agent/issues/35151",
        schema=Report,
        text='{"summary": "All is',
        finish_reason="length",
        says="max_tokens",
    ),
]

CALLED = [
    Structured(
        id="a line break in the arguments",
        source="https://github.com/mem0ai/mem0/issues/2194",
        schema=Script,
        arguments='{"code": "a = 1\nprint(a)"}',
        value=Script(code="a = 1\nprint(a)"),
    ),
    Structured(
        id="arguments encoded twice",
        source="https://github.com/quarkiverse/quarkus-langchain4j/pull/2642",
        schema=Song,
        arguments=r'"{\"title\": \"SOS\", \"seconds\": 203}"',
        value=SOS,
    ),
    Structured(
        id="arguments wrapped in parameters",
        source=UNPUBLISHED,
        schema=Song,
        arguments=f'{{"parameters": {ABBA}}}',
        value=SOS,
    ),
    Structured(
        id="a generic class",
        source=UNPUBLISHED,
        schema=Box[int],
        name="",
        arguments='{"content": 7}',
        value=Box[int](content=7),
    ),
    Structured(
        id="a class whose title is no name",
        source="https://github.com/n8n-io/n8n/issues/16139",
        schema=Titled,
        name="",
        arguments='{"title": "SOS"}',
        value=Titled(title="SOS"),
    ),
    Structured(
        id="text instead of the call",
        source=UNPUBLISHED,
        schema=Song,
        text=f"Here it is:\n```json\n{ABBA}\n```",
        value=SOS,
    ),
]

REFUSED = [
    Structured(
        id="a refusal",
        source="https://github.com/langchain-ai/langchain/issues/34616",
        schema=Song,
        refusal="I can't write that song.",
        says="I can't write that song.",
    ),
    Structured(
        id="a refusal of defaults",
        source="https://github.com/pydantic/pydantic-ai/issues/4310",
        schema=Report,
        refusal="I can't report that.",
        says="I can't report that.",
    ),
]

OBJECTS = [*TEXTS, *WRAPPED, *CALLED, *REFUSED]
