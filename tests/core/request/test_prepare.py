"""The chat request: what is sent, and what is refused before anything is."""

import copy
import json
from datetime import UTC, datetime

import pytest

from weryai_core import InvalidRequestError, MessageCountError
from weryai_core.integration import with_documented_names
from weryai_core.request.parameters import asks_for_one, call_parameters, split_call
from weryai_core.request.prepare import check_parameters, encode_request

HELLO = {"role": "user", "content": "Hello"}
NAN, INFINITY = float("nan"), float("inf")


def request(**parameters):
    return {"model": "GPT_4O", "messages": [HELLO], **parameters}


def sent(given, *, stream=False):
    return json.loads(encode_request(given, stream=stream))


def test_the_request_is_compact_utf_8_json():
    body = encode_request(
        {"model": "GPT_4O", "messages": [{"role": "user", "content": "Grüße 你好"}]}, stream=False
    )
    expected = '{"model":"GPT_4O","messages":[{"role":"user","content":"Grüße 你好"}]}'
    assert body == expected.encode()


def test_every_documented_parameter_is_sent_under_its_name():
    given = {
        "model": "GEMINI_3_1_PRO",
        "messages": [{"role": "system", "content": "Be brief."}, HELLO],
        "max_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": -1,
        "frequency_penalty": 1.5,
        "seed": 7,
        "n": 2,
        "plugins": [{"id": "web"}],
        "response_format": {"type": "json_object"},
    }
    assert json.loads(encode_request(given, stream=True)) == {
        "model": "GEMINI_3_1_PRO",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
        ],
        "max_tokens": 100,
        "temperature": 0.5,
        "top_p": 0.9,
        "presence_penalty": -1,
        "frequency_penalty": 1.5,
        "seed": 7,
        "n": 2,
        "plugins": [{"id": "web"}],
        "response_format": {"type": "json_object"},
        "stream": True,
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_tokens", 1),
        ("max_tokens", 10**9),
        ("temperature", 0),
        ("temperature", 2),
        ("temperature", 2.0),
        ("top_p", 0),
        ("top_p", 1),
        ("presence_penalty", -2),
        ("presence_penalty", 2),
        ("frequency_penalty", -2.0),
        ("frequency_penalty", 2.0),
        ("seed", 0),
        ("seed", -(2**63)),
        ("n", 1),
        ("n", 128),
        ("plugins", [{"id": "web", "max_results": 3}]),
        ("response_format", {"type": "json_schema", "json_schema": {"name": "x"}}),
    ],
)
def test_a_parameter_at_its_limit_is_sent(name, value):
    assert sent(request(**{name: value}))[name] == value
    check_parameters({name: value})


POSITIVE, FROM_0_TO_2 = "an integer of 1 or more", "a number from 0 to 2"
FROM_0_TO_1, PENALTY = "a number from 0 to 1", "a number from -2 to 2"
PLUGINS, FORMAT = 'a list of objects like {"id": "web"}', 'an object like {"type": "json_object"}'


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *[("max_tokens", value, POSITIVE) for value in (0, -1, 1.0, 1.5, "1", True, NAN, [1])],
        *[
            ("temperature", value, FROM_0_TO_2)
            for value in (-0.01, 2.01, "1", True, False, NAN, INFINITY, -INFINITY, [])
        ],
        *[("top_p", value, FROM_0_TO_1) for value in (-0.01, 1.01, 2, "1", True, NAN, {})],
        *[("presence_penalty", value, PENALTY) for value in (-2.01, 2.01, "0", True, NAN)],
        *[("frequency_penalty", value, PENALTY) for value in (-2.01, 2.01, "0", False, INFINITY)],
        *[("seed", value, "an integer") for value in (1.0, "7", True, NAN)],
        *[("n", value, POSITIVE) for value in (0, -1, 1.0, True, "2")],
        *[("stream", value, "True or False") for value in (1, "true", [])],
        *[
            ("plugins", value, PLUGINS)
            for value in ("web", ["web"], [{}], [{"id": 1}], {"id": "w"})
        ],
        *[("response_format", value, FORMAT) for value in ("json_object", {}, {"type": 1}, [])],
    ],
    ids=repr,
)
def test_a_parameter_out_of_its_range_is_refused_by_name_value_and_range(name, value, expected):
    with pytest.raises(InvalidRequestError) as caught:
        encode_request(request(**{name: value}), stream=False)
    shown = repr(value)
    shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
    assert str(caught.value) == f"`{name}` must be {expected}, not {shown}."


def test_an_integer_beyond_every_float_is_refused_like_any_other():
    with pytest.raises(InvalidRequestError, match="`temperature` must be a number from 0 to 2"):
        check_parameters({"temperature": 10**400})


def test_a_long_value_is_shown_in_part():
    with pytest.raises(InvalidRequestError) as caught:
        check_parameters({"temperature": "x" * 1000})
    assert str(caught.value) == (f"`temperature` must be a number from 0 to 2, not '{'x' * 76}....")


@pytest.mark.parametrize("name", ["temperature", "max_tokens", "plugins", "seed", "user", "stop"])
def test_none_is_not_sent(name):
    assert sent(request(**{name: None})) == {"model": "GPT_4O", "messages": [HELLO]}
    check_parameters({name: None})


@pytest.mark.parametrize("count", [1, 49, 50])
def test_1_to_50_messages_are_sent(count):
    assert sent({"model": "GPT_4O", "messages": [HELLO] * count})["messages"] == [HELLO] * count


@pytest.mark.parametrize("count", [51, 200])
def test_more_than_50_messages_are_refused_with_what_to_do(count):
    with pytest.raises(MessageCountError) as caught:
        encode_request({"model": "GPT_4O", "messages": [HELLO] * count}, stream=False)
    assert str(caught.value) == (
        "`messages` must hold 1 to 50 messages (the limit of WeryAI's API), "
        f'but holds {count}. Send fewer, or set message_overflow="merge" (joins adjacent messages '
        'of one role) or "trim" (drops the oldest turns).'
    )


def test_no_messages_are_refused():
    with pytest.raises(MessageCountError) as caught:
        encode_request({"model": "GPT_4O", "messages": []}, stream=False)
    assert str(caught.value) == "`messages` is empty; send at least one message."


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Hello", "a str"),
        (None, "a NoneType"),
        ({"content": "Hello"}, "one without"),
        ({"role": None, "content": "Hello"}, "one without"),
    ],
    ids=repr,
)
def test_a_message_that_is_no_mapping_with_a_role_is_refused(message, kind):
    messages = [{"role": "user", "content": "Hello"}, message]
    with pytest.raises(InvalidRequestError) as caught:
        encode_request({"model": "GPT_4O", "messages": messages}, stream=False)
    told = f"`messages[1]` must be a mapping with a `role`, not {kind}."
    assert str(caught.value) == told


@pytest.mark.parametrize("messages", [None, "Hello", b"Hello", {"role": "user"}, 7], ids=repr)
def test_messages_that_are_no_list_are_refused(messages):
    with pytest.raises(InvalidRequestError) as caught:
        encode_request({"model": "GPT_4O", "messages": messages}, stream=False)
    kind = type(messages).__name__
    assert str(caught.value) == f"`messages` must be a list of messages, not a {kind}."


def test_a_prompt_is_not_repeated_in_an_error():
    with pytest.raises(InvalidRequestError) as caught:
        encode_request({"model": "GPT_4O", "messages": "my secret prompt"}, stream=False)
    assert "my secret prompt" not in str(caught.value)


def test_messages_may_be_any_sequence():
    assert sent({"model": "GPT_4O", "messages": (HELLO,)})["messages"] == [HELLO]


@pytest.mark.parametrize("model", [None, "", 7, ["GPT_4O"]], ids=repr)
def test_a_missing_model_is_refused(model):
    with pytest.raises(InvalidRequestError, match="`model` must be a model key like 'GPT_4O', not"):
        encode_request({"model": model, "messages": [HELLO]}, stream=False)


def test_an_unknown_model_is_sent():
    assert sent({"model": "NEW_9", "messages": [HELLO]})["model"] == "NEW_9"


TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}


def test_parameters_that_are_not_documented_are_sent_as_they_are():
    further = {
        "tools": [TOOL],
        "tool_choice": {"type": "function", "function": {"name": "add"}},
        "parallel_tool_calls": False,
        "stop": ["\n"],
        "logprobs": True,
        "top_logprobs": 5,
        "reasoning_effort": "low",
        "logit_bias": {"50256": -100},
        "user": "u-1",
        "quite_new": {"a": [1, None]},
    }
    assert sent(request(**further)) == {"model": "GPT_4O", "messages": [HELLO], **further}


def test_the_extra_body_is_sent_as_it_is_and_wins():
    given = request(temperature=1, extra_body={"temperature": 0.5, "top_k": 3, "x": None})
    assert sent(given) == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "temperature": 0.5,
        "top_k": 3,
        "x": None,
    }


@pytest.mark.parametrize("extra", ["x", [1], 7], ids=repr)
def test_an_extra_body_that_is_no_mapping_is_refused(extra):
    with pytest.raises(InvalidRequestError, match="`extra_body` must be a mapping, not "):
        encode_request(request(extra_body=extra), stream=False)


def test_the_bounds_hold_for_the_extra_body():
    with pytest.raises(InvalidRequestError, match="`temperature` must be a number from 0 to 2"):
        encode_request(request(extra_body={"temperature": 3}), stream=False)


def test_empty_tools_are_not_sent_and_nothing_is_chosen_among_them():
    given = request(tools=[], tool_choice="auto", parallel_tool_calls=True)
    assert sent(given) == {"model": "GPT_4O", "messages": [HELLO]}


def test_tools_of_the_extra_body_can_be_chosen_among():
    given = request(tool_choice="required", extra_body={"tools": [TOOL]})
    assert sent(given) == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "tools": [TOOL],
        "tool_choice": "required",
    }


def test_max_completion_tokens_is_sent_as_max_tokens():
    expected = {"model": "GPT_4O", "messages": [HELLO], "max_tokens": 100}
    assert sent(request(max_completion_tokens=100)) == expected
    assert sent(request(max_completion_tokens=200, max_tokens=100)) == expected


def test_max_completion_tokens_has_the_bounds_of_max_tokens():
    with pytest.raises(InvalidRequestError, match="`max_tokens` must be an integer of 1 or more"):
        encode_request(request(max_completion_tokens=0), stream=False)


WEB, OTHER = {"id": "web"}, {"id": "pdf"}


@pytest.mark.parametrize(
    ("plugins", "web_search", "expected"),
    [
        (None, None, None),
        (None, True, [WEB]),
        (None, False, None),
        ([], True, [WEB]),
        ([], None, None),
        ([OTHER], True, [OTHER, WEB]),
        ([OTHER], False, [OTHER]),
        ([OTHER], None, [OTHER]),
        ([WEB], True, [WEB]),
        ([WEB], False, None),
        ([WEB], None, [WEB]),
        ([{"id": "web", "max_results": 3}], True, [{"id": "web", "max_results": 3}]),
        ([{"id": "web", "max_results": 3}, OTHER], False, [OTHER]),
    ],
    ids=repr,
)
def test_web_search_is_an_entry_of_plugins(plugins, web_search, expected):
    body = sent(request(plugins=plugins, web_search=web_search))
    assert body.get("plugins") == expected
    assert "web_search" not in body
    assert ("plugins" in body) == (expected is not None)


def test_web_search_joins_the_plugins_of_the_extra_body():
    body = sent(request(web_search=True, extra_body={"plugins": [OTHER]}))
    assert body["plugins"] == [OTHER, WEB]


@pytest.mark.parametrize("web_search", ["yes", 1, {}], ids=repr)
def test_web_search_that_is_no_bool_is_refused(web_search):
    with pytest.raises(InvalidRequestError, match="`web_search` must be True or False, not "):
        encode_request(request(web_search=web_search), stream=False)


@pytest.mark.parametrize("stream", [True, False, None])
def test_stream_is_what_the_caller_of_the_client_asked_for(stream):
    assert sent(request(stream=stream), stream=True)["stream"] is True
    assert "stream" not in sent(request(stream=stream), stream=False)


def test_stream_options_are_sent_with_a_stream_only():
    options = {"include_usage": True}
    assert sent(request(stream_options=options), stream=True)["stream_options"] == options
    assert "stream_options" not in sent(request(stream_options=options), stream=False)


def test_the_request_of_the_caller_is_not_changed():
    given = request(
        max_completion_tokens=5,
        web_search=False,
        plugins=[WEB, OTHER],
        tools=[],
        stream_options={},
        stream=True,
        temperature=None,
        extra_body={"plugins": [OTHER], "top_k": 1},
    )
    before = copy.deepcopy(given)
    encode_request(given, stream=False)
    encode_request(given, stream=True)
    assert given == before


@pytest.mark.parametrize("value", [object(), "\ud800", {1: object()}], ids=["object", "half", "in"])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(InvalidRequestError, match="The request cannot be written as JSON: "):
        encode_request(request(user=value), stream=False)


def test_what_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(InvalidRequestError, match="The request cannot be written as JSON: "):
        encode_request(request(stop=loop), stream=False)


@pytest.mark.parametrize("value", [NAN, INFINITY, -INFINITY], ids=repr)
def test_a_number_that_json_does_not_know_is_refused(value):
    with pytest.raises(InvalidRequestError, match="The request cannot be written as JSON: "):
        encode_request(request(logit_bias={"1": value}), stream=False)


def test_words_that_look_like_such_numbers_are_sent():
    messages = [{"role": "user", "content": "What is NaN, what is Infinity, größer?"}]
    assert sent({"model": "GPT_4O", "messages": messages})["messages"] == messages


def test_the_words_of_a_prompt_do_not_decide_what_can_be_sent():
    """What `to_json` writes beyond the standard library's encoder, dates say, it always writes."""
    when = datetime(2026, 1, 2, tzinfo=UTC)
    for text in ("Hello", "NaN"):
        messages = [{"role": "user", "content": text}]
        body = sent({"model": "GPT_4O", "messages": messages, "metadata": {"when": when}})
        assert body["metadata"] == {"when": "2026-01-02T00:00:00Z"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"max_completion_tokens": 5}, {"max_tokens": 5}),
        ({"max_completion_tokens": 5, "max_tokens": None}, {"max_tokens": 5}),
        ({"max_completion_tokens": 5, "max_tokens": 7}, {"max_tokens": 7}),
        ({"max_completion_tokens": None, "seed": 1}, {"seed": 1}),
        ({}, {}),
    ],
    ids=str,
)
def test_newer_names_become_the_documented_ones(given, expected):
    before = dict(given)
    assert with_documented_names(given) == expected
    assert given == before


CALL = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_what_is_said_of_a_call_is_not_part_of_its_request(stream):
    parameters = {
        **CALL,
        "timeout": 5,
        "extra_headers": {"x-team": "blue"},
        "stream_usage": True,
        "stream": not stream,
    }
    asked = {"stream_options": {"include_usage": True}} if stream else {}
    assert split_call(parameters, stream=stream) == (
        {**CALL, **asked},
        {"timeout": 5, "headers": {"x-team": "blue"}},
    )


def test_stream_options_that_are_given_win():
    given = {**CALL, "stream_usage": True, "stream_options": {"include_usage": False}}
    assert split_call(given, stream=True)[0]["stream_options"] == {"include_usage": False}
    assert "stream_options" not in split_call({**CALL, "stream_usage": False}, stream=True)[0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"model_name": "GPT_5"}, {"model": "GPT_5"}),
        ({"stop_sequences": ["END"]}, {"stop": ["END"]}),
        ({"request_timeout": 5}, {"timeout": 5}),
        ({"max_completion_tokens": 5}, {"max_tokens": 5}),
        ({"model_name": "A", "model": "B"}, {"model": "B"}),
        ({"stop_sequences": ["A"], "stop": None}, {"stop": ["A"]}),
        ({"model_kwargs": {"seed": 1, "user": "me"}}, {"seed": 1, "user": "me"}),
        ({"additional_kwargs": {"seed": 1}}, {"seed": 1}),
        ({"model_kwargs": {"stop_sequences": ["A"]}}, {"stop": ["A"]}),
        ({"model_kwargs": {"seed": 1}, "seed": 2}, {"seed": 2}),
        ({"model_kwargs": {"stop_sequences": ["A"]}, "stop": ["B"]}, {"stop": ["B"]}),
        ({"model_kwargs": {"seed": 1}, "seed": None}, {"seed": None}),
        ({"model_kwargs": None, "additional_kwargs": {}}, {}),
        ({"model_kwargs": {"a": 1}, "additional_kwargs": {"b": 2}}, {"a": 1, "b": 2}),
        (
            {"extra_headers": {}, "stream_usage": False},
            {"extra_headers": {}, "stream_usage": False},
        ),
    ],
    ids=str,
)
def test_what_a_call_is_given_goes_by_our_names(given, expected):
    before = dict(given)
    assert call_parameters(given) == expected
    assert given == before


SETTINGS = (
    "api_key",
    "weryai_api_key",
    "base_url",
    "api_base",
    "weryai_api_base",
    "max_retries",
    "default_headers",
    "default_query",
    "proxy",
    "weryai_proxy",
    "http_client",
    "http_async_client",
    "async_http_client",
)


@pytest.mark.parametrize("holder", [None, "model_kwargs", "additional_kwargs"])
@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_of_the_model_is_refused_in_a_call_without_its_value(name, holder):
    given = {name: "sk-mislaid"}
    with pytest.raises(InvalidRequestError) as caught:
        call_parameters({holder: given} if holder else given)
    assert str(caught.value) == (
        f"`{name}` is a setting of the model and not of a call: make another model with it."
    )


@pytest.mark.parametrize("value", ["x", 7, ["a"]], ids=repr)
@pytest.mark.parametrize("holder", ["model_kwargs", "additional_kwargs"])
def test_further_parameters_that_are_no_mapping_are_refused(holder, value):
    with pytest.raises(InvalidRequestError, match=f"`{holder}` must be a mapping"):
        call_parameters({holder: value})


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        ({"extra_body": {"max_completion_tokens": 9}}, 9),
        ({"max_tokens": 5, "extra_body": {"max_completion_tokens": 9}}, 9),
        ({"max_completion_tokens": 5, "extra_body": {"max_completion_tokens": 9}}, 9),
        ({"max_tokens": 5, "extra_body": {"max_completion_tokens": None}}, 5),
        ({"max_tokens": 5, "extra_body": {"max_tokens": 9}}, 9),
    ],
    ids=str,
)
def test_one_limit_is_sent_and_the_extra_bodys_wins(given, limit):
    assert sent({**CALL, **given}) == {**CALL, "max_tokens": limit}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, True),
        ({"n": None}, True),
        ({"n": 1}, True),
        ({"n": 2}, False),
        ({"extra_body": {"n": 2}}, False),
        ({"n": 2, "extra_body": {"n": 1}}, True),
        ({"n": 2, "extra_body": {}}, False),
        ({"n": 2, "extra_body": None}, False),
    ],
    ids=str,
)
def test_a_request_is_for_one_answer_unless_n_says_more(request_, expected):
    assert asks_for_one(request_) is expected


TOOL = {"type": "function", "function": {"name": "add", "parameters": {}}}
NAMED = {"type": "function", "function": {"name": "add"}}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("any", "required"),
        (True, "required"),
        (False, None),
        ("add", NAMED),
        ({"type": "tool", "name": "add"}, NAMED),
    ],
    ids=repr,
)
def test_a_tool_choice_is_put_into_the_words_of_the_api(choice, expected):
    body = sent(request(tools=[TOOL], tool_choice=choice))
    assert body.get("tool_choice") == expected


def test_a_tool_of_openais_responses_is_put_into_the_form_of_chat_requests():
    tool = {"type": "function", "name": "add", "parameters": {}, "strict": True}
    function = {"name": "add", "parameters": {}, "strict": True}
    assert sent(request(tools=[tool]))["tools"] == [{"type": "function", "function": function}]


THOUGHTFUL = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Ok", "reasoning_content": "Hm."},
    {"role": "user", "content": "Add."},
    {
        "role": "assistant",
        "content": None,
        "reasoning_content": "So.",
        "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}],
    },
    {"role": "tool", "content": "3", "tool_call_id": "1"},
]


@pytest.mark.parametrize(
    ("model", "echo", "expected"),
    [
        ("GPT_5", None, ["Hm.", "So."]),
        ("GPT_5", True, ["Hm.", "So."]),
        ("GPT_5", False, []),
        ("GPT_5", "auto", []),
        ("KIMI_K2_5", "auto", ["So."]),
        ("moonshotai/kimi-k2-thinking", "auto", ["So."]),
        ("KIMI_K2_5", False, []),
    ],
)
def test_thoughts_are_sent_as_is_said(model, echo, expected):
    before = copy.deepcopy(THOUGHTFUL)
    body = sent(request(model=model, messages=THOUGHTFUL, echo_reasoning=echo))
    thoughts = [message.get("reasoning_content") for message in body["messages"]]
    assert [thought for thought in thoughts if thought] == expected
    assert "echo_reasoning" not in body
    assert before == THOUGHTFUL


def test_how_to_echo_thoughts_is_checked():
    with pytest.raises(
        InvalidRequestError, match="`echo_reasoning` must be True or False or 'auto'"
    ):
        sent(request(messages=THOUGHTFUL, echo_reasoning="all"))
