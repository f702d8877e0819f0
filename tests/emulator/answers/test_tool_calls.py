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
CUSTOMER = tool(
    "unicode_customer",
    {"customer_name": STRING, "description": STRING},
    description="Create a customer whose name has Unicode characters.",
)
GREETING = tool("generate_greeting", {"answer_style": STRING}, description="Generate a greeting.")
FORECAST = tool(
    "get_forecast",
    {
        "city": STRING,
        "unit": {"enum": ["celsius", "fahrenheit"], "type": "string"},
        "days": {**INTEGER, "default": 1},
        "detailed": {"type": "boolean"},
    },
    ["city"],
    "Get the weather forecast.",
)
FLIGHT_CLASS = tool(
    "weather_flight", {"origin": STRING, "unit": {"type": "string", "const": "celsius"}}
)
FLIGHT = tool(
    "book_flight",
    {"origin": STRING, "destination": STRING, "date": {**STRING, "format": "date"}},
)
SEARCH = tool("search_web", {"query": STRING}, description="Look pages up.")
MAIL = tool("send_mail", {"to": STRING, "body": STRING}, description="Send a mail.")
UNIT = {"type": "string", "enum": ["celsius", "fahrenheit"]}
WEATHER_IN = tool("get_weather", {"location": STRING, "unit": UNIT})
WEATHER_OF = tool(
    "get_weather",
    {"unit": {"anyOf": [{"$ref": "#/$defs/Unit"}, {"type": "null"}]}, "person": STRING},
    **{"$defs": {"Unit": UNIT}},
)
TAGS = tool("tag_post", {"tags": {"type": "array", "items": STRING}}, description="Tag a post.")
SUM = tool("sum_up", {"values": {"type": "array", "items": NUMBER}}, description="Sum up values.")
PERSON = {
    "type": "object",
    "properties": {"name": STRING, "age": {"anyOf": [INTEGER, {"type": "null"}]}},
    "required": ["name", "age"],
}
REGISTER = tool(
    "register",
    {"person": {"$ref": "#/$defs/Person"}, "vip": {"type": "boolean"}},
    description="Register a person.",
    **{"$defs": {"Person": PERSON}},
)

CALLED = {
    "place with state": (
        "What is the weather in San Francisco, CA?",
        [WEATHER],
        [("get_weather", {"location": "San Francisco, CA"})],
    ),
    "lower-case place": (
        "what's the weather in paris today?",
        [WEATHER],
        [("get_weather", {"location": "paris"})],
    ),
    "number": (
        "What is the value of magic_function(3)? Use the tool.",
        [MAGIC],
        [("magic_function", {"input": 3})],
    ),
    "negative number": ("magic_function(-12)", [MAGIC], [("magic_function", {"input": -12})]),
    "number out of range": ("magic_function(5000)", [MAGIC], [("magic_function", {"input": 999})]),
    "no arguments": (
        "What is the value of magic_function_no_args()? Use the tool.",
        [NO_ARGS],
        [("magic_function_no_args", {})],
    ),
    "sum": ("What is 3 + 4", [ADD, MULTIPLY], [("add", {"a": 3, "b": 4})]),
    "product": ("What is 3 * 4?", [ADD, MULTIPLY], [("multiply", {"a": 3, "b": 4})]),
    "named operation": ("Multiply 2 and 21.", [ADD, MULTIPLY], [("multiply", {"a": 2, "b": 21})]),
    "spelled product": (
        "What's 12 times 7?",
        [ADD, MULTIPLY],
        [("multiply", {"a": 12, "b": 7})],
    ),
    "spelled sum": ("What is the sum of 10 and 32?", [ADD], [("add", {"a": 10, "b": 32})]),
    "other word for weather": (
        "Is it raining in Berlin today?",
        [SEARCH, WEATHER],
        [("get_weather", {"location": "Berlin"})],
    ),
    "search offered first": (
        "What is the weather in Paris?",
        [SEARCH, WEATHER],
        [("get_weather", {"location": "Paris"})],
    ),
    "search and sum": (
        "What did the author do in college? Also, what's 7 * 8?",
        [SEARCH, MULTIPLY],
        [
            ("search_web", {"query": "What did the author do in college"}),
            ("multiply", {"a": 7, "b": 8}),
        ],
    ),
    "result of the first": (
        "Add 3 and 4, then multiply the result by 5.",
        [MULTIPLY, ADD],
        [("add", {"a": 3, "b": 4})],
    ),
    "fractions": ("Add 1.5 and 1,000.25", [ADD], [("add", {"a": 1.5, "b": 1000.25})]),
    "expression": (
        "Calculate 12 * (3 + 4).",
        [CALCULATOR],
        [("calculator", {"expression": "12 * (3 + 4)"})],
    ),
    "enum": (
        "Forecast for Paris in celsius",
        [FORECAST],
        [("get_forecast", {"city": "Paris", "unit": "celsius"})],
    ),
    "optional number": (
        "Forecast for Paris for 3 days",
        [FORECAST],
        [("get_forecast", {"city": "Paris", "days": 3})],
    ),
    "optional switch": (
        "A detailed forecast for Paris",
        [FORECAST],
        [("get_forecast", {"city": "Paris", "detailed": True})],
    ),
    "no optionals": ("Forecast for Paris", [FORECAST], [("get_forecast", {"city": "Paris"})]),
    "by name": (
        'get_forecast with city="New York"',
        [FORECAST],
        [("get_forecast", {"city": "New York"})],
    ),
    "from and to": (
        "Book a flight from Paris to New York on 2025-06-01.",
        [FLIGHT],
        [
            (
                "book_flight",
                {"origin": "Paris", "destination": "New York", "date": "2025-06-01"},
            )
        ],
    ),
    "mail": (
        "Send a mail to bob@example.com saying 'See you soon'.",
        [MAIL],
        [("send_mail", {"to": "bob@example.com", "body": "See you soon"})],
    ),
    "array of names": (
        "Tag the post with 'news' and \u201csport\u201d.",
        [TAGS],
        [("tag_post", {"tags": ["news", "sport"]})],
    ),
    "array of numbers": (
        "Sum up 1, 2 and 3.5.",
        [SUM],
        [("sum_up", {"values": [1, 2, 3.5]})],
    ),
    "nested": (
        "Register a person named Ada Lovelace, 36 years old.",
        [REGISTER],
        [("register", {"person": {"name": "Ada Lovelace", "age": 36}, "vip": True})],
    ),
    "question for a search": (
        "Who won the world cup?",
        [WEATHER, SEARCH],
        [("search_web", {"query": "Who won the world cup?"})],
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
    "two tools": (
        "What is 3 + 4 and what is the weather in Paris?",
        [ADD, WEATHER],
        [("add", {"a": 3, "b": 4}), ("get_weather", {"location": "Paris"})],
    ),
}


@pytest.mark.parametrize("case", CALLED)
def test_the_prompt_decides_calls_and_arguments(calls, case):
    prompt, tools, expected = CALLED[case]
    assert calls(prompt, tools=tools) == expected


WITH_A_UNIT = {
    "quoted place": ('What is the weather in "Rome" in celsius?', "Rome", "celsius"),
    "lower-case quote": ("What is the weather in 'rome', in fahrenheit?", "rome", "fahrenheit"),
    "quote behind a guess": ('Weather for tomorrow in "Rome"?', "Rome", "celsius"),
    "capitalised unit": ("What is the weather in Rome in Celsius?", "Rome", "celsius"),
    "unit first": ("Weather in Fahrenheit in Rome?", "Rome", "fahrenheit"),
    "unit behind a comma": ("Weather in Rome, Fahrenheit", "Rome", "fahrenheit"),
    "lower-case place": ("what's the weather in rome in fahrenheit?", "rome", "fahrenheit"),
    "unit behind the place": ("weather for rome fahrenheit", "rome", "fahrenheit"),
    "unit before an adverb": ('weather in fahrenheit tonight, "Rome"', "Rome", "fahrenheit"),
    "quoted unit": ('Weather in Rome in "fahrenheit"?', "Rome", "fahrenheit"),
}


@pytest.mark.parametrize("case", WITH_A_UNIT)
def test_a_unit_is_no_place(calls, case):
    prompt, location, unit = WITH_A_UNIT[case]
    assert calls(prompt, tools=[WEATHER_IN]) == [
        ("get_weather", {"location": location, "unit": unit})
    ]


@pytest.mark.parametrize("prompt", ["Celsius", "weather in celsius", "Weather from Celsius"])
@pytest.mark.parametrize("tool", [WEATHER_IN, WEATHER_OF, FLIGHT_CLASS])
def test_no_text_is_the_value_of_an_enum(calls, prompt, tool):
    [(_, arguments)] = calls(prompt, tools=[tool], tool_choice="required")
    texts = [arguments[name].lower() for name in arguments.keys() - {"unit"}]
    assert texts
    assert "celsius" not in texts
    assert arguments["unit"] == "celsius"


@pytest.mark.parametrize(
    "name",
    ["你好啊集团", "こんにちは株式会社", "Группа"],
)
@pytest.mark.parametrize("quotes", ["''", '""', "\u201c\u201d", "\u2018\u2019", "「」", "«»"])
def test_a_quoted_name_is_copied(calls, name, quotes):
    prompt = f"Create a customer named {quotes[0]}{name}{quotes[1]} (Hello Group) - a company"
    [(called, arguments)] = calls(prompt, tools=[CUSTOMER], tool_choice="required")
    assert called == "unicode_customer"
    assert arguments["customer_name"] == name
    assert arguments["description"]


@pytest.mark.parametrize("prompt", ["Hello", "Hello!", "How are you?", "Thanks, bye."])
def test_small_talk_calls_nothing(calls, prompt):
    assert calls(prompt, tools=[WEATHER, MAGIC, ADD, NO_ARGS, SEARCH]) == []


@pytest.mark.parametrize("choice", ["required", "any"])
def test_a_demanded_call_falls_back_to_the_first_tool(calls, choice):
    assert calls("Hello!", tools=[MAGIC, WEATHER], tool_choice=choice) == [
        ("magic_function", {"input": 1})
    ]


def test_a_named_tool_is_called(calls):
    choice = {"type": "function", "function": {"name": "get_weather"}}
    [(name, arguments)] = calls("Hello!", tools=[MAGIC, WEATHER], tool_choice=choice)
    assert name == "get_weather"
    assert arguments["location"]


def test_choice_none_calls_nothing(calls):
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
    told = [
        {"role": "tool", "tool_call_id": f"c{number}", "content": result}
        for number, result in enumerate(results)
    ]
    return [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": None, "tool_calls": made},
        *told,
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


def test_an_image_as_tool_result_is_named(say):
    image = [{"type": "image_url", "image_url": {"url": "data:,"}}]
    assert say(history(image)) == "get_weather returned: an image"


def test_a_demanded_call_after_a_result_takes_a_tool_not_called_yet(calls):
    report = tool("WeatherReport", {"summary": STRING, "city": STRING})
    assert calls(history("It is sunny"), tools=[WEATHER, report], tool_choice="required") == [
        ("WeatherReport", {"summary": "get_weather returned: It is sunny", "city": "Paris"})
    ]


def test_an_agent_goes_on_with_a_result_and_comes_to_an_end(ask):
    messages = [{"role": "user", "content": "Add 3 and 4, then multiply the result by 5."}]
    made = []
    for result in ("7", "35", None):
        message = ask(messages, tools=[MULTIPLY, ADD])["choices"][0]["message"]
        for call in message.get("tool_calls") or ():
            made.append((call["function"]["name"], json.loads(call["function"]["arguments"])))
            told = {"role": "tool", "tool_call_id": call["id"], "content": result}
            messages += [message, told]
    assert made == [("add", {"a": 3, "b": 4}), ("multiply", {"a": 7, "b": 5})]
    assert message["content"] == "multiply returned: 35"


def test_a_question_after_a_tool_history_calls_again(calls):
    messages = [*history("Sunny"), {"role": "assistant", "content": "Sunny."}]
    messages.append({"role": "user", "content": "What is 3 + 4"})
    assert calls(messages, tools=[ADD, WEATHER], tool_choice="required") == [
        ("add", {"a": 3, "b": 4})
    ]


def test_the_message_of_a_call_has_openai_s_shape(ask):
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


def test_calls_have_ids_of_their_own_and_the_same_ones_again(ask):
    def ids():
        message = ask("Weather in Paris and in Rome?", tools=[WEATHER])["choices"][0]["message"]
        return [call["id"] for call in message["tool_calls"]]

    first = ids()
    assert len(set(first)) == 2
    assert ids() == first


def test_a_tool_without_parameters_is_called_without_arguments(calls):
    bare = {"type": "function", "function": {"name": "ping"}}
    assert calls("Please ping.", tools=[bare]) == [("ping", {})]
