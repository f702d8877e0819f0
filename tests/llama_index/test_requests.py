"""What is sent: each parameter under its name on the wire, and what wins where several speak."""

import httpx
import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel, Field

from weryai_core import APITimeoutError, InvalidRequestError, NotFoundError

HELLO = [ChatMessage(content="Hello")]
BODY = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


def test_a_plain_request_has_the_model_and_the_messages_only(llm, method, ask, weryai_emulator):
    ask(llm, method)
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert weryai_emulator.last_request.json == BODY | (streamed if "stream" in method else {})
    assert weryai_emulator.last_request.path == "/v1/chat/completions"


# Name of the parameter -> a value that differs from the default, and another one.
PARAMETERS = {
    "max_tokens": (200, 300),
    "temperature": (0.0, 1.5),
    "top_p": (0.5, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (0.0, 1.0),
    "seed": (0, 7),
    "stop": (["END"], "."),
    "logprobs": (True, False),
    "top_logprobs": (0, 3),
    "reasoning_effort": ("low", "high"),
    "plugins": ([{"id": "web", "max_results": 3}], [{"id": "other"}]),
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_of_the_model_is_sent(make_llm, method, ask, weryai_emulator, name):
    value, _ = PARAMETERS[name]
    weryai_emulator.reply("Hello")
    ask(make_llm(**{name: value}), method)
    assert weryai_emulator.last_request.json | BODY | {name: value} == (
        weryai_emulator.last_request.json
    )


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_of_the_call_wins(make_llm, ask, weryai_emulator, name):
    value, other = PARAMETERS[name]
    ask(make_llm(**{name: value}), "chat", **{name: other})
    assert weryai_emulator.last_request.json == BODY | {name: other}
    ask(make_llm(additional_kwargs={name: value}), "achat", **{name: other})
    assert weryai_emulator.last_request.json == BODY | {name: other}


@pytest.mark.parametrize("name", PARAMETERS)
def test_none_in_a_call_unsets_a_parameter(make_llm, ask, weryai_emulator, name):
    value, _ = PARAMETERS[name]
    ask(make_llm(**{name: value}), "chat", **{name: None})
    assert weryai_emulator.last_request.json == BODY


@pytest.mark.parametrize("settings", [{"max_tokens": 9}, {"additional_kwargs": {"max_tokens": 9}}])
def test_openais_newer_name_of_max_tokens_wins_in_a_call(make_llm, ask, weryai_emulator, settings):
    ask(make_llm(**settings), "chat", max_completion_tokens=300)
    assert weryai_emulator.last_request.json == BODY | {"max_tokens": 300}


def test_the_model_may_be_chosen_per_call(llm, method, ask, weryai_emulator):
    ask(llm, method, model="GEMINI_25_FLASH")
    assert weryai_emulator.last_request.json["model"] == "GEMINI_25_FLASH"


def test_a_model_outside_the_catalogue_is_sent(make_llm, ask, weryai_emulator):
    weryai_emulator.reply("Hello")
    ask(make_llm(model="GPT_9"), "chat")
    assert weryai_emulator.last_request.json["model"] == "GPT_9"


def test_further_parameters_are_sent_as_they_are(make_llm, ask, weryai_emulator):
    llm = make_llm(additional_kwargs={"user": "ann", "top_k": 5})
    ask(llm, "chat", metadata={"run": "1"}, top_k=6)
    further = {"user": "ann", "top_k": 6, "metadata": {"run": "1"}}
    assert weryai_emulator.last_request.json == BODY | further


def test_the_extra_body_is_put_into_the_body(make_llm, ask, weryai_emulator):
    ask(make_llm(temperature=1.0), "chat", extra_body={"temperature": 0.5, "provider": "x"})
    assert weryai_emulator.last_request.json == BODY | {"temperature": 0.5, "provider": "x"}


WEB = {"id": "web"}
# What the model has, what the call has -> the plugins sent; None for none.
PLUGINS = {
    "plugins of the model": ({"plugins": [WEB]}, {}, [WEB]),
    "web_search of the model": ({"web_search": True}, {}, [WEB]),
    "plugins of the call": ({}, {"plugins": [WEB]}, [WEB]),
    "web_search of the call": ({}, {"web_search": True}, [WEB]),
    "both say the same": ({"plugins": [WEB]}, {"web_search": True}, [WEB]),
    "beside another": ({"plugins": [{"id": "x"}]}, {"web_search": True}, [{"id": "x"}, WEB]),
    "options are kept": (
        {"plugins": [{"id": "web", "max_results": 3}], "web_search": True},
        {},
        [{"id": "web", "max_results": 3}],
    ),
    "off for the call": ({"web_search": True}, {"web_search": False}, None),
    "off for the call, a plugin": ({"plugins": [WEB]}, {"web_search": False}, None),
    "in additional_kwargs": ({"additional_kwargs": {"plugins": [WEB]}}, {}, [WEB]),
    "neither": ({}, {}, None),
    "an empty list": ({"plugins": []}, {}, None),
}


@pytest.mark.parametrize(("settings", "given", "sent"), PLUGINS.values(), ids=PLUGINS)
def test_web_search_is_a_plugin(make_llm, method, ask, weryai_emulator, settings, given, sent):
    weryai_emulator.reply("Hello")
    ask(make_llm(**settings), method, **given)
    body = weryai_emulator.last_request.json
    assert body.get("plugins") == sent
    assert ("plugins" in body) == (sent is not None)
    assert "web_search" not in body


def test_a_web_search_answers_with_its_sources(make_llm, chat_method, ask):
    llm = make_llm(model="GEMINI_25_FLASH", web_search=True)
    last = ask(llm, chat_method, "What is the weather in San Francisco?")[-1]
    urls = [annotation["url_citation"]["url"] for annotation in last.raw["annotations"]]
    assert "https://example.com/weather" in urls


def test_usage_is_not_asked_for_when_it_is_not_wanted(
    make_llm, stream_method, ask, weryai_emulator
):
    ask(make_llm(stream_usage=False), stream_method)
    assert weryai_emulator.last_request.json == BODY | {"stream": True}


def test_stream_options_of_a_call_win(llm, stream_method, ask, weryai_emulator):
    ask(llm, stream_method, stream_options={"include_usage": False, "x": 1})
    options = weryai_emulator.last_request.json["stream_options"]
    assert options == {"include_usage": False, "x": 1}


def test_headers_are_sent(make_llm, method, ask, weryai_emulator):
    llm = make_llm(default_headers={"X-Team": "search", "X-Run": "1"})
    ask(llm, method, extra_headers={"X-Run": "2"})
    headers = weryai_emulator.last_request.headers
    assert headers["x-team"] == "search"
    assert headers["x-run"] == "2"
    assert headers["authorization"] == f"Bearer {llm.api_key.get_secret_value()}"
    assert headers["user-agent"].startswith("weryai-integrations/")
    assert "extra_headers" not in weryai_emulator.last_request.json


def test_options_of_sending_in_additional_kwargs_are_not_put_into_the_body(
    make_llm, method, ask, weryai_emulator
):
    ask(make_llm(additional_kwargs={"timeout": 30, "stream_usage": False}), method)
    assert not {"timeout", "stream_usage"} & weryai_emulator.last_request.json.keys()


@pytest.mark.parametrize("value", [[1], object(), -1], ids=["list", "object", "negative"])
def test_a_timeout_of_a_call_is_checked(llm, ask, weryai_emulator, value):
    with pytest.raises(ValueError, match="timeout"):
        ask(llm, "chat", timeout=value)
    assert weryai_emulator.requests == []


def test_the_conversation_is_not_changed(llm, chat_method, ask, weryai_emulator):
    history = [
        ChatMessage(role=MessageRole.SYSTEM, content="Be brief."),
        ChatMessage(role=MessageRole.USER, content="Hello", additional_kwargs={"name": "ann"}),
    ]
    before = [message.model_copy(deep=True) for message in history]
    ask(llm, chat_method, history)
    assert history == before


# --- tools


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def weather(city: str) -> str:
    """Tell the weather."""
    return f"Sunny in {city}."


TOOLS = [FunctionTool.from_defaults(add), FunctionTool.from_defaults(weather)]
SPECS = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "add(a: int, b: int) -> int\nAdd two numbers.",
            "parameters": {
                "type": "object",
                "properties": {
                    "a": {"title": "A", "type": "integer"},
                    "b": {"title": "B", "type": "integer"},
                },
                "required": ["a", "b"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "weather(city: str) -> str\nTell the weather.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"title": "City", "type": "string"}},
                "required": ["city"],
            },
        },
    },
]
WITH_TOOLS = (
    "chat_with_tools",
    "achat_with_tools",
    "stream_chat_with_tools",
    "astream_chat_with_tools",
)


@pytest.fixture(params=WITH_TOOLS)
def with_tools(request):
    return request.param


@pytest.fixture
def ask_tools(ask):
    """Calls a method of the tool family: the message goes by name, the tools by position."""

    def call(llm, method, user_msg="Hello", tools=TOOLS, **kwargs):
        return ask(llm, method, tools, user_msg=user_msg, **kwargs)

    return call


def test_tools_are_sent(llm, with_tools, ask_tools, weryai_emulator):
    ask_tools(llm, with_tools)
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert weryai_emulator.last_request.json == {
        **BODY,
        "tools": SPECS,
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        **(streamed if "stream" in with_tools else {}),
    }


ADD = {"type": "function", "function": {"name": "add"}}
CHOICES = {
    "nothing said": ({}, "auto"),
    "required": ({"tool_required": True}, "required"),
    "auto": ({"tool_choice": "auto"}, "auto"),
    "none": ({"tool_choice": "none"}, "none"),
    "any": ({"tool_choice": "any"}, "required"),
    "the word required": ({"tool_choice": "required"}, "required"),
    "a name": ({"tool_choice": "add"}, ADD),
    "an object": ({"tool_choice": ADD}, ADD),
    "None": ({"tool_choice": None}, "auto"),
    "None and required": ({"tool_choice": None, "tool_required": True}, "required"),
    "a name and required": ({"tool_choice": "add", "tool_required": True}, ADD),
}


@pytest.mark.parametrize(("given", "sent"), CHOICES.values(), ids=CHOICES)
def test_a_tool_choice_is_sent(llm, with_tools, ask_tools, weryai_emulator, given, sent):
    ask_tools(llm, with_tools, **given)
    assert weryai_emulator.last_request.json["tool_choice"] == sent


def test_a_tool_choice_that_no_tool_has_is_refused(llm, with_tools, ask_tools, weryai_emulator):
    with pytest.raises(InvalidRequestError, match="'divide', but the tools are"):
        ask_tools(llm, with_tools, tool_choice="divide")
    assert weryai_emulator.requests == []


@pytest.mark.parametrize("allowed", [True, False])
def test_whether_several_calls_are_allowed_is_sent(
    llm, with_tools, ask_tools, weryai_emulator, allowed
):
    ask_tools(llm, with_tools, allow_parallel_tool_calls=allowed)
    assert weryai_emulator.last_request.json["parallel_tool_calls"] is allowed


def test_no_tools_are_not_sent(llm, with_tools, ask_tools, weryai_emulator):
    ask_tools(llm, with_tools, tools=[], tool_required=True)
    body = weryai_emulator.last_request.json
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()


def test_strict_tools_say_so(make_llm, with_tools, ask_tools, weryai_emulator):
    ask_tools(make_llm(strict=True), with_tools)
    functions = [tool["function"] for tool in weryai_emulator.last_request.json["tools"]]
    assert [function["strict"] for function in functions] == [True, True]
    parameters = [function["parameters"] for function in functions]
    assert [one["additionalProperties"] for one in parameters] == [False, False]


@pytest.mark.parametrize("strict", [True, False])
def test_a_call_says_whether_tools_are_strict(
    make_llm, with_tools, ask_tools, weryai_emulator, strict
):
    ask_tools(make_llm(strict=not strict), with_tools, strict=strict)
    body = weryai_emulator.last_request.json
    assert {tool["function"].get("strict", False) for tool in body["tools"]} == {strict}
    assert "strict" not in body


@pytest.mark.parametrize(
    "name", ["system_prompt", "pydantic_program_mode", "is_function_calling_model", "rate_limiter"]
)
def test_settings_of_the_model_are_refused_in_a_call(llm, chat_method, ask, weryai_emulator, name):
    with pytest.raises(InvalidRequestError, match=f"`{name}` is a setting of the model"):
        ask(llm, chat_method, **{name: "x"})
    assert not weryai_emulator.requests


def test_parameters_of_the_call_go_along_with_tools(llm, with_tools, ask_tools, weryai_emulator):
    ask_tools(llm, with_tools, temperature=0.5, extra_headers={"X-Run": "1"})
    assert weryai_emulator.last_request.json["temperature"] == 0.5
    assert weryai_emulator.last_request.headers["x-run"] == "1"


@pytest.mark.parametrize(
    "message", ["Hello", ChatMessage(content="Hello")], ids=["text", "message"]
)
def test_the_users_message_follows_the_history(
    llm, with_tools, ask_tools, weryai_emulator, message
):
    history = [ChatMessage(role="system", content="Be brief.")]
    ask_tools(llm, with_tools, message, chat_history=history)
    assert weryai_emulator.last_request.json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]
    assert len(history) == 1


def test_the_history_alone_will_do(llm, with_tools, ask_tools, weryai_emulator):
    ask_tools(llm, with_tools, None, chat_history=HELLO)
    assert weryai_emulator.last_request.json["messages"] == BODY["messages"]
    assert [message.content for message in HELLO] == ["Hello"]


def test_a_long_description_is_sent_whole(llm, with_tools, ask_tools, weryai_emulator):
    described = FunctionTool.from_defaults(add, description="Add. " * 500)
    ask_tools(llm, with_tools, tools=[described])
    [tool] = weryai_emulator.last_request.json["tools"]
    assert tool["function"]["description"] == "Add. " * 500


def test_a_nested_schema_is_sent_with_its_definitions(llm, ask_tools, weryai_emulator):
    class Address(BaseModel):
        city: str

    class Person(BaseModel):
        name: str = Field(description="Full name")
        address: Address

    tool = FunctionTool.from_defaults(lambda **_: "", name="save", fn_schema=Person)
    ask_tools(llm, "chat_with_tools", tools=[tool])
    assert weryai_emulator.last_request.json["tools"][0]["function"]["parameters"] == {
        "type": "object",
        "$defs": {
            "Address": {
                "title": "Address",
                "type": "object",
                "properties": {"city": {"title": "City", "type": "string"}},
                "required": ["city"],
            }
        },
        "properties": {
            "name": {"title": "Name", "type": "string", "description": "Full name"},
            "address": {"$ref": "#/$defs/Address"},
        },
        "required": ["name", "address"],
    }


# What a call is given -> what is sent of it.
OTHER_NAMES = {
    "model_name": ({"model_name": "GPT_5"}, {"model": "GPT_5"}),
    "stop_sequences": ({"stop_sequences": ["A"]}, {"stop": ["A"]}),
    "model_kwargs": ({"model_kwargs": {"user": "ann"}}, {"user": "ann"}),
    "additional_kwargs": ({"additional_kwargs": {"seed": 1}}, {"seed": 1}),
    "extra_body that wins": (
        {"max_tokens": 5, "extra_body": {"max_completion_tokens": 9}},
        {"max_tokens": 9},
    ),
}


@pytest.mark.parametrize(("given", "expected"), OTHER_NAMES.values(), ids=OTHER_NAMES)
def test_what_a_call_is_given_under_other_names_is_sent_under_ours(
    llm, method, ask, weryai_emulator, given, expected
):
    weryai_emulator.reply("Hello")
    ask(llm, method, **given)
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert weryai_emulator.last_request.json == (
        BODY | expected | (streamed if "stream" in method else {})
    )


def test_request_timeout_is_a_timeout_of_the_call(make_llm, method, ask, weryai_emulator):
    weryai_emulator.hang()
    with pytest.raises(APITimeoutError):
        ask(make_llm(max_retries=0), method, request_timeout=(5.0, 0.05))
    assert weryai_emulator.wait_for_requests()
    assert "request_timeout" not in weryai_emulator.last_request.json


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "base_url",
        "api_base",
        "max_retries",
        "default_headers",
        "default_query",
        "proxy",
        "http_client",
        "async_http_client",
    ],
)
def test_a_setting_in_a_call_is_refused_before_anything_is_sent(
    llm, method, ask, weryai_emulator, name
):
    with pytest.raises(InvalidRequestError, match=f"`{name}` is a setting of the model") as caught:
        ask(llm, method, **{name: "sk-mislaid-0123"})
    assert "sk-mislaid-0123" not in str(caught.value)
    assert weryai_emulator.requests == []


def test_the_default_query_is_sent(make_llm, method, ask, to_reply):
    addresses = []

    def answer(request):
        addresses.append(request.url)
        return httpx.Response(200, json=to_reply({"content": "Hi"}))

    transport = httpx.MockTransport(answer)
    with httpx.Client(transport=transport) as http:
        clients = {"http_client": http, "async_http_client": httpx.AsyncClient(transport=transport)}
        ask(make_llm(default_query={"api-version": "1"}, **clients), method)
    assert [address.query for address in addresses] == [b"api-version=1"]


def test_the_proxy_is_used(make_llm, method, ask, weryai_emulator):
    proxy = weryai_emulator.base_url.removesuffix("/v1").replace("//", "//user:hush@")
    with pytest.raises(NotFoundError):  # the emulator is no proxy, but sees what one would see
        ask(make_llm(proxy=proxy, api_base="http://weryai.invalid"), method)
    assert weryai_emulator.last_request.path == "http://weryai.invalid/v1/chat/completions"
    headers = weryai_emulator.last_request.headers
    assert headers["proxy-authorization"] == "Basic dXNlcjpodXNo"
