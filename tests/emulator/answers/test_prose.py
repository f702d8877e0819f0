from __future__ import annotations

import pytest

TEXT = {"type": "text", "text": "Look"}
IMAGE = {"type": "image_url", "image_url": {"url": "data:,"}}
SOUND = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Hello", 'Hello! You said: "Hello"'),
        ("hey there", 'Hello! You said: "hey there"'),
        ("How are you?", 'You said: "How are you?"'),
        ("Hilda", 'You said: "Hilda"'),
        ("", "You said nothing."),
        ([TEXT], 'You said: "Look"'),
        ([TEXT, IMAGE], 'You said: "Look" and sent an image.'),
        ([SOUND], "You sent a sound recording."),
    ],
    ids=str,
)
def test_the_last_user_message_is_repeated(say, prompt, answer):
    assert say([{"role": "user", "content": prompt}]) == answer


def test_the_seed_chooses_the_verb(say):
    answers = [say("Hello", seed=seed) for seed in (0, 7, 7)]
    assert answers == ['Hello! You said: "Hello"', *['Hello! You wrote: "Hello"'] * 2]


def test_a_story_has_several_sentences(say):
    text = say("Write a story about a cat.")
    assert text.startswith("Once upon a time there was a tale about a cat.")
    assert text.count(".") > 4


def test_a_text_has_the_requested_number_of_words(say):
    assert len(say("Write 200 words about a cat", max_tokens=2000).split()) == 200


def test_a_count_goes_to_its_end(ask):
    choice = ask("Count to 2000", max_tokens=16000)["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["content"].endswith("1999, 2000.")
