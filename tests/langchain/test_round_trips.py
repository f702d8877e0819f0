"""Any answer becomes a message that can go into a history and back, to each of the 28 models."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage, ToolMessage, messages_from_dict, messages_to_dict
from strange_replies import (
    KEYS,
    PLAIN,
    STRANGE,
    TOOLS,
    Gateway,
    answers,
    bodies,
    bounded,
    check_messages,
    streams,
    to_body,
    to_events,
    to_stream,
)

from langchain_weryai import ChatWeryAI
from weryai_core import WeryAIError

HUMAN = HumanMessage("Hello")


@pytest.fixture(scope="module")
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.client.close()


@pytest.fixture(scope="module")
def bound(gateway):
    """Models by key and output version, with tools."""
    made = {}

    def get(key, version="v0"):
        if (key, version) not in made:
            model = ChatWeryAI(
                model=key,
                api_key="k",
                base_url="http://gateway/v1",
                http_client=gateway.client,
                max_retries=0,
                output_version=version,
            )
            made[key, version] = model.bind_tools(TOOLS)
        return made[key, version]

    return get


def merged(pieces):
    first, *rest = pieces
    return first + rest if rest else first


def send_back(gateway, model, answer):
    """Send the answer, with a result for each call that an agent runs or refuses."""
    calls = [*answer.tool_calls, *answer.invalid_tool_calls]
    results = [ToolMessage("Sunny", tool_call_id=call["id"]) for call in calls]
    gateway.answers.append(PLAIN)
    model.invoke([HUMAN, answer, *(results or [HumanMessage("Go on")])])
    check_messages(gateway.requests.pop())


def answer_to(gateway, ask, data):
    """The answer to a question; None if it is an error of ours."""
    gateway.answers[:] = [data]
    try:
        return ask()
    except WeryAIError:
        return None
    finally:
        gateway.requests.clear()


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@bounded(50)
@given(bodies, st.sampled_from(KEYS), st.sampled_from(["v0", "v1"]))
def test_an_answer_goes_into_a_history_and_back(gateway, bound, body, key, version):
    model = bound(key, version)
    data = json.dumps(body).encode()
    answer = answer_to(gateway, lambda: model.invoke("Hello"), data)
    if answer is not None:
        assert answer.content_blocks is not None
        send_back(gateway, bound(key), answer)
        # Through a checkpoint, as a graph keeps it.
        [saved] = messages_from_dict(messages_to_dict([answer]))
        send_back(gateway, bound(key), saved)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@bounded(50)
@given(streams, st.sampled_from(KEYS), st.sampled_from(["v0", "v1"]))
def test_a_streamed_answer_goes_into_a_history_and_back(gateway, bound, events, key, version):
    model = bound(key, version)
    data = to_stream(events)
    answer = answer_to(gateway, lambda: merged(list(model.stream("Hello"))), data)
    if answer is not None:
        assert answer.content_blocks is not None
        send_back(gateway, bound(key), answer)


def facts(message):
    kinds = {"text": "text", "reasoning": "reasoning", "refusal": "refusal"}
    blocks = message.content_blocks
    said = {
        kind: "".join(block[field] for block in blocks if block["type"] == kind)
        for kind, field in kinds.items()
    }
    calls = [(call["name"], repr(call["args"]), call["id"]) for call in message.tool_calls]
    invalid = [(call["name"], call["id"]) for call in message.invalid_tool_calls]
    return said, calls, invalid


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@bounded(40)
@given(answers(), st.sampled_from(["v0", "v1"]))
def test_a_streamed_answer_is_the_whole_one(gateway, bound, answer, version):
    message, deltas, finish_reason = answer
    model = bound("GPT_4O", version)
    whole = answer_to(gateway, lambda: model.invoke("Hello"), to_body(message, finish_reason))
    data = to_events(deltas, finish_reason)
    streamed = answer_to(gateway, lambda: merged(list(model.stream("Hello"))), data)
    assert (streamed is None) == (whole is None)
    if whole is not None:
        assert facts(streamed) == facts(whole)


def test_one_answer_goes_back_to_each_model(gateway, bound):
    gateway.answers[:] = [to_body(STRANGE, "tool_calls")]
    answer = bound("KIMI_K2_5").invoke("Hello")
    gateway.requests.clear()
    for key in KEYS:
        send_back(gateway, bound(key), answer)
