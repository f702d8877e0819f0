"""Answers of other providers' classes in a history, and what is sent of them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from langchain_weryai.request.messages import to_param, to_params
from weryai_core import known_models
from weryai_core.request.prepare import encode, prepare
from weryai_core.wire import parts_of, without_extras

ARGUMENTS = {"city": "Paris"}
TOOL_CALL = {"type": "tool_call", "id": "call_1", "name": "weather", "args": ARGUMENTS}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city":"Paris"}'},
}
TEXT = {"type": "text", "text": "I look."}
SENT = {"role": "assistant", "content": "I look.", "tool_calls": [WIRE_CALL]}
SENT_WITH_REASONING = {**SENT, "reasoning_content": "Hm."}

ANSWERS = {
    "OpenAI's Responses, v0": AIMessage(
        [{**TEXT, "annotations": []}],
        tool_calls=[TOOL_CALL],
        additional_kwargs={
            "reasoning": {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "Hm."}],
            },
            "tool_outputs": [{"type": "web_search_call", "id": "ws_1", "status": "completed"}],
            "__openai_function_call_ids__": {"call_1": "fc_1"},
        },
    ),
    "OpenAI's Responses": AIMessage(
        [
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "Hm."}],
                "encrypted_content": "x",
            },
            {"type": "web_search_call", "id": "ws_1", "action": {"type": "search"}},
            {"type": "file_search_call", "id": "fs_1", "queries": ["Paris"], "results": None},
            {"type": "code_interpreter_call", "id": "ci_1", "code": "1", "outputs": []},
            {"type": "mcp_list_tools", "id": "ml_1", "server_label": "x", "tools": []},
            {"type": "mcp_call", "id": "mc_1", "name": "f", "arguments": "{}", "output": "3"},
            {"type": "mcp_approval_request", "id": "ma_1", "name": "f", "arguments": "{}"},
            {"type": "image_generation_call", "id": "ig_1", "result": "iVBORw0KGgo="},
            {"type": "computer_call", "id": "cc_1", "call_id": "c", "action": {"type": "click"}},
            {"type": "compaction", "id": "cmp_1", "encrypted_content": "x"},
            {"type": "tool_search_call", "id": "ts_1", "execution": "server"},
            {**TEXT, "id": "msg_1", "annotations": [], "phase": "commentary"},
            {
                "type": "function_call",
                "id": "fc_1",
                "call_id": "call_1",
                "name": "weather",
                "arguments": '{"city": "Paris"}',
            },
            {"type": "refusal", "refusal": "", "id": "msg_1"},
        ],
        tool_calls=[TOOL_CALL],
    ),
    "v1": AIMessage(
        [
            {"type": "reasoning", "reasoning": "Hm.", "id": "rs_1", "extras": {"x": 1}},
            {"type": "server_tool_call", "id": "s", "name": "code_interpreter", "args": {}},
            {"type": "server_tool_result", "tool_call_id": "s", "status": "success"},
            {"type": "non_standard", "value": {"type": "made_up", "text": "no"}},
            {"type": "image", "file_id": "file-1"},
            {**TEXT, "annotations": [{"type": "citation", "url": "https://example.com"}]},
            TOOL_CALL,
        ],
        tool_calls=[TOOL_CALL],
    ),
    "Anthropic's": AIMessage(
        [
            {"type": "thinking", "thinking": "Hm.", "signature": "x", "index": 0},
            {"type": "redacted_thinking", "data": "x"},
            {"type": "server_tool_use", "id": "s", "name": "code_execution", "input": {}},
            {"type": "bash_code_execution_tool_result", "tool_use_id": "s", "content": {}},
            {"type": "mcp_tool_use", "id": "m", "name": "f", "server_name": "x", "input": {}},
            {"type": "mcp_tool_result", "tool_use_id": "m", "content": [TEXT]},
            {"type": "container_upload", "file_id": "file-1"},
            {"type": "compaction", "content": "..."},
            {**TEXT, "citations": [{"type": "char_location", "cited_text": "x"}]},
            {
                "type": "tool_use",
                "id": "call_1",
                "name": "weather",
                "input": {},
                "partial_json": "x",
            },
        ],
        tool_calls=[TOOL_CALL],
    ),
    "Google's": AIMessage(
        [
            {"type": "thinking", "thinking": "Hm.", "signature": "x"},
            {"type": "executable_code", "executable_code": "1", "language": "python"},
            {"type": "code_execution_result", "code_execution_result": "1", "outcome": 1},
            {**TEXT, "extras": {"signature": "x"}},
            {"type": "function_call", "name": "weather", "args": ARGUMENTS, "id": ""},
        ],
        tool_calls=[TOOL_CALL],
        additional_kwargs={
            "function_call": {"name": "weather", "arguments": '{"city": "Paris"}'},
            "__gemini_function_call_thought_signatures__": {"call_1": "x"},
        },
    ),
    "Google's thoughts": AIMessage(
        [{"type": "text", "text": "Hm.", "thought": True}, TEXT], tool_calls=[TOOL_CALL]
    ),
    "Bedrock's": AIMessage(
        [
            {
                "type": "reasoning_content",
                "reasoning_content": {"text": "Hm.", "signature": "x"},
                "index": 0,
            },
            TEXT,
            {"cachePoint": {"type": "default"}},
            {"guardContent": {"text": {"text": "x"}}},
            {"type": "tool_use", "id": "call_1", "name": "weather", "input": ARGUMENTS},
        ],
        tool_calls=[TOOL_CALL],
    ),
    "Bedrock's own": AIMessage(
        [
            {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "x"}}},
            {"text": "I look."},
            {"toolUse": {"toolUseId": "call_1", "name": "weather", "input": ARGUMENTS}},
        ]
    ),
    "Mistral's": AIMessage(
        [
            {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}], "closed": True},
            {"type": "reference", "reference_ids": [1]},
            TEXT,
        ],
        tool_calls=[TOOL_CALL],
    ),
    "DeepSeek's": AIMessage(
        "I look.", tool_calls=[TOOL_CALL], additional_kwargs={"reasoning_content": "Hm."}
    ),
    "Cohere's": AIMessage(
        [TEXT, {"type": "source", "id": "1"}, {"type": "document", "id": "d", "data": {}}],
        tool_calls=[TOOL_CALL],
        additional_kwargs={"reasoning_content": "Hm."},
    ),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_answers_of_other_providers_are_sent_without_their_servers_traces(answer):
    before = answer.model_copy(deep=True)
    param = to_param(answer)
    assert without_extras({**param, "tool_calls": [*map(without_extras, param["tool_calls"])]}) == (
        SENT_WITH_REASONING
    )
    assert answer == before


@pytest.mark.parametrize("style", ["invoke", "stream"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_a_conversation_goes_on_after_an_answer_of_another_provider(
    make_model, call, sent, answer
):
    result = ToolMessage([{"type": "made_up", "x": 1}], tool_call_id="call_1")
    await call(make_model(model="GPT_4O"), [HumanMessage("Weather?"), answer, result])
    assert sent()["messages"][1:] == [
        SENT,
        {"role": "tool", "tool_call_id": "call_1", "content": '{"type":"made_up","x":1}'},
    ]


ANSWERED = {
    "a computer's": (
        {"type": "computer_call", "id": "cc_1", "call_id": "c1", "action": {"type": "click"}},
        {"name": "computer_call", "arguments": '{"type":"click"}'},
    ),
    "a custom tool's": (
        {"type": "custom_tool_call", "id": "ct_1", "call_id": "c1", "name": "py", "input": "1"},
        {"name": "py", "arguments": '{"input":"1"}'},
    ),
    "a made-up kind's": (
        {"type": "made_up_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
        {"name": "f", "arguments": '{"a":1}'},
    ),
}


@pytest.mark.parametrize(("block", "function"), ANSWERED.values(), ids=ANSWERED)
def test_a_block_that_a_tool_message_answers_is_a_call(block, function):
    result = ToolMessage("3", tool_call_id="c1")
    call = {"id": "c1", "type": "function", "function": function}
    assert to_params([AIMessage([block]), result]) == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "3"},
    ]
    known = AIMessage([block], tool_calls=[{"id": "c1", "name": "f", "args": {}}])
    (sent,) = to_params([known, result])[0]["tool_calls"]
    assert sent["function"] == {"name": "f", "arguments": "{}"}


REFUSALS = {
    "refusal": ([{"type": "refusal", "refusal": "No.", "id": "1", "index": 0}], "No."),
    "refusal after text": (["Hm. ", {"type": "refusal", "refusal": "No."}], "Hm. No."),
    "empty refusal": (["Hm.", {"type": "refusal", "refusal": "", "extras": {"x": 1}}], "Hm."),
}


@pytest.mark.parametrize(("content", "text"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_sent_as_what_the_model_said(content, text):
    assert to_param(AIMessage(content)) == {"role": "assistant", "content": text}


FIELDS = (
    "call_id",
    "input",
    "args",
    "action",
    "arguments",
    "text",
    "content",
    "id",
    "name",
    "source",
    "type",
    "url",
    "data",
    "base64",
    "mime_type",
    "mimeType",
    "blob",
    "resource",
    "summary",
    "thinking",
    "reasoning",
    "image_url",
    "file",
    "value",
    "title",
    "index",
    "bytes",
)
KINDS = (
    "tool_use",
    "tool_call",
    "invalid_tool_call",
    "function_call",
    "custom_tool_call",
    "text",
    "text-plain",
    "image",
    "image_url",
    "input_image",
    "audio",
    "input_audio",
    "video",
    "video_url",
    "file",
    "document",
    "input_file",
    "refusal",
    "reasoning",
    "thinking",
    "redacted_thinking",
    "reasoning_content",
    "search_result",
    "resource",
    "resource_link",
    "json",
    "tool_result",
    "tool_reference",
    "server_tool_call",
    "server_tool_result",
    "non_standard",
    "mcp_call",
    "code_interpreter_call",
    "executable_code",
    "compaction",
    "made_up",
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("aä<{", max_size=5) | st.just("x://y"),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3)
    ),
    max_leaves=5,
)
blocks = st.lists(
    st.text("a <", max_size=3)
    | st.builds(
        lambda kind, fields: {**fields, "type": kind},
        st.sampled_from(KINDS),
        st.dictionaries(st.sampled_from(FIELDS), values, max_size=4),
    )
    | st.dictionaries(
        st.sampled_from((*FIELDS, "cachePoint", "image", "document", "json")), values, max_size=2
    ),
    max_size=4,
)


@settings(max_examples=120)
@given(st.sampled_from([*known_models()]), blocks, blocks, st.booleans())
def test_any_blocks_of_models_and_tools_can_be_sent(model, said, output, has_calls):
    calls = [TOOL_CALL] if has_calls else []
    results = [ToolMessage(output, tool_call_id="call_1")] if has_calls else []
    talk = [HumanMessage("Hi"), AIMessage(said, tool_calls=calls), *results, HumanMessage("Bye")]
    request = prepare({"model": model, "messages": to_params(talk)})
    messages = json.loads(encode(request.body, stream=False))["messages"]
    first, *_, last = [message for message in messages if message["role"] == "user"]
    # The media of answers and results are in user messages.
    assert (first["content"], parts_of(last["content"])[-1]["text"]) == ("Hi", "Bye")
    # A block may be a call, and every call has a result.
    calls = [call for message in messages for call in message.get("tool_calls", ())]
    assert sum(message["role"] == "tool" for message in messages) == len(calls) >= len(results)
    for message in messages:
        for part in message["content"] if isinstance(message["content"], list) else ():
            assert part["type"] in ("text", "image_url", "input_audio", "video_url", "file")
