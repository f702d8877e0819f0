"""Tools that the prompt describes: their calls and results are text."""

from __future__ import annotations

import json

import pytest

from weryai_emulator.options import Options

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


def conversation(question, *more, **words):
    return [
        {"role": "system", "content": described(**words)},
        {"role": "user", "content": question},
        *more,
    ]


def assistant(content):
    return {"role": "assistant", "content": content}


def response(*results):
    """Return a user message with these results: id, name, text."""
    texts = [
        f'<tool_response id="{id_}" name="{name}">\n{text}\n</tool_response>'
        for id_, name, text in results
    ]
    return {"role": "user", "content": "\n".join(texts)}


ASKED = assistant(
    '<tool_call>{"name": "add", "arguments": {"a": 2, "b": 3}, "id": "call_1"}</tool_call>'
)
RESULT = response(("call_1", "add", "5"))

CALLS = {
    "one call": (conversation("What is the weather in Paris?"), IN_PARIS),
    "two calls": (
        conversation("What is the weather in Paris and in Rome?"),
        f"{IN_PARIS}\n{IN_ROME}",
    ),
    "no parallel calls": (
        conversation(
            "What is the weather in Paris and in Rome?", words="Make no more than one call."
        ),
        IN_PARIS,
    ),
    "no tool fits": (conversation("Hello"), 'Hello! You said: "Hello"'),
    "required call": (
        conversation("Hello from Rome", words="Your next turn must call a tool."),
        '<tool_call>{"name": "add", "arguments": {"a": 1, "b": 1}}</tool_call>',
    ),
    "required tool": (
        conversation("Hello from Rome", words='Your next turn must call the tool "get_weather".'),
        IN_ROME,
    ),
    "description in a user message": (
        [{"role": "user", "content": described(after="\n\nWhat is the weather in Paris?")}],
        IN_PARIS,
    ),
    "description in parts": (
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
}


@pytest.mark.parametrize("case", CALLS)
def test_prompted_tools_are_called_in_the_text(ask, case):
    messages, answer = CALLS[case]
    [choice] = ask(messages)["choices"]
    assert choice["message"] == {"role": "assistant", "content": answer}
    assert choice["finish_reason"] == "stop"


RESULTS = {
    "one result": (conversation("Add 2 and 3.", ASKED, RESULT), "add returned: 5"),
    "the next step": (
        conversation("Add 2 and 3, then multiply the result by 4.", ASKED, RESULT),
        '<tool_call>{"name": "multiply", "arguments": {"a": 5, "b": 4}}</tool_call>',
    ),
    "two results": (
        conversation(
            "What is the weather in Paris and in Rome?",
            assistant(f"{IN_PARIS}\n{IN_ROME}"),
            response(("1", "get_weather", "Sunny."), ("2", "get_weather", "Rain.")),
        ),
        "get_weather returned: Sunny.\nget_weather returned: Rain.",
    ),
    "result without tools": (
        [{"role": "user", "content": "Add 2 and 3."}, ASKED, RESULT],
        "add returned: 5",
    ),
    "result without call": (
        [{"role": "user", "content": "<tool_response>\n5\n</tool_response>"}],
        "The tool returned: 5",
    ),
    "result with an image": (
        conversation(
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
    "call that is not JSON": (
        conversation("Hello", assistant("<tool_call>add</tool_call>")),
        'Hello! You said: "Hello"',
    ),
    "context next to the tools": (
        conversation(
            "When is breakfast served?",
            before="Use this context:\nBreakfast is served at six. Dogs are welcome.\n\n",
        ),
        "Breakfast is served at six.",
    ),
}


@pytest.mark.parametrize("case", RESULTS)
def test_prompted_results_are_answered(say, case):
    messages, answer = RESULTS[case]
    assert say(messages) == answer


def test_calls_in_the_text_are_streamed_as_text(ask):
    chunks = ask(conversation("What is the weather in Paris?"), stream=True)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert "".join(delta.get("content") or "" for delta in deltas) == IN_PARIS
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_the_syntax_in_a_prompt_does_not_change_requests_with_tools(calls):
    prompt = "<tool_response>\nx\n</tool_response> What is the weather in Paris?"
    tools = [{"type": "function", "function": WEATHER}]
    assert calls(prompt, tools=tools) == [("get_weather", {"city": "Paris"})]


def test_ignored_tools_do_not_change_the_answer(ask):
    options = Options(ignore_tools=True)
    prompt = "What is the weather in Paris?"
    tools = [{"type": "function", "function": WEATHER}]
    ignored = ask(prompt, options=options, tools=tools, tool_choice="required")
    assert ignored == ask(prompt, options=options)
    assert "tool_calls" not in ignored["choices"][0]["message"]


def test_prompted_tools_are_called_even_if_tools_are_ignored(say):
    messages = conversation("What is the weather in Paris?")
    assert say(messages, options=Options(ignore_tools=True)) == IN_PARIS
