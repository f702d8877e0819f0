"""Answers that go back with the next request: calls, reasoning, signatures."""

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    TextBlock,
    ThinkingBlock,
)
from message_parts import CALL, CALL_BLOCK, assistant, user


@pytest.mark.parametrize(
    ("model", "echo", "sent"),
    [
        ("KIMI_K2_5", "auto", "Hm."),
        ("KIMI_K2_5", False, None),
        ("GPT_5", "auto", None),
        ("GPT_5", True, "Hm."),
    ],
)
def test_echo_reasoning_decides_whether_reasoning_is_sent(
    make_llm, weryai_emulator, model, echo, sent
):
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    history = [assistant(ThinkingBlock(content="Hm."), CALL_BLOCK), result]
    make_llm(model=model, echo_reasoning=echo).chat(history)
    make_llm(model=model).chat(history, echo_reasoning=echo)
    for request in weryai_emulator.requests:
        assert request.json["messages"][0].get("reasoning_content") == sent
        assert "echo_reasoning" not in request.json


def test_an_answer_with_tool_calls_can_be_sent_back(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply(
        {"content": None, "reasoning_content": "Hm.", "tool_calls": [CALL]},
        finish_reason="tool_calls",
    )
    question = ChatMessage(content="What is 1 + 2?")
    answer = ask(llm, chat_method, [question])[-1].message
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    final = ask(llm, chat_method, [question, answer, result])[-1]
    assert "3" in final.message.content
    assert weryai_emulator.last_request.json["messages"] == [
        {"role": "user", "content": "What is 1 + 2?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "content": "3", "tool_call_id": "call_1"},
    ]


def test_signed_reasoning_goes_back_to_the_family_that_made_it(
    make_llm, chat_method, ask, weryai_emulator
):
    details = [{"type": "reasoning.text", "text": "Hm.", "signature": "c2ln", "index": 0}]
    fields = {"provider_specific_fields": {"thought_signature": "c2ln"}}
    signed = {**CALL, "function": {**CALL["function"], **fields}}
    weryai_emulator.reply(
        {"content": None, "reasoning_details": details, "tool_calls": [signed]},
        finish_reason="tool_calls",
    )
    answer = ask(make_llm(model="GEMINI_3_1_PRO"), chat_method)[-1].message
    assert answer.blocks[0] == ThinkingBlock(content="Hm.")
    assert answer.additional_kwargs["reasoning_details"] == details
    saved = ChatMessage.model_validate_json(answer.model_dump_json())
    result = ChatMessage(role="tool", content="3", additional_kwargs={"tool_call_id": "call_1"})
    param = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    for settings, sent in (
        ({"model": "GEMINI_25_FLASH"}, {"reasoning_details": details, "tool_calls": [signed]}),
        ({"model": "CLAUDE_4_5_OPUS"}, {}),
        ({"model": "GEMINI_25_FLASH", "echo_reasoning": False}, {}),
    ):
        ask(make_llm(**settings), chat_method, [ChatMessage(content="Add."), saved, result])
        assert weryai_emulator.last_request.json["messages"][1] == {**param, **sent}


def test_reasoning_in_tags_is_a_block_of_its_own(make_llm, chat_method, ask, weryai_emulator):
    llm = make_llm(echo_reasoning=True)
    weryai_emulator.reply("<think>\nHm.\n</think>\n\nHello there.")
    answer = ask(llm, chat_method)[-1].message
    assert answer.blocks == [ThinkingBlock(content="Hm."), TextBlock(text="Hello there.")]
    tagged = assistant(TextBlock(text="<think>Hm.</think>Hello there."))
    for message in (answer, tagged):
        ask(llm, chat_method, [message, ChatMessage(content="Bye")])
        assert weryai_emulator.last_request.json["messages"][0] == {
            "role": "assistant",
            "content": "Hello there.",
            "reasoning_content": "Hm.",
        }
    for model in ("DEEPSEEK_R1", "QWEN_QWQ_32B", "KIMI_K2_THINKING", "GLM_5"):
        weryai_emulator.reply("Hm.\n</think>\n\nHello there.")
        answer = ask(make_llm(model=model), chat_method)[-1].message
        assert answer.blocks == [ThinkingBlock(content="Hm."), TextBlock(text="Hello there.")]
    weryai_emulator.reply("<think>Hm.</think>Hello there.")
    answer = ask(make_llm(reasoning_tags=False), chat_method)[-1].message
    assert answer.content == "<think>Hm.</think>Hello there."


def test_empty_answers_are_not_sent(llm, chat_method, ask, weryai_emulator):
    talk = [user(TextBlock(text="A")), assistant(TextBlock(text=" ")), user(TextBlock(text="B"))]
    ask(llm, chat_method, [*talk, assistant(), user(TextBlock(text="C"))])
    sent = weryai_emulator.last_request.json["messages"]
    assert sent == [{"role": "user", "content": text} for text in "ABC"]


def test_a_saved_answer_is_sent_like_the_original(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None, "tool_calls": [CALL]}, finish_reason="tool_calls")
    answer = ask(llm, chat_method)[-1].message
    saved = ChatMessage.model_validate_json(answer.model_dump_json())
    weryai_emulator.reply("Hello")
    ask(llm, chat_method, [saved])
    [sent] = weryai_emulator.last_request.json["messages"]
    assert sent == {"role": "assistant", "content": None, "tool_calls": [CALL]}
