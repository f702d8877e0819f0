"""Tokens that end a turn, at the end of a text, whole and cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.chunk import Choice
from weryai_core.end_tokens import EndTokenRemover

DEEPSEEKS = "<\uff5cend\u2581of\u2581sentence\uff5c>"
REMOVED = {
    "Qwen's": ("Hi<|im_end|>", "Hi"),
    "with white space after it": ("Hi!<|eot_id|>\n", "Hi!"),
    "DeepSeek's": (f"Hi.{DEEPSEEKS}", "Hi."),
    "ByteDance's": ("Hi.<[end\u2581of\u2581sentence]>", "Hi."),
    "after other lines": ("It is:\n- a\n\nDone (so).<|endoftext|>", "It is:\n- a\n\nDone (so)."),
    "after the role": ("<|im_start|>assistant\nHi.<|im_end|>", "<|im_start|>assistant\nHi."),
}
KEPT = [
    "",
    "Hi<",
    "Hi <|im_",
    "a <|im_end|> b",
    "ChatML ends a turn by <|im_end|>",
    "`<|im_end|>`",
    "It is '<|im_end|>",
    "<b>Hi</b>",
    "<|im_start|>",
    "<|im_end|>",
    "EOS: <|endoftext|>",
    "EOS token = <eos>",
    "EOS:<|eot_id|>",
    "It is:\n\n<|im_end|>",
    "Tokens:\n- <|im_end|>\n- <|eot_id|>",
    "1.<|im_end|>",
    "<pad>, <bos>, <eos>",
    "An example: Hello<|im_end|>",
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>",
    "one<|endoftext|>two<|endoftext|>",
    "Hi.<|user|>",
    "Hi.<end_of_turn>",
]


TAGS_REMOVED = {
    "an end tag": ("Hi.</think>", "Hi."),
    "on a line of its own": ("Hi.\n</think>\n", "Hi.\n"),
    "several": ("Hi.</thinking> </THINK>", "Hi."),
}
TAGS_KEPT = [
    "<think>Hi</think>",
    "End it by </think>",
    "It is:\n</think>",
    "1. </think>",
    "a</think> b",
    "Hi.<|im_end|>",
    "<b>a</b>",
]


def read(*texts, tags=False):
    remover = EndTokenRemover(tags=tags)
    pieces = [remover.read(Choice(0, text), False) for text in texts]
    return "".join(piece.text for piece in [*pieces, remover.read(Choice(0), True)])


@pytest.mark.parametrize(("text", "rest"), REMOVED.values(), ids=REMOVED)
def test_tokens_at_the_end_are_removed(text, rest):
    assert read(text) == read(*text) == rest


@pytest.mark.parametrize("text", KEPT)
def test_other_text_is_kept(text):
    assert read(text) == read(*text) == text


@pytest.mark.parametrize(("text", "rest"), TAGS_REMOVED.values(), ids=TAGS_REMOVED)
def test_end_tags_at_the_end_are_removed(text, rest):
    assert read(text, tags=True) == read(*text, tags=True) == rest


@pytest.mark.parametrize("text", TAGS_KEPT)
def test_other_tags_are_kept(text):
    assert read(text, tags=True) == read(*text, tags=True) == text


def test_text_is_released_once_it_is_certain():
    remover = EndTokenRemover()
    assert remover.read(Choice(0, "Hi <"), False).text == "Hi "
    assert remover.read(Choice(0, "b>Hi<|im_end|>"), False).text == "<b>Hi"
    assert remover.read(Choice(0, "", finish_reason="stop"), False).text == ""


PIECES = [
    "</think>",
    "<think>",
    "<|im_end|>",
    DEEPSEEKS,
    "<",
    "|",
    "im_end",
    ">",
    " ",
    "\n",
    "a",
    "`",
    "<|",
]


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.booleans())
def test_the_result_depends_on_the_text_alone(pieces, tags):
    text = "".join(pieces)
    assert read(text, tags=tags) == read(*pieces, tags=tags) == read(*text, tags=tags)
