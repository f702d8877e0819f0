"""LangChain's messages and the messages that are sent for them."""

import base64

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)

from langchain_weryai.request.messages import to_param, to_params
from weryai_core import UnsupportedContentError

TOOL_CALL = {"type": "tool_call", "id": "call_1", "name": "add", "args": {"a": 1, "b": "ä"}}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a":1,"b":"ä"}'},
}
IMAGE_URL = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
CACHED = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
PDF = {
    "type": "file",
    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
}

MESSAGES = {
    "user": (HumanMessage("Hi"), {"role": "user", "content": "Hi"}),
    "named user": (
        HumanMessage("Hi", name="ann"),
        {"role": "user", "content": "Hi", "name": "ann"},
    ),
    "empty user": (HumanMessage(""), {"role": "user", "content": ""}),
    "system": (SystemMessage("Be brief."), {"role": "system", "content": "Be brief."}),
    "developer": (
        convert_to_messages([{"role": "developer", "content": "Be brief."}])[0],
        {"role": "developer", "content": "Be brief."},
    ),
    "system of blocks": (
        SystemMessage([CACHED, "Be kind."]),
        {"role": "system", "content": [CACHED, {"type": "text", "text": "Be kind."}]},
    ),
    "user of wrapped blocks": (
        HumanMessage(content_blocks=[{"type": "non_standard", "value": IMAGE_URL}]),
        {"role": "user", "content": [IMAGE_URL]},
    ),
    "assistant": (AIMessage("Hi"), {"role": "assistant", "content": "Hi"}),
    "empty assistant": (AIMessage(""), {"role": "assistant", "content": ""}),
    "named assistant": (
        AIMessage("Hi", name="bot"),
        {"role": "assistant", "content": "Hi", "name": "bot"},
    ),
    "streamed assistant": (
        AIMessageChunk("Hi", additional_kwargs={"reasoning_content": "Hm."}),
        {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."},
    ),
    "tool call": (
        AIMessage("", tool_calls=[TOOL_CALL]),
        {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
    ),
    "text and tool call": (
        AIMessage("I add.", tool_calls=[TOOL_CALL]),
        {"role": "assistant", "content": "I add.", "tool_calls": [WIRE_CALL]},
    ),
    "tool call without arguments": (
        AIMessage("", tool_calls=[{"id": "call_2", "name": "now", "args": {}}]),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "now", "arguments": "{}"},
                }
            ],
        },
    ),
    "invalid tool call": (
        AIMessage(
            "",
            invalid_tool_calls=[
                {
                    "id": "call_3",
                    "name": "add",
                    "args": '{"a": ',
                    "error": "Truncated.",
                    "type": "invalid_tool_call",
                }
            ],
        ),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_3",
                    "type": "function",
                    "function": {
                        "name": "add",
                        "arguments": '{"invalid_arguments":"{\\"a\\": "}',
                    },
                }
            ],
        },
    ),
    "OpenAI's raw tool calls": (
        AIMessage("", additional_kwargs={"tool_calls": [WIRE_CALL]}),
        {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
    ),
    "assistant of v1 blocks": (
        AIMessage(
            content_blocks=[
                {"type": "reasoning", "reasoning": "Hm."},
                {"type": "text", "text": "I "},
                {"type": "text", "text": "add."},
                TOOL_CALL,
            ]
        ),
        {
            "role": "assistant",
            "content": "I add.",
            "reasoning_content": "Hm.",
            "tool_calls": [WIRE_CALL],
        },
    ),
    "assistant of Anthropic's blocks": (
        AIMessage(
            [
                {"type": "thinking", "thinking": "Hm.", "signature": "x"},
                {"type": "redacted_thinking", "data": "x"},
                {"type": "text", "text": "I add."},
                {"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 1}},
            ],
            tool_calls=[TOOL_CALL],
        ),
        {
            "role": "assistant",
            "content": "I add.",
            "reasoning_content": "Hm.",
            "thinking_blocks": [
                {"type": "thinking", "thinking": "Hm.", "signature": "x"},
                {"type": "redacted_thinking", "data": "x"},
            ],
            "tool_calls": [WIRE_CALL],
        },
    ),
    "assistant of another's blocks": (
        AIMessage(
            [
                {"type": "server_tool_call", "id": "s", "name": "web_search", "args": {}},
                {"type": "server_tool_call_chunk", "id": "s", "args": ""},
                {"type": "server_tool_result", "tool_call_id": "s", "status": "success"},
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
                {"type": "web_search_tool_result", "tool_use_id": "s", "content": []},
                {"type": "web_search_call", "id": "s"},
                {"type": "non_standard", "value": {"type": "made_up", "data": "x"}},
                {
                    "type": "text",
                    "text": "It is sunny.",
                    "annotations": [{"type": "citation", "url": "https://example.com"}],
                    "citations": [{"url": "https://example.com"}],
                    "extras": {"x": 1},
                },
                {"type": "output_text", "text": " Today.", "annotations": []},
            ]
        ),
        {"role": "assistant", "content": "It is sunny. Today."},
    ),
    "tool calls that only the content has": (
        AIMessage(
            [
                {"type": "tool_use", "id": "call_1", "name": "add", "input": {"a": 1, "b": "ä"}},
                {
                    "type": "function_call",
                    "id": "fc_1",
                    "call_id": "call_2",
                    "name": "now",
                    "arguments": "{}",
                },
                {"type": "tool_use", "id": "call_3", "name": "now", "input": {}},
            ]
        ),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                WIRE_CALL,
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "now", "arguments": "{}"},
                },
                {
                    "id": "call_3",
                    "type": "function",
                    "function": {"name": "now", "arguments": "{}"},
                },
            ],
        },
    ),
    "assistant with a cached text": (
        AIMessage([CACHED]),
        {"role": "assistant", "content": [CACHED]},
    ),
    "refusal": (
        AIMessage("", additional_kwargs={"refusal": "I will not."}),
        {"role": "assistant", "content": "I will not."},
    ),
    "text and a refusal": (
        AIMessage("Half", additional_kwargs={"refusal": "No."}),
        {"role": "assistant", "content": "HalfNo."},
    ),
    "text and a refusal, as blocks of version 1": (
        AIMessage(
            [{"type": "text", "text": "Half"}, {"type": "refusal", "refusal": "No."}],
            additional_kwargs={"refusal": "No."},
        ),
        {"role": "assistant", "content": "HalfNo."},
    ),
    "spoken assistant": (
        AIMessage("", additional_kwargs={"audio": {"id": "audio_1", "data": "UklG"}}),
        {"role": "assistant", "content": None, "audio": {"id": "audio_1"}},
    ),
    "assistant of strings": (AIMessage(["a", "b"]), {"role": "assistant", "content": "ab"}),
    "assistant of nothing": (AIMessage([]), {"role": "assistant", "content": ""}),
    "assistant with an image": (
        AIMessage([{"type": "text", "text": "See"}, IMAGE_URL]),
        {"role": "assistant", "content": [{"type": "text", "text": "See"}, IMAGE_URL]},
    ),
    "tool": (
        ToolMessage("3", tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ),
    "named tool": (
        ToolMessage("3", tool_call_id="call_1", name="add"),
        {"role": "tool", "tool_call_id": "call_1", "content": "3", "name": "add"},
    ),
    "failed tool with an artifact": (
        ToolMessage("No.", tool_call_id="call_1", status="error", artifact={"x": 1}),
        {"role": "tool", "tool_call_id": "call_1", "content": "The tool call failed:\nNo."},
    ),
    "failed tool whose text says so": (
        ToolMessage("Error: No.", tool_call_id="call_1", status="error"),
        {"role": "tool", "tool_call_id": "call_1", "content": "Error: No."},
    ),
    "failed tool without text": (
        ToolMessage("", tool_call_id="call_1", status="error"),
        {"role": "tool", "tool_call_id": "call_1", "content": "The tool call failed:\n"},
    ),
    "failed tool with an image": (
        ToolMessage([IMAGE_URL], tool_call_id="call_1", status="error"),
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [{"type": "text", "text": "The tool call failed:"}, IMAGE_URL],
        },
    ),
    "tool with several texts": (
        ToolMessage(["1", {"type": "text", "text": "2"}], tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": "1\n2"},
    ),
    "tool with a cached text": (
        ToolMessage([CACHED], tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": [CACHED]},
    ),
    "tool of v1 blocks": (
        ToolMessage(
            content_blocks=[
                {
                    "type": "file",
                    "base64": "JVBERi0=",
                    "mime_type": "application/pdf",
                    "filename": "a.pdf",
                }
            ],
            tool_call_id="call_1",
        ),
        {"role": "tool", "tool_call_id": "call_1", "content": [PDF]},
    ),
    "tool with nothing": (
        ToolMessage([], tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": ""},
    ),
    "tool with blocks": (
        ToolMessage([{"type": "text", "text": "3"}], tool_call_id="call_1"),
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ),
    "tool with an image": (
        ToolMessage([{"type": "text", "text": "See"}, IMAGE_URL], tool_call_id="call_1"),
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [{"type": "text", "text": "See"}, IMAGE_URL],
        },
    ),
    "assistant by its role": (
        ChatMessage([{"type": "thinking", "thinking": "Hm."}, "Hi"], role="assistant"),
        {"role": "assistant", "content": "Hi", "reasoning_content": "Hm."},
    ),
    "OpenAI's older result by its role": (
        ChatMessage("3", role="function"),
        {"role": "tool", "content": "3"},
    ),
    "a call that was streamed": (
        AIMessage(
            [{"type": "tool_use", "id": "1", "name": "f", "input": {}, "partial_json": '{"a": 1}'}]
        ),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "1",
                    "type": "function",
                    "function": {"name": "f", "arguments": '{"a": 1}'},
                }
            ],
        },
    ),
    "any role": (ChatMessage("Hi", role="critic"), {"role": "critic", "content": "Hi"}),
}


def cases(table):
    return [pytest.param(*row, id=name) for name, row in table.items()]


@pytest.mark.parametrize(("message", "param"), cases(MESSAGES))
def test_each_message_becomes_its_parameters(message, param):
    before = message.model_copy(deep=True)
    assert to_param(message) == param
    assert message == before


def test_content_that_is_one_text_is_sent_as_a_string():
    assert to_param(HumanMessage([{"type": "text", "text": "Hi"}]))["content"] == "Hi"
    assert to_param(HumanMessage([]))["content"] == ""
    assert to_param(HumanMessage([CACHED]))["content"] == [CACHED]


NAMELESS = {
    "in its field": {"content": "", "tool_calls": [{**TOOL_CALL, "id": "call_9", "name": ""}]},
    "invalid": {
        "content": "",
        "invalid_tool_calls": [
            {"type": "invalid_tool_call", "id": "call_9", "name": None, "args": "{", "error": None}
        ],
    },
    "in the content": {"content": [{"type": "tool_use", "id": "call_9", "input": {"a": 1}}]},
}


@pytest.mark.parametrize("fields", NAMELESS.values(), ids=NAMELESS)
def test_a_call_without_a_name_is_left_out_with_its_result(model, sent, fields):
    calls = fields.get("tool_calls", [])
    beside = AIMessage(**{**fields, "tool_calls": [*calls, TOOL_CALL]})
    unknown = ToolMessage("unknown tool", tool_call_id="call_9", status="error")
    known = ToolMessage("3", tool_call_id="call_1")
    model.invoke([HumanMessage("Add."), AIMessage(**fields), unknown, beside, unknown, known])
    assert sent()["messages"] == [
        {"role": "user", "content": "Add."},
        {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ]


def test_a_message_that_cannot_be_sent_is_named():
    with pytest.raises(UnsupportedContentError, match="A RemoveMessage cannot be sent"):
        to_params([HumanMessage("Hi"), RemoveMessage("1")])


def test_unsupported_content_is_an_error_before_anything_is_sent(model, weryai_emulator):
    with pytest.raises(UnsupportedContentError):
        model.invoke([HumanMessage([{"type": "made_up"}])])
    assert weryai_emulator.requests == []


def test_a_conversation_is_sent_in_order(model, sent):
    model.invoke(
        [
            ("system", "Be brief."),
            ("human", "What is 1 + 2?"),
            AIMessage("", tool_calls=[TOOL_CALL]),
            ToolMessage("3", tool_call_id="call_1"),
        ]
    )
    assert sent()["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 1 + 2?"},
        {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
    ]


REASONING = {
    "a field": AIMessage("Hi", additional_kwargs={"reasoning_content": "Hm. Yes."}),
    "blocks": AIMessage(
        content_blocks=[
            {"type": "reasoning", "reasoning": "Hm. "},
            {"type": "reasoning", "reasoning": "Yes."},
            {"type": "text", "text": "Hi"},
        ]
    ),
    "Anthropic's blocks": AIMessage(
        [
            {"type": "thinking", "thinking": "Hm. Yes.", "signature": "x"},
            {"type": "redacted_thinking", "data": "x"},
            {"type": "text", "text": "Hi"},
        ]
    ),
    "a role": ChatMessage([{"type": "reasoning", "reasoning": "Hm. Yes."}, "Hi"], role="assistant"),
    "OpenAI's summary": AIMessage(
        [
            {
                "type": "reasoning",
                "summary": [
                    {"type": "summary_text", "text": "Hm. "},
                    {"type": "summary_text", "text": "Yes."},
                ],
            },
            {"type": "text", "text": "Hi"},
        ]
    ),
}


@pytest.mark.parametrize("answer", REASONING.values(), ids=REASONING)
def test_reasoning_is_sent_back_if_echo_reasoning_is_set(make_model, sent, answer):
    param = {"role": "assistant", "content": "Hi"}
    echoing = make_model(echo_reasoning=True)
    echoing.invoke([answer])
    assert sent()["messages"] == [{**param, "reasoning_content": "Hm. Yes."}]
    echoing.invoke([AIMessage("Hi")])
    assert sent()["messages"] == [param]
    for echo in ("auto", False):
        make_model(echo_reasoning=echo).invoke([answer])
        assert sent()["messages"] == [param]


@pytest.mark.parametrize(
    ("model", "echo"),
    [("KIMI_K2_5", "auto"), ("KIMI_K2_THINKING", "auto"), ("KIMI_K2_5", False), ("GPT_5", "auto")],
)
def test_models_that_require_reasoning_with_earlier_calls_get_it(make_model, sent, model, echo):
    reasoning = {"reasoning_content": "Hm."}
    asked = AIMessage("", tool_calls=[TOOL_CALL], additional_kwargs=reasoning)
    talk = [
        asked,
        ToolMessage("3", tool_call_id="call_1"),
        AIMessage("3.", additional_kwargs=reasoning),
    ]
    make_model(model=model, echo_reasoning=echo).invoke([*talk, HumanMessage("Thanks.")])
    first, _, last, _ = sent()["messages"]
    is_required = model.startswith("KIMI") and echo == "auto"
    assert first.get("reasoning_content") == ("Hm." if is_required else None)
    assert "reasoning_content" not in last


def test_a_call_can_override_echo_reasoning(make_model, sent):
    talk = [REASONING["a field"], HumanMessage("Go on.")]
    echoed = {"role": "assistant", "content": "Hi", "reasoning_content": "Hm. Yes."}
    echoing = make_model(echo_reasoning=True)
    echoing.invoke(talk)
    assert sent()["messages"][0] == echoed
    assert "echo_reasoning" not in sent()
    echoing.invoke(talk, echo_reasoning=False)
    assert sent()["messages"][0] == {"role": "assistant", "content": "Hi"}
    make_model().invoke(talk, echo_reasoning=True)
    assert sent()["messages"][0] == echoed


def test_system_messages_keep_their_places(model, sent):
    model.invoke([("human", "Hi"), ("system", "Be brief."), ("human", "Bye"), ("system", "End.")])
    assert [message["role"] for message in sent()["messages"]] == [
        "user",
        "system",
        "user",
        "system",
    ]


def test_older_function_calls_in_a_history_get_distinct_ids(model, sent):
    function = {"name": "add", "arguments": '{"a":1}'}
    asked = AIMessage("", additional_kwargs={"function_call": function})
    given = FunctionMessage("3", name="add")
    model.invoke([HumanMessage("Add."), asked, given, HumanMessage("Again."), asked, given])
    messages = sent()["messages"]
    first, second = messages[2]["tool_call_id"], messages[5]["tool_call_id"]
    assert first != second
    assert [messages[1]["tool_calls"], messages[4]["tool_calls"]] == [
        [{"id": id_, "type": "function", "function": function}] for id_ in (first, second)
    ]
    assert {messages[2]["role"], messages[5]["role"]} == {"tool"}


@pytest.mark.parametrize("output_version", ["v0", "v1"])
@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_signatures_of_calls_are_sent_back(
    make_model, call, sent, weryai_emulator, output_version
):
    signature = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
    asked = [{**WIRE_CALL, **signature}, {**WIRE_CALL, "id": "call_2"}]
    weryai_emulator.reply({"content": None, "tool_calls": asked}, finish_reason="tool_calls")
    model = make_model(model="GEMINI_3_1_PRO", output_version=output_version)
    answer = await call(model, "Add.")
    assert answer.additional_kwargs["tool_call_extras"] == {"call_1": signature}
    results = [ToolMessage("3", tool_call_id=id_) for id_ in ("call_1", "call_2")]
    await call(model, [HumanMessage("Add."), answer, *results])
    assert sent()["messages"][1]["tool_calls"] == asked


@pytest.mark.parametrize("output_version", ["v0", "v1"])
async def test_signed_reasoning_goes_back_to_the_family_that_made_it(
    make_model, call, sent, weryai_emulator, output_version
):
    details = [{"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "index": 0}]
    fields = {"provider_specific_fields": {"thought_signature": "c2ln"}}
    signed = {**WIRE_CALL, "function": {**WIRE_CALL["function"], **fields}}
    weryai_emulator.reply(
        {"content": None, "reasoning_details": details, "tool_calls": [signed]},
        finish_reason="tool_calls",
    )
    answer = await call(make_model(model="GEMINI_3_1_PRO", output_version=output_version), "Add.")
    assert answer.additional_kwargs["reasoning_details"] == details
    assert answer.additional_kwargs["reasoning_content"] == "Hm."
    assert answer.additional_kwargs["tool_call_extras"] == {"call_1": {"function": fields}}
    talk = [HumanMessage("Add."), answer, ToolMessage("3", tool_call_id="call_1")]
    param = {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]}
    await call(make_model(model="GEMINI_25_FLASH"), talk)
    assert sent()["messages"][1] == {**param, "reasoning_details": details, "tool_calls": [signed]}
    for other in (
        make_model(model="CLAUDE_4_5_OPUS"),
        make_model(model="GPT_5", echo_reasoning="auto"),
        make_model(model="GEMINI_25_FLASH", echo_reasoning=False),
    ):
        await call(other, talk)
        assert sent()["messages"][1] == param


async def test_reasoning_in_tags_is_a_block_of_its_own(make_model, call, sent, weryai_emulator):
    model = make_model(echo_reasoning=True)
    weryai_emulator.reply("<think>\nHm.\n</think>\n\nHello there.")
    answer = await call(model)
    assert answer.text == "Hello there."
    assert [(block["type"], block[block["type"]]) for block in answer.content_blocks] == [
        ("reasoning", "Hm."),
        ("text", "Hello there."),
    ]
    await call(model, [HumanMessage("Hello"), answer, HumanMessage("Bye")])
    echoed = {"role": "assistant", "content": "Hello there.", "reasoning_content": "Hm."}
    assert sent()["messages"][1] == echoed
    tagged = AIMessage("<think>Hm.</think>Hello there.")
    await call(model, [HumanMessage("Hello"), tagged, HumanMessage("Bye")])
    assert sent()["messages"][1] == echoed
    weryai_emulator.reply("<think>Hm.</think>Hello there.")
    assert (await call(model, reasoning_tags=False)).text == "<think>Hm.</think>Hello there."
    assert "reasoning_tags" not in sent()
    weryai_emulator.reply("<think>Hm.</think>Hello there.")
    off = make_model(reasoning_tags=False)
    assert (await call(off)).text == "<think>Hm.</think>Hello there."


async def test_an_end_tag_alone_ends_the_reasoning_of_a_model_that_always_reasons(
    make_model, call, weryai_emulator
):
    for model in ("DEEPSEEK_R1", "QWEN_QWQ_32B", "KIMI_K2_THINKING", "GLM_5"):
        weryai_emulator.reply("Hm.\n</think>\n\nHello there.")
        answer = await call(make_model(model=model))
        assert (answer.text, answer.additional_kwargs["reasoning_content"]) == (
            "Hello there.",
            "Hm.",
        )


async def test_empty_answers_are_not_sent(model, call, sent):
    talk = [HumanMessage("A"), AIMessage(" "), HumanMessage("B"), AIMessage([]), HumanMessage("C")]
    await call(model, talk)
    assert sent()["messages"] == [{"role": "user", "content": text} for text in "ABC"]


@pytest.mark.parametrize("output_version", ["v0", "v1"])
@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_an_answer_with_everything_can_be_sent_back(
    make_model, call, sent, weryai_emulator, output_version
):
    model = make_model(output_version=output_version, echo_reasoning=True)
    annotation = {
        "type": "url_citation",
        "url_citation": {"url": "https://example.com", "start_index": 0, "end_index": 6},
    }
    weryai_emulator.reply(
        {
            "content": "I add.",
            "reasoning_content": "Hm.",
            "annotations": [annotation],
            "tool_calls": [WIRE_CALL],
        },
        finish_reason="tool_calls",
    )
    answer = await call(model)
    (text,) = [block for block in answer.content_blocks if block["type"] == "text"]
    assert text["annotations"][0]["url"] == "https://example.com"
    result = ToolMessage("3", tool_call_id="call_1")
    await call(model, [HumanMessage("Hello"), answer, result])
    expected = {"role": "assistant", "content": "I add.", "tool_calls": [WIRE_CALL]}
    assert sent()["messages"][1] == {**expected, "reasoning_content": "Hm."}
    await call(model, [HumanMessage("Hello"), answer, result], echo_reasoning="auto")
    assert sent()["messages"][1] == expected


@pytest.mark.parametrize("style", ["invoke", "stream"])
async def test_a_spoken_answer_keeps_its_sound_and_can_be_sent_back(model, call, sent):
    spoken = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}
    answer = await call(model, "Hello", **spoken)
    audio = answer.additional_kwargs["audio"]
    assert audio["transcript"] == 'Hello! You said: "Hello"'
    assert base64.b64decode(audio["data"]).startswith(b"RIFF")
    tokens = answer.usage_metadata["output_token_details"]["audio"]
    assert 0 < tokens < answer.usage_metadata["output_tokens"]
    await call(model, [HumanMessage("Hello"), answer, HumanMessage("Again.")])
    assert sent()["messages"][1] == {"role": "assistant", "content": audio["transcript"]}


@pytest.mark.parametrize("value", ["ephemeral", {"type": "ephemeral"}])
def test_the_cache_control_of_a_message_marks_its_end(value):
    marked = [{"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}]
    extra = {"cache_control": value}
    call = {"name": "f", "args": {}, "id": "c1"}
    question = HumanMessage("Long.", additional_kwargs=extra)
    assert to_params([question])[0]["content"] == marked
    calling = AIMessage("", tool_calls=[call], additional_kwargs=extra)
    assert [p["content"] for p in to_params([HumanMessage("Long."), calling])] == [marked, None]
