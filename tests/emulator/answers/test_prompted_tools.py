"""Tools that the prompt describes, and tools that are ignored."""

from __future__ import annotations

import json

import httpx
import pytest

from weryai_emulator import Emulator

NUMBER = {"type": "number"}


def tool(name, description, **properties):
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": description, "parameters": schema}


ADD = tool("add", "Add two numbers.", a=NUMBER, b=NUMBER)
MULTIPLY = tool("multiply", "Multiply two numbers.", a=NUMBER, b=NUMBER)
WEATHER = tool("get_weather", "Get the weather in a city.", city={"type": "string"})
TOOLS = [ADD, MULTIPLY, WEATHER]
IN_PARIS = '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris"}}</tool_call>'
IN_ROME = '<tool_call>{"name": "get_weather", "arguments": {"city": "Rome"}}</tool_call>'


def described(words="Call tools where they help.", before="", after=""):
    lines = "\n".join(json.dumps(tool) for tool in TOOLS)
    text = f"# Tools\n\nThey are:\n\n<tools>\n{lines}\n</tools>\n\nCall them so: ...\n\n{words}"
    return f"{before}{text}{after}"


def told(question, *more, **words):
    return [
        {"role": "system", "content": described(**words)},
        {"role": "user", "content": question},
        *more,
    ]


def assistant(content):
    return {"role": "assistant", "content": content}


def response(*results):
    """The user's message with these results: id, name, text."""
    texts = [
        f'<tool_response id="{id_}" name="{name}">\n{text}\n</tool_response>'
        for id_, name, text in results
    ]
    return {"role": "user", "content": "\n".join(texts)}


ASKED = assistant(
    '<tool_call>{"name": "add", "arguments": {"a": 2, "b": 3}, "id": "call_1"}</tool_call>'
)
RESULT = response(("call_1", "add", "5"))

ANSWERS = {
    "one call": (told("What is the weather in Paris?"), IN_PARIS),
    "two calls": (told("What is the weather in Paris and in Rome?"), f"{IN_PARIS}\n{IN_ROME}"),
    "one of two": (
        told("What is the weather in Paris and in Rome?", words="Make no more than one call."),
        IN_PARIS,
    ),
    "none that fits": (told("Hello"), 'Hello! You said: "Hello"'),
    "any": (
        told("Hello from Rome", words="Your next turn must call a tool."),
        '<tool_call>{"name": "add", "arguments": {"a": 1, "b": 1}}</tool_call>',
    ),
    "a named one": (
        told("Hello from Rome", words='Your next turn must call the tool "get_weather".'),
        IN_ROME,
    ),
    "in the user's message": (
        [{"role": "user", "content": described(after="\n\nWhat is the weather in Paris?")}],
        IN_PARIS,
    ),
    "in parts": (
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": described()},
                    {"type": "text", "text": "What is the weather in Paris?"},
                ],
            }
        ],
        IN_PARIS,
    ),
    "a result": (told("Add 2 and 3.", ASKED, RESULT), "add returned: 5"),
    "the next step": (
        told("Add 2 and 3, then multiply the result by 4.", ASKED, RESULT),
        '<tool_call>{"name": "multiply", "arguments": {"a": 5, "b": 4}}</tool_call>',
    ),
    "two results": (
        told(
            "What is the weather in Paris and in Rome?",
            assistant(f"{IN_PARIS}\n{IN_ROME}"),
            response(("1", "get_weather", "Sunny."), ("2", "get_weather", "Rain.")),
        ),
        "get_weather returned: Sunny.\nget_weather returned: Rain.",
    ),
    "a result without tools": (
        [{"role": "user", "content": "Add 2 and 3."}, ASKED, RESULT],
        "add returned: 5",
    ),
    "a result of nobody's": (
        [{"role": "user", "content": "<tool_response>\n5\n</tool_response>"}],
        "The tool returned: 5",
    ),
    "a result with a picture": (
        told(
            "Add 2 and 3.",
            ASKED,
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": '<tool_response id="call_1">'},
                    {"type": "image_url", "image_url": {"url": "https://example.com/1.png"}},
                    {"type": "text", "text": "</tool_response>"},
                ],
            },
        ),
        "add returned: an image",
    ),
    "a call that is no JSON": (
        told("Hello", assistant("<tool_call>add</tool_call>")),
        'Hello! You said: "Hello"',
    ),
    "an answer about a context": (
        told(
            "When is breakfast served?",
            before="Use this context:\nBreakfast is served at six. Dogs are welcome.\n\n",
        ),
        "Breakfast is served at six.",
    ),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("messages", "answer"), [pytest.param(*row, id=name) for name, row in ANSWERS.items()]
)
def test_a_prompt_with_tools_is_answered_in_its_syntax(ask, messages, answer, stream):
    body = ask(messages, stream=stream)
    if stream:
        deltas = [chunk["choices"][0]["delta"] for chunk in body["chunks"]]
        assert "".join(delta.get("content") or "" for delta in deltas) == answer
        assert body["chunks"][-1]["choices"][0]["finish_reason"] == "stop"
    else:
        [choice] = body["choices"]
        assert choice["message"] == {"role": "assistant", "content": answer}
        assert choice["finish_reason"] == "stop"


def test_a_prompt_about_the_syntax_does_not_change_tools(calls):
    prompt = "<tool_response>\nx\n</tool_response> What is the weather in Paris?"
    tools = [{"type": "function", "function": WEATHER}]
    assert calls(prompt, tools=tools) == [("get_weather", {"city": "Paris"})]


@pytest.fixture(scope="module")
def ask_ignoring():
    """Asks an emulator that ignores tools."""
    with Emulator(ignore_tools=True) as emulator:

        def ask(messages, **fields):
            body = {"model": "GPT_4O", "messages": messages, **fields}
            response = httpx.post(f"{emulator.base_url}/chat/completions", json=body)
            assert response.status_code == 200, response.text
            return response.json()

        yield ask


USER = [{"role": "user", "content": "What is the weather in Paris?"}]


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"type": "function", "function": WEATHER}], "tool_choice": "required"},
        {"tools": "anything", "tool_choice": 1, "parallel_tool_calls": "yes"},
    ],
    ids=["tools", "nonsense"],
)
def test_ignored_tools_are_as_if_they_had_not_been_sent(ask_ignoring, fields):
    answer, plain = ask_ignoring(USER, **fields), ask_ignoring(USER)
    assert answer["choices"] == plain["choices"]
    assert "tool_calls" not in answer["choices"][0]["message"]
    assert answer["usage"]["prompt_tokens"] == plain["usage"]["prompt_tokens"]


def test_tools_in_the_prompt_are_not_ignored(ask_ignoring):
    answer = ask_ignoring(told("What is the weather in Paris?"))
    assert answer["choices"][0]["message"]["content"] == IN_PARIS
