"""Tools and schemas in the prompt, over 50 prompts: what a small model writes has a typed end."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from weryai_core import WeryAIError

SUBJECTS = [
    "the weather in Rome",
    "a train to Bergen",
    "the number 7",
    "a red car",
    "my sister Anna",
    "a song of 1984",
    "two apples",
    "the moon",
    "an email to Bob",
    "a broken phone",
]
FORMS = ["Tell me about {}.", "Look up {}!", "What do you know of {}?", "{}", 'Find "{}" {{now}}']
PROMPTS = [form.format(subject) for subject in SUBJECTS for form in FORMS]


class Note(BaseModel):
    """A note about a thing."""

    thing: str
    importance: int


def get_weather(city: str, days: int = 1) -> str:
    """Look up the weather in a city."""
    return f"It is sunny in {city} for {days} days."


def find_train(destination: str) -> str:
    """Find the next train to a destination."""
    return f"The next train to {destination} departs at 14:05."


HISTORY = [
    HumanMessage("How is the weather in Oslo?"),
    AIMessage("", tool_calls=[{"id": "1", "name": "get_weather", "args": {"city": "Oslo"}}]),
    ToolMessage("It is sunny.", tool_call_id="1"),
    AIMessage("It is sunny in Oslo."),
]


def count_ends(numbers, ask_chat, ask_llm):
    """Ask each framework every second prompt, two at once; returns how many ended how.

    One framework after the other: the server reads the beginning of a prompt once if the prompt
    before it began in the same way.
    """
    counter = Counter()
    for ask, asked in ((ask_chat, numbers[::2]), (ask_llm, numbers[1::2])):

        def end_of(number, ask=ask):
            try:
                return ask(PROMPTS[number], seed=number, temperature=0.7)
            except WeryAIError as error:
                return type(error).__name__

        with ThreadPoolExecutor(2) as pool:
            counter.update(pool.map(end_of, asked))
    return counter


def test_prompted_tools_end_in_calls_in_words_or_in_typed_errors(make_chat, make_llm, report):
    """The history shows a call, which a small model imitates badly."""
    settings = {"tool_calling": "prompted", "max_tokens": 20}
    chat = make_chat(**settings).bind_tools([get_weather, find_train])
    llm = make_llm(**settings)
    tools = [FunctionTool.from_defaults(tool) for tool in (get_weather, find_train)]

    def ask_chat(prompt, **arguments):
        message = chat.invoke([*HISTORY, HumanMessage(prompt)], **arguments)
        return "calls" if message.tool_calls else "texts"

    def ask_llm(prompt, **arguments):
        response = llm.chat_with_tools(tools, prompt, tool_required=True, **arguments)
        calls = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
        return "calls" if calls else "texts"

    ends = count_ends(range(0, 50, 2), ask_chat, ask_llm)
    assert ends.total() == 25
    report(f"Prompted tools, 25 prompts: {dict(ends)}")


def test_prompted_json_ends_in_objects_or_in_typed_errors(make_chat, make_llm, report):
    chat = make_chat(max_tokens=24).with_structured_output(Note, method="prompted")
    llm = make_llm(max_tokens=24, pydantic_program_mode="llm")

    def ask_chat(prompt, **arguments):
        return type(chat.invoke(prompt, **arguments)).__name__

    def ask_llm(prompt, **arguments):
        template = PromptTemplate("{text}")
        return type(llm.structured_predict(Note, template, arguments, text=prompt)).__name__

    ends = count_ends(range(1, 50, 2), ask_chat, ask_llm)
    assert ends.total() == 25
    report(f"Prompted JSON, 25 prompts: {dict(ends)}")
