"""Usage, cost and the name of the model in `raw`: the same whole and streamed."""

import pytest

USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 50,
    "total_tokens": 1050,
    "prompt_cache_hit_tokens": 900,
    "reasoning_tokens": 20,
    "cost": 0.5,
    "is_byok": False,
}
FIELDS = {"provider": "DeepSeek", "service_tier": "default"}


@pytest.fixture
def answer(weryai_emulator, method, to_chunks, to_reply):
    """Queue an answer with fields of the reply, whole or in chunks."""

    def queue(**fields):
        if "stream" not in method:
            weryai_emulator.reply_json(to_reply({"content": "Hi."}, usage=USAGE) | fields)
            return
        chunks = [chunk | fields for chunk in to_chunks({"content": "H"}, {"content": "i."})]
        weryai_emulator.reply_chunks([*chunks, {"choices": [], "usage": USAGE, **fields}])

    return queue


def test_cost_and_further_fields_are_in_the_raw_reply(llm, method, ask, answer):
    answer(**FIELDS)
    raw = ask(llm, method)[-1].raw
    assert raw["usage"] == {
        **USAGE,
        "prompt_tokens_details": {"cached_tokens": 900},
        "completion_tokens_details": {"reasoning_tokens": 20},
    }
    assert FIELDS.items() <= raw.items()


@pytest.mark.parametrize("name", [None, ""], ids=repr)
def test_a_reply_without_a_model_is_named_after_the_requested_one(
    make_llm, method, ask, answer, name
):
    answer(model=name)
    assert ask(make_llm(model="CLAUDE_4_SONNET"), method)[-1].raw["model"] == "CLAUDE_4_SONNET"
    answer(model="claude-sonnet-4")
    assert ask(make_llm(model="CLAUDE_4_SONNET"), method)[-1].raw["model"] == "claude-sonnet-4"
