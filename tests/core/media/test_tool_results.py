"""Media in tool results: kept, moved after the results, or described."""

import copy
import re
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from weryai_core.errors import MessageCountError
from weryai_core.media.kinds import kind_of
from weryai_core.media.tool_results import with_movable_media
from weryai_core.request.options import RequestOptions
from weryai_core.request.prepare import prepare

IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
PDF = {"type": "file", "file": {"filename": "a.pdf", "file_data": "JVBERi0="}}
AUDIO = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
VIDEO = {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}}
QUESTION = {"role": "user", "content": "What is on the page?"}
ANSWER = {"role": "assistant", "content": "A cat."}


def text(content):
    return {"type": "text", "text": content}


def calls(*names):
    entries = [
        {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for number, name in enumerate(names, 1)
    ]
    return {"role": "assistant", "content": None, "tool_calls": entries}


def result(id_, *parts):
    return {"role": "tool", "tool_call_id": id_, "content": list(parts)}


def moved(*messages, model="GPT_5", where="auto"):
    return with_movable_media(messages, where, model)[0]


def test_an_image_follows_its_result_in_a_user_message():
    assert moved(QUESTION, calls("look"), result("c1", text("Done."), IMAGE), ANSWER) == [
        QUESTION,
        calls("look"),
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": "Done.\n(Image 1 of the tool results is in the next user message.)",
        },
        {
            "role": "user",
            "content": [text("Image 1, from the result of look (call c1):"), IMAGE],
        },
        ANSWER,
    ]


def test_media_of_parallel_calls_follow_all_results_in_one_message():
    given = [
        calls("look", "read", "think"),
        result("c1", IMAGE, PDF),
        {"role": "tool", "tool_call_id": "c2", "content": "Two columns."},
        result("c3", AUDIO, VIDEO),
    ]
    assert moved(*given, model="a-model-of-tomorrow") == [
        given[0],
        {
            "role": "tool",
            "tool_call_id": "c1",
            "content": "(Image 1 of the tool results is in the next user message.)\n"
            "(PDF file 2 of the tool results is in the next user message.)",
        },
        given[2],
        {
            "role": "tool",
            "tool_call_id": "c3",
            "content": "(Audio 3 of the tool results is in the next user message.)\n"
            "(Video 4 of the tool results is in the next user message.)",
        },
        {
            "role": "user",
            "content": [
                text("Image 1, from the result of look (call c1):"),
                IMAGE,
                text("PDF file 2, from the result of look (call c1):"),
                PDF,
                text("Audio 3, from the result of think (call c3):"),
                AUDIO,
                text("Video 4, from the result of think (call c3):"),
                VIDEO,
            ],
        },
    ]


@pytest.mark.parametrize(
    ("model", "stay"),
    [
        ("CLAUDE_SONNET_4_6", [IMAGE, PDF]),
        ("GEMINI_3_1_PRO", [IMAGE, PDF]),
        ("GEMINI_25_PRO", []),
        ("GPT_4O", []),
        ("GROK_4", []),
        ("GPT_99", []),
    ],
)
def test_what_stays_depends_on_the_model(model, stay):
    _, message, *others = moved(
        calls("look"), result("c1", text("Hi."), IMAGE, VIDEO, PDF), model=model
    )
    kept = [part for part in message["content"] if kind_of(part)] if stay else []
    assert kept == stay
    if not stay:
        assert isinstance(message["content"], str)
    assert VIDEO in others[0]["content"]


def test_a_note_stands_in_the_place_of_its_medium():
    _, message, _ = moved(
        calls("look"), result("c1", IMAGE, VIDEO, text("Hi.")), model="GEMINI_3_1_PRO"
    )
    note = text("(Video 1 of the tool results is in the next user message.)")
    assert message["content"] == [IMAGE, note, text("Hi.")]


@pytest.mark.parametrize("model", ["GPT_5", "CLAUDE_SONNET_4_6", "GLM_5"])
def test_the_setting_wins_over_the_catalogue(model):
    given = [calls("look"), result("c1", IMAGE)]
    assert moved(*given, model=model, where="keep") == tuple(given)
    assert moved(*given, model=model, where="move")[2]["content"][1] == IMAGE


def test_a_kind_that_the_model_does_not_take_is_described():
    messages, described = with_movable_media(
        [calls("look"), result("c1", text("Hi."), IMAGE)], "auto", "GLM_5"
    )
    assert messages[1]["content"] == "Hi.\n(Image left out: the model takes none.)"
    assert (len(messages), described) == (2, ["image"])


def test_media_of_users_and_answers_stay():
    given = [
        {"role": "user", "content": [text("Look."), IMAGE]},
        {"role": "assistant", "content": [IMAGE]},
    ]
    assert moved(*given) == tuple(given)


def test_a_result_without_a_call_is_still_readable():
    (message, media) = moved({"role": "function", "name": "look", "content": [IMAGE]})
    assert message["content"] == "(Image 1 of the tool results is in the next user message.)"
    assert media["content"][0] == text("Image 1, from the result of look:")
    assert moved({"role": "tool", "content": [IMAGE]})[1]["content"][0] == text(
        "Image 1, from the result of a tool:"
    )


def body(messages, model="GPT_4O", **options):
    return prepare({"model": model, "messages": messages}, RequestOptions(**options)).body


def test_trimming_drops_the_media_of_results_with_their_turn():
    turn = [QUESTION, calls("look"), result("c1", IMAGE), ANSWER]
    last = [{"role": "user", "content": "And now?"}, calls("look"), result("c1", IMAGE)]
    sent = body([*turn * 12, *last], message_overflow="trim")["messages"]
    assert sent[0] == QUESTION
    assert len(sent) == 49
    assert [message["role"] for message in sent[-4:]] == ["user", "assistant", "tool", "user"]
    assert sent[-4] == last[0]


def test_trimming_keeps_the_question_of_the_newest_turn():
    steps = [calls("look"), result("c1", IMAGE)] * 30
    sent = body([QUESTION, *steps], message_overflow="trim")["messages"]
    assert sent[0] == QUESTION
    assert [message["role"] for message in sent[1:4]] == ["assistant", "tool", "user"]


def test_prompted_tools_leave_media_in_their_user_message():
    given = [QUESTION, calls("look"), result("c1", text("Done."), IMAGE)]
    (_, _, message) = body(given, tool_calling="prompted")["messages"]
    assert message == {
        "role": "user",
        "content": [
            text('<tool_response id="c1" name="look">\nDone.'),
            IMAGE,
            text("</tool_response>"),
        ],
    }


def test_prompted_tools_describe_what_the_model_does_not_take():
    given = [QUESTION, calls("look"), result("c1", IMAGE)]
    prepared = prepare(
        {"model": "GLM_5", "messages": given}, RequestOptions(tool_calling="prompted")
    )
    assert "(Image left out: the model takes none.)" in prepared.body["messages"][2]["content"]
    assert len(prepared.warnings) == 1


PARTS = st.sampled_from([text("Hi."), IMAGE, PDF, AUDIO, VIDEO, None, "odd", {"type": "image"}])
CONTENTS = st.lists(PARTS, max_size=3) | st.sampled_from(["Hi.", "", None, 7])


@st.composite
def conversations(draw):
    messages = []
    for turn in range(draw(st.integers(0, 4))):
        messages.append({"role": "user", "content": draw(CONTENTS)})
        count = draw(st.integers(0, 3))
        entries = [
            {"id": f"c{turn}_{number}", "function": {"name": "look", "arguments": "{}"}}
            for number in range(count)
        ]
        messages.append({"role": "assistant", "content": "", "tool_calls": entries})
        messages += [
            {"role": "tool", "tool_call_id": entry["id"], "content": draw(CONTENTS)}
            for entry in entries
        ]
    return messages


MODELS = st.sampled_from(["GPT_5", "CLAUDE_4_SONNET", "GEMINI_25_FLASH", "GLM_5", "GROK_4", "new"])
WHERE = st.sampled_from(["auto", "keep", "move"])


@given(conversations(), WHERE, MODELS)
def test_results_stay_with_their_calls_and_a_second_pass_changes_nothing(messages, where, model):
    before = copy.deepcopy(messages)
    once, _ = with_movable_media(messages, where, model)
    assert messages == before
    assert list(with_movable_media(once, where, model)[0]) == list(once)
    by_role = [message for message in once if message["role"] in ("assistant", "tool")]
    assert [message.get("tool_call_id") for message in by_role] == [
        message.get("tool_call_id") for message in messages if message["role"] != "user"
    ]
    for number, message in enumerate(once):
        if message["role"] == "tool":
            assert once[number - 1]["role"] in ("assistant", "tool")


@given(conversations(), st.sampled_from(["keep", "move"]), MODELS)
def test_no_medium_is_lost(messages, where, model):
    def media(found):
        contents = (message["content"] for message in found)
        return [
            part
            for content in contents
            if isinstance(content, list)
            for part in content
            if kind_of(part)
        ]

    assert sorted(map(str, media(with_movable_media(messages, where, model)[0]))) == sorted(
        map(str, media(messages))
    )


@given(conversations())
def test_models_that_take_text_only_get_text_only_results(messages):
    for message in with_movable_media(messages, "auto", "GPT_5")[0]:
        if message["role"] == "tool" and isinstance(message["content"], list):
            assert not any(kind_of(part) for part in message["content"])


# --- within the limit of messages


def screenshots(steps):
    """Steps of an agent that looks at the screen: 2 messages each, and one that is added."""
    return [
        message
        for n in range(steps)
        for message in (
            {**calls("look"), "tool_calls": [{**calls("look")["tool_calls"][0], "id": f"s{n}"}]},
            result(f"s{n}", {**IMAGE, "image_url": {"url": f"https://example.com/{n}.png"}}),
        )
    ]


def addresses(body):
    return re.findall(r"https://example.com/\d+.png", str(body["messages"]))


@pytest.mark.parametrize("overflow", ["fold", "error", "merge", "trim"])
@pytest.mark.parametrize("steps", [17, 20, 24])
def test_moved_media_join_later_ones_where_they_are_too_many_messages(overflow, steps):
    request = {"model": "GPT_4O", "messages": [QUESTION, *screenshots(steps)]}
    prepared = prepare(request, RequestOptions(message_overflow=overflow))
    roles = "".join(message["role"][0] for message in prepared.body["messages"])
    assert roles.replace("u", "") == "at" * steps
    assert len(roles) <= 50
    assert addresses(prepared.body) == [f"https://example.com/{n}.png" for n in range(steps)]
    assert prepared.warnings == ()


def test_joined_media_come_before_what_the_user_says_next():
    talk = [{"role": "user", "content": "Hi."}, ANSWER] * 23
    messages = [QUESTION, *screenshots(1), {"role": "user", "content": "And?"}, *talk]
    sent = prepare({"model": "GPT_4O", "messages": messages}).body["messages"]
    assert len(sent) == 50
    assert [part["type"] for part in sent[3]["content"]] == ["text", "image_url", "text"]
    assert sent[3]["content"][2] == text("And?")


@pytest.mark.parametrize("overflow", ["error", "merge"])
def test_50_messages_are_sent_though_media_have_no_room_of_their_own(overflow):
    messages = [{"role": "system", "content": "Look."}, QUESTION, *screenshots(24)]
    body = prepare(
        {"model": "GPT_4O", "messages": messages}, RequestOptions(message_overflow=overflow)
    ).body
    assert len(body["messages"]) <= 50
    assert addresses(body) == [f"https://example.com/{n}.png" for n in range(24)]


def test_the_error_and_the_warning_count_moved_media_apart():
    messages = [QUESTION, *screenshots(25)]
    request = {"model": "GPT_4O", "messages": messages}
    with pytest.raises(MessageCountError, match=r"holds 51 \(and 25 with media of tool results\)"):
        prepare(request, RequestOptions(message_overflow="error"))
    [warning] = prepare(request).warnings
    assert "has 51 messages (and 25 with media of tool results)" in warning.text


@given(st.integers(0, 24), st.integers(0, 24), st.sampled_from(["fold", "error", "merge"]))
@settings(deadline=None)
def test_no_conversation_of_50_messages_fails_for_its_media(steps, turns, overflow):
    talk = [{"role": "user", "content": "Hi."}, ANSWER] * turns
    messages = [QUESTION, *screenshots(steps), *talk]
    assume(len(messages) <= 50)
    body = prepare(
        {"model": "GPT_4O", "messages": messages}, RequestOptions(message_overflow=overflow)
    ).body
    assert len(body["messages"]) <= 50
    assert len(set(addresses(body))) == steps


def test_a_growing_conversation_rarely_changes_its_beginning():
    seen = [
        prepare({"model": "GPT_4O", "messages": [QUESTION, *screenshots(steps)]}).body["messages"]
        for steps in range(1, 25)
    ]
    changed = [
        steps
        for steps, (before, after) in enumerate(pairwise(seen), 2)
        if list(after[: len(before)]) != list(before)
    ]
    assert changed == [17, 20, 21, 24]
