"""The tools that a prompt asks for, and the arguments of each call.

A prompt is split into clauses. The tool that shares most words with a clause is called for it, and
its arguments are filled with the values that the clause names (`json_schema`).
"""

from __future__ import annotations

import hashlib
import re

from weryai_emulator.answers.prose import repeat_results
from weryai_emulator.json_schema.instance import build_instance, values_for
from weryai_emulator.json_schema.prompt_values import PromptValues
from weryai_emulator.json_text import JsonObject, to_json
from weryai_emulator.request.chat_request import ChatRequest, text_of
from weryai_emulator.text import STOP_WORDS, name_words, stem, stems_of, word_set, words_of

# The score from which a tool fits: one word of its name, or two of its description.
_FITS = 2
_NAME_WEIGHT = 2
_SPELLED_OUT = 10

# "Add 3 and 4" is one clause.
_CLAUSE_END = re.compile(r"[.;?!]\s+|,?\s+and\s+(?!-?\d)(?:then\s+)?|,?\s+then\s+|\n")
# Words of a clause that needs the result of another clause.
_REFERENCE = re.compile(
    r"\b(?:the|that) (?:result|answer|sum|product|total)\b(?! of)", re.IGNORECASE
)
# A question on any subject fits a tool that looks things up.
_SEARCH_WORDS = {
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
# Words of prompts that ask for the weather without the word.
_WEATHER = word_set("forecast rain raining rainy snow snowing sunny temperature")


def choose_tool_calls(request: ChatRequest, looked_up: str | None = None) -> list[JsonObject]:
    """Return the tool calls that answer a request; none if it is answered in text.

    After a tool result, only tools that were not called since the user's message are called, so
    that an agent ends. They are called if the prompt continues with "then ... the result", or if
    a call is required, as by agents that get their final answer through a tool.

    Args:
        request: The request.
        looked_up: What a search found, for the arguments of a required call that ask for an answer.
    """
    tools = _offered(request)
    if not tools:
        return []
    required = request.tool_choice != "auto"
    answered = request.messages[-1]["role"] == "tool"
    if answered:
        called = _called_since_user(request)
        tools = [tool for tool in tools if tool["name"] not in called]
        if not tools:
            return []
        if not required:
            return _follow_up(tools, request)
    text = request.last_user_text
    planned = _plan(tools, text)
    if not planned and required:
        # An agent's tool for the final answer is the last one, after its own tools.
        planned = [(tools[-1 if answered else 0], text)]
    if answered or request.body.get("parallel_tool_calls") is False:
        planned = planned[:1]
    results = repeat_results(request) or (looked_up if required else None)
    return [
        _to_call(tool, clause, results, number) for number, (tool, clause) in enumerate(planned)
    ]


def _offered(request: ChatRequest) -> list[JsonObject]:
    """Return the tools that `tool_choice` allows."""
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
    """Return the call that continues with the last result: "then multiply the result by 5"."""
    result = text_of(request.messages[-1]).strip()
    for clause in _CLAUSE_END.split(request.last_user_text):
        resolved, references = _REFERENCE.subn(lambda _: result, clause)
        tool = _best(tools, resolved) if references else None
        if tool is not None:
            return [_to_call(tool, resolved, None, 0)]
    return []


def _plan(tools: list[JsonObject], text: str) -> list[tuple[JsonObject, str]]:
    """Return the tools to call, each with the part of the prompt that asks for it."""
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
    places = _values(best, text).places
    if len(places) > 1 and _uses_one_place(best, text):
        return [(best, _for_place(text, places, place)) for place in places]
    return [(best, text)]


def _best(tools: list[JsonObject], text: str) -> JsonObject | None:
    """Return the tool that fits a text best, or None if none fits."""
    best = max(tools, key=lambda tool: _score(tool, text))
    if _score(best, text) >= _FITS:
        return best
    if not (stems_of(text) and _QUESTION.search(text)):
        return None
    return next((tool for tool in tools if _name_stems(tool) & _SEARCH_WORDS), None)


def _score(tool: JsonObject, text: str) -> int:
    """Return how well a tool fits a text."""
    stems = set(stems_of(text + _implied_words(text)))
    name = _name_stems(tool)
    description = set(stems_of(str(tool.get("description") or ""))) - name
    score = _NAME_WEIGHT * len(name & stems) + len(description & stems)
    spelled_out = re.search(rf"(?<!\w){re.escape(tool['name'])}(?!\w)", text)
    return score + (_SPELLED_OUT if spelled_out and len(words_of(tool["name"])) else 0)


def _name_stems(tool: JsonObject) -> set[str]:
    return {stem(word) for word in name_words(tool["name"]) if word not in STOP_WORDS}


def _implied_words(text: str) -> str:
    """Return words that a text implies, to append to it: " add sum plus" for "3 + 4"."""
    implied = ["weather"] if _WEATHER.intersection(words_of(text)) else []
    for sign, spelled in _ARITHMETIC.findall(text):
        implied.append(_OPERATIONS[sign or spelled])
        implied.append("calculate calculator math mathematical expression")
    return " " + " ".join(implied)


def _uses_one_place(tool: JsonObject, text: str) -> bool:
    """Return whether the tool's arguments use exactly one of the places in the prompt."""
    values = _values(tool, text)
    places = len(values.places)
    build_instance(tool.get("parameters") or {}, values)
    return places - len(values.places) == 1


def _for_place(text: str, places: list[str], place: str) -> str:
    """Return the prompt with one place in the position of all."""
    start = text.index(places[0])
    end = text.rindex(places[-1]) + len(places[-1])
    return text[:start] + place + text[end:]


def _values(tool: JsonObject, text: str) -> PromptValues:
    return values_for(tool.get("parameters"), text)


def _to_call(tool: JsonObject, text: str, results: str | None, number: int) -> JsonObject:
    values = _values(tool, text if results is None else f"{text}\n{results}")
    schema = tool.get("parameters") or {"type": "object"}
    encoded = to_json(build_instance(schema, values, answer=results))
    seed = f"{number}:{tool['name']}:{encoded}:{text}"
    return {
        "id": f"call_{hashlib.sha256(seed.encode()).hexdigest()[:24]}",
        "type": "function",
        "function": {"name": tool["name"], "arguments": encoded},
    }
