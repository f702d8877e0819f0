"""Prompts: templates, the system prompt, and functions that change prompt and answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.types import BaseOutputParser

from ._observers import Events, watching
from ._subject import Subject
from ._ways import HELLO, ask, call, each_completion, each_prediction, text_of

GREETING = PromptTemplate("Say hello to {name}.")


class Brackets(BaseOutputParser):
    """Puts answers in brackets."""

    def parse(self, output: str) -> str:
        return f"[{output}]"


class PromptTests(Subject):
    """`predict` and its siblings, which query engines, extractors and evaluators use."""

    @each_prediction
    def test_a_template_is_filled_and_answered(self, method: str) -> None:
        """All of LlamaIndex's engines use these methods."""
        assert "".join(call(self.make_llm(), method, GREETING, name="Ann")).strip()

    @each_prediction
    def test_the_template_reaches_the_model(self, method: str) -> None:
        """The model receives the filled template, through `chat` or `complete`."""
        with watching() as events:
            call(self.make_llm(), method, GREETING, name="Ann")
        assert "Say hello to Ann." in _asked(events)

    @each_prediction
    def test_the_system_prompt_goes_first(self, method: str) -> None:
        """`system_prompt` is a setting of every LLM and precedes an application's prompts."""
        with watching() as events:
            call(self.make_llm(system_prompt="Be kind."), method, GREETING, name="Ann")
        assert _asked(events).removeprefix("system: ").startswith("Be kind.")

    @pytest.mark.parametrize("method", ["predict", "apredict"])
    def test_an_output_parser_reads_the_answer(self, method: str) -> None:
        """`output_parser` is a setting of every LLM and changes the answer."""
        [text] = call(self.make_llm(output_parser=Brackets()), method, GREETING, name="Ann")
        assert text.startswith("[")
        assert text.endswith("]")

    @each_completion
    def test_completion_to_prompt_wraps_a_prompt(self, method: str) -> None:
        """A raw prompt is wrapped once, e.g. in a model's own marks."""
        given, wrap = _recorder()
        last = ask(self.make_llm(completion_to_prompt=wrap), method)[-1]
        assert given == [HELLO]
        assert text_of(last).strip()

    @each_completion
    def test_a_formatted_prompt_is_not_wrapped(self, method: str) -> None:
        """`formatted=True` says that the prompt is already wrapped."""
        given, wrap = _recorder()
        ask(self.make_llm(completion_to_prompt=wrap), method, formatted=True)
        assert given == []

    def test_messages_to_prompt_is_kept(self) -> None:
        """Templates call the user's function, or a default one."""
        messages = [ChatMessage(content=HELLO)]
        custom = self.make_llm(messages_to_prompt=lambda messages: f"{len(messages)} messages")
        assert custom.messages_to_prompt(messages) == "1 messages"
        assert HELLO in self.make_llm().messages_to_prompt(messages)


def _recorder() -> tuple[list[str], Callable[[str], str]]:
    given: list[str] = []

    def wrap(prompt: str) -> str:
        given.append(prompt)
        return f"Please: {prompt}"

    return given, wrap


def _asked(events: Events) -> str:
    """The first call's prompt as text."""
    [start, *_] = events.named("LLMChatStartEvent", "LLMCompletionStartEvent")
    messages: list[Any] = getattr(start, "messages", [])
    return "\n".join(map(str, messages)) or start.prompt
