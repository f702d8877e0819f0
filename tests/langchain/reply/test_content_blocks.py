"""The standard blocks that LangChain sees in our messages."""

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from langchain_weryai.reply.content_blocks import translate_content, translate_content_chunk


def test_blocks_of_a_chunk_carry_an_index_of_their_kind():
    piece = AIMessageChunk(
        "Hi",
        additional_kwargs={"reasoning_content": "Hm."},
        tool_call_chunks=[
            {"type": "tool_call_chunk", "id": "1", "name": "f", "args": "{", "index": 2}
        ],
    )
    assert translate_content_chunk(piece) == [
        {"type": "reasoning", "reasoning": "Hm.", "index": "lc_rs_0"},
        {"type": "text", "text": "Hi", "index": "lc_txt_0"},
        {"type": "tool_call_chunk", "id": "1", "name": "f", "args": "{", "index": "lc_tc_2"},
    ]


def test_a_refusal_is_a_block_after_the_text():
    for piece, index in (
        (AIMessage("So.", additional_kwargs={"refusal": "No."}), {}),
        (AIMessageChunk("So.", additional_kwargs={"refusal": "No."}), {"index": "lc_ref_0"}),
    ):
        translate = translate_content_chunk if index else translate_content
        text, refusal = translate(piece)
        assert text["text"] == "So."
        assert refusal == {"type": "refusal", "refusal": "No.", **index}


def test_a_refusal_in_the_last_piece_is_no_whole_message():
    piece = AIMessageChunk(
        "", additional_kwargs={"refusal": "No."}, chunk_position="last", tool_call_chunks=[]
    )
    assert translate_content_chunk(piece) == [{"type": "refusal", "refusal": "No."}]


def test_invalid_tool_calls_are_blocks_too():
    invalid = {
        "type": "invalid_tool_call",
        "id": "1",
        "name": "f",
        "args": "{",
        "error": "No JSON.",
    }
    assert translate_content(AIMessage("", invalid_tool_calls=[invalid])) == [invalid]


def test_content_that_is_a_list_is_left_to_langchain():
    message = AIMessage(
        [{"type": "text", "text": "Hi"}], response_metadata={"model_provider": "weryai"}
    )
    with pytest.raises(NotImplementedError):
        translate_content(message)
    assert message.content_blocks == [{"type": "text", "text": "Hi"}]


def test_a_finished_chunk_has_whole_blocks():
    piece = AIMessageChunk(
        "",
        additional_kwargs={"reasoning_content": "Hm."},
        response_metadata={"model_provider": "weryai"},
        chunk_position="last",
    )
    assert piece.content_blocks == [{"type": "reasoning", "reasoning": "Hm."}]
