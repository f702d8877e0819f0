from __future__ import annotations

import base64
import io
import wave

import pytest

from weryai_emulator.text import count_tokens, split_tokens

TEXTS = [
    "",
    " ",
    "Hello, world!",
    "  leading and trailing  \n",
    "internationalisation 12345 3.14",
    "你好啊集团",
    "emoji 👩‍🚀 and\ttabs\n\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_joined_are_the_text(text):
    assert "".join(split_tokens(text)) == text
    assert count_tokens(text) == len(split_tokens(text))


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [
        ("Hello", 'Hello! You said: "Hello"'),
        ("hey there", 'Hello! You said: "hey there"'),
        ("How are you?", 'You said: "How are you?"'),
        ("Hilda", 'You said: "Hilda"'),
        ("", "You said nothing."),
        ([{"type": "text", "text": "Look"}], 'You said: "Look"'),
        (
            [
                {"type": "text", "text": "Look"},
                {"type": "image_url", "image_url": {"url": "data:,"}},
            ],
            'You said: "Look" and sent an image.',
        ),
        (
            [{"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}],
            "You sent a sound recording.",
        ),
    ],
)
def test_the_last_user_text_is_repeated(say, prompt, answer):
    assert say([{"role": "user", "content": prompt}]) == answer


@pytest.mark.parametrize(
    ("stop", "text"),
    [
        ("said", "Hello! You "),
        (["nothing", "You"], "Hello! "),
        (["said", "You"], "Hello! "),
        ([], 'Hello! You said: "Hello"'),
        ([""], 'Hello! You said: "Hello"'),
        ("never", 'Hello! You said: "Hello"'),
        ("Hello", ""),
    ],
)
def test_an_answer_ends_before_the_first_stop(ask, stop, text):
    choice = ask("Hello", stop=stop)["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == (text, "stop")


@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("limit", [1, 2, 7])
def test_an_answer_is_cut_at_the_limit(ask, field, limit):
    body = ask("Hello", **{field: limit})
    choice = body["choices"][0]
    assert choice["finish_reason"] == "length"
    assert 'Hello! You said: "Hello"'.startswith(choice["message"]["content"])
    assert body["usage"]["completion_tokens"] == limit


@pytest.mark.parametrize("prompt", ["Count to 2000", "Write a long text", "Write 3000 words"])
def test_the_default_limit_is_1024(ask, prompt):
    body = ask(prompt)
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 1024


def test_a_long_answer_is_whole_when_it_may_be(ask):
    choice = ask("Count to 2000", max_tokens=16000)["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["content"].endswith("1999, 2000.")


def test_a_story_has_several_sentences(say):
    text = say("Write a story about a cat.")
    assert text.startswith("Once upon a time there was a tale about a cat.")
    assert text.count(".") > 4


def test_several_answers_differ(ask):
    texts = [choice["message"]["content"] for choice in ask("Hello", n=4)["choices"]]
    assert len(set(texts)) == 4
    assert texts[0] == 'Hello! You said: "Hello"'


def test_the_same_seed_gives_the_same_answer(say):
    assert say("Hello", seed=7) == say("Hello", seed=7) == 'Hello! You wrote: "Hello"'
    assert say("Hello", seed=0) == 'Hello! You said: "Hello"'


def test_logprobs_cover_every_token(ask):
    choice = ask("Hello", logprobs=True, top_logprobs=2)["choices"][0]
    entries = choice["logprobs"]["content"]
    assert "".join(entry["token"] for entry in entries) == choice["message"]["content"]
    for entry in entries:
        assert entry["logprob"] < 0
        assert bytes(entry["bytes"]).decode() == entry["token"]
        assert len(entry["top_logprobs"]) == 2
        assert entry["top_logprobs"][0]["token"] == entry["token"]


def test_a_reasoning_model_thinks_aloud(ask):
    body = ask("Hello", model="DEEPSEEK_R1")
    message = body["choices"][0]["message"]
    thoughts = message["reasoning_content"]
    assert "a rule" in thoughts
    assert message["content"] == 'Hello! You said: "Hello"'
    usage = body["usage"]
    reasoning = usage["completion_tokens_details"]["reasoning_tokens"]
    assert reasoning == count_tokens(thoughts)
    assert usage["completion_tokens"] == reasoning + count_tokens(message["content"])


@pytest.mark.parametrize("limit", [1, 2, 5, 10])
def test_thoughts_leave_room_for_an_answer(ask, limit):
    body = ask("Count to 100", model="DEEPSEEK_R1", max_tokens=limit)
    assert body["choices"][0]["message"]["content"]
    assert body["usage"]["completion_tokens"] == limit


def test_thinking_can_be_turned_off(ask):
    message = ask("Hello", model="GPT_5", reasoning_effort="none")["choices"][0]["message"]
    assert "reasoning_content" not in message


def test_usage_adds_up_and_counts_every_part(ask):
    plain = ask("Hello")["usage"]
    parts = [
        {"type": "text", "text": "Hello"},
        {"type": "image_url", "image_url": {"url": "data:,"}},
        {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}},
    ]
    rich = ask([{"role": "user", "content": parts}])["usage"]
    assert plain["total_tokens"] == plain["prompt_tokens"] + plain["completion_tokens"]
    assert rich["prompt_tokens"] == plain["prompt_tokens"] + 85 + 50
    assert rich["prompt_tokens_details"] == {"cached_tokens": 0, "audio_tokens": 50}
    assert rich["completion_tokens_details"] == {"reasoning_tokens": 0, "audio_tokens": 0}


def test_a_prompt_seen_before_counts_as_cached(ask, emulator):
    first = ask("Hello")["usage"]
    again = ask("Hello")["usage"]
    longer = ask([{"role": "user", "content": "Hello"}] * 2)["usage"]
    assert first["prompt_tokens_details"]["cached_tokens"] == 0
    assert again["prompt_tokens_details"]["cached_tokens"] == first["prompt_tokens"]
    assert longer["prompt_tokens_details"]["cached_tokens"] == first["prompt_tokens"]
    emulator.reset()
    assert ask("Hello")["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


def test_what_is_marked_for_the_cache_is_written_once(ask):
    mark = {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
    messages = [{"role": "system", "content": [mark]}, {"role": "user", "content": "Hello"}]
    marked = ask(messages[:1])["usage"]["prompt_tokens"]
    again = ask(messages)["usage"]["prompt_tokens_details"]
    assert again == {"cached_tokens": marked, "cache_write_tokens": 0}
    messages[0] = {"role": "system", "content": [mark, mark]}
    details = ask(messages)["usage"]["prompt_tokens_details"]
    assert details["cached_tokens"] == 0
    assert marked < details["cache_write_tokens"] < 2 * marked


@pytest.mark.parametrize("audio_format", ["wav", "pcm16"])
def test_an_answer_is_spoken_on_demand(ask, audio_format):
    spoken = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": audio_format}}
    written, body = ask("Hello"), ask("Hello", **spoken)
    (choice,) = body["choices"]
    assert choice["message"]["content"] is None
    audio = choice["message"]["audio"]
    assert audio["transcript"] == written["choices"][0]["message"]["content"]
    data = base64.b64decode(audio["data"])
    assert data.startswith(b"RIFF") == (audio_format == "wav")
    count = written["usage"]["completion_tokens"]
    assert body["usage"]["completion_tokens_details"]["audio_tokens"] == count
    assert body["usage"]["completion_tokens"] == 2 * count


def test_a_wav_file_has_the_length_of_what_is_said(ask):
    audio = ask("Hello", modalities=["audio"])["choices"][0]["message"]["audio"]
    with wave.open(io.BytesIO(base64.b64decode(audio["data"]))) as file:
        assert file.getnframes() == 160 * len(split_tokens(audio["transcript"]))
