"""Answers that go back with the next request: reasoning, signatures, sound."""

import base64

import pytest
from langchain_calls import TOOL_CALL, WIRE_CALL
from langchain_core.messages import (
    AIMessage,
    ChatMessage,
    HumanMessage,
    ToolMessage,
)

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
