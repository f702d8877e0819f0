from __future__ import annotations

import json

import pytest

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
NUMBER = {"type": "number"}


def tool(name, properties=None, required=None, description="", **more):
    properties = properties or {}
    required = list(properties) if required is None else required
    schema = {"type": "object", "properties": properties, "required": required, **more}
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": schema},
    }


WEATHER = tool("get_weather", {"location": STRING}, description="Get weather at a location.")
MAGIC = tool(
    "magic_function",
    {"input": {"type": "integer", "exclusiveMinimum": -1000, "exclusiveMaximum": 1000}},
    description="Apply a magic function to an input.",
)
NO_ARGS = tool("magic_function_no_args", description="Calculate a magic function.")
ADD = tool("add", {"a": NUMBER, "b": NUMBER}, description="Add two numbers.")
MULTIPLY = tool("multiply", {"a": INTEGER, "b": INTEGER}, description="Multiply two integers.")
CALCULATOR = tool("calculator", {"expression": STRING}, description="Evaluate an expression.")
GREETING = tool("generate_greeting", {"answer_style": STRING}, description="Generate a greeting.")
FLIGHT = tool(
    "book_flight",
    {"origin": STRING, "destination": STRING, "date": {**STRING, "format": "date"}},
)
SEARCH = tool("search_web", {"query": STRING}, description="Look pages up.")

ONE_TOOL = {
    "by its subject": (
        "What is the weather in San Francisco, CA?",
        [SEARCH, WEATHER],
        ("get_weather", {"location": "San Francisco, CA"}),
    ),
    "by another word": (
        "Is it raining in Berlin today?",
        [SEARCH, WEATHER],
        ("get_weather", {"location": "Berlin"}),
    ),
    "by its name": (
        "What is the value of magic_function(3)? Use the tool.",
        [NO_ARGS, MAGIC],
        ("magic_function", {"input": 3}),
    ),
    "without arguments": (
        "What is the value of magic_function_no_args()? Use the tool.",
        [MAGIC, NO_ARGS],
        ("magic_function_no_args", {}),
    ),
    "by its description": (
        "Book a flight from Paris to New York on 2025-06-01.",
        [FLIGHT],
        (
            "book_flight",
            {"origin": "Paris", "destination": "New York", "date": "2025-06-01"},
        ),
    ),
    "search for a question": (
        "Who won the world cup?",
        [WEATHER, SEARCH],
        ("search_web", {"query": "Who won the world cup?"}),
    ),
}


@pytest.mark.parametrize("case", ONE_TOOL)
def test_the_prompt_decides_which_tool_is_called(calls, case):
    prompt, tools, expected = ONE_TOOL[case]
    assert calls(prompt, tools=tools) == [expected]


ARITHMETIC = {
    "sign of a sum": ("What is 3 + 4", [ADD, MULTIPLY], ("add", {"a": 3, "b": 4})),
    "sign of a product": ("What is 3 * 4?", [ADD, MULTIPLY], ("multiply", {"a": 3, "b": 4})),
    "verb": ("Multiply 2 and 21.", [ADD, MULTIPLY], ("multiply", {"a": 2, "b": 21})),
    "word for a sign": ("What's 12 times 7?", [ADD, MULTIPLY], ("multiply", {"a": 12, "b": 7})),
    "noun": ("What is the sum of 10 and 32?", [MULTIPLY, ADD], ("add", {"a": 10, "b": 32})),
    "fractions": ("Add 1.5 and 1,000.25", [ADD], ("add", {"a": 1.5, "b": 1000.25})),
    "expression": (
        "Calculate 12 * (3 + 4).",
        [CALCULATOR],
        ("calculator", {"expression": "12 * (3 + 4)"}),
    ),
}


@pytest.mark.parametrize("case", ARITHMETIC)
def test_arithmetic_calls_the_tool_of_its_operation(calls, case):
    prompt, tools, expected = ARITHMETIC[case]
    assert calls(prompt, tools=tools) == [expected]


SEVERAL_CALLS = {
    "two tools": (
        "What is 3 + 4 and what is the weather in Paris?",
        [ADD, WEATHER],
        [("add", {"a": 3, "b": 4}), ("get_weather", {"location": "Paris"})],
    ),
    "search and product": (
        "What did the author do in college? Also, what's 7 * 8?",
        [SEARCH, MULTIPLY],
        [
            ("search_web", {"query": "What did the author do in college"}),
            ("multiply", {"a": 7, "b": 8}),
        ],
    ),
    "two places": (
        "What is the weather in Paris and in Rome?",
        [WEATHER],
        [("get_weather", {"location": "Paris"}), ("get_weather", {"location": "Rome"})],
    ),
    "three places": (
        "Weather in Paris, Rome and New York City?",
        [WEATHER],
        [
            ("get_weather", {"location": "Paris"}),
            ("get_weather", {"location": "Rome"}),
            ("get_weather", {"location": "New York City"}),
        ],
    ),
    "second step later": (
        "Add 3 and 4, then multiply the result by 5.",
        [MULTIPLY, ADD],
        [("add", {"a": 3, "b": 4})],
    ),
}


@pytest.mark.parametrize("case", SEVERAL_CALLS)
def test_each_clause_and_each_place_gets_a_call(calls, case):
    prompt, tools, expected = SEVERAL_CALLS[case]
    assert calls(prompt, tools=tools) == expected


@pytest.mark.parametrize("prompt", ["Hello", "Hello!", "How are you?", "Thanks, bye."])
def test_small_talk_calls_nothing(calls, prompt):
    assert calls(prompt, tools=[WEATHER, MAGIC, ADD, NO_ARGS, SEARCH]) == []


@pytest.mark.parametrize("choice", ["required", "any"])
def test_a_required_call_falls_back_to_the_first_tool(calls, choice):
    assert calls("Hello!", tools=[MAGIC, WEATHER], tool_choice=choice) == [
        ("magic_function", {"input": 1})
    ]


def test_a_named_tool_is_called(calls):
    choice = {"type": "function", "function": {"name": "get_weather"}}
    [(name, arguments)] = calls("Hello!", tools=[MAGIC, WEATHER], tool_choice=choice)
    assert name == "get_weather"
    assert arguments["location"]


def test_tool_choice_none_calls_nothing(calls):
    assert calls("Weather in Paris?", tools=[WEATHER], tool_choice="none") == []


def test_a_required_string_is_never_empty(calls):
    prompt = "Using the tool, generate a Pirate greeting."
    [(_, arguments)] = calls(prompt, tools=[GREETING], tool_choice="required")
    assert "Pirate" in arguments["answer_style"]


def test_parallel_calls_can_be_turned_off(calls):
    prompt = "Weather in Paris and in Rome?"
    assert calls(prompt, tools=[WEATHER], parallel_tool_calls=False) == [
        ("get_weather", {"location": "Paris"})
    ]


def history(*results, prompt="What is the weather in Paris?"):
    made = [
        {
            "id": f"c{number}",
            "type": "function",
            "function": {"name": "get_weather", "arguments": "{}"},
        }
        for number, _ in enumerate(results)
    ]
    answers = [
        {"role": "tool", "tool_call_id": f"c{number}", "content": result}
        for number, result in enumerate(results)
    ]
    return [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": None, "tool_calls": made},
        *answers,
    ]


@pytest.mark.parametrize("choice", ["auto", "required"])
def test_a_tool_result_is_answered_in_words(ask, choice):
    body = ask(history("It is sunny"), tools=[WEATHER], tool_choice=choice)
    choice = body["choices"][0]
    assert choice["message"]["content"] == "get_weather returned: It is sunny"
    assert choice["finish_reason"] == "stop"


def test_all_tool_results_are_in_the_answer(say):
    assert say(history("Sunny", "Rainy")) == (
        "get_weather returned: Sunny\nget_weather returned: Rainy"
    )


def test_an_image_as_tool_result_is_described(say):
    image = [{"type": "image_url", "image_url": {"url": "data:,"}}]
    assert say(history(image)) == "get_weather returned: an image"


def test_a_required_call_after_a_result_takes_another_tool(calls):
    report = tool("WeatherReport", {"summary": STRING, "city": STRING})
    assert calls(history("It is sunny"), tools=[WEATHER, report], tool_choice="required") == [
        ("WeatherReport", {"summary": "get_weather returned: It is sunny", "city": "Paris"})
    ]


def test_an_agent_continues_with_a_result_and_ends(ask):
    messages = [{"role": "user", "content": "Add 3 and 4, then multiply the result by 5."}]
    made = []
    for result in ("7", "35", None):
        message = ask(messages, tools=[MULTIPLY, ADD])["choices"][0]["message"]
        for call in message.get("tool_calls") or ():
            made.append((call["function"]["name"], json.loads(call["function"]["arguments"])))
            answer = {"role": "tool", "tool_call_id": call["id"], "content": result}
            messages += [message, answer]
    assert made == [("add", {"a": 3, "b": 4}), ("multiply", {"a": 7, "b": 5})]
    assert message["content"] == "multiply returned: 35"


def test_a_question_after_a_tool_history_calls_again(calls):
    messages = [*history("Sunny"), {"role": "assistant", "content": "Sunny."}]
    messages.append({"role": "user", "content": "What is 3 + 4"})
    assert calls(messages, tools=[ADD, WEATHER], tool_choice="required") == [
        ("add", {"a": 3, "b": 4})
    ]


def test_a_call_has_the_shape_of_openai(ask):
    choice = ask("Weather in Paris?", tools=[WEATHER])["choices"][0]
    [call] = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert call["id"].startswith("call_")
    assert {**call, "id": ""} == {
        "id": "",
        "type": "function",
        "function": {"name": "get_weather", "arguments": json.dumps({"location": "Paris"})},
    }


def test_call_ids_are_unique_and_repeatable(ask):
    def ids():
        message = ask("Weather in Paris and in Rome?", tools=[WEATHER])["choices"][0]["message"]
        return [call["id"] for call in message["tool_calls"]]

    first = ids()
    assert len(set(first)) == 2
    assert ids() == first


def test_a_tool_without_parameters_is_called_without_arguments(calls):
    bare = {"type": "function", "function": {"name": "ping"}}
    assert calls("Please ping.", tools=[bare]) == [("ping", {})]
