"""Which tools a prompt asks for, and with what arguments. No I/O."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from weryai_emulator.answers.prompt_values import Hints
from weryai_emulator.answers.prose import repeat_results
from weryai_emulator.answers.schema import build_instance
from weryai_emulator.answers.strings import enum_values
from weryai_emulator.request.chat_request import ChatRequest, text_of
from weryai_emulator.text import STOP_WORDS, name_words, stem, stems_of, word_set, words_of

JsonObject = dict[str, Any]

# Below this a tool does not fit: one word of its name, or two of its description.
_FITS = 2
_NAME_WEIGHT = 2
_SPELLED_OUT = 10

# "Add 3 and 4" is one clause.
_CLAUSE_END = re.compile(r"[.;?!]\s+|,?\s+and\s+(?!-?\d)(?:then\s+)?|,?\s+then\s+|\n")
# What a clause says that needs the result of another one.
_REFERENCE = re.compile(
    r"\b(?:the|that) (?:result|answer|sum|product|total)\b(?! of)", re.IGNORECASE
)
# A question on any subject fits a tool that looks things up.
_LOOK_UP = {
    stem(word)
    for word in word_set("document find knowledge lookup query retrieve search wikipedia")
}
_QUESTION = re.compile(r"\?|^\s*(?:who|what|when|where|which|why|how)\b", re.IGNORECASE)
_OPERATIONS = {
    **dict.fromkeys(("+", "plus", "sum of"), "add sum plus"),
    **dict.fromkeys(("-", "minus", "difference of"), "subtract minus difference"),
    **dict.fromkeys(("*", "\u00d7", "times", "product of"), "multiply times product"),
    **dict.fromkeys(("/", "\u00f7", "divided by"), "divide"),
}
_ARITHMETIC = re.compile(
    r"\d\)?\s*([-+*/\u00d7\u00f7]|plus|minus|times|divided by)\s*\(?-?\d"
    r"|\b((?:sum|difference|product) of)\s+-?\d"
)
# Other words for what a tool is about, in the tool's own word.
_WEATHER = word_set("forecast rain raining rainy snow snowing sunny temperature")


def choose_tool_calls(request: ChatRequest) -> list[JsonObject]:
    """Return the tool calls that answer a request; none when it wants text.

    A request whose last message is a tool result gets further calls only of tools that were
    not called since the user spoke, so that an agent comes to an end: if the prompt goes on
    with "then ... the result", or if a call is demanded, as agents do that ask for their final
    answer through a tool.
    """
    tools = _offered(request)
    if not tools:
        return []
    demanded = request.tool_choice != "auto"
    answered = request.messages[-1]["role"] == "tool"
    if answered:
        called = _called_since_user(request)
        tools = [tool for tool in tools if tool["name"] not in called]
        if not tools:
            return []
        if not demanded:
            return _follow_up(tools, request)
    text = request.last_user_text
    planned = _plan(tools, text)
    if not planned and demanded:
        # A schema that an agent answers through comes after the agent's own tools.
        planned = [(tools[-1 if answered else 0], text)]
    if answered or request.body.get("parallel_tool_calls") is False:
        planned = planned[:1]
    said = repeat_results(request)
    return [_to_call(tool, clause, said, number) for number, (tool, clause) in enumerate(planned)]


def _offered(request: ChatRequest) -> list[JsonObject]:
    """Return the tools that may be called under the request's tool choice."""
    choice = request.tool_choice
    if choice == "none":
        return []
    if isinstance(choice, dict):
        name = choice["function"]["name"]
        return [tool for tool in request.tools if tool["name"] == name]
    return request.tools


def _called_since_user(request: ChatRequest) -> set[str]:
    called: set[str] = set()
    for message in reversed(request.messages):
        if message["role"] == "user":
            break
        called.update(call["function"]["name"] for call in message.get("tool_calls") or ())
    return called


def _follow_up(tools: list[JsonObject], request: ChatRequest) -> list[JsonObject]:
    """Return the call that goes on with the last result: "then multiply the result by 5"."""
    result = text_of(request.messages[-1]).strip()
    for clause in _CLAUSE_END.split(request.last_user_text):
        told, references = _REFERENCE.subn(lambda _: result, clause)
        tool = _best(tools, told) if references else None
        if tool is not None:
            return [_to_call(tool, told, None, 0)]
    return []


def _plan(tools: list[JsonObject], text: str) -> list[tuple[JsonObject, str]]:
    """Return the tools to call, each with the part of the prompt it is called for."""
    clauses = _CLAUSE_END.split(text)
    independent = [clause for clause in clauses if not _REFERENCE.search(clause)]
    if len(independent) < len(clauses):
        clauses, text = independent, "\n".join(independent)
    by_clause: dict[str, tuple[JsonObject, str]] = {}
    for clause in clauses:
        tool = _best(tools, clause)
        if tool is not None:
            by_clause.setdefault(tool["name"], (tool, clause))
    if len(by_clause) > 1:
        return list(by_clause.values())
    best = _best(tools, text)
    if best is None:
        return []
    places = _hints(best, text).places
    if len(places) > 1 and _takes_one_place(best, text):
        return [(best, _for_place(text, places, place)) for place in places]
    return [(best, text)]


def _best(tools: list[JsonObject], text: str) -> JsonObject | None:
    best = max(tools, key=lambda tool: _score(tool, text))
    if _score(best, text) >= _FITS:
        return best
    if not (stems_of(text) and _QUESTION.search(text)):
        return None
    return next((tool for tool in tools if _name_stems(tool) & _LOOK_UP), None)


def _score(tool: JsonObject, text: str) -> int:
    """Return how well a tool fits a text."""
    stems = set(stems_of(text + _meant_words(text)))
    name = _name_stems(tool)
    description = set(stems_of(str(tool.get("description") or ""))) - name
    score = _NAME_WEIGHT * len(name & stems) + len(description & stems)
    spelled_out = re.search(rf"(?<!\w){re.escape(tool['name'])}(?!\w)", text)
    return score + (_SPELLED_OUT if spelled_out and len(words_of(tool["name"])) else 0)


def _name_stems(tool: JsonObject) -> set[str]:
    return {stem(word) for word in name_words(tool["name"]) if word not in STOP_WORDS}


def _meant_words(text: str) -> str:
    """Return what a text means without the word, to be appended: " add" for "3 + 4"."""
    meant = ["weather"] if _WEATHER.intersection(words_of(text)) else []
    for sign, spelled in _ARITHMETIC.findall(text):
        meant.append(_OPERATIONS[sign or spelled])
        meant.append("calculate calculator math mathematical expression")
    return " " + " ".join(meant)


def _takes_one_place(tool: JsonObject, text: str) -> bool:
    """Return whether the tool's arguments take up one of the places in the prompt."""
    hints = _hints(tool, text)
    places = len(hints.places)
    build_instance(tool.get("parameters") or {}, hints)
    return places - len(hints.places) == 1


def _for_place(text: str, places: list[str], place: str) -> str:
    """Return the prompt as if it named this place alone."""
    start = text.index(places[0])
    end = text.rindex(places[-1]) + len(places[-1])
    return text[:start] + place + text[end:]


def _hints(tool: JsonObject, text: str) -> Hints:
    return Hints(text, enum_values(tool.get("parameters")))


def _to_call(tool: JsonObject, text: str, said: str | None, number: int) -> JsonObject:
    hints = _hints(tool, text if said is None else f"{text}\n{said}")
    schema = tool.get("parameters") or {"type": "object"}
    arguments = build_instance(schema, hints, answer=said)
    encoded = json.dumps(arguments, ensure_ascii=False)
    seed = f"{number}:{tool['name']}:{encoded}:{text}"
    return {
        "id": f"call_{hashlib.sha256(seed.encode()).hexdigest()[:24]}",
        "type": "function",
        "function": {"name": tool["name"], "arguments": encoded},
    }
