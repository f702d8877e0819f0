"""Answers in JSON: for a response format, or for a schema that the prompt contains."""

from __future__ import annotations

import re
from typing import Any

from weryai_emulator.answers.retrieval import question_of
from weryai_emulator.json_schema.instance import build_instance, values_for
from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_text import JsonObject, split_objects, to_json
from weryai_emulator.request.chat_request import ChatRequest

_KEYS_FOLLOW = re.compile(r"\b(?:keys?|fields?|propert(?:y|ies)|attributes?)\b", re.IGNORECASE)
_QUOTED_NAME = re.compile(r"[\"'`\u201c\u2018]([A-Za-z_]\w*)[\"'`\u201d\u2019]")


def json_answer(request: ChatRequest, answer: str | None) -> str | None:
    """Return an answer in JSON, or None if the request asks for none.

    Args:
        request: The request.
        answer: The answer in words, if there is one already: a tool result, or a sentence from
            the context. It goes where the schema asks for an answer.
    """
    kind = request.response_format.get("type")
    text = request.last_user_text
    if kind == "json_schema":
        schema = request.response_format["json_schema"]["schema"]
        question = question_of(request)
        prompt = values_for(schema, question if answer is None else f"{question}\n{answer}")
        return to_json(build_instance(schema, prompt, answer=answer))
    written, rest = _find_schema(f"{request.system_text}\n{text}")
    if written is not None and (kind == "json_object" or "json" in text.lower()):
        return to_json(build_instance(written, values_for(written, rest), answer=answer))
    return to_json(_fill_quoted_keys(request, answer)) if kind == "json_object" else None


def _fill_quoted_keys(request: ChatRequest, answer: str | None) -> Any:
    """Return an object with the keys that the prompt quotes."""
    text = request.last_user_text
    prompt = f"{request.system_text}\n{text}"
    keys = list(dict.fromkeys(_QUOTED_NAME.findall(prompt))) if _KEYS_FOLLOW.search(prompt) else []
    values = PromptValues(text)
    values.quoted = [quoted for quoted in values.quoted if quoted not in keys]
    properties = {key: {"type": "string"} for key in keys or ["answer"]}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return build_instance(schema, values, answer=answer)


def _find_schema(text: str) -> tuple[JsonObject | None, str]:
    """Return the last schema in a text, and the text around all JSON.

    The last one, because format instructions show an example of a schema before the real one.
    """
    # Some instructions reach the model with the braces of a template still escaped.
    for version in (text, text.replace("{{", "{").replace("}}", "}")):
        objects, rest = split_objects(version)
        for found in reversed(objects):
            if isinstance(found.get("properties"), dict):
                return found, rest
    return None, text
