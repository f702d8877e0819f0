"""The eight methods: each gives the same answer, whole or streamed."""

import json

import pytest
from llama_index.core.base.llms.base import BaseLLM
from llama_index.core.base.llms.types import (
    ChatMessage,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.prompts import PromptTemplate

from llama_index_weryai import WeryAI, __version__
from weryai_core import __version__ as core_version

TEXT = "Paris is the capital of France."
REASONING = "The user asks about France."
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'},
}


def test_weryai_is_a_function_calling_llm():
    names = [base.__name__ for base in WeryAI.__mro__]
    assert BaseLLM.__name__ in names
    assert FunctionCallingLLM.__name__ in names


def test_the_class_name_is_stable():
    assert WeryAI.class_name() == "WeryAI_LLM"


def test_the_version_is_that_of_the_package():
    assert __version__ == core_version


def text_of(response):
    return response.message.content if hasattr(response, "message") else response.text


def test_every_method_returns_the_text_and_the_usage(llm, method, ask, weryai_emulator):
    weryai_emulator.reply(TEXT, usage=USAGE)
    responses = ask(llm, method, "What is the capital of France?")
    assert text_of(responses[-1]) == TEXT
    assert responses[-1].raw["usage"] == USAGE
    assert responses[-1].raw["model"] == "GPT_4O"
    assert responses[-1].raw["id"].startswith("chatcmpl-")
    assert responses[-1].additional_kwargs["finish_reason"] == "stop"


def test_the_deltas_of_every_method_make_the_text(llm, method, ask, weryai_emulator):
    weryai_emulator.reply({"content": TEXT, "reasoning_content": REASONING})
    responses = ask(llm, method)
    deltas = [response.delta for response in responses]
    if method in ("complete", "acomplete"):  # core makes these of a chat, without a delta
        assert deltas == [None]
        return
    assert "".join(deltas) == TEXT
    assert (len(deltas) > 3) == ("stream" in method)


def test_a_streamed_message_holds_all_text_so_far(llm, ask, weryai_emulator):
    weryai_emulator.reply(TEXT)
    so_far = ""
    for response in ask(llm, "stream_chat"):
        so_far += response.delta
        assert response.message.role == MessageRole.ASSISTANT
        assert response.message.content == so_far
    assert so_far == TEXT


def test_a_streamed_completion_holds_all_text_so_far(llm, ask, weryai_emulator):
    weryai_emulator.reply(TEXT)
    so_far = ""
    for response in ask(llm, "stream_complete"):
        so_far += response.delta
        assert response.text == so_far
    assert so_far == TEXT


def test_a_message_holds_the_reasoning_in_a_block(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": TEXT, "reasoning_content": REASONING})
    responses = ask(llm, chat_method)
    assert responses[-1].message.blocks == [
        ThinkingBlock(content=REASONING),
        TextBlock(text=TEXT),
    ]
    deltas = [response.additional_kwargs.get("thinking_delta") or "" for response in responses]
    assert "".join(deltas) == REASONING


def test_a_completion_streams_the_reasoning_in_additional_kwargs(
    llm, completion_method, ask, weryai_emulator
):
    weryai_emulator.reply({"content": TEXT, "reasoning_content": REASONING})
    responses = ask(llm, completion_method)
    assert responses[-1].text == TEXT
    deltas = [response.additional_kwargs.get("thinking_delta") or "" for response in responses]
    assert "".join(deltas) == REASONING


def test_a_message_holds_the_tool_calls_in_both_places(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None, "tool_calls": [CALL]}, finish_reason="tool_calls")
    last = ask(llm, chat_method)[-1]
    assert last.message.blocks == [
        ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1, "b": 2})
    ]
    # Which reasoning goes back depends on the model that made the calls.
    assert last.message.additional_kwargs == {"tool_calls": [CALL], "model": "GPT_4O"}
    assert last.additional_kwargs["finish_reason"] == "tool_calls"
    assert [call.model_dump() for call in llm.get_tool_calls_from_response(last)] == [
        {"tool_id": "call_1", "tool_name": "add", "tool_kwargs": {"a": 1, "b": 2}}
    ]


def test_text_next_to_a_tool_call_is_kept(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": "I add.", "tool_calls": [CALL]}, finish_reason="tool_calls")
    blocks = ask(llm, chat_method)[-1].message.blocks
    assert [type(block) for block in blocks] == [TextBlock, ToolCallBlock]
    assert blocks[0].text == "I add."


def test_an_empty_answer_is_an_empty_text_block(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None})
    last = ask(llm, chat_method)[-1]
    assert last.message.blocks == [TextBlock(text="")]
    assert last.message.content == ""
    assert last.delta == ""


def test_a_refusal_is_in_the_additional_kwargs(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I must not."})
    message = ask(llm, chat_method)[-1].message
    assert message.additional_kwargs == {"refusal": "I must not."}


def test_the_first_of_several_choices_is_returned(llm, chat_method, ask):
    one = ask(llm, chat_method, "Say hello to everyone.")[-1].message.content
    assert ask(llm, chat_method, "Say hello to everyone.", n=2)[-1].message.content == one


DELTAS = {
    "text": [{"role": "assistant", "content": ""}, {"content": "First"}, {"content": " second"}],
    "text in the chunk of the role": [{"role": "assistant", "content": "First"}, {"content": "!"}],
    "reasoning in the first chunk": [
        {"role": "assistant", "reasoning_content": "Hm."},
        {"content": "First"},
        {"content": " second"},
    ],
    "reasoning and text in the first chunk": [
        {"role": "assistant", "reasoning": "Hm.", "content": "First"},
        {"content": " second"},
    ],
    "a tool call in the first chunk": [
        {"role": "assistant", "content": None, "tool_calls": [{"index": 0, **CALL}]}
    ],
}


@pytest.mark.parametrize("deltas", DELTAS.values(), ids=DELTAS)
def test_sync_and_async_streams_are_equal_from_the_first_chunk(
    llm, ask, to_chunks, weryai_emulator, deltas
):
    chunks = to_chunks(*deltas)
    weryai_emulator.reply_chunks(chunks)
    weryai_emulator.reply_chunks(chunks)
    sync = [response.model_dump() for response in ask(llm, "stream_chat")]
    assert [response.model_dump() for response in ask(llm, "astream_chat")] == sync
    text = "".join(delta.get("content") or "" for delta in deltas)
    assert "".join(response["delta"] for response in sync) == text


def test_every_response_serializes_to_json(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply(
        {"content": "I add.", "reasoning_content": "Hm.", "tool_calls": [CALL]},
        finish_reason="tool_calls",
        usage=USAGE,
    )
    for response in ask(llm, chat_method):
        assert json.loads(json.dumps(response.model_dump(mode="json")))["delta"] is not None


def test_web_sources_are_in_the_raw_of_the_last_response(llm, chat_method, ask, weryai_emulator):
    annotation = {"type": "url_citation", "url_citation": {"url": "https://example.com/"}}
    weryai_emulator.reply({"content": TEXT, "annotations": [annotation]}, citations=["a", "b"])
    raw = ask(llm, chat_method)[-1].raw
    assert raw["annotations"] == [annotation]
    assert raw["citations"] == ["a", "b"]


def test_log_probabilities_list_the_alternatives_of_each_token(llm, chat_method, ask):
    responses = ask(llm, chat_method, "Say hi", logprobs=True, top_logprobs=2)
    tokens = [alternatives for response in responses for alternatives in response.logprobs or []]
    text = responses[-1].message.content
    assert "".join(alternatives[0].token for alternatives in tokens) == text
    assert all(len(alternatives) == 2 for alternatives in tokens)
    assert all(alternatives[0].logprob <= 0 for alternatives in tokens)


async def call(llm, method, *args, **kwargs):
    answer = getattr(llm, method)(*args, **kwargs)
    if method.startswith("a"):
        answer = await answer
    if hasattr(answer, "__aiter__"):
        return [one async for one in answer][-1]
    return list(answer)[-1] if method.startswith("stream") else answer


async def test_a_prompt_is_accepted_by_position_and_by_keyword(
    llm, completion_method, weryai_emulator
):
    by_position = await call(llm, completion_method, "Say hello", temperature=0.5)
    by_keyword = await call(llm, completion_method, prompt="Say hello", temperature=0.5)
    assert by_position.text == by_keyword.text
    first, second = weryai_emulator.requests
    assert first.json == second.json
    assert first.json["messages"] == [{"role": "user", "content": "Say hello"}]


async def test_a_completion_without_a_prompt_is_an_error(llm, completion_method, weryai_emulator):
    with pytest.raises(TypeError, match=r"WeryAI.*prompt"):
        await call(llm, completion_method)
    assert weryai_emulator.requests == []


async def test_messages_are_accepted_by_position_and_by_keyword(llm, chat_method, weryai_emulator):
    messages = [ChatMessage(content="Hello")]
    await call(llm, chat_method, messages)
    await call(llm, chat_method, messages=messages)
    first, second = weryai_emulator.requests
    assert first.json == second.json


def test_completion_to_prompt_wraps_unformatted_prompts(
    make_llm, completion_method, ask, weryai_emulator
):
    llm = make_llm(completion_to_prompt=lambda prompt: f"[{prompt}]")
    ask(llm, completion_method, "Hello")
    ask(llm, completion_method, "Hello", formatted=True)
    contents = [request.json["messages"][0]["content"] for request in weryai_emulator.requests]
    assert contents == ["[Hello]", "Hello"]


SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "Greet Ann."}


async def test_predict_and_stream_send_the_system_prompt(make_llm, weryai_emulator):
    llm = make_llm(system_prompt="Be brief.")
    prompt = PromptTemplate("Greet {name}.")
    llm.predict(prompt, name="Ann")
    await llm.apredict(prompt, name="Ann")
    list(llm.stream(prompt, name="Ann"))
    [piece async for piece in await llm.astream(prompt, name="Ann")]
    assert [request.json["messages"] for request in weryai_emulator.requests] == [
        [SYSTEM, USER],
    ] * 4


def test_chat_does_not_add_the_system_prompt(make_llm, weryai_emulator):
    make_llm(system_prompt="Be brief.").chat([ChatMessage(content="Greet Ann.")])
    assert weryai_emulator.last_request.json["messages"] == [USER]


def test_stream_yields_the_text_of_the_answer(llm, weryai_emulator):
    weryai_emulator.reply(TEXT)
    assert "".join(llm.stream(PromptTemplate("Hello"))) == TEXT
