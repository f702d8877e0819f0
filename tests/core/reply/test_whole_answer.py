"""The usual whole answer takes a short way, and is read as on the long one."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core import WeryAIError
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply.plain.whole_answer import read_plain_answer
from weryai_core.reply.reply_stream import ReplyStream
from weryai_core.reply_options import NO_OPTIONS, ReplyOptions

USUAL = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1711929600,
    "model": "GPT_4O",
    "system_fingerprint": "fp_1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "It is 18 °C.", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14},
}
OPTIONS = [
    NO_OPTIONS,
    ReplyOptions(model="GPT_4O", has_one_choice=True),
    ReplyOptions(model="GPT_4O", has_one_choice=True, checks_answer=True),
    ReplyOptions(has_one_choice=True, held_back=200),
    ReplyOptions(requires_call=True),
    ReplyOptions(choice_count=2),
    ReplyOptions(expects_json=True),
]
TEXTS = ["Sure.", " \n", "", "<think>x</think>y", "[1]", "`a`", None, "</s>", "x\n\n", "Error: no"]
COUNTS = [0, 1, 9, 5.0, -1, "7", None, True, 10**20]
scalars = st.sampled_from(["m", "", " m ", 0, 1, 2.5, True, None, "chat.completion", "error"])
usages = st.one_of(
    scalars,
    st.fixed_dictionaries({}, optional=dict.fromkeys(USUAL["usage"], st.sampled_from(COUNTS))),
    st.just({**USUAL["usage"], "prompt_tokens_details": {"cached_tokens": 3}, "cost": 0.1}),
    st.integers(0, 9).map(lambda n: {**USUAL["usage"], "total_tokens": 9 + n}),
)


@st.composite
def answers(draw):
    """The usual answer with up to three fields that are not the usual ones."""
    body = json.loads(json.dumps(USUAL))
    entry = body["choices"][0]
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.sampled_from([body, entry, entry["message"]]))
        name = draw(st.sampled_from([*place, "error", "text", "reasoning", "code", "tool_calls"]))
        if name == "content":
            place[name] = draw(st.sampled_from(TEXTS) | st.text(max_size=20))
        elif name == "usage":
            place[name] = draw(usages)
        elif name == "finish_reason":
            place[name] = draw(st.sampled_from(["stop", "length", "STOP", "error", None]))
        elif name not in ("choices", "message"):
            place[name] = draw(scalars)
        if draw(st.booleans()) and name not in ("choices", "message"):
            place.pop(name, None)
    return body


def state_of(decoder):
    """What a decoder tells the clock, and the error of a connection that breaks after the reply."""
    return decoder.is_complete, decoder.is_answered, decoder.partial


@given(answers(), st.sampled_from(OPTIONS))
def test_the_short_way_reads_what_the_long_way_reads(body, options):
    found = read_plain_answer(json.loads(json.dumps(body)), options)
    if found is None:
        return
    long_way = ReplyStream(options).read_whole(body)
    assert found == long_way
    assert repr(found) == repr(long_way)
    assert found.usage is None or found.usage.raw == long_way.usage.raw
    # An error would be found before that.
    extra = {**body, "choices": [{**body["choices"][0], "extra": None}]}
    short, long = StreamDecoder(options), StreamDecoder(options)
    assert short.read_whole(json.dumps(body).encode()) == found
    assert replace(long.read_whole(json.dumps(extra).encode()), raw=body) == found
    assert state_of(short) == state_of(long)


@pytest.mark.parametrize("name", [*USUAL, "error"])
def test_the_usual_answer_takes_the_short_way(name):
    changed = {**USUAL, name: {"message": "no"}}
    assert read_plain_answer(USUAL, NO_OPTIONS) is not None
    if name in ("choices", "error", "object"):
        assert read_plain_answer(changed, NO_OPTIONS) is None


def test_an_error_next_to_the_usual_answer_is_an_error():
    with pytest.raises(WeryAIError, match="no credits"):
        StreamDecoder().read_whole(json.dumps({**USUAL, "error": "no credits"}).encode())


def test_the_usage_of_the_reply_is_not_that_of_the_raw_object():
    chunk = read_plain_answer(USUAL, NO_OPTIONS)
    assert chunk.usage.raw == USUAL["usage"]
    assert chunk.usage.raw is not USUAL["usage"]
