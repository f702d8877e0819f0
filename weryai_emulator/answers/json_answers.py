"""Answers in JSON: for a response format, or for a schema that the prompt contains."""

from __future__ import annotations

import re
from typing import Any

from weryai_emulator.answers.retrieval import describes_react, question_of
from weryai_emulator.json_schema.instance import build_instance, values_for
from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_text import JsonObject, split_objects, to_json
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.text import split_sentences

_KEYS_FOLLOW = re.compile(r"\b(?:keys?|fields?|propert(?:y|ies)|attributes?)\b", re.IGNORECASE)
_INSTRUCTION = re.compile(
    r"\bJSON\b|\bschema\b|\bwell-formatted\b|\bmarkdown\b|^the user query\b|^answer the user query"
    r"|^\W*$",
    re.IGNORECASE,
)
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
        named = request.response_format["json_schema"]
        question = question_of(request)
        prompt = values_for(
            named["schema"], question if answer is None else f"{question}\n{answer}"
        )
        title = str(named.get("name") or "")
        return to_json(build_instance(named["schema"], prompt, answer=answer, title=title))
    prompt_text = f"{request.system_text}\n{text}"
    written = _find_schema(prompt_text)
    if written is None:
        # Some instructions reach the model with the braces of a template still escaped.
        prompt_text, text = _unescaped(prompt_text), _unescaped(text)
        written = _find_schema(prompt_text)
    says_json = "json" in prompt_text.lower() and not describes_react(request)
    if written is not None and (kind == "json_object" or says_json):
        values = values_for(written, _without_instructions(text))
        return to_json(build_instance(written, values, answer=answer))
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


def _find_schema(text: str) -> JsonObject | None:
    """Return the last schema in a text.

    The last one, because format instructions show an example of a schema before the real one.
    """
    found = (found for found in split_objects(text)[0] if isinstance(found.get("properties"), dict))
    return next(reversed([*found]), None)


def _without_instructions(text: str) -> str:
    """Return a prompt without JSON, and without the sentences about the form of the answer."""
    rest = split_objects(text)[1]
    lines = [sentence for sentence in split_sentences(rest) if not _INSTRUCTION.search(sentence)]
    return "\n".join(lines) or rest


def _unescaped(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}")
