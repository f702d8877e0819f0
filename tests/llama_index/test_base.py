"""The eight methods: the same answer through each, whole or streamed."""

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
THOUGHTS = "The user asks about France."
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a": 1, "b": 2}'},
}


def test_it_is_an_llm_that_calls_functions():
    names = [base.__name__ for base in WeryAI.__mro__]
    assert BaseLLM.__name__ in names
    assert FunctionCallingLLM.__name__ in names


def test_the_class_name_is_stable():
    assert WeryAI.class_name() == "WeryAI_LLM"


def test_the_version_is_that_of_the_package():
    assert __version__ == core_version


def text_of(response):
    return response.message.content if hasattr(response, "message") else response.text


def test_each_method_gives_the_text_and_the_usage(llm, method, ask, weryai_emulator):
    weryai_emulator.reply(TEXT, usage=USAGE)
    responses = ask(llm, method, "What is the capital of France?")
    assert text_of(responses[-1]) == TEXT
    assert responses[-1].raw["usage"] == USAGE
    assert responses[-1].raw["model"] == "GPT_4O"
    assert responses[-1].raw["id"].startswith("chatcmpl-")
    assert responses[-1].additional_kwargs["finish_reason"] == "stop"


def test_each_method_has_a_delta_in_every_response(llm, method, ask, weryai_emulator):
    weryai_emulator.reply({"content": TEXT, "reasoning_content": THOUGHTS})
    responses = ask(llm, method)
    deltas = [response.delta for response in responses]
    if method in ("complete", "acomplete"):  # core makes these of a chat, without a delta
        assert deltas == [None]
        return
    assert "".join(deltas) == TEXT
    assert (len(deltas) > 3) == ("stream" in method)


def test_a_streamed_message_has_all_so_far(llm, ask, stream_method, weryai_emulator):
    weryai_emulator.reply(TEXT)
    so_far = ""
    for response in ask(llm, stream_method):
        so_far += response.delta
        assert response.message.role == MessageRole.ASSISTANT
        assert response.message.content == so_far
    assert so_far == TEXT


def test_a_streamed_completion_has_all_so_far(llm, ask, way, weryai_emulator):
    weryai_emulator.reply(TEXT)
    so_far = ""
    for response in ask(llm, "stream_complete" if way == "sync" else "astream_complete"):
        so_far += response.delta
        assert response.text == so_far
    assert so_far == TEXT


def test_each_chat_method_gives_the_reasoning(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": TEXT, "reasoning_content": THOUGHTS})
    responses = ask(llm, chat_method)
    assert responses[-1].message.blocks == [
        ThinkingBlock(content=THOUGHTS),
        TextBlock(text=TEXT),
    ]
    deltas = [response.additional_kwargs.get("thinking_delta") or "" for response in responses]
    assert "".join(deltas) == THOUGHTS


def test_each_completion_method_gives_the_reasoning(llm, completion_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": TEXT, "reasoning_content": THOUGHTS})
    responses = ask(llm, completion_method)
    assert responses[-1].text == TEXT
    deltas = [response.additional_kwargs.get("thinking_delta") or "" for response in responses]
    assert "".join(deltas) == THOUGHTS


def test_each_chat_method_gives_the_tool_calls(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None, "tool_calls": [CALL]}, finish_reason="tool_calls")
    last = ask(llm, chat_method)[-1]
    assert last.message.blocks == [
        ToolCallBlock(tool_call_id="call_1", tool_name="add", tool_kwargs={"a": 1, "b": 2})
    ]
    assert last.message.additional_kwargs == {"tool_calls": [CALL]}
    assert last.additional_kwargs["finish_reason"] == "tool_calls"
    assert [call.model_dump() for call in llm.get_tool_calls_from_response(last)] == [
        {"tool_id": "call_1", "tool_name": "add", "tool_kwargs": {"a": 1, "b": 2}}
    ]


def test_text_beside_a_tool_call_is_kept(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": "I add.", "tool_calls": [CALL]}, finish_reason="tool_calls")
    blocks = ask(llm, chat_method)[-1].message.blocks
    assert [type(block) for block in blocks] == [TextBlock, ToolCallBlock]
    assert blocks[0].text == "I add."


def test_an_empty_answer_is_an_empty_text(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None})
    last = ask(llm, chat_method)[-1]
    assert last.message.blocks == [TextBlock(text="")]
    assert last.message.content == ""
    assert last.delta == ""


def test_a_refusal_is_kept(llm, chat_method, ask, weryai_emulator):
    weryai_emulator.reply({"content": None, "refusal": "I must not."})
    message = ask(llm, chat_method)[-1].message
    assert message.additional_kwargs == {"refusal": "I must not."}


def test_of_several_answers_the_first_is_given(llm, chat_method, ask):
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
def test_sync_and_async_give_the_same_from_the_first_chunk_on(
    llm, ask, to_chunks, weryai_emulator, deltas
):
    chunks = to_chunks(*deltas)
    weryai_emulator.reply_chunks(chunks)
    weryai_emulator.reply_chunks(chunks)
    sync = [response.model_dump() for response in ask(llm, "stream_chat")]
    assert [response.model_dump() for response in ask(llm, "astream_chat")] == sync
    text = "".join(delta.get("content") or "" for delta in deltas)
    assert "".join(response["delta"] for response in sync) == text


def test_every_response_can_be_written_as_json(llm, chat_method, ask, weryai_emulator):
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


def test_logprobs_are_given_per_token(llm, chat_method, ask):
    responses = ask(llm, chat_method, "Say hi", logprobs=True, top_logprobs=2)
    tokens = [alternatives for response in responses for alternatives in response.logprobs or []]
    text = responses[-1].message.content
    assert "".join(alternatives[0].token for alternatives in tokens) == text
    assert all(len(alternatives) == 2 for alternatives in tokens)
    assert all(alternatives[0].logprob <= 0 for alternatives in tokens)


def test_a_token_without_alternatives_is_its_own(llm, weryai_emulator, to_reply):
    body = to_reply({"content": "Hi"})
    body["choices"][0]["logprobs"] = {"content": [{"token": "Hi", "logprob": -0.5}]}
    weryai_emulator.reply_json(body)
    [[only]] = llm.chat([ChatMessage(content="Hello")]).logprobs
    assert only.model_dump() == {"token": "Hi", "logprob": -0.5, "bytes": []}


# The log probabilities of a choice -> tokens of the alternatives for each token.
ODD_LOGPROBS = {
    "none": (None, None),
    "a list": ([{"token": "Hi", "logprob": -0.5}], None),
    "a text": ("high", None),
    "no content": ({"refusal": None}, None),
    "null": ({"content": None}, None),
    "empty": ({"content": []}, None),
    "content that is no list": ({"content": {"token": "Hi", "logprob": -0.5}}, None),
    "no objects": ({"content": ["Hi", None, 7]}, []),
    "no number": ({"content": [{"token": "Hi"}]}, [[]]),
    "a text for a number": ({"content": [{"token": "Hi", "logprob": "low"}]}, [[]]),
    "no token": ({"content": [{"logprob": -0.5}, {"token": "Hi", "logprob": -0.5}]}, [[], ["Hi"]]),
    "odd bytes": ({"content": [{"token": "Hi", "logprob": -0.5, "bytes": "SGk="}]}, [[]]),
    "further fields": ({"content": [{"token": "Hi", "logprob": -0.5, "id": 7}]}, [["Hi"]]),
    "odd alternatives": (
        {"content": [{"token": "Hi", "logprob": -0.5, "top_logprobs": "none"}]},
        [["Hi"]],
    ),
    "one odd alternative": (
        {
            "content": [
                {
                    "token": "Hi",
                    "logprob": -0.5,
                    "top_logprobs": [{"token": "Hi", "logprob": -0.5}, None, {"token": "Ho"}],
                }
            ]
        },
        [["Hi"]],
    ),
}


@pytest.mark.parametrize(("logprobs", "expected"), ODD_LOGPROBS.values(), ids=ODD_LOGPROBS)
def test_odd_log_probabilities_are_passed_over(llm, weryai_emulator, to_reply, logprobs, expected):
    body = to_reply({"content": "Hi"})
    body["choices"][0]["logprobs"] = logprobs
    weryai_emulator.reply_json(body)
    response = llm.chat([ChatMessage(content="Hello")])
    assert response.message.content == "Hi"
    found = response.logprobs
    assert (found and [[entry.token for entry in entries] for entries in found]) == expected
    assert response.raw["choices"][0]["logprobs"] == logprobs


@pytest.mark.parametrize("index", [0, 1])
def test_a_sole_answer_is_not_lost_whatever_its_number(
    llm, method, ask, weryai_emulator, to_reply, to_chunks, index
):
    if "stream" in method:
        chunks = to_chunks({"content": "Hel"}, {"content": "lo"})
        for chunk in chunks:
            chunk["choices"][0]["index"] = index
        weryai_emulator.reply_chunks(chunks)
    else:
        body = to_reply({"content": "Hello"})
        body["choices"][0]["index"] = index
        weryai_emulator.reply_json(body)
    last = ask(llm, method)[-1]
    assert (last.message.content if "chat" in method else last.text) == "Hello"


async def call(llm, method, *args, **kwargs):
    answer = getattr(llm, method)(*args, **kwargs)
    if method.startswith("a"):
        answer = await answer
    if hasattr(answer, "__aiter__"):
        return [one async for one in answer][-1]
    return list(answer)[-1] if method.startswith("stream") else answer


async def test_a_prompt_is_taken_by_position_and_by_keyword(
    llm, completion_method, weryai_emulator
):
    by_position = await call(llm, completion_method, "Say hello", temperature=0.5)
    by_keyword = await call(llm, completion_method, prompt="Say hello", temperature=0.5)
    assert by_position.text == by_keyword.text
    first, second = weryai_emulator.requests
    assert first.json == second.json
    assert first.json["messages"] == [{"role": "user", "content": "Say hello"}]


async def test_a_completion_without_a_prompt_is_refused(llm, completion_method, weryai_emulator):
    with pytest.raises(ValueError, match="No prompt"):
        await call(llm, completion_method)
    assert weryai_emulator.requests == []


async def test_messages_are_taken_by_position_and_by_keyword(llm, chat_method, weryai_emulator):
    messages = [ChatMessage(content="Hello")]
    await call(llm, chat_method, messages)
    await call(llm, chat_method, messages=messages)
    first, second = weryai_emulator.requests
    assert first.json == second.json


def test_completion_to_prompt_wraps_prompts_that_are_not_formatted(
    make_llm, completion_method, ask, weryai_emulator
):
    llm = make_llm(completion_to_prompt=lambda prompt: f"[{prompt}]")
    ask(llm, completion_method, "Hello")
    ask(llm, completion_method, "Hello", formatted=True)
    contents = [request.json["messages"][0]["content"] for request in weryai_emulator.requests]
    assert contents == ["[Hello]", "Hello"]


SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "Greet Ann."}


async def test_the_system_prompt_goes_with_every_prompt_of_an_application(
    make_llm, weryai_emulator
):
    llm = make_llm(system_prompt="Be brief.")
    prompt = PromptTemplate("Greet {name}.")
    llm.predict(prompt, name="Ann")
    await llm.apredict(prompt, name="Ann")
    list(llm.stream(prompt, name="Ann"))
    [piece async for piece in await llm.astream(prompt, name="Ann")]
    assert [request.json["messages"] for request in weryai_emulator.requests] == [
        [SYSTEM, USER],
    ] * 4


def test_the_system_prompt_is_not_added_to_messages(make_llm, weryai_emulator):
    make_llm(system_prompt="Be brief.").chat([ChatMessage(content="Greet Ann.")])
    assert weryai_emulator.last_request.json["messages"] == [USER]


def test_the_text_of_a_prompt_is_streamed(llm, weryai_emulator):
    weryai_emulator.reply(TEXT)
    assert "".join(llm.stream(PromptTemplate("Hello"))) == TEXT
