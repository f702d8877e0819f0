"""Answers to a schema as models wrap them: in tokens of calls, fences, names, after reasoning."""

from hypothesis import strategies as st
from pydantic import BaseModel
from strange_replies import to_body, to_events


class Joke(BaseModel):
    """A joke."""

    setup: str
    punchline: str


JOKE = '{"setup": "a", "punchline": "b"}'
READ = Joke(setup="a", punchline="b")
OBJECTS = (
    JOKE,
    f'{{"Joke": {JOKE}}}',
    f'{{"joke": {JOKE}}}',
    f'{{"properties": {JOKE}}}',
    f'{{"type": "object", "properties": {JOKE}}}',
    f'{{"name": "Joke", "arguments": {JOKE}}}',
    '{"setup": "a", \'punchline\': "b",}',
)
AROUND = (
    *(("", ""), ("```json\n", "\n```"), ("<tool_call>", "</tool_call>"), ("", "</tool_call>")),
    *(("<tool_call>\n```json\n", "\n```\n</tool_call>"), ("<tool_call>", ""), ("", "<|im_end|>")),
    *(("<|python_tag|>", ""), ("[TOOL_CALLS]", ""), ("[TOOL_CALLS][", "]"), ("{}\n", "")),
    ("<|tool_calls_section_begin|><|tool_call_begin|>", "<|tool_call_end|>"),
)
BEFORE = ("", "<think>I look.</think>", '<think>{"setup": 1}</think>\n', "Here it is:\n", "\ufeff")
BROKEN = (
    '{"setup": "a"}</tool_call>',
    '[TOOL_CALLS]Joke{"setup": "a", "punch',
    '<tool_call>{"name": "Joke", "arguments": {"setup": "a", "pun',
    "<tool_call>Joke\n<arg_key>setup</arg_key>",
    '<tool_call>{"error": "I cannot."}</tool_call>',
)

sizes = st.sampled_from([1, 5, 1000])


@st.composite
def wrapped(draw):
    """The text of an answer that holds the joke."""
    start, end = draw(st.sampled_from(AROUND))
    return draw(st.sampled_from(BEFORE)) + start + draw(st.sampled_from(OBJECTS)) + end


def whole(text):
    return to_body({"content": text}, "stop")


def streamed(text, size):
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return to_events([{"content": piece} for piece in pieces], "stop")
