"""The rules by which the emulator answers; there is no model.

The first rule that applies makes the answer:

1. The tools that fit are called, or the one that `tool_choice` requires (`tool_calls`). Tools that
   the prompt describes are called in the text of the answer (`prompted_tools`).
2. A response format gets JSON: an instance of its schema (`json_answers`).
3. Tool results are repeated (`prose`).
4. A follow-up question to rewrite is rewritten (`follow_ups`).
5. A question with a context gets the nearest sentence of the context (`retrieval`).
6. A prompt for a long text gets one (`prose`).
7. Anything else is repeated to the user (`prose`).

With the web plugin, an answer by rules 3 to 7 is followed by sentences of the pages that a search
finds (`web_search`). JSON and the arguments of required calls have them where they ask for an
answer. The answer is then cut at a stop text and at `max_tokens`.
"""

from __future__ import annotations

from weryai_emulator.answers.completion import Choice, token_logprobs
from weryai_emulator.answers.follow_ups import standalone_question
from weryai_emulator.answers.json_answers import json_answer
from weryai_emulator.answers.prompted_tools import (
    has_prompted_tools,
    with_calls_as_text,
    with_tools_from_prompt,
)
from weryai_emulator.answers.prose import echo, long_text, repeat_results
from weryai_emulator.answers.retrieval import answer_from_context, question_of
from weryai_emulator.answers.tool_calls import choose_tool_calls
from weryai_emulator.answers.usage import UsageCounter
from weryai_emulator.audio import speak
from weryai_emulator.json_text import JsonObject
from weryai_emulator.models import MODELS
from weryai_emulator.options import Options
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.text import count_tokens, truncate
from weryai_emulator.web_search.pages import CitedText, cite, quote
from weryai_emulator.web_search.source_shapes import SHAPES


class Replier:
    """Answers requests. Its only state is the prompts it has seen, for `cached_tokens`.

    Args:
        options: Whether the web plugin is ignored, and whether the text has marks of its sources.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._usage = UsageCounter()

    def reply(self, request: ChatRequest, key: str = "") -> tuple[list[Choice], JsonObject]:
        """Return the `n` answers to a request with this API key, and their usage."""
        choices = [_choose(request, index, self._options) for index in range(request.choices)]
        return choices, self._usage.count(request, choices, key)

    def count_usage(self, request: ChatRequest, choices: list[Choice], key: str = "") -> JsonObject:
        """Return the usage of answers that a test queued."""
        return self._usage.count(request, choices, key)

    def forget(self) -> None:
        """Forget the prompts seen so far."""
        self._usage.forget()


def _choose(request: ChatRequest, index: int, options: Options) -> Choice:
    if has_prompted_tools(request):
        return with_calls_as_text(_answer(with_tools_from_prompt(request), index, options))
    return _answer(request, index, options)


def _answer(request: ChatRequest, index: int, options: Options) -> Choice:
    calls = choose_tool_calls(request, _look_up(request, options))
    if calls:
        names = ", ".join(call["function"]["name"] for call in calls)
        reasoning = _reasoning(request, f"A tool fits: {names}.")
        message = {"role": "assistant", "content": None, **reasoning, "tool_calls": calls}
        return Choice(message, "tool_calls")
    composed = _compose(request, index, options)
    reasoning = _reasoning(request, "I repeat or look up what the request holds.")
    budget = request.max_tokens - count_tokens(reasoning.get("reasoning_content", ""))
    text, was_cut = truncate(_stopped(composed.text, request.stop), budget)
    message = {"role": "assistant", "content": text, **reasoning}
    finish_reason = "length" if was_cut else "stop"
    if request.audio_format:
        message |= {"content": None, "audio": speak(text, request.audio_format)}
        return Choice(message, finish_reason)
    logprobs = None
    if request.body.get("logprobs"):
        logprobs = token_logprobs(text, int(request.body.get("top_logprobs") or 0))
    return Choice(message, finish_reason, logprobs, composed.within(text))


def _compose(request: ChatRequest, index: int, options: Options) -> CitedText:
    """Return the whole text of an answer, and the pages it quotes."""
    found = repeat_results(request) or standalone_question(request) or answer_from_context(request)
    plugin = _plugin_of(request, options)
    structured = json_answer(request, found or _look_up(request, options))
    if structured is not None:
        # Without sources: an offset into JSON would cite a piece of its syntax.
        return CitedText(structured)
    text = found or long_text(request) or echo(request, index)
    if index and not found:
        text = f"{text} (Answer {index + 1}.)"
    if plugin is None:
        return CitedText(text)
    marks = SHAPES[options.source_shape].marks
    return cite(text, question_of(request), plugin, marks=marks)


def _plugin_of(request: ChatRequest, options: Options) -> JsonObject | None:
    """Return the web plugin of a request, unless its model ignores it."""
    is_ignored = options.ignore_plugins and not request.is_for_gemini
    return None if is_ignored else request.web_plugin


def _look_up(request: ChatRequest, options: Options) -> str | None:
    """Return the sentences that a search finds; None without the web plugin."""
    plugin = _plugin_of(request, options)
    return None if plugin is None else quote(question_of(request), plugin)


def _reasoning(request: ChatRequest, conclusion: str) -> JsonObject:
    """Return the reasoning field of a reasoning model's message; no field for other models."""
    model = MODELS.get(request.model)
    if model is None or not model.reasons or request.body.get("reasoning_effort") == "none":
        return {}
    text = f"No model is thinking here, a rule is. {conclusion}"
    # Reasoning counts as completion tokens; it gets at most half of `max_tokens`.
    text, _ = truncate(text, request.max_tokens // 2)
    return {"reasoning_content": text} if text else {}


def _stopped(text: str, stops: list[str]) -> str:
    """Return the text before the first of the stop texts."""
    ends = [text.find(stop) for stop in stops if stop in text]
    return text[: min(ends)] if ends else text
