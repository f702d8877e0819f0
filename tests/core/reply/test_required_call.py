"""The call that a request demands, and calls in text, through both clients."""

import json

import pytest

from weryai_core import ToolCallError, Usage, merge_chunks

WEATHER = {"type": "function", "function": {"name": "get_weather"}}
REQUEST = {
    "model": "GPT_4O",
    "messages": [{"role": "user", "content": "Hello"}],
    "tools": [WEATHER],
    "tool_choice": "required",
}
CALL = '<tool_call>{"name": "get_weather", "arguments": {}}</tool_call>'
ENTRY = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


@pytest.fixture(params=["whole", "streamed", "streamed for, and answered whole"])
def ask(request, driver, service):
    """Sends a request and gives the whole answer, which is this message."""

    def ask(message, finish_reason="stop", **parameters):
        if request.param == "streamed":
            deltas = [{**message, "content": sign} for sign in message.get("content") or ""]
            chunks = [{"choices": [{"index": 0, "delta": d}]} for d in deltas or [message]]
            chunks.append({"choices": [{"delta": {}, "finish_reason": finish_reason}]})
            chunks.append({"choices": [], "usage": USAGE})
            service.reply("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks))
        else:
            choice = {"index": 0, "message": message, "finish_reason": finish_reason}
            service.reply({"choices": [choice], "usage": USAGE})
        asked = {**REQUEST, **parameters}
        if request.param == "whole":
            return driver.chat(asked)
        return merge_chunks(driver.stream(asked))

    return ask


def test_an_answer_without_the_call_that_is_demanded_is_an_error_that_tells_the_way(ask, service):
    with pytest.raises(ToolCallError) as caught:
        ask({"content": "Sunny."})
    assert str(caught.value) == (
        "The request demands a tool call (`tool_choice`), but the answer has none: 'Sunny.'. The "
        'model or the gateway may not know `tools`: tool_calling="prompted" puts them into the '
        "prompt."
    )
    answer = caught.value.partial
    assert (answer.text, answer.choice.finish_reason) == ("Sunny.", "stop")
    assert answer.usage == Usage(1, 2, 3, raw=USAGE)
    assert caught.value.status_code == 200
    assert len(service.requests) == 1


def test_the_words_of_a_refusal_are_told(ask):
    with pytest.raises(ToolCallError, match="the answer has none: 'I will not"):
        ask({"content": None, "refusal": "I will not."})


def test_a_named_call_is_demanded_too(ask):
    with pytest.raises(ToolCallError):
        ask({"content": "Sunny."}, tool_choice=WEATHER)


def test_a_long_answer_is_shown_in_part(ask):
    with pytest.raises(ToolCallError, match=r"none: 'x{200}\.\.\.'\. The model"):
        ask({"content": "x" * 300})


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_an_answer_that_was_cut_or_blocked_stays_as_it_is(ask, reason):
    assert ask({"content": "Sun"}, reason).text == "Sun"


@pytest.mark.parametrize(
    "parameters", [{"check_tool_choice": False}, {"tool_choice": "auto"}, {"tool_choice": None}]
)
def test_an_answer_without_a_call_is_one_where_none_is_demanded(ask, service, parameters):
    assert ask({"content": "Sunny."}, **parameters).text == "Sunny."
    assert "check_tool_choice" not in service.requests[0].json


@pytest.mark.parametrize("reason", ["tool_calls", "stop"])
def test_a_call_is_what_was_demanded(ask, reason):
    [call] = ask({"content": None, "tool_calls": [ENTRY]}, reason).choice.tool_calls
    assert (call.id, call.name, call.arguments) == ("1", "get_weather", "{}")


def test_a_call_in_the_text_is_read(ask, service):
    answer = ask({"content": f"Wait.\n{CALL}"}, tool_calling="prompted")
    [call] = answer.choice.tool_calls
    assert (call.index, call.name, call.arguments) == (0, "get_weather", "{}")
    assert (answer.text, answer.choice.finish_reason) == ("Wait.", "tool_calls")
    assert answer.usage == Usage(1, 2, 3, raw=USAGE)
    assert answer.is_last
    sent = service.requests[0].json
    assert sent.keys() - {"stream"} == {"model", "messages"}
    assert sent["messages"][0]["role"] == "system"


def test_an_answer_without_the_call_that_the_prompt_demands_is_an_error(ask):
    with pytest.raises(ToolCallError, match="does not do as the prompt says") as caught:
        ask({"content": "Sunny."}, tool_calling="prompted")
    assert caught.value.partial.text == "Sunny."


@pytest.mark.parametrize(
    "parameters",
    [{}, {"tools": None, "tool_calling": "prompted"}],
    ids=["native", "without tools"],
)
def test_a_call_in_the_text_stays_text_where_it_was_not_asked_for(ask, parameters):
    asked = {"tool_choice": "auto", **parameters}
    assert ask({"content": CALL}, **asked).text == CALL
