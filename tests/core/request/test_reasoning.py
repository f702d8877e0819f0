"""Which reasoning of earlier answers is sent, and which answers are left out."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.request.reasoning import characters_held_back, with_sendable_answers

QUESTION = {"role": "user", "content": "Hi"}
ANSWER = {"role": "assistant", "content": "Ok", "reasoning_content": "Hm."}
WIRE_CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALL = {
    "role": "assistant",
    "content": None,
    "reasoning_content": "So.",
    "tool_calls": [WIRE_CALL],
}
RESULT = {"role": "tool", "content": "3", "tool_call_id": "1"}
PLAIN_ANSWER = {"role": "assistant", "content": "Ok"}
PLAIN_CALL = {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]}


def sent(messages, model="GPT_5", echo="auto", reads_tags=True):
    before = copy.deepcopy(messages)
    sendable = with_sendable_answers(messages, model, echo=echo, reads_tags=reads_tags)
    assert messages == before
    return sendable


@pytest.mark.parametrize(
    ("model", "echo", "answer", "call"),
    [
        ("GPT_5", True, ANSWER, CALL),
        ("GPT_5", False, PLAIN_ANSWER, PLAIN_CALL),
        ("GPT_5", "auto", PLAIN_ANSWER, PLAIN_CALL),
        ("KIMI_K2_5", "auto", PLAIN_ANSWER, CALL),
        ("moonshotai/kimi-k2-thinking", "auto", PLAIN_ANSWER, CALL),
        ("KIMI_K2_5", False, PLAIN_ANSWER, PLAIN_CALL),
    ],
)
def test_reasoning_is_sent_as_the_option_and_the_model_require(model, echo, answer, call):
    messages = [QUESTION, ANSWER, CALL, RESULT]
    assert sent(messages, model, echo) == [QUESTION, answer, call, RESULT]


@pytest.mark.parametrize("echo", ["auto", False])
def test_calls_of_other_models_go_to_kimi_with_a_space_for_reasoning(echo):
    # github.com/theopenco/llmgateway/pull/2093: "" counts as missing, " " does not
    call = {"role": "assistant", "content": None, "tool_calls": [WIRE_CALL]}
    expected = {**call, "reasoning_content": " "} if echo else call
    assert sent([QUESTION, call], model="KIMI_K2_5", echo=echo) == [QUESTION, expected]
    assert sent([QUESTION, call], model="GLM_5", echo=echo) == [QUESTION, call]


def test_deepseek_gets_the_reasoning_of_whole_turns_with_calls():
    # api-docs.deepseek.com/guides/thinking_mode: "must be passed back to the API"
    said, closing = {**ANSWER, "content": "I look."}, {**ANSWER, "content": "Sunny."}
    talk = [QUESTION, ANSWER, QUESTION, said, CALL, RESULT, closing, PLAIN_ANSWER, QUESTION, ANSWER]
    space = {**PLAIN_ANSWER, "reasoning_content": " "}
    assert sent(talk, "DEEPSEEK_R1") == [
        QUESTION,
        PLAIN_ANSWER,
        *talk[2:7],
        space,
        QUESTION,
        PLAIN_ANSWER,
    ]
    assert sent([QUESTION, {**PLAIN_CALL, "reasoning_content": ""}], "deepseek-v4-pro") == [
        QUESTION,
        {**PLAIN_CALL, "reasoning_content": " "},
    ]


def test_messages_that_can_be_sent_are_left_as_they_are():
    messages = [QUESTION, PLAIN_ANSWER, PLAIN_CALL, RESULT]
    assert sent(messages) is messages


DETAILS = [{"type": "reasoning.text", "text": "Hm.", "signature": "x", "index": 0}]
BLOCKS = [{"type": "thinking", "thinking": "Hm.", "signature": "x"}]
GOOGLES = {"google": {"thought_signature": "x"}}

# Field of a message or call, its value, who made it -> the models it goes to.
SIGNED = {
    "OpenRouter's": ("reasoning_details", DETAILS, "CLAUDE_4_5_OPUS", ["CLAUDE_SONNET_4_6"]),
    "OpenRouter's by its format": (
        "reasoning_details",
        [{**DETAILS[0], "format": "google-gemini-v1"}],
        None,
        ["GEMINI_25_PRO"],
    ),
    "OpenAI's by its format": (
        "reasoning_details",
        [{"type": "reasoning.encrypted", "data": "x", "format": "openai-responses-v1"}],
        None,
        ["GPT_5"],
    ),
    "OpenRouter's of unknown models": (
        "reasoning_details",
        DETAILS,
        "MADE_UP",
        ["GPT_5", "CLAUDE_SONNET_4_6", "GEMINI_25_PRO"],
    ),
    "LiteLLM's": ("thinking_blocks", BLOCKS, None, ["CLAUDE_SONNET_4_6"]),
    "LiteLLM's of Gemini": ("thinking_blocks", BLOCKS, "GEMINI_3_1_PRO", ["GEMINI_25_PRO"]),
    "LiteLLM's fields": (
        "provider_specific_fields",
        {"thought_signature": "x"},
        None,
        ["GEMINI_25_PRO"],
    ),
    "Google's": ("extra_content", GOOGLES, None, ["GEMINI_25_PRO"]),
    "Google's that another model sent": (
        "thought_signature",
        "x",
        "CLAUDE_4_OPUS",
        ["CLAUDE_SONNET_4_6", "GEMINI_25_PRO"],
    ),
    "Vertex AI's": (
        "extra_content",
        {"vertex": {"thought_signature": "x"}},
        None,
        ["GEMINI_25_PRO"],
    ),
    "LiteLLM's blocks in its fields": (
        "provider_specific_fields",
        {"thinking_blocks": BLOCKS, "citations": None},
        None,
        ["CLAUDE_SONNET_4_6"],
    ),
    "LiteLLM's items": ("reasoning_items", [{"id": "rs_1"}], None, ["GPT_5"]),
    "a proxy's of Claude": ("reasoning_opaque", "x", "CLAUDE_4_OPUS", ["CLAUDE_SONNET_4_6"]),
    "Google's in camel case": ("thoughtSignature", "x", None, ["GEMINI_25_PRO"]),
}
TARGETS = ("GPT_5", "CLAUDE_SONNET_4_6", "GEMINI_25_PRO")


@pytest.mark.parametrize(("name", "value", "maker", "models"), SIGNED.values(), ids=SIGNED)
@pytest.mark.parametrize("target", [*TARGETS, "my-own-model"])
def test_signed_reasoning_goes_to_the_family_that_made_it(name, value, maker, models, target):
    extra = {name: value} if target in (*models, "my-own-model") else {}
    marked = {"model": maker} if maker else {}
    message = {**PLAIN_CALL, **marked, name: value}
    assert sent([message], target) == [{**PLAIN_CALL, **extra}]
    call = {**WIRE_CALL, name: value}
    message = {**PLAIN_CALL, **marked, "tool_calls": [call]}
    assert sent([message], target) == [{**PLAIN_CALL, "tool_calls": [{**WIRE_CALL, **extra}]}]
    function = WIRE_CALL["function"]
    message = {
        **PLAIN_CALL,
        **marked,
        "tool_calls": [{**WIRE_CALL, "function": {**function, name: value}}],
    }
    call = {**WIRE_CALL, "function": {**function, **extra}}
    assert sent([message], target) == [{**PLAIN_CALL, "tool_calls": [call]}]


def test_signed_reasoning_is_sent_with_all_turns_or_with_none():
    messages = [{**PLAIN_ANSWER, "thinking_blocks": BLOCKS, "model": "CLAUDE_4_OPUS"}]
    assert sent(messages, "CLAUDE_4_OPUS", "auto") == [PLAIN_ANSWER]
    assert sent(messages, "CLAUDE_4_OPUS", True) == [{**PLAIN_ANSWER, "thinking_blocks": BLOCKS}]
    assert sent(messages, "GPT_5", True) == [PLAIN_ANSWER]
    call = {**WIRE_CALL, "extra_content": GOOGLES}
    messages = [{**PLAIN_CALL, "thinking_blocks": BLOCKS, "tool_calls": [call]}]
    assert sent(messages, "GEMINI_25_PRO", False) == [PLAIN_CALL]


def test_a_signature_of_text_goes_with_the_text():
    # github.com/agentgateway/agentgateway/pull/3363
    call = {**CALL, "reasoning_signature": "x", "model": "CLAUDE_4_OPUS"}
    assert sent([call], "CLAUDE_4_OPUS") == [{**CALL, "reasoning_signature": "x"}]
    assert sent([call], "GPT_5") == [PLAIN_CALL]
    call = {**PLAIN_CALL, "reasoning_text": "Hm."}
    assert sent([call], "CLAUDE_4_OPUS") == [PLAIN_CALL]
    call["reasoning_opaque"] = "x"
    assert sent([call], "CLAUDE_4_OPUS") == [call]


def test_fields_for_signed_reasoning_that_hold_nothing_are_not_sent():
    fields = {"provider_specific_fields": {"refusal": None}, "reasoning_details": []}
    assert sent([{**PLAIN_CALL, **fields}], "CLAUDE_4_OPUS") == [PLAIN_CALL]


def test_fragments_of_signed_reasoning_are_merged_before_they_are_sent():
    # github.com/agno-agi/agno/issues/8794: Anthropic refuses a block in pieces
    pieces = [
        {"type": "reasoning.text", "text": "H", "index": 0},
        {"type": "reasoning.text", "text": "m.", "index": 0},
        {"type": "reasoning.text", "signature": "x", "index": 0},
    ]
    message = {**PLAIN_CALL, "reasoning_details": pieces}
    assert sent([message], "CLAUDE_4_OPUS") == [{**PLAIN_CALL, "reasoning_details": DETAILS}]
    without = [{name: piece[name] for name in piece if name != "index"} for piece in pieces]
    message = {**PLAIN_CALL, "reasoning_details": without}
    assert sent([message], "CLAUDE_4_OPUS") == [message]


def test_blocks_are_sent_as_anthropic_takes_them():
    # ChatLiteLLM adds fields, and a truncated stream leaves a block without a signature.
    blocks = [
        {**BLOCKS[0], "index": 0, "origin": "x", "prefix": "y"},
        {"type": "redacted_thinking", "data": "x", "index": 1},
        {"type": "thinking", "thinking": "So", "index": 2},
    ]
    message = {**PLAIN_CALL, "thinking_blocks": blocks}
    kept = [*BLOCKS, {"type": "redacted_thinking", "data": "x"}]
    assert sent([message], "CLAUDE_4_OPUS") == [{**PLAIN_CALL, "thinking_blocks": kept}]
    unsigned = {**PLAIN_CALL, "thinking_blocks": blocks[2:]}
    assert sent([unsigned], "CLAUDE_4_OPUS") == [PLAIN_CALL]


def test_a_signature_in_the_id_of_a_call_goes_back_as_a_field_too():
    call = {**WIRE_CALL, "id": "call_1__thought__c2ln"}
    signed = {**call, "provider_specific_fields": {"thought_signature": "c2ln"}}
    assert sent([{**PLAIN_CALL, "tool_calls": [call]}], "GEMINI_3_1_PRO") == [
        {**PLAIN_CALL, "tool_calls": [signed]}
    ]
    assert sent([{**PLAIN_CALL, "tool_calls": [call]}], "GPT_5") == [
        {**PLAIN_CALL, "tool_calls": [call]}
    ]


TAGGED = "<think>\nHm.\n</think>\n\nOk"


@pytest.mark.parametrize(
    ("content", "left"),
    [
        (TAGGED, "Ok"),
        ("<THINKING>Hm.</THINKING>Ok", "Ok"),
        ([{"type": "text", "text": TAGGED}], [{"type": "text", "text": "Ok"}]),
    ],
    ids=str,
)
def test_reasoning_in_tags_is_reasoning(content, left):
    answer = {"role": "assistant", "content": content}
    assert sent([answer, QUESTION]) == [{"role": "assistant", "content": left}, QUESTION]
    echoed = {"role": "assistant", "content": left, "reasoning_content": "Hm."}
    assert sent([answer, QUESTION], echo=True) == [echoed, QUESTION]
    assert sent([answer, QUESTION], reads_tags=False) == [answer, QUESTION]
    own = {**answer, "reasoning_content": "Own."}
    expected = [{**echoed, "reasoning_content": "Own."}, QUESTION]
    assert sent([own, QUESTION], echo=True) == expected


@pytest.mark.parametrize(
    "messages",
    [
        [QUESTION, {"role": "assistant", "content": "<think>\n"}],
        [QUESTION, {"role": "assistant", "content": f"{TAGGED} and so"}],
        [{"role": "assistant", "content": TAGGED, "name": "example_assistant"}, QUESTION],
        [
            {"role": "system", "content": "Write your thoughts in <think> tags."},
            {"role": "assistant", "content": TAGGED},
            QUESTION,
        ],
        [
            {"role": "user", "content": [{"type": "text", "text": "Use <Think>, then answer."}]},
            {"role": "assistant", "content": [{"type": "text", "text": TAGGED}]},
            QUESTION,
        ],
    ],
    ids=["its beginning", "an answer to go on with", "named", "the prompt", "a user's prompt"],
)
def test_tags_that_the_user_wrote_are_sent(messages):
    assert sent(messages) == messages


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": TAGGED},
        {"role": "assistant", "content": f"Prose. {TAGGED}"},
        {"role": "assistant", "content": f"```\n{TAGGED}\n```"},
        {"role": "assistant", "content": "Hm.</think>Ok"},
        {"role": "assistant", "content": [{"type": "image_url", "image_url": {"url": "x"}}]},
    ],
    ids=str,
)
def test_other_text_with_tags_is_left_alone(message):
    assert sent([message, QUESTION], echo=True) == [message, QUESTION]


EMPTY = {
    "text": "",
    "null": None,
    "white space": " \n\t",
    "parts": [],
    "parts of nothing": [{"type": "text", "text": ""}, {"type": "text", "text": " "}, "\n"],
    "reasoning only": "<think>Hm.",
}


@pytest.mark.parametrize("content", EMPTY.values(), ids=EMPTY)
def test_an_empty_answer_is_left_out_and_next_to_a_call_it_is_null(content):
    empty = {"role": "assistant", "content": content, "reasoning_content": "Hm."}
    before, after = {"role": "user", "content": "A"}, {"role": "user", "content": ""}
    assert sent([before, empty, after]) == [before, after]
    assert sent([before, empty, after], echo=True) == [before, after]
    called = {"role": "assistant", "content": content, "tool_calls": [WIRE_CALL]}
    assert sent([before, called, RESULT]) == [before, PLAIN_CALL, RESULT]


SAYING_SOMETHING = [
    {"content": "Ok"},
    {"content": [{"type": "image_url", "image_url": {"url": "x"}}]},
    {"content": None, "audio": {"id": "a"}},
    {"content": None, "refusal": "No."},
    {"content": None, "function_call": {"name": "f", "arguments": "{}"}},
    {"content": None, "images": [{"type": "image_url", "image_url": {"url": "x"}}]},
]


def test_an_answer_of_characters_without_width_is_empty():
    assert sent([QUESTION, {"role": "assistant", "content": "\u200b\ufeff"}]) == [QUESTION]


@pytest.mark.parametrize("fields", SAYING_SOMETHING, ids=str)
def test_an_answer_that_says_something_is_kept(fields):
    messages = [QUESTION, {"role": "assistant", **fields}]
    assert sent(messages) is messages


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        ({"id": "a", "transcript": "Hello", "data": "UklG"}, {"content": "Hello"}),
        ({"id": "a", "data": "UklG"}, {"content": None, "audio": {"id": "a"}}),
    ],
    ids=["with a transcript", "without one"],
)
def test_a_spoken_answer_is_sent_as_what_was_said(audio, expected):
    assert sent([QUESTION, {"role": "assistant", "content": None, "audio": audio}]) == [
        QUESTION,
        {"role": "assistant", **expected},
    ]


def test_blank_parts_between_others_are_left_out():
    image = {"type": "image_url", "image_url": {"url": "x"}}
    blank = {"type": "text", "text": "\n"}
    for role in ("assistant", "user"):
        assert sent([{"role": role, "content": [blank, image]}]) == [
            {"role": role, "content": [image]}
        ]
    assert sent([{"role": "user", "content": [blank]}]) == [{"role": "user", "content": [blank]}]


def test_a_history_of_nothing_but_an_empty_answer_is_sent_as_it_is():
    messages = [{"role": "assistant", "content": ""}]
    assert sent(messages) == messages


texts = st.sampled_from(["", " ", "\n", "Ok", "<think>", "<think>Hm.</think>", TAGGED])
turns = st.one_of(
    st.builds(lambda text: {"role": "assistant", "content": text}, texts),
    st.builds(lambda text: {**PLAIN_CALL, "content": text}, texts),
    st.builds(lambda number: {"role": "user", "content": f"{number}"}, st.integers(0, 99)),
    st.just(RESULT),
)


@given(st.lists(turns, max_size=8), st.sampled_from(["GPT_5", "KIMI_K2_5", "CLAUDE_4_OPUS"]))
def test_what_remains_stays_in_order_and_says_something(messages, model):
    messages = [QUESTION, *messages, QUESTION]
    sendable = with_sendable_answers(messages, model, echo="auto", reads_tags=True)
    answers = [message for message in sendable if message["role"] == "assistant"]
    assert all(answer.get("tool_calls") or answer["content"].strip() for answer in answers)
    rest = [message for message in messages if message["role"] != "assistant"]
    assert [message for message in sendable if message["role"] != "assistant"] == rest
    said = [m for m in messages if m.get("tool_calls") or m["content"].rpartition(">")[2].strip()]
    assert [message["role"] for message in sendable] == [message["role"] for message in said]


@pytest.mark.parametrize(
    ("model", "characters"),
    [
        ("DEEPSEEK_R1", 1_000_000),
        ("QWEN_QWQ_32B", 1_000_000),
        ("KIMI_K2_THINKING", 1_000_000),
        ("deepseek-reasoner", 1_000_000),
        ("KIMI_K2_5", 200),
        ("GLM_5", 200),
        ("QWEN_3_5_PLUS", 200),
        ("SEED_2_0_MINI", 200),
        ("GPT_5", 0),
        ("CLAUDE_4_OPUS", 0),
        ("GEMINI_25_PRO", 0),
        ("GROK_4", 0),
        ("my-own-model", 0),
    ],
)
def test_text_of_open_models_is_held_back_for_a_lone_end_tag(model, characters):
    assert characters_held_back(model) == characters
    # Where JSON is expected, prose before it is held back anyway.
    expected = 1_000_000 if characters else 0
    assert characters_held_back(model, expects_json=True) == expected
