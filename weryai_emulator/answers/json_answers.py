"""Answers in JSON: to a response format, or to a schema that the prompt spells out. No I/O."""

from __future__ import annotations

import json
import re
from typing import Any

from weryai_emulator.answers.prompt_values import Hints
from weryai_emulator.answers.retrieval import question_of
from weryai_emulator.answers.schema import build_instance
from weryai_emulator.answers.strings import enum_values
from weryai_emulator.request.chat_request import ChatRequest

JsonObject = dict[str, Any]

_KEYS_FOLLOW = re.compile(r"\b(?:keys?|fields?|propert(?:y|ies)|attributes?)\b", re.IGNORECASE)
_QUOTED_NAME = re.compile(r"[\"'`\u201c\u2018]([A-Za-z_]\w*)[\"'`\u201d\u2019]")


def json_answer(request: ChatRequest, said: str | None) -> str | None:
    """Return an answer in JSON, or None when the request wants none.

    Args:
        request: The request.
        said: What would be answered in words, if that is known: a tool result, a sentence
            found in the context. It goes where the schema asks for an answer.
    """
    kind = request.response_format.get("type")
    text = request.last_user_text
    if kind == "json_schema":
        schema = request.response_format["json_schema"]["schema"]
        hints = _hints(request, said, enum_values(schema))
        return _encode(build_instance(schema, hints, answer=said))
    written, rest = _find_schema(f"{request.system_text}\n{text}")
    if written is not None and (kind == "json_object" or "json" in text.lower()):
        hints = Hints(rest, enum_values(written))
        return _encode(build_instance(written, hints, answer=said))
    return _encode(_by_key_names(request, said)) if kind == "json_object" else None


def _hints(request: ChatRequest, said: str | None, never: frozenset[str]) -> Hints:
    """Return what the question names and what is known; of a context only what was found."""
    question = question_of(request)
    return Hints(question if said is None else f"{question}\n{said}", never)


def _by_key_names(request: ChatRequest, said: str | None) -> JsonObject:
    """Return an object whose keys are those that the prompt quotes."""
    text = request.last_user_text
    prompt = f"{request.system_text}\n{text}"
    keys = list(dict.fromkeys(_QUOTED_NAME.findall(prompt))) if _KEYS_FOLLOW.search(prompt) else []
    hints = Hints(text)
    hints.quoted = [quoted for quoted in hints.quoted if quoted not in keys]
    properties = {key: {"type": "string"} for key in keys or ["answer"]}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    built: JsonObject = build_instance(schema, hints, answer=said)
    return built


def _find_schema(text: str) -> tuple[JsonObject | None, str]:
    """Return the last schema that is written in a text, and the text around all JSON.

    The last, because format instructions show an example of a schema before the real one.
    """
    # Some instructions reach the model with the braces of a template still doubled.
    for version in (text, text.replace("{{", "{").replace("}}", "}")):
        objects, rest = _split_json(version)
        for found in reversed(objects):
            if isinstance(found.get("properties"), dict):
                return found, rest
    return None, text


def _split_json(text: str) -> tuple[list[JsonObject], str]:
    """Return the JSON objects that are written in a text, and the text around them."""
    decoder = json.JSONDecoder()
    objects, rest, done = [], [], 0
    position = text.find("{")
    while position != -1:
        try:
            value, end = decoder.raw_decode(text, position)
        except ValueError:
            position = text.find("{", position + 1)
            continue
        objects.append(value)
        rest.append(text[done:position])
        done = end
        position = text.find("{", end)
    return objects, " ".join([*rest, text[done:]])


def _encode(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
