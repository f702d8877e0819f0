"""Streams and whole replies as upstreams really send them become the right messages."""

import json

import pytest
from awkward_streams import PNG, STREAMS, to_wire
from llama_index.core.base.llms.types import (
    ChatMessage,
    CitationBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.tools import FunctionTool

PARIS, ROME = '{"city": "Paris"}', '{"city": "Rome"}'


def entry(index=None, id=None, name=None, arguments=None):
    """An entry of `delta.tool_calls`, without the fields that are None."""
    function = {"name": name, "arguments": arguments}
    function = {key: value for key, value in function.items() if value is not None}
    call = {"index": index, "id": id, "function": function}
    return {key: value for key, value in call.items() if value is not None}


# One row for each kind of block and each way calls arrive. The core's tests read all rows.
NAMES = (
    "reasoning, then text, then tools",
    "text after a tool call",
    "two tool calls, both with index 0",
    "another id on each fragment",
    "another index on each fragment",
    "arguments that come so far each time",
    "arguments that are an object",
    "arguments that are empty",
    "whole calls, one a chunk",
    "parallel tool calls, interleaved",
    "citations before the text",
    "citations after a tool call",
    "text and images",
)
ROWS = [pytest.param(*STREAMS[name], id=name) for name in NAMES]


def calls_of(llm, response):
    selections = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    return [(one.tool_id, one.tool_name, one.tool_kwargs) for one in selections]


def to_block(block):
    """A block of the table as a block of LlamaIndex."""
    match block["type"]:
        case "reasoning":
            return ThinkingBlock(content=block["reasoning"])
        case "text":
            return TextBlock(text=block["text"])
        case "image":
            return ImageBlock(url=block.get("url") or PNG)
    id, name = block["id"], block["name"]
    return ToolCallBlock(tool_call_id=id, tool_name=name, tool_kwargs=block["args"])


def to_citation(annotation):
    places = {name: annotation[name] for name in ("start_index", "end_index")}
    return CitationBlock(
        cited_content=TextBlock(text=""),
        source=annotation["url"],
        title=annotation["title"],
        additional_location_info={**places, **annotation["extras"]},
    )


def to_blocks(blocks):
    """The blocks of a message: without a call there is a text, and citations come last."""
    kinds = {block["type"] for block in blocks}
    empty = [] if kinds & {"text", "tool_call"} else [TextBlock(text="")]
    annotations = [note for block in blocks for note in block.get("annotations", ())]
    return [*map(to_block, blocks), *empty, *map(to_citation, annotations)]


def to_calls(blocks):
    return [(one["id"], one["name"], one["args"]) for one in blocks if one["type"] == "tool_call"]


@pytest.mark.parametrize(("deltas", "blocks"), ROWS)
def test_a_stream_becomes_the_right_message(llm, ask, to_chunks, weryai_emulator, deltas, blocks):
    weryai_emulator.reply_chunks(to_chunks(*deltas))
    responses = ask(llm, "stream_chat")
    assert responses[-1].message.blocks == to_blocks(blocks)
    text, reasoning, calls = "", "", to_calls(blocks)
    for response in responses:
        assert_both_places_agree(response)
        so_far = [call[0] for call in calls_of(llm, response)]
        assert so_far == [call[0] for call in calls[: len(so_far)]]
        text += response.delta
        reasoning += response.additional_kwargs.get("thinking_delta", "")
        assert (response.message.content or "") == text
        assert reasoning_of(response) == reasoning
    assert calls_of(llm, responses[-1]) == calls


@pytest.mark.parametrize(("deltas", "blocks"), ROWS)
def test_the_same_reply_whole_becomes_the_same_message(
    llm, ask, to_reply, weryai_emulator, deltas, blocks
):
    weryai_emulator.reply_json(to_reply(to_wire(blocks)))
    response = ask(llm, "chat")[-1]
    assert response.message.blocks == to_blocks(blocks)
    assert calls_of(llm, response) == to_calls(blocks)


def reasoning_of(response):
    blocks = [block for block in response.message.blocks if isinstance(block, ThinkingBlock)]
    return "".join(block.content for block in blocks)


def assert_both_places_agree(response):
    """Core looks for calls in the blocks and in `additional_kwargs`."""
    blocks = [block for block in response.message.blocks if isinstance(block, ToolCallBlock)]
    kwargs = response.message.additional_kwargs
    if not blocks:
        assert "tool_calls" not in kwargs
        return
    assert [call["id"] for call in kwargs["tool_calls"]] == [block.tool_call_id for block in blocks]
    assert [call["function"]["name"] for call in kwargs["tool_calls"]] == [
        block.tool_name for block in blocks
    ]
    assert all(call["type"] == "function" for call in kwargs["tool_calls"])
    assert all(isinstance(call["function"]["arguments"], str) for call in kwargs["tool_calls"])
    json.dumps(response.message.model_dump(mode="json"))


def test_calls_without_ids_get_different_ids(
    llm, ask, chat_method, to_chunks, to_reply, weryai_emulator
):
    calls = [entry(0, name="weather", arguments=PARIS), entry(0, name="weather", arguments=ROME)]
    if "stream" in chat_method:
        weryai_emulator.reply_chunks(to_chunks({"tool_calls": calls}))
    else:
        weryai_emulator.reply_json(to_reply({"tool_calls": calls}))
    (first, _, paris), (second, _, rome) = calls_of(llm, ask(llm, chat_method)[-1])
    assert len({first, second, ""}) == 3
    assert (paris, rome) == ({"city": "Paris"}, {"city": "Rome"})


def test_a_function_call_becomes_a_tool_call(
    llm, ask, chat_method, to_chunks, to_reply, weryai_emulator
):
    if "stream" in chat_method:
        pieces = [{"name": "weather"}, {"arguments": '{"city": '}, {"arguments": '"Paris"}'}]
        deltas = ({"function_call": piece} for piece in pieces)
        weryai_emulator.reply_chunks(to_chunks(*deltas, finish_reason="function_call"))
    else:
        function = {"name": "weather", "arguments": PARIS}
        weryai_emulator.reply_json(to_reply({"content": None, "function_call": function}))
    [(id, name, arguments)] = calls_of(llm, ask(llm, chat_method)[-1])
    assert id
    assert (name, arguments) == ("weather", {"city": "Paris"})


def test_an_answer_repeated_at_the_end_of_a_stream_appears_once(
    llm, ask, to_chunks, weryai_emulator
):
    *chunks, end = to_chunks({"content": "Hel"}, {"content": "lo"})
    end["choices"][0]["message"] = {"role": "assistant", "content": "Hello"}
    weryai_emulator.reply_chunks([*chunks, end])
    responses = ask(llm, "stream_chat")
    assert responses[-1].message.content == "Hello"
    assert "".join(response.delta for response in responses) == "Hello"


def test_a_generated_id_stays_the_same_throughout_a_stream(llm, ask, to_chunks, weryai_emulator):
    pieces = [entry(0, name="weather", arguments='{"city":'), entry(0, arguments='"Rome"}')]
    weryai_emulator.reply_chunks(to_chunks(*({"tool_calls": [piece]} for piece in pieces)))
    responses = ask(llm, "stream_chat")
    assert len({calls_of(llm, response)[0][0] for response in responses}) == 1


def test_every_response_of_a_stream_gives_its_calls_so_far(llm, ask, to_chunks, weryai_emulator):
    text = '{"city": "Paris", "days": 14}'
    deltas = [
        {"content": "Let me see."},
        {"tool_calls": [entry(0, "a", "weather", "")]},
        *({"tool_calls": [entry(0, arguments=character)]} for character in text),
    ]
    weryai_emulator.reply_chunks(to_chunks(*deltas, finish_reason="tool_calls"))
    seen = [calls_of(llm, response) for response in ask(llm, "stream_chat")]
    assert seen[0] == []
    assert all(call[0][:2] == ("a", "weather") for call in seen[1:])
    assert seen[-1] == [("a", "weather", {"city": "Paris", "days": 14})]


def test_truncated_arguments_are_not_passed_to_a_tool(llm, ask, weryai_emulator):
    function = {"name": "delete", "arguments": '{"path": "/home'}
    call = {"id": "a", "type": "function", "function": function}
    weryai_emulator.reply({"content": None, "tool_calls": [call]}, finish_reason="length")
    last = ask(llm, "chat", max_tokens=9)[-1]
    [(_, name, arguments)] = calls_of(llm, last)
    assert name == (
        "delete (called with arguments that are not a JSON object; the answer was truncated "
        "(finish reason 'length'))"
    )
    assert arguments == {"invalid_arguments": '{"path": "/home'}
    assert last.message.blocks[0].tool_kwargs == '{"path": "/home'
    assert last.additional_kwargs["finish_reason"] == "length"


@pytest.mark.parametrize("arguments", ['{"path": "/home', "[1]", '"/home"', "not JSON"])
def test_a_tool_does_not_run_on_arguments_that_are_not_an_object(
    llm, ask, weryai_emulator, arguments
):
    deleted = []

    def delete(path: str = "/") -> str:
        """Delete a file."""
        deleted.append(path)
        return "Done."

    function = {"name": "delete", "arguments": arguments}
    call = {"id": "a", "type": "function", "function": function}
    weryai_emulator.reply({"content": None, "tool_calls": [call]}, finish_reason="tool_calls")
    [response] = ask(llm, "predict_and_call", [FunctionTool.from_defaults(delete)], user_msg="Go")
    assert deleted == []
    assert "delete (called with arguments that are not a JSON object)" in str(response)
    [output] = response.sources
    assert output.is_error
    assert output.raw_input == {"invalid_arguments": arguments}


def test_truncated_arguments_without_a_finish_reason_are_not_passed_to_a_tool(
    llm, ask, to_chunks, weryai_emulator
):
    chunks = to_chunks({"tool_calls": [entry(0, "a", "delete", '{"path": "/home')]})[:-1]
    weryai_emulator.reply_chunks(chunks)
    [(_, _, arguments)] = calls_of(llm, ask(llm, "stream_chat")[-1])
    assert arguments == {"invalid_arguments": '{"path": "/home'}


def test_a_missing_call_is_an_error_unless_it_is_optional(llm, ask, weryai_emulator):
    weryai_emulator.reply("I would rather talk.")
    last = ask(llm, "chat")[-1]
    with pytest.raises(ValueError, match="I would rather talk"):
        llm.get_tool_calls_from_response(last)
    assert llm.get_tool_calls_from_response(last, error_on_no_tool_call=False) == []


def test_null_tool_calls_are_no_calls(llm, ask, weryai_emulator):
    weryai_emulator.reply({"content": "Hello", "tool_calls": None})
    message = ask(llm, "chat")[-1].message
    assert message.additional_kwargs == {}
    assert message.content == "Hello"


USAGE = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
FINISH = {"index": 0, "delta": {}, "finish_reason": "stop"}
TEXT = {"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}
EMPTY = {"choices": []}

# Ways to end a stream. All give the same last response.
ENDINGS = {
    "usage in a chunk of its own": [
        {"choices": [TEXT]},
        {"choices": [FINISH]},
        {"choices": [], "usage": USAGE},
    ],
    "usage on the finish chunk": [{"choices": [TEXT]}, {"choices": [FINISH], "usage": USAGE}],
    "usage on the finish chunk, then an empty one": [
        {"choices": [TEXT]},
        {"choices": [FINISH], "usage": USAGE},
        EMPTY,
    ],
    "usage on the finish chunk, then null": [
        {"choices": [TEXT]},
        {"choices": [FINISH], "usage": USAGE},
        {"choices": [], "usage": None},
    ],
    "usage on every chunk": [
        {"choices": [TEXT], "usage": {"prompt_tokens": 1000, "completion_tokens": 1}},
        {"choices": [FINISH], "usage": USAGE},
    ],
    "usage without choices": [{"choices": [TEXT]}, {"choices": [FINISH]}, {"usage": USAGE}],
}


@pytest.mark.parametrize("chunks", ENDINGS.values(), ids=ENDINGS)
def test_the_last_response_of_a_stream_has_the_usage(llm, ask, weryai_emulator, chunks):
    weryai_emulator.reply_chunks(chunks)
    *before, last = ask(llm, "stream_chat")
    assert last.raw["usage"] == USAGE
    assert last.message.content == "Hi"
    assert last.delta == ""
    assert before
    assert all("usage" not in response.raw for response in before)


def test_a_stream_answered_with_one_document_is_one_response(llm, ask, to_reply, weryai_emulator):
    weryai_emulator.reply_json(to_reply({"content": "Hi"}, usage=USAGE))
    [only] = ask(llm, "stream_chat")
    assert only.message.content == only.delta == "Hi"
    assert only.raw["usage"] == USAGE


@pytest.mark.parametrize("method", ["chat", "achat", "stream_chat", "astream_chat"])
def test_an_image_of_an_answer_goes_back_with_the_next_question(llm, ask, weryai_emulator, method):
    image = {"type": "image_url", "image_url": {"url": PNG}}
    weryai_emulator.reply({"content": "Here it is.", "images": [image]})
    answer = ask(llm, method, "Draw a cat.")[-1].message
    assert answer.blocks == [TextBlock(text="Here it is."), ImageBlock(url=PNG)]
    question = ChatMessage(content="Make it blue.")
    ask(llm, method, [ChatMessage(content="Draw a cat."), answer, question])
    assert weryai_emulator.last_request.json["messages"] == [
        {"role": "user", "content": "Draw a cat."},
        {"role": "assistant", "content": "Here it is."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Image 1, from the assistant's answer:"},
                image,
                {"type": "text", "text": "Make it blue."},
            ],
        },
    ]


@pytest.mark.parametrize("method", ["chat", "achat", "stream_chat", "astream_chat"])
def test_a_spoken_answer_is_its_transcript(llm, ask, weryai_emulator, method):
    spoken = {"id": "audio_1", "data": "UklG", "transcript": "Hello there"}
    weryai_emulator.reply({"content": None, "audio": spoken})
    responses = ask(llm, method, "Say hello.")
    assert "".join(response.delta for response in responses) == "Hello there"
    answer = responses[-1].message
    assert answer.blocks == [TextBlock(text="Hello there")]
    assert answer.additional_kwargs["audio"] == spoken
    ask(llm, method, [ChatMessage("Say hello."), answer, ChatMessage("Again.")])
    sent = weryai_emulator.last_request.json["messages"]
    assert sent[1] == {"role": "assistant", "content": "Hello there"}
