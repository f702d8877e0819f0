"""What answers and messages hold besides text: JSON, images, cache points, reasoning."""

from __future__ import annotations

import re
from typing import Any

from weryai_core.doctor.probe import Answers, Finding, Probe, differs, holds, unknown
from weryai_core.doctor.probes.reading import judge_taken, listed_names
from weryai_core.doctor.probes.tools import WEATHER
from weryai_core.doctor.question import Answer, Question, says
from weryai_core.doctor.record.exchange import messages_of
from weryai_core.wire import parse_json

# A square of 64 x 64 red pixels.
_RED = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAT0lEQVR42u3PQQkAAAgEsAtx/ZMZxgi+hcEKLNO+"
    "FgEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQGBywKqxUDxqh7TUQAAAABJRU5E"
    "rkJggg=="
)
# A sentence with other words may say that there is no picture, or guess.
_ABOUT_RED = frozenset(
    (
        *("red", "solid", "pure", "bright", "plain", "the", "a", "an", "this", "it", "is", "s"),
        *("of", "picture", "image", "square", "colour", "color"),
    )
)
_COLOUR = "Which colour has this picture? Answer with one word."
_IMAGE = {"type": "image_url", "image_url": {"url": _RED}}
_MOUNTAIN = "Mount Everest, in Nepal, is 8849 metres high."
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "height": {"type": "integer", "description": "Metres."},
        "country": {"type": "string", "enum": ["Nepal", "Peru"]},
    },
    "required": ["name", "height", "country"],
    "additionalProperties": False,
}
_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "mountain", "strict": True, "schema": _SCHEMA},
}

JSON_SCHEMA = Question("json-schema", says(_MOUNTAIN, response_format=_FORMAT), tokens=64)
JSON_OBJECT = Question(
    "json-object",
    says(
        f'{_MOUNTAIN} Answer in JSON with the keys "name" and "height".',
        response_format={"type": "json_object"},
    ),
    tokens=64,
)
IMAGES = Question(
    "images",
    {
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": _COLOUR}, _IMAGE]},
        ]
    },
    role="images",
)
TOOL_IMAGES = Question(
    "tool-images",
    {
        "messages": [
            {"role": "user", "content": f"Look up the picture of Rome's weather. {_COLOUR}"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": "call_b2",
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "call_b2", "content": [_IMAGE]},
        ],
        "tools": [WEATHER],
        "tool_media": "keep",
    },
    role="signatures",
)
CACHE_POINTS = Question(
    "cache-points",
    {
        "messages": [
            {
                "role": "system",
                "content": [
                    {
                        "type": "text",
                        "text": "Answer in one word.",
                        "cache_control": {"type": "ephemeral"},
                    }
                ],
            },
            {"role": "user", "content": "Name a metal."},
        ]
    },
)
REASONING = Question(
    "reasoning", says("Which is larger, 9.9 or 9.11?"), role="reasoning", tokens=256
)

# Fields in which services send reasoning.
_REASONING_FIELDS = (
    *("reasoning_content", "reasoning", "reasoning_details", "thinking_blocks"),
    *("thinking", "reasoning_text", "extra_content", "provider_specific_fields"),
)


def _judge_schema(answers: Answers) -> Finding:
    answer = answers["json-schema"]
    found = _json_in(answer)
    if found is None:
        return differs("the field is taken, and the answer is no JSON")
    follows = (
        found.keys() == _SCHEMA["properties"].keys()
        and isinstance(found["name"], str)
        and isinstance(found["height"], int)
        and found["country"] in _SCHEMA["properties"]["country"]["enum"]
    )
    return (holds if follows else differs)(
        "JSON that follows the schema" if follows else "JSON that does not follow the schema"
    )


def _judge_object(answers: Answers) -> Finding:
    answer = answers["json-object"]
    if _json_in(answer) is not None:
        return holds("an object in JSON")
    return differs("the field is taken, and the answer is no object in JSON")


def _json_in(answer: Answer) -> dict[str, Any] | None:
    """The object that the whole answer is, as it came: the client would find it in more."""
    content = answer.message.get("content")
    found = parse_json(content.encode()) if isinstance(content, str) else None
    return found if isinstance(found, dict) else None


def _judge_image(answers: Answers) -> Finding:
    [answer] = answers.values()
    words = set(re.findall(r"[^\W_]+", answer.text.lower()))
    if "red" in words <= _ABOUT_RED:
        return holds(f"{answer.model} names the colour")
    return unknown(f"taken; the answer of {answer.model} does not name the colour")


def _judge_reasoning(answers: Answers) -> Finding:
    answer = answers["reasoning"]
    chunk = answer.chunk
    messages = [one for payload in answer.exchange.payloads for one in messages_of(payload)]
    fields = [name for name in _REASONING_FIELDS if any(one.get(name) for one in messages)]
    spent = None if chunk is None or chunk.usage is None else chunk.usage.reasoning_tokens
    if chunk is not None and chunk.choice.reasoning:
        place = listed_names(fields) if fields else "tags in the text"
        return holds(f"{answer.model}: in {place}")
    if fields:
        return differs(f"{answer.model}: {listed_names(fields)} came, and no reasoning was read")
    hidden = "is counted, and not shown" if spent else "does not come"
    return unknown(f"the reasoning of {answer.model} {hidden}")


_OPENAI = ("openai-parameters",)
PROBES = (
    Probe(
        "json-schema",
        ("openai-parameters", "schemas"),
        "Answers follow a JSON schema",
        (JSON_SCHEMA,),
        _judge_schema,
        '`with_structured_output(method="function_calling")`',
    ),
    Probe(
        "json-object",
        _OPENAI,
        "`json_object` brings an object in JSON",
        (JSON_OBJECT,),
        _judge_object,
        '`with_structured_output(method="prompted")`',
    ),
    Probe("images", _OPENAI, "Images are seen", (IMAGES,), _judge_image, "another `model`"),
    Probe(
        "tool-images",
        ("result-media",),
        "Images in the results of tools are seen",
        (TOOL_IMAGES,),
        _judge_image,
        '`tool_media="move"`',
    ),
    Probe(
        "cache-points",
        ("media-parameters",),
        "`cache_control` is taken",
        (CACHE_POINTS,),
        judge_taken,
        "leave out cache points",
    ),
    Probe(
        "reasoning",
        ("reasoning-fields", "reasoning-tags"),
        "Reasoning comes in a known field, or in tags",
        (REASONING,),
        _judge_reasoning,
    ),
)
