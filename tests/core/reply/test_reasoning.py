"""Reasoning in every place where services put it, whole and streamed."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replies import decode_stream, decode_whole, to_stream

from weryai_core import Citation, known_models, merge_chunks
from weryai_core.reply_options import ReplyOptions
from weryai_core.request.prepare import encode, prepare
from weryai_core.wire import with_extras

CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": "{}"},
}
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def streamed(*deltas, options=ReplyOptions()):  # noqa: B008  # it is frozen
    events = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return merge_chunks(decode_stream(to_stream(*events, END), options)).choice


def whole(message, options=ReplyOptions()):  # noqa: B008  # it is frozen
    entry = {"index": 0, "message": message, "finish_reason": "stop"}
    return decode_whole({"choices": [entry]}, options).choice


TEXT_1 = {"type": "reasoning.text", "text": "Hm", "index": 0, "format": "anthropic-claude-v1"}
TEXT_2 = {"type": "reasoning.text", "text": ".", "index": 0, "format": "anthropic-claude-v1"}
SIGNATURE = {"type": "reasoning.text", "signature": "c2ln", "index": 0}
TEXT = {**TEXT_1, "text": "Hm.", "signature": "c2ln"}
SECRET = {"type": "reasoning.encrypted", "data": "x", "id": "call_1", "index": 0}
OTHER_SECRET = {**SECRET, "data": "y", "id": "call_2"}
SUMMARY_1 = {"type": "reasoning.summary", "summary": "H", "index": 1}
SUMMARY_2 = {"type": "reasoning.summary", "summary": "m", "index": 1}
SUMMARY = {**SUMMARY_1, "summary": "Hm"}
ITEM = {
    "type": "reasoning",
    "id": "rs_1",
    "encrypted_content": "x",
    "summary": [{"type": "summary_text", "text": "Hm."}],
}
OTHER_ITEM = {**ITEM, "id": "rs_2", "summary": []}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}

# Deltas -> the fields and the text of the reasoning.
SIGNED = {
    "OpenRouter's": (
        [{"reasoning_details": [entry]} for entry in (TEXT_1, TEXT_2, SIGNATURE, SECRET)],
        {"reasoning_details": [TEXT, SECRET]},
        "Hm.",
    ),
    "OpenRouter's next to the text": (
        [
            {"reasoning": "Hm", "reasoning_details": [TEXT_1]},
            {"reasoning": ".", "reasoning_details": [TEXT_2]},
            {"reasoning": None, "reasoning_details": [SIGNATURE]},
            {"reasoning_details": []},
        ],
        {"reasoning_details": [TEXT]},
        "Hm.",
    ),
    "OpenRouter's after the text": (
        [{"reasoning_content": "Hm."}, {"content": "Hi", "reasoning_details": [TEXT]}],
        {"reasoning_details": [TEXT]},
        "Hm.",
    ),
    "OpenRouter's encrypted": (
        [{"reasoning_details": [SECRET]}, {"reasoning_details": [SECRET, OTHER_SECRET]}],
        {"reasoning_details": [SECRET, OTHER_SECRET]},
        "",
    ),
    "OpenRouter's encrypted in pieces": (
        [{"reasoning_details": [SECRET]}, {"reasoning_details": [{**SECRET, "data": "yz"}]}],
        {"reasoning_details": [{**SECRET, "data": "xyz"}]},
        "",
    ),
    "OpenRouter's summaries": (
        [{"reasoning_details": [SUMMARY_1]}, {"reasoning_details": [SUMMARY_2]}],
        {"reasoning_details": [SUMMARY]},
        "Hm",
    ),
    "OpenRouter's without an index": (
        [
            {"reasoning_details": [{"type": "reasoning.text", "text": "H"}]},
            {"reasoning_details": [{"type": "reasoning.text", "text": "m", "signature": "s"}]},
            {"reasoning_details": [{"type": "reasoning.text", "text": "So."}]},
        ],
        {
            "reasoning_details": [
                {"type": "reasoning.text", "text": "Hm", "signature": "s"},
                {"type": "reasoning.text", "text": "So."},
            ]
        },
        "HmSo.",
    ),
    "LiteLLM's": (
        [
            {"reasoning_content": "H", "thinking_blocks": [{"type": "thinking", "thinking": "H"}]},
            {"reasoning_content": "m", "thinking_blocks": [{"type": "thinking", "thinking": "m"}]},
            {"thinking_blocks": [{"type": "thinking", "thinking": "", "signature": "c2ln"}]},
            {"thinking_blocks": [{"type": "redacted_thinking", "data": "x"}]},
        ],
        {
            "thinking_blocks": [
                {"type": "thinking", "thinking": "Hm", "signature": "c2ln"},
                {"type": "redacted_thinking", "data": "x"},
            ]
        },
        "Hm",
    ),
    # github.com/langchain-ai/langchain-litellm: Anthropic's last fragment has the whole text again
    "LiteLLM's, with the whole text at the end": (
        [
            {"thinking_blocks": [{"type": "thinking", "thinking": "Hm", "index": 0}]},
            {"thinking_blocks": [{"type": "thinking", "thinking": ".", "index": 0}]},
            {"thinking_blocks": [{**THOUGHT, "index": 0}]},
            {"thinking_blocks": [{**THOUGHT, "thinking": "So.", "index": 1}]},
        ],
        {
            "thinking_blocks": [
                {**THOUGHT, "index": 0},
                {**THOUGHT, "thinking": "So.", "index": 1},
            ]
        },
        "Hm.So.",
    ),
    "LiteLLM's signatures of Gemini, repeated": (
        [{"provider_specific_fields": {"thought_signatures": ["c2ln"]}}] * 2,
        {"provider_specific_fields": {"thought_signatures": ["c2ln"]}},
        "",
    ),
    "LiteLLM's blocks alone": (
        [{"thinking_blocks": [THOUGHT]}],
        {"thinking_blocks": [THOUGHT]},
        "Hm.",
    ),
    "LiteLLM's fields": (
        [{"provider_specific_fields": {"thinking_blocks": [THOUGHT], "citations": None}}],
        {"provider_specific_fields": {"thinking_blocks": [THOUGHT], "citations": None}},
        "Hm.",
    ),
    # github.com/BerriAI/litellm/pull/24690
    "LiteLLM's items of OpenAI": (
        [{"reasoning_content": "Hm."}, {"reasoning_items": [ITEM, OTHER_ITEM]}],
        {"reasoning_items": [ITEM, OTHER_ITEM]},
        "Hm.",
    ),
    "LiteLLM's items, one by one": (
        [{"reasoning_items": [ITEM]}, {"reasoning_items": [OTHER_ITEM]}],
        {"reasoning_items": [ITEM, OTHER_ITEM]},
        "Hm.",
    ),
    # github.com/earendil-works/pi/pull/1502
    "a proxy's text and signature": (
        [{"reasoning_text": "H"}, {"reasoning_text": "m."}, {"reasoning_opaque": "c2ln"}],
        {"reasoning_text": "Hm.", "reasoning_opaque": "c2ln"},
        "Hm.",
    ),
    "a signature next to the text": (
        [{"reasoning_content": "Hm."}, {"reasoning_signature": "c2ln"}],
        {"reasoning_signature": "c2ln"},
        "Hm.",
    ),
    "fields that hold nothing": (
        [{"content": "Hi", "provider_specific_fields": {"refusal": None}, "thinking_blocks": None}],
        {},
        "",
    ),
    "Google's marks": (
        [
            {"content": "<thought>Hm", "extra_content": {"google": {"thought": True}}},
            {"content": ".", "extra_content": {"google": {"thought": True}}},
            {"content": "</thought>", "extra_content": {"google": {"thought_signature": "c2ln"}}},
        ],
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
        "Hm.",
    ),
    "Google's marks without tags": (
        [
            {"content": "Hm", "extra_content": {"google": {"thought": True}}},
            {"content": ".", "extra_content": {"vertex": {"thought": True}}},
        ],
        {},
        "Hm.",
    ),
    "Google's": (
        [{"content": "Hi"}, {"extra_content": {"google": {"thought_signature": "c2ln"}}}],
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
        "",
    ),
    "a signature": ([{"thoughtSignature": "c2ln"}], {"thoughtSignature": "c2ln"}, ""),
}


@pytest.mark.parametrize(("deltas", "extra", "reasoning"), SIGNED.values(), ids=SIGNED)
def test_signed_reasoning_is_merged_and_its_text_is_shown_once(deltas, extra, reasoning):
    choice = streamed(*deltas, {"content": "Hello"})
    assert (choice.extra, choice.reasoning) == (extra, reasoning)
    assert choice.text.removeprefix("Hi") == "Hello"
    message = {"content": "Hello", "reasoning_content": reasoning, **extra}
    assert whole(message).extra == extra
    assert whole(message).reasoning == reasoning
    if extra.keys() - {"reasoning_signature", "extra_content"}:
        del message["reasoning_content"]
    assert whole(message).reasoning == reasoning


# Fields and their texts, delta by delta -> the reasoning.
TWICE = {
    "blocks, then a field": (
        [{"thinking_blocks": "Hm."}, {"reasoning_content": "Hm."}],
        "Hm.",
    ),
    "blocks and a field in turn": (
        [
            {"thinking_blocks": "H"},
            {"reasoning_content": "H"},
            {"thinking_blocks": "m."},
            {"reasoning_content": "m."},
        ],
        "Hm.",
    ),
    "in other pieces": (
        [{"reasoning": "H"}, {"reasoning_details": "Hm. "}, {"reasoning": "m. So."}],
        "Hm. So.",
    ),
    "one of them behind": (
        [{"reasoning": "Hm.", "thinking_blocks": "H"}, {"thinking_blocks": "m. So."}],
        "Hm. So.",
    ),
    "details and blocks": (
        [{"reasoning_details": "Hm."}, {"thinking_blocks": "Hm."}, {"reasoning_details": "So."}],
        "Hm.So.",
    ),
    "with other white space": (
        [{"reasoning": "\nHm.\n"}, {"thinking_blocks": "Hm."}],
        "\nHm.\n",
    ),
    "a summary of it": (
        [
            {"reasoning_content": "Hm."},
            {"reasoning_details": "I hum."},
            {"reasoning_content": "So."},
        ],
        "Hm.So.",
    ),
    "two plain fields": ([{"reasoning": "Hm."}, {"reasoning_content": "Hm."}], "Hm."),
    "two plain fields in turn": (
        [{"reasoning": "Hm."}, {"reasoning_content": " So"}, {"reasoning": "."}],
        "Hm. So.",
    ),
    "parts of the content": (
        [{"reasoning": "Hm."}, {"content": [{"type": "thinking", "thinking": "Hm."}]}],
        "Hm.",
    ),
}


def delta_of(fields):
    made = dict(fields)
    for name, kind, key in (
        ("reasoning_details", "reasoning.text", "text"),
        ("thinking_blocks", "thinking", "thinking"),
    ):
        if name in fields:
            made[name] = [{"type": kind, key: fields[name]}]
    return made


@pytest.mark.parametrize(("deltas", "reasoning"), TWICE.values(), ids=TWICE)
def test_reasoning_that_comes_in_several_fields_is_shown_once(deltas, reasoning):
    assert streamed(*map(delta_of, deltas)).reasoning == reasoning


PLACES = ("reasoning_content", "reasoning", "reasoning_details", "thinking_blocks")


@settings(deadline=None)
@given(st.text("ab \n", min_size=1, max_size=9), st.data())
def test_one_reasoning_in_several_fields_is_shown_once_however_it_is_cut(text, data):
    rest = dict.fromkeys(data.draw(st.permutations(PLACES))[: data.draw(st.integers(1, 4))], text)
    deltas = []
    while any(rest.values()):
        left = [name for name in rest if rest[name]]
        names = data.draw(st.lists(st.sampled_from(left), min_size=1, unique=True))
        sizes = {name: data.draw(st.integers(1, 3)) for name in names}
        deltas.append(delta_of({name: rest[name][: sizes[name]] for name in names}))
        rest = {name: rest[name][sizes.get(name, 0) :] for name in rest}
    assert streamed(*deltas).reasoning.strip() == text.strip()
    assert whole(delta_of(dict.fromkeys(rest, text))).reasoning == text


def test_signed_reasoning_is_on_the_last_chunk_of_a_stream():
    events = [{"choices": [{"index": 0, "delta": {"reasoning_details": [TEXT], "content": "Hi"}}]}]
    first, *_, last = decode_stream(to_stream(*events, END))
    assert (first.choice.extra, last.choice.extra) == ({}, {"reasoning_details": [TEXT]})


CALLS = {
    "LiteLLM's": (
        {"provider_specific_fields": {"thought_signature": "c2ln"}},
        {"provider_specific_fields": {"thought_signature": "c2ln"}},
    ),
    "LiteLLM's of the function": (
        {"function": {"name": "add", "provider_specific_fields": {"thought_signature": "c2ln"}}},
        {"function": {"provider_specific_fields": {"thought_signature": "c2ln"}}},
    ),
    "LiteLLM's in the id": (
        {"id": "call_1__thought__c2ln"},
        {"provider_specific_fields": {"thought_signature": "c2ln"}},
    ),
    "Google's": (
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
    ),
    "a signature of the function": (
        {"function": {"name": "add", "thoughtSignature": "c2ln"}},
        {"function": {"thoughtSignature": "c2ln"}},
    ),
}


@pytest.mark.parametrize(("fields", "extra"), CALLS.values(), ids=CALLS)
def test_a_call_keeps_what_its_model_wants_back(fields, extra):
    call = {**CALL, **fields}
    rest = {**call, "function": {**call.get("function", {}), "name": None, "arguments": "{}"}}
    (once,) = streamed({"tool_calls": [call]}).tool_calls
    (twice,) = streamed({"tool_calls": [call]}, {"tool_calls": [rest]}).tool_calls
    (at_once,) = whole({"content": None, "tool_calls": [call]}).tool_calls
    assert once.extra == twice.extra == at_once.extra == extra


# Text -> its reasoning and the answer.
TAGGED = {
    "tags": ("<think>\nHm.\n</think>\n\nHello", "Hm.", "Hello"),
    "other tags": ("<Thinking>Hm.</Thinking>Hello", "Hm.", "Hello"),
    "truncated": ("<reasoning>Hm.", "Hm.", ""),
    "a mention": ("Use <think>.", "", "Use <think>."),
    "an end tag alone": ("Hm.</think>Hello", "", "Hm.</think>Hello"),
}


@pytest.mark.parametrize(("text", "reasoning", "answer"), TAGGED.values(), ids=TAGGED)
def test_reasoning_in_tags_is_reasoning(text, reasoning, answer):
    pieces = [{"content": character} for character in text]
    for choice in (whole({"content": text}), streamed(*pieces), streamed({"content": text})):
        assert (choice.reasoning, choice.text) == (reasoning, answer)
    off = ReplyOptions(reads_reasoning_tags=False)
    for choice in (whole({"content": text}, off), streamed(*pieces, options=off)):
        assert (choice.reasoning, choice.text) == ("", text)


@pytest.mark.parametrize(
    ("text", "held_back", "reasoning", "answer"),
    [
        ("Hm.</think>Hello", 20, "Hm.", "Hello"),
        ("Hello there", 20, "", "Hello there"),
        ("Hello there", 5, "", "Hello there"),
    ],
)
def test_an_end_tag_alone_is_read_where_text_is_held_back(text, held_back, reasoning, answer):
    options = ReplyOptions(held_back=held_back)
    pieces = [{"content": character} for character in text]
    for choice in (whole({"content": text}, options), streamed(*pieces, options=options)):
        assert (choice.reasoning, choice.text) == (reasoning, answer)


def test_an_end_tag_alone_is_read_anywhere_in_an_answer_that_came_whole():
    text = "x" * 30 + "</think>Hello"
    options = ReplyOptions(held_back=20)
    choice = whole({"content": text}, options)
    assert (choice.reasoning, choice.text) == ("x" * 30, "Hello")
    choice = streamed(*[{"content": character} for character in text], options=options)
    assert (choice.reasoning, choice.text) == ("", text)
    prose = "x" * 30 + " and </think> is a tag."
    assert whole({"content": prose}, options).text == prose


def test_text_is_not_held_back_when_reasoning_came_in_a_field():
    events = [
        {"choices": [{"index": 0, "delta": delta}]}
        for delta in ({"reasoning_content": "Hm."}, {"content": "Hel"}, {"content": "lo"})
    ]
    chunks = decode_stream(to_stream(*events, END), ReplyOptions(held_back=1000))
    assert [chunk.text for chunk in chunks if chunk.text] == ["Hel", "lo"]


def test_reasoning_that_came_in_a_field_and_in_tags_is_shown_once():
    message = {"content": "<think>Hm.</think>Hello", "reasoning_content": "Hm."}
    tags, field = ({name: message[name]} for name in message)
    for choice in (whole(message), streamed(message), streamed(tags, field), streamed(field, tags)):
        assert (choice.reasoning, choice.text) == ("Hm.", "Hello")


def test_citations_keep_their_passage_after_reasoning_was_moved():
    text = "<think>Hm.</think>\nHello you"
    start = text.index("you")
    annotation = {"url": "https://a.example", "start_index": start, "end_index": start + 3}
    expected = Citation("https://a.example", start_index=6, end_index=9)
    message = {"content": text, "annotations": [annotation]}
    for choice in (whole(message), streamed(message)):
        assert choice.text == "Hello you"
        assert choice.citations == (expected,)


TOKENS = [{"token": token, "logprob": -1.0} for token in ("a", "b", "c")]


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (["He", "llo", "!"], TOKENS),
        (["<thi", "rd> ", "!"], TOKENS),
        (["<think>", "Hm.</think>", "Hi"], []),
        (["<think>Hm.</think>", "Hi", "!"], TOKENS[2:]),
    ],
)
def test_log_probabilities_are_those_of_the_answer(texts, kept):
    events = [
        {"choices": [{"index": 0, "delta": {"content": text}, "logprobs": {"content": [token]}}]}
        for text, token in zip(texts, TOKENS, strict=True)
    ]
    logprobs = merge_chunks(decode_stream(to_stream(*events, END))).choice.logprobs
    assert (logprobs or {"content": []})["content"] == kept


pieces = st.lists(
    st.sampled_from(
        ["<think>", "</think>", "<", "/think>", "a", " ", "\n", "<tool_call>", "{", "`"]
    ),
    max_size=10,
)


@settings(deadline=None)
@given(pieces, st.lists(st.integers(1, 9), min_size=1, max_size=4), st.booleans())
def test_a_stream_equals_the_whole_however_its_text_is_cut(parts, sizes, prompted):
    text = "".join(parts)
    options = ReplyOptions(reads_calls_from_text=prompted, held_back=1000)
    events, at = [], 0
    while at < len(text):
        size = sizes[len(events) % len(sizes)]
        events.append({"content": text[at : at + size]})
        at += size
    one, other = streamed(*events, options=options), whole({"content": text or None}, options)
    assert (one.reasoning, one.text) == (other.reasoning, other.text)
    assert json.dumps([c.name for c in one.tool_calls]) == json.dumps(
        [c.name for c in other.tool_calls]
    )


@pytest.mark.parametrize("kind", [["thinking"], {"thinking": 1}, 5, None], ids=str)
def test_a_part_whose_type_is_no_text_is_not_reasoning_by_its_type(kind):
    answer = whole({"content": [{"type": kind, "other": "Hm"}, {"type": "text", "text": "Yes."}]})
    assert (answer.reasoning, answer.text) == ("", "Yes.")


FIELDS = ("reasoning_details", "thinking_blocks", "provider_specific_fields", "thought_signature")
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("aä", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "index", "id", "text", "data", "format", "signature"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
extras = st.dictionaries(st.sampled_from(FIELDS), values, max_size=3)


@settings(deadline=None)
@given(st.lists(extras, min_size=1, max_size=3), extras, st.sampled_from([*known_models()]))
def test_any_signed_reasoning_that_is_read_can_be_sent(of_deltas, of_call, model):
    call = {**CALL, **of_call, "function": {**CALL["function"], **of_call}}
    deltas = [*of_deltas[:-1], {**of_deltas[-1], "tool_calls": [call]}]
    for choice in (
        streamed(*deltas),
        whole({"content": None, "tool_calls": [call], **of_deltas[0]}),
    ):
        (read,) = choice.tool_calls
        function = {"name": read.name, "arguments": read.arguments}
        sent = with_extras({"id": read.id, "type": "function", "function": function}, read.extra)
        answer = {"role": "assistant", "content": choice.text, "tool_calls": [sent], **choice.extra}
        result = {"role": "tool", "content": "3", "tool_call_id": read.id}
        request = prepare(
            {"model": model, "messages": [{"role": "user", "content": "Hi"}, answer, result]}
        )
        assert len(json.loads(encode(request.body, stream=False))["messages"]) == 3
