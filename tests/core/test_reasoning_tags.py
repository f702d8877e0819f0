"""Reasoning in tags at the head of a text, whole and cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.reasoning_tags import TagReader, split_reasoning

HARMONYS_CALL = "<|start|>assistant<|channel|>commentary to=functions.add<|message|>{}<|call|>"
# Text -> its reasoning and the rest.
READ = {
    "think": ("<think>Hm.</think>Hi", "Hm.", "Hi"),
    "thinking": ("<thinking>Hm.</thinking>Hi", "Hm.", "Hi"),
    "reasoning": ("<reasoning>Hm.</reasoning>Hi", "Hm.", "Hi"),
    "thought": ("<thought>Hm.</thought>Hi", "Hm.", "Hi"),
    "ByteDance's": ("<seed:think>Hm.</seed:think>Hi", "Hm.", "Hi"),
    "Mistral's": ("[THINK]Hm.[/THINK]Hi", "Hm.", "Hi"),
    "Kimi's": ("◁think▷Hm.◁/think▷Hi", "Hm.", "Hi"),
    "any case": ("<Think>Hm.</THINK>Hi", "Hm.", "Hi"),
    "attributes": ('<think lang="en" n=1>Hm.</think>Hi', "Hm.", "Hi"),
    "white space around": (" \n<think>\n Hm.\n\n</think>\n\nHi \n", "Hm.", "Hi \n"),
    "white space inside": ("<think>a\n\nb</think>Hi", "a\n\nb", "Hi"),
    "two blocks": ("<think>a</think>\n<think>b</think>Hi", "ab", "Hi"),
    "nothing": ("<think>\n\n</think>\n\nHi", "", "Hi"),
    "a mark without a width": ("\ufeff\u200b<think>Hm.</think>Hi", "Hm.", "Hi"),
    "a prefix": ("<mm:think>Hm.</mm:think>Hi", "Hm.", "Hi"),
    "a tag that is both": ("<think />\nHi", "", "Hi"),
    "white space in the end tag": ("<think>Hm.</think >Hi", "Hm.", "Hi"),
    "the end tag of another name": ("<think>Hm.</thinking>Hi", "Hm.", "Hi"),
    "both end tags": ("<think>a <b> </thinking></think>Hi", "a <b>", "Hi"),
    "its own end tag later": ("<think>a</thinking>b</think>Hi", "ab", "Hi"),
    "the start tag twice": ("<think>\n<think>\nHm.</think>Hi", "Hm.", "Hi"),
    "reasoning inside": ("<think>a<think>b</think>c</think>Hi", "a<think>bc", "Hi"),
    "other reasoning inside": (
        "<think>a\n<thought>b</thought> c</think>Hi",
        "a\n<thought>b</thought> c",
        "Hi",
    ),
    "mentions inside": (
        "<think>Use <think> and </thought> here, `</think>` then.</think>Hi",
        "Use <think> and </thought> here, `</think>` then.",
        "Hi",
    ),
    "after a quotation": ('<think>She said "no"</think>Hi', 'She said "no"', "Hi"),
    "gpt-oss": (
        "<|channel|>analysis<|message|>Hm.<|end|>\n<|start|>assistant<|channel|>final "
        "<|constrain|>json<|message|>{}<|return|>",
        "Hm.",
        "{}",
    ),
    "gpt-oss without an end": (
        "<|start|>assistant<|channel|>analysis<|message|>Hm.<|start|>assistant<|channel|>final"
        "<|message|>Hi",
        "Hm.",
        "Hi",
    ),
    "gpt-oss, truncated": ("<|channel|>analysis<|message|>Hm. <|en", "Hm. <|en", ""),
    "gpt-oss, two messages": (
        "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>final"
        "<|message|>Done.<|return|>",
        "",
        "I look.\n\nDone.",
    ),
    "gpt-oss, a call": (
        f"<|channel|>analysis<|message|>Hm.<|end|>{HARMONYS_CALL}",
        "Hm.",
        HARMONYS_CALL,
    ),
    "truncated": ("<think>Hm. </thi", "Hm. </thi", ""),
    "truncated at once": ("<think>", "", ""),
    "truncated, in lower case": ("<think> is it", "is it", ""),
    "like prose": ("<think> is a tag meant?</think>Hi", "is a tag meant?", "Hi"),
    "no answer": ("<think>Hm.</think>\n", "Hm.", ""),
    "end tag alone at the head": ("\n</think>\n\nHi", "", "Hi"),
    "Qwen's turn before it": ("<|im_start|>assistant\n<think>\nHm.\n</think>Hi", "Hm.", "Hi"),
    "GLM's turn before it": ("\n<|assistant|>\n<think>Hm.</think>Hi", "Hm.", "Hi"),
    "DeepSeek's turn before it": (
        "<\uff5cbegin\u2581of\u2581sentence\uff5c><\uff5cAssistant\uff5c><think>Hm.</think>Hi",
        "Hm.",
        "Hi",
    ),
    "a turn without reasoning": ("<|im_start|>assistant\nHi", "", "Hi"),
    "a later mention": ("<think>Hm.</think>Use <think>x</think>", "Hm.", "Use <think>x</think>"),
}
LEFT_ALONE = [
    "",
    " \n",
    " Hi",
    "<thi",
    "<",
    "[",
    "<thinker>Hm.</thinker>",
    "<div>Hm.</div>",
    "Use <think>Hm.</think> for it.",
    "`<think>` begins reasoning.",
    "<think> is a tag.",
    "<think> is a tag, which </think> ends.",
    "<thinking> and </thinking> are tags",
    "```xml\n<think>Hm.</think>\n```",
    "Hm.</think>Hi",
    "<think " + "x" * 200 + ">Hm.</think>",
    '{"a": "<think>b</think>"}',
    "<|channel|> begins a message.",
    "<|start|>user",
    "assistant\n<think>Hm.</think>Hi",
    "<|im_start|>assistant begins a turn.",
    "<|assistant|>, <|user|>",
    HARMONYS_CALL,
]


def in_pieces(text, cuts, held_back=0):
    reader = TagReader(held_back)
    places = sorted({min(cut, len(text)) for cut in cuts})
    pieces = [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]
    read = [reader.feed(piece, is_end=False) for piece in pieces]
    read.append(reader.feed("", is_end=True))
    return ("".join(part[0] for part in read), "".join(part[1] for part in read)), reader.edits


def edited(text, edits):
    places = [0, *(end for _, end, _ in edits)], [*(start for start, _, _ in edits), len(text)]
    kept = [text[start:end] for start, end in zip(*places, strict=True)]
    added = ["\n" * size for _, _, size in edits]
    return "".join(piece for pair in zip(kept, [*added, ""], strict=True) for piece in pair)


@pytest.mark.parametrize(("text", "reasoning", "rest"), READ.values(), ids=READ)
def test_reasoning_in_tags_is_separated_however_the_text_is_cut(text, reasoning, rest):
    assert split_reasoning(text) == (reasoning, rest)
    for cuts in ([], *([cut] for cut in range(len(text))), range(len(text))):
        read, removed = in_pieces(text, cuts)
        assert read == (reasoning, rest)
        assert edited(text, removed) == rest


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_text_is_left_alone(text):
    for cuts in ([], *([cut] for cut in range(len(text))), range(len(text))):
        assert in_pieces(text, cuts) == (("", text), [])


# Text of a model that reasons, whose server may lose the start tag.
UNSTARTED = {
    "end tag alone": ("\nHm.\n</think>\n\nHi", ("Hm.", "Hi")),
    "end tag alone, in capitals": ("Hm.</THINK>Hi", ("Hm.", "Hi")),
    "nothing before it": ("\n</think>Hi", ("", "Hi")),
    "both tags": ("<think>Hm.</think>Hi", ("Hm.", "Hi")),
    "then both tags": ("a</think><think>b</think>Hi", ("ab", "Hi")),
    "no tag": (" Hi there. ", ("", " Hi there. ")),
    "a mention of both": ("Use <think>x</think>.", ("", "Use <think>x</think>.")),
    "a mention in backticks": ("End it by `</think>`.", ("", "End it by `</think>`.")),
    "a mention in a sentence": (
        "Remove the closing </think> tag.",
        ("", "Remove the closing </think> tag."),
    ),
    "a mention in quotes": ('Write "</think>" last.', ("", 'Write "</think>" last.')),
    "a mention, then the tag": ("Use </think> here?\n</think>Hi", ("Use </think> here?", "Hi")),
    "after a sentence": ("Hm. </think> Hi", ("Hm.", "Hi")),
    "a role before both tags": ("assistant\n<think>Hm.</think>Hi", ("Hm.", "Hi")),
    "a role that is a word": ("Assistant\n professor", ("", "Assistant\n professor")),
    "no answer after it": ("The answer is 42.\n</think>", ("", "The answer is 42.")),
    "only white space after it": (" 42</think> \n", ("", " 42")),
    "only end tags after it": ("42</think>\n</think>", ("", "42")),
    "a mention at the end": ("End it by </think>", ("", "End it by </think>")),
    "JSON": ('{"a": "</think>"}', ("", '{"a": "</think>"}')),
    "a code fence": ("```\nx</think>\n```", ("", "```\nx</think>\n```")),
    "too late": ("x" * 50 + "</think>Hi", ("", "x" * 50 + "</think>Hi")),
}


@pytest.mark.parametrize(("text", "read"), UNSTARTED.values(), ids=UNSTARTED)
def test_an_end_tag_without_a_start_tag_is_read_where_it_may_come(text, read):
    for cuts in ([], *([cut] for cut in range(len(text))), range(len(text))):
        assert in_pieces(text, cuts, held_back=50)[0] == read


def test_text_before_an_end_tag_is_reasoning_if_the_answer_comes_outside_of_the_text():
    reader = TagReader(held_back=50)
    assert reader.feed("Hm.</think>\n", is_end=False) == ("", "")
    reader.has_answer = True
    assert reader.feed("", is_end=True) == ("Hm.", "")


def test_text_is_released_when_the_reasoning_came_in_another_way():
    reader = TagReader(held_back=50)
    assert reader.feed("Hi", is_end=False) == ("", "")
    assert reader.is_holding
    reader.stop_waiting()
    assert reader.feed(" you", is_end=False) == ("", "Hi you")
    assert reader.is_copying


def test_text_that_is_certain_is_released_at_once():
    reader = TagReader()
    assert reader.feed("<think>H", is_end=False) == ("H", "")
    assert reader.feed("m <", is_end=False) == ("m", "")
    assert reader.feed("b> ", is_end=False) == (" <b>", "")
    assert reader.feed("</think>H", is_end=False) == ("", "H")
    assert reader.feed("i <think>", is_end=False) == ("", "i <think>")


TOKENS = ["<think>", "</think>", "<thinking>", "</thinking>", "<THINK x>", "[THINK]", "[/THINK]"]
TOKENS += ["<|im_start|>", "assistant", "<|assistant|>", "\n</think>"]
TOKENS += ["<|channel|>", "analysis", "final", "<|message|>", "<|end|>", "<|start|>assistant", "/>"]
tokens = st.sampled_from([*TOKENS, "<", "a", " ", "\n", "`", "{", "</", ">", "İ", "<think "])


@given(
    st.lists(tokens, max_size=12).map("".join),
    st.lists(st.integers(0, 60), max_size=6),
    st.sampled_from([0, 5, 20, 1000]),
)
def test_the_result_depends_on_the_text_alone(text, cuts, held_back):
    whole = split_reasoning(text, held_back=held_back)
    read, removed = in_pieces(text, cuts, held_back)
    assert read == whole
    assert edited(text, removed) == whole[1]


@pytest.mark.parametrize("mention", ["The tag </think> ends it. ", "`</think>`, "])
def test_a_long_text_about_tags_is_searched_once(mention):
    """Searched from its beginning for each mention, such a text took minutes."""
    text = "About tags: " + mention * 20_000
    assert split_reasoning(text, held_back=1_000_000) == ("", text)
