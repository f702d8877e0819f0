"""Blocks that cannot be sent: left out, in words, or an error."""

from types import SimpleNamespace

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    CitableBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from message_parts import CACHE, CALL_BLOCK, CITATION, assistant, user

from llama_index_weryai.request.messages import to_params
from weryai_core import UnsupportedContentError


def foreign(block_type, **fields):
    """A block of a class that the union of LlamaIndex does not have."""
    return SimpleNamespace(block_type=block_type, **fields)


def with_blocks(message, *blocks):
    """The message, with blocks that its own validation would refuse."""
    message.blocks = [*message.blocks, *blocks]
    return message


LEFT_OUT = {
    "a cache point at the start": [CACHE],
    "a cache point after reasoning": [ThinkingBlock(), CACHE],
    "a citation": [CITATION],
    "an empty image": [ImageBlock()],
    "an image of an unknown type": [ImageBlock(image=b"\x00\x01")],
    "a document that is gone": [DocumentBlock(url="file:///nowhere/a.pdf")],
    "a block of an unknown class": [foreign("made_up", text="no")],
    "a dict": [{"block_type": "made_up"}],
}


@pytest.mark.parametrize("blocks", LEFT_OUT.values(), ids=LEFT_OUT)
def test_blocks_of_a_model_that_cannot_be_sent_are_left_out(blocks):
    message = with_blocks(assistant(), *blocks, TextBlock(text="Hi"))
    assert to_params([message]) == [{"role": "assistant", "content": "Hi"}]


IN_WORDS = {
    "a cache point at the start": (CACHE, ""),
    "reasoning": (ThinkingBlock(content="Hm."), ""),
    "a tool call": (
        ToolCallBlock(tool_call_id="1", tool_name="add", tool_kwargs={"a": 1}),
        '{"block_type":"tool_call","tool_call_id":"1","tool_name":"add","tool_kwargs":{"a":1}}',
    ),
    "an empty image": (ImageBlock(), "[image]"),
    "an image of an unknown type": (ImageBlock(image=b"\x00\x01"), "[image]"),
    "a document that is gone": (
        DocumentBlock(url="file:///nowhere/a.pdf", title="a.pdf"),
        "[document] a.pdf: a.pdf",
    ),
    "a document in a lost folder": (
        DocumentBlock(path="/no/such/folder/b.pdf", title="B"),
        "[document] B: b.pdf",
    ),
    "a citable document that is gone": (
        CitableBlock(
            title="T", source="s", content=[DocumentBlock(url="FILE:/x/a.pdf", title="A")]
        ),
        "T (s):\n[document] A: a.pdf",
    ),
    "a citation": (CITATION, "T (s):\ntext"),
    "a dict": ({"block_type": "made_up"}, '{"block_type":"made_up"}'),
    "a block of an unknown class": (foreign("x"), "\"namespace(block_type='x')\""),
}


@pytest.mark.parametrize(("block", "words"), IN_WORDS.values(), ids=IN_WORDS)
def test_blocks_of_a_tool_that_cannot_be_sent_are_put_into_words(block, words):
    extra = {"tool_call_id": "call_1"}
    message = with_blocks(ChatMessage(role="tool", additional_kwargs=extra), block)
    assert to_params([message]) == [{"role": "tool", "content": words, **extra}]


UNSUPPORTED = {
    "ThinkingBlock": user(ThinkingBlock(content="Hm.")),
    "ToolCallBlock": user(CALL_BLOCK),
}


@pytest.mark.parametrize(("block", "message"), UNSUPPORTED.items(), ids=UNSUPPORTED)
def test_the_error_of_an_unsupported_block_names_it(block, message):
    with pytest.raises(UnsupportedContentError, match=f"A {block} cannot be sent"):
        to_params([message])
