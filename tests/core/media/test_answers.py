"""Images that a model made: sent with the user's next message, or left out."""

import copy

import pytest

from weryai_core.media.answers import with_movable_answers

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
OTHER = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def text(words):
    return {"type": "text", "text": words}


def user(content):
    return {"role": "user", "content": content}


def assistant(content, **more):
    return {"role": "assistant", "content": content, **more}


def label(number):
    return text(f"Image {number}, from the assistant's answer:")


CASES = {
    "text and an image": (
        [user("Draw a cat."), assistant([text("Here."), IMAGE]), user("Blue.")],
        [user("Draw a cat."), assistant("Here."), user([label(1), IMAGE, text("Blue.")])],
    ),
    "an image only": (
        [assistant([text(""), IMAGE]), user([text("Blue."), OTHER])],
        [assistant("(Image)"), user([label(1), IMAGE, text("Blue."), OTHER])],
    ),
    "two answers": (
        [assistant([IMAGE]), user("Blue."), assistant([OTHER]), user("Red.")],
        [
            assistant("(Image)"),
            user([label(1), IMAGE, text("Blue.")]),
            assistant("(Image)"),
            user([label(2), OTHER, text("Red.")]),
        ],
    ),
    "a call after the image": (
        [
            assistant([IMAGE], tool_calls=[CALL]),
            {"role": "tool", "tool_call_id": "c1", "content": "3"},
            user("Blue."),
        ],
        [
            assistant(None, tool_calls=[CALL]),
            {"role": "tool", "tool_call_id": "c1", "content": "3"},
            user([label(1), IMAGE, text("Blue.")]),
        ],
    ),
    "no user message after it": ([assistant([text("Here."), IMAGE])], [assistant("Here.")]),
}


@pytest.mark.parametrize(("messages", "expected"), CASES.values(), ids=CASES)
def test_images_of_answers_go_into_the_next_user_message(messages, expected):
    before = copy.deepcopy(messages)
    assert with_movable_answers(messages, "auto", "GPT_4O") == expected
    assert messages == before
    assert with_movable_answers(expected, "auto", "GPT_4O") == expected


def test_images_are_left_out_for_models_that_take_none():
    messages = [assistant([text("Here."), IMAGE]), user("Blue.")]
    expected = [assistant("Here."), user("Blue.")]
    assert with_movable_answers(messages, "auto", "DEEPSEEK_R1") == expected


def test_a_setting_keeps_images_in_the_answers():
    messages = [assistant([text("Here."), IMAGE]), user("Blue.")]
    assert with_movable_answers(messages, "keep", "GPT_4O") is messages


def test_messages_without_media_stay_the_same_list():
    messages = [user([IMAGE]), assistant("No."), assistant([text("a")])]
    assert with_movable_answers(messages, "auto", "GPT_4O") is messages
