"""What the "model" says. There is none: every answer follows from the request by rule. No I/O.

The first rule that applies is used:

1. tools that fit are called, or those the tool choice demands (`_tools`); those that the prompt
   describes are called in its text (`_prompted`);
2. a response format gets JSON, an instance of the schema (`_json_answers`, `_schema`);
3. tool results are repeated;
4. a question with a context gets the nearest sentence of the context (`_retrieval`);
5. a prompt for a long text gets one (`_prose`);
6. anything else is repeated to the user.

With the web plugin on, what an answer by the rules 3 to 6 says is followed by sentences of the
pages that were found (`_web`).
"""

from __future__ import annotations

from typing import Any

from weryai_emulator.answers.completion import Choice
from weryai_emulator.answers.json_answers import json_answer
from weryai_emulator.answers.prompted_tools import (
    tells_of_tools,
    with_read_tools,
    with_written_calls,
)
from weryai_emulator.answers.prose import echo, long_text, repeat_results
from weryai_emulator.answers.retrieval import answer_from_context, question_of
from weryai_emulator.answers.tool_calls import choose_tool_calls
from weryai_emulator.answers.usage import UsageCounter
from weryai_emulator.models import MODELS
from weryai_emulator.options import Options
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.speech import spoken
from weryai_emulator.tokens import count_tokens, cut_tokens, token_logprobs
from weryai_emulator.web_search.pages import CitedText, cite
from weryai_emulator.web_search.source_shapes import SHAPES

JsonObject = dict[str, Any]


class Replier:
    """Answers requests; remembers nothing but which prompts it has seen, for `cached_tokens`.

    Args:
        options: Whether the web plugin is ignored, and whether sources are marked in the text.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._usage = UsageCounter()

    def reply(self, request: ChatRequest) -> tuple[list[Choice], JsonObject]:
        """Return the answers to a request, `n` of them, and their usage."""
        choices = [_choose(request, index, self._options) for index in range(request.choices)]
        return choices, self._usage.count(request, choices)

    def count_usage(self, request: ChatRequest, choices: list[Choice]) -> JsonObject:
        """Return the usage of answers that a test wrote."""
        return self._usage.count(request, choices)

    def forget(self) -> None:
        """Forget the prompts seen so far."""
        self._usage.forget()


def _choose(request: ChatRequest, index: int, options: Options) -> Choice:
    if tells_of_tools(request):
        return with_written_calls(_answer(with_read_tools(request), index, options))
    return _answer(request, index, options)


def _answer(request: ChatRequest, index: int, options: Options) -> Choice:
    calls = choose_tool_calls(request)
    if calls:
        names = ", ".join(call["function"]["name"] for call in calls)
        thoughts = _think(request, f"A tool fits: {names}.")
        message = {"role": "assistant", "content": None, **thoughts, "tool_calls": calls}
        return Choice(message, "tool_calls")
    composed = _compose(request, index, options)
    thoughts = _think(request, "I repeat or look up what the request holds.")
    budget = request.max_tokens - count_tokens(thoughts.get("reasoning_content", ""))
    text, was_cut = cut_tokens(_stopped(composed.text, request.stop), budget)
    message = {"role": "assistant", "content": text, **thoughts}
    finish_reason = "length" if was_cut else "stop"
    if request.audio_format:
        message |= {"content": None, "audio": spoken(text, request.audio_format)}
        return Choice(message, finish_reason)
    logprobs = None
    if request.body.get("logprobs"):
        logprobs = token_logprobs(text, int(request.body.get("top_logprobs") or 0))
    return Choice(message, finish_reason, logprobs, composed.within(text))


def _compose(request: ChatRequest, index: int, options: Options) -> CitedText:
    """Return the whole text of an answer, and the pages it quotes."""
    said = repeat_results(request) or answer_from_context(request)
    structured = json_answer(request, said)
    if structured is not None:
        # It quotes no page: an offset into JSON would cite a piece of its syntax.
        return CitedText(structured)
    text = said or long_text(request) or echo(request, index)
    if index and not said:
        text = f"{text} (Answer {index + 1}.)"
    plugin = request.web_plugin
    if plugin is None or (options.ignore_plugins and not request.is_for_gemini):
        return CitedText(text)
    marks = SHAPES[options.source_shape].marks
    return cite(text, question_of(request), plugin, marks=marks)


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
