"""The request body: each parameter under the API's name, and which source of it wins."""

import httpx
import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.tools import FunctionTool

from weryai_core import AuthenticationError, InvalidRequestError, NotFoundError

HELLO = [ChatMessage(content="Hello")]
BODY = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


def test_every_method_sends_only_the_model_and_the_messages(llm, method, ask, weryai_emulator):
    ask(llm, method)
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert weryai_emulator.last_request.json == BODY | (streamed if "stream" in method else {})
    assert weryai_emulator.last_request.path == "/v1/chat/completions"


# Parameter -> two values that differ from the default.
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
def test_a_parameter_of_the_model_is_sent(make_llm, ask, weryai_emulator, name):
    value, _ = PARAMETERS[name]
    weryai_emulator.reply("Hello")
    ask(make_llm(**{name: value}), "chat")
    assert weryai_emulator.last_request.json | BODY | {name: value} == (
        weryai_emulator.last_request.json
    )


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_of_the_call_wins_over_the_model(make_llm, ask, weryai_emulator, name):
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
def test_max_completion_tokens_in_a_call_wins_over_max_tokens(
    make_llm, ask, weryai_emulator, settings
):
    ask(make_llm(**settings), "chat", max_completion_tokens=300)
    assert weryai_emulator.last_request.json == BODY | {"max_tokens": 300}


def test_the_model_may_be_chosen_per_call(llm, ask, weryai_emulator):
    ask(llm, "chat", model="GEMINI_25_FLASH")
    assert weryai_emulator.last_request.json["model"] == "GEMINI_25_FLASH"


def test_a_model_outside_the_catalogue_is_sent(make_llm, ask, weryai_emulator):
    weryai_emulator.reply("Hello")
    ask(make_llm(model="GPT_9"), "chat")
    assert weryai_emulator.last_request.json["model"] == "GPT_9"


def test_unknown_parameters_are_passed_through(make_llm, ask, weryai_emulator):
    llm = make_llm(additional_kwargs={"user": "ann", "top_k": 5})
    ask(llm, "chat", metadata={"run": "1"}, top_k=6)
    expected = {"user": "ann", "top_k": 6, "metadata": {"run": "1"}}
    assert weryai_emulator.last_request.json == BODY | expected


def test_extra_body_is_merged_into_the_body(make_llm, ask, weryai_emulator):
    ask(make_llm(temperature=1.0), "chat", extra_body={"temperature": 0.5, "provider": "x"})
    assert weryai_emulator.last_request.json == BODY | {"temperature": 0.5, "provider": "x"}


def test_a_web_search_returns_its_sources(make_llm, chat_method, ask):
    llm = make_llm(model="GEMINI_25_FLASH", web_search=True)
    last = ask(llm, chat_method, "What is the weather in San Francisco?")[-1]
    urls = [annotation["url_citation"]["url"] for annotation in last.raw["annotations"]]
    assert "https://example.com/weather" in urls


def test_stream_usage_false_requests_no_usage(make_llm, ask, weryai_emulator):
    ask(make_llm(stream_usage=False), "stream_chat")
    assert weryai_emulator.last_request.json == BODY | {"stream": True}


def test_stream_options_of_a_call_win(llm, ask, weryai_emulator):
    ask(llm, "stream_chat", stream_options={"include_usage": False, "x": 1})
    options = weryai_emulator.last_request.json["stream_options"]
    assert options == {"include_usage": False, "x": 1}


def test_every_method_sends_the_headers(make_llm, method, ask, weryai_emulator):
    llm = make_llm(default_headers={"X-Team": "search", "X-Run": "1"})
    ask(llm, method, extra_headers={"X-Run": "2"})
    headers = weryai_emulator.last_request.headers
    assert headers["x-team"] == "search"
    assert headers["x-run"] == "2"
    assert headers["authorization"] == f"Bearer {llm.api_key.get_secret_value()}"
    assert headers["user-agent"].startswith("weryai-integrations/")
    assert "extra_headers" not in weryai_emulator.last_request.json


def test_timeout_and_stream_usage_in_additional_kwargs_are_not_sent(make_llm, ask, weryai_emulator):
    ask(make_llm(additional_kwargs={"timeout": 30, "stream_usage": False}), "chat")
    assert not {"timeout", "stream_usage"} & weryai_emulator.last_request.json.keys()


@pytest.mark.parametrize("value", [[1], object(), -1], ids=["list", "object", "negative"])
def test_a_timeout_of_a_call_is_checked(llm, ask, weryai_emulator, value):
    with pytest.raises(ValueError, match="timeout"):
        ask(llm, "chat", timeout=value)
    assert weryai_emulator.requests == []


def test_the_given_messages_stay_unchanged(llm, ask, weryai_emulator):
    history = [
        ChatMessage(role=MessageRole.SYSTEM, content="Be brief."),
        ChatMessage(role=MessageRole.USER, content="Hello", additional_kwargs={"name": "ann"}),
    ]
    before = [message.model_copy(deep=True) for message in history]
    ask(llm, "chat", history)
    assert history == before


# --- tools


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


ADD = FunctionTool.from_defaults(add)
SPEC = {
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
}
WITH_TOOLS = (
    "chat_with_tools",
    "achat_with_tools",
    "stream_chat_with_tools",
    "astream_chat_with_tools",
)


@pytest.mark.parametrize("method", WITH_TOOLS)
def test_every_method_with_tools_sends_them(llm, ask, method, weryai_emulator):
    ask(llm, method, [ADD], user_msg="Hello")
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert weryai_emulator.last_request.json == {
        **BODY,
        "tools": [SPEC],
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        **(streamed if "stream" in method else {}),
    }


@pytest.mark.parametrize("method", WITH_TOOLS)
def test_a_choice_of_an_unknown_tool_is_an_error_without_a_request(
    llm, ask, method, weryai_emulator
):
    with pytest.raises(InvalidRequestError, match="'divide', but the tools are"):
        ask(llm, method, [ADD], user_msg="Hello", tool_choice="divide")
    assert weryai_emulator.requests == []


def test_an_empty_list_of_tools_is_not_sent(llm, weryai_emulator):
    llm.chat_with_tools([], user_msg="Hello", tool_required=True)
    assert weryai_emulator.last_request.json == BODY


@pytest.mark.parametrize("strict", [True, False])
def test_strict_in_a_call_wins_over_the_model(make_llm, weryai_emulator, strict):
    make_llm(strict=not strict).chat_with_tools([ADD], "Hello", strict=strict)
    body = weryai_emulator.last_request.json
    assert [tool["function"].get("strict", False) for tool in body["tools"]] == [strict]
    assert "strict" not in body


def test_other_parameters_of_a_call_are_sent_with_tools(llm, weryai_emulator):
    llm.chat_with_tools([ADD], "Hello", temperature=0.5, extra_headers={"X-Run": "1"})
    assert weryai_emulator.last_request.json["temperature"] == 0.5
    assert weryai_emulator.last_request.headers["x-run"] == "1"


@pytest.mark.parametrize(
    "message", ["Hello", ChatMessage(content="Hello")], ids=["text", "message"]
)
def test_the_users_message_follows_the_history(llm, weryai_emulator, message):
    history = [ChatMessage(role="system", content="Be brief.")]
    llm.chat_with_tools([ADD], message, chat_history=history)
    assert weryai_emulator.last_request.json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ]
    assert len(history) == 1


def test_the_history_may_be_sent_without_a_message(llm, weryai_emulator):
    llm.chat_with_tools([ADD], chat_history=HELLO)
    assert weryai_emulator.last_request.json["messages"] == BODY["messages"]
    assert [message.content for message in HELLO] == ["Hello"]


@pytest.mark.parametrize(
    "name", ["system_prompt", "pydantic_program_mode", "is_function_calling_model", "rate_limiter"]
)
def test_a_setting_of_the_framework_in_a_call_is_an_error_without_a_request(
    llm, ask, weryai_emulator, name
):
    with pytest.raises(InvalidRequestError, match=f"`{name}` is a setting of the model"):
        ask(llm, "chat", **{name: "x"})
    assert not weryai_emulator.requests


# Parameters of a call -> the parameters sent.
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
def test_other_names_of_parameters_are_sent_under_the_apis_names(
    llm, ask, weryai_emulator, given, expected
):
    weryai_emulator.reply("Hello")
    ask(llm, "chat", **given)
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    assert weryai_emulator.last_request.json == (
        BODY | expected | (streamed if "stream" in "chat" else {})
    )


def test_request_timeout_is_the_timeout_of_the_call(make_llm):
    # The transport sees the timeout, so nothing has to run out.
    seen = []

    def answer(request):
        seen.append((request.extensions["timeout"], request.content))
        return httpx.Response(401)

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        llm = make_llm(http_client=client)
        with pytest.raises(AuthenticationError):
            llm.chat(HELLO, request_timeout=(5.0, 7.0))
    [(timeout, body)] = seen
    assert timeout == {"connect": 5.0, "read": 7.0, "write": 7.0, "pool": 7.0}
    assert b"timeout" not in body


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
def test_a_setting_of_the_model_in_a_call_is_an_error_without_a_request(
    llm, ask, weryai_emulator, name
):
    with pytest.raises(InvalidRequestError, match=f"`{name}` is a setting of the model") as caught:
        ask(llm, "chat", **{name: "sk-mislaid-0123"})
    assert "sk-mislaid-0123" not in str(caught.value)
    assert weryai_emulator.requests == []


@pytest.mark.parametrize("method", ["chat", "achat"])
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


@pytest.mark.parametrize("method", ["chat", "achat"])
def test_the_proxy_is_used(make_llm, method, ask, weryai_emulator):
    proxy = weryai_emulator.base_url.removesuffix("/v1").replace("//", "//user:hush@")
    with pytest.raises(NotFoundError):  # the emulator is not a proxy, but sees the same request
        ask(make_llm(proxy=proxy, api_base="http://weryai.invalid"), method)
    assert weryai_emulator.last_request.path == "http://weryai.invalid/v1/chat/completions"
    headers = weryai_emulator.last_request.headers
    assert headers["proxy-authorization"] == "Basic dXNlcjpodXNo"
