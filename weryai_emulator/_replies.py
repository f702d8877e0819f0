"""What the "model" says. There is none: every answer follows from the request by rule. No I/O.

The first rule that applies is used:

1. tools that fit are called, or those the tool choice demands (`_tools`);
2. a response format gets JSON, an instance of the schema (`_json_answers`, `_schema`);
3. tool results are repeated;
4. a question with a context gets the nearest sentence of the context (`_retrieval`);
5. a prompt for a long text gets one (`_prose`);
6. anything else is repeated to the user.
"""

from __future__ import annotations

from typing import Any

from weryai_emulator._completion import Choice
from weryai_emulator._json_answers import json_answer
from weryai_emulator._models import MODELS
from weryai_emulator._prose import echo, long_text, repeat_results
from weryai_emulator._request import ChatRequest
from weryai_emulator._retrieval import answer_from_context
from weryai_emulator._tokens import count_tokens, cut_tokens, token_logprobs
from weryai_emulator._tools import choose_tool_calls
from weryai_emulator._usage import UsageCounter
from weryai_emulator._web import cite, search, within

JsonObject = dict[str, Any]


class Replier:
    """Answers requests; remembers nothing but which prompts it has seen, for `cached_tokens`."""

    def __init__(self) -> None:
        self._usage = UsageCounter()

    def reply(self, request: ChatRequest) -> tuple[list[Choice], JsonObject]:
        """Return the answers to a request, `n` of them, and their usage."""
        choices = [_choose(request, index) for index in range(request.choices)]
        return choices, self._usage.count(request, choices)

    def count_usage(self, request: ChatRequest, choices: list[Choice]) -> JsonObject:
        """Return the usage of answers that a test wrote."""
        return self._usage.count(request, choices)

    def forget(self) -> None:
        """Forget the prompts seen so far."""
        self._usage.forget()


def _choose(request: ChatRequest, index: int) -> Choice:
    calls = choose_tool_calls(request)
    if calls:
        names = ", ".join(call["function"]["name"] for call in calls)
        thoughts = _think(request, f"A tool fits: {names}.")
        message = {"role": "assistant", "content": None, **thoughts, "tool_calls": calls}
        return Choice(message, "tool_calls")
    text, citations = _compose(request, index)
    thoughts = _think(request, "I repeat or look up what the request holds.")
    budget = request.max_tokens - count_tokens(thoughts.get("reasoning_content", ""))
    text, was_cut = cut_tokens(_stopped(text, request.stop), budget)
    message = {"role": "assistant", "content": text, **thoughts}
    kept = within(citations, text)
    if kept:
        message["annotations"] = kept
    logprobs = None
    if request.body.get("logprobs"):
        logprobs = token_logprobs(text, int(request.body.get("top_logprobs") or 0))
    return Choice(message, "length" if was_cut else "stop", logprobs)


def _compose(request: ChatRequest, index: int) -> tuple[str, list[JsonObject]]:
    """Return the whole text of an answer, and the pages it cites."""
    said = repeat_results(request) or answer_from_context(request)
    structured = json_answer(request, said)
    if structured is not None:
        return structured, []
    text = said or long_text(request) or echo(request, index)
    if index and not said:
        text = f"{text} (Answer {index + 1}.)"
    if request.wants_web_search:
        return cite(text, search(request.last_user_text))
    return text, []


def _think(request: ChatRequest, conclusion: str) -> JsonObject:
    """Return the field in which a reasoning model thinks aloud; none for the others."""
    model = MODELS.get(request.model)
    if model is None or not model.reasons or request.body.get("reasoning_effort") == "none":
        return {}
    thoughts = f"No model is thinking here, a rule is. {conclusion}"
    # Thoughts count as completion tokens; at most half of what is allowed goes to them.
    thoughts, _ = cut_tokens(thoughts, request.max_tokens // 2)
    return {"reasoning_content": thoughts} if thoughts else {}


def _stopped(text: str, stops: list[str]) -> str:
    """Return the text up to the first of the stop texts."""
    ends = [text.find(stop) for stop in stops if stop in text]
    return text[: min(ends)] if ends else text
