"""Any answer becomes a message that can go into a history and back, to each of the 28 models."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage, MessageRole, ThinkingBlock
from llama_index.core.tools import FunctionTool
from strange_replies import (
    KEYS,
    PLAIN,
    STRANGE,
    TOOL_NAMES,
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

from llama_index_weryai import WeryAI
from weryai_core import WeryAIError

QUESTION = ChatMessage("Hello")


def answer_weather(city: str = "") -> str:
    return "Sunny"


FUNCTIONS = [
    FunctionTool.from_defaults(answer_weather, name=name, description="A tool.")
    for name in TOOL_NAMES
]


@pytest.fixture(scope="module")
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.client.close()


@pytest.fixture(scope="module")
def llm_of(gateway):
    """Models by key."""
    made = {}

    def get(key):
        if key not in made:
            made[key] = WeryAI(
                model=key,
                api_key="k",
                api_base="http://gateway/v1",
                http_client=gateway.client,
                max_retries=0,
            )
        return made[key]

    return get


def ask(llm, history):
    return llm.chat_with_tools(FUNCTIONS, chat_history=history, allow_parallel_tool_calls=True)


def ask_for_stream(llm, history):
    *_, last = llm.stream_chat_with_tools(
        FUNCTIONS, chat_history=history, allow_parallel_tool_calls=True
    )
    return last


def answer_to(gateway, llm, way, data):
    """The answer to a question; None if it is an error of ours."""
    gateway.answers[:] = [data]
    try:
        return way(llm, [QUESTION])
    except WeryAIError:
        return None
    finally:
        gateway.requests.clear()


def send_back(gateway, llm, response, message=None):
    """Send the answer, with a result for each call, as agents do."""
    calls = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    results = [
        ChatMessage("Sunny", role=MessageRole.TOOL, additional_kwargs={"tool_call_id": id_})
        for id_ in (call.tool_id for call in calls)
    ]
    gateway.answers.append(PLAIN)
    ask(llm, [QUESTION, message or response.message, *(results or [ChatMessage("Go on")])])
    check_messages(gateway.requests.pop())


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@bounded(50)
@given(bodies, st.sampled_from(KEYS))
def test_an_answer_goes_into_a_history_and_back(gateway, llm_of, body, key):
    llm = llm_of(key)
    response = answer_to(gateway, llm, ask, json.dumps(body).encode())
    if response is not None:
        send_back(gateway, llm, response)
        # Through a chat store, as memories keep it.
        saved = ChatMessage.model_validate_json(response.message.model_dump_json())
        send_back(gateway, llm, response, saved)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@bounded(50)
@given(streams, st.sampled_from(KEYS))
def test_a_streamed_answer_goes_into_a_history_and_back(gateway, llm_of, events, key):
    llm = llm_of(key)
    response = answer_to(gateway, llm, ask_for_stream, to_stream(events))
    if response is not None:
        send_back(gateway, llm, response)


def facts(llm, response):
    message = response.message
    thought = [block.content or "" for block in message.blocks if isinstance(block, ThinkingBlock)]
    calls = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    said = (message.content, "".join(thought), message.additional_kwargs.get("refusal"))
    return said, [(call.tool_name, repr(call.tool_kwargs), call.tool_id) for call in calls]


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@bounded(40)
@given(answers())
def test_a_streamed_answer_is_the_whole_one(gateway, llm_of, answer):
    message, deltas, finish_reason = answer
    llm = llm_of("GPT_4O")
    whole = answer_to(gateway, llm, ask, to_body(message, finish_reason))
    streamed = answer_to(gateway, llm, ask_for_stream, to_events(deltas, finish_reason))
    assert (streamed is None) == (whole is None)
    if whole is not None:
        assert facts(llm, streamed) == facts(llm, whole)


def test_one_answer_goes_back_to_each_model(gateway, llm_of):
    data = to_body(STRANGE, "tool_calls")
    response = answer_to(gateway, llm_of("KIMI_K2_5"), ask, data)
    for key in KEYS:
        send_back(gateway, llm_of(key), response)
