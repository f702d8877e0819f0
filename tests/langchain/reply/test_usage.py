"""Usage, cost and the name of the model: the same place and shape in every call style."""

import pytest
from langchain_core.messages import HumanMessage

from langchain_weryai.reply.messages import sum_usage

USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 50,
    "total_tokens": 1050,
    "prompt_cache_hit_tokens": 900,
    "cost": 0.5,
    "cost_details": {"upstream_inference_cost": 0.4},
    "is_byok": False,
}
FIELDS = {"provider": "DeepSeek", "service_tier": "default"}


@pytest.fixture
def answer(weryai_emulator, style, whole, chunk):
    """Queue an answer with fields of the reply, whole or in chunks."""

    def queue(**fields):
        if style.endswith("invoke"):
            weryai_emulator.reply_json(whole({"content": "Hi."}, usage=USAGE, **fields))
            return
        pieces = [chunk({"content": text}, **fields) for text in ("H", "i.")]
        end = [chunk({}, "stop", **fields), {**chunk(usage=USAGE, **fields), "choices": []}]
        weryai_emulator.reply_chunks([*pieces, *end])

    return queue


async def test_cost_and_further_fields_are_in_the_metadata(model, call, answer):
    answer(**FIELDS)
    message = await call(model)
    assert message.usage_metadata == {
        "input_tokens": 1000,
        "output_tokens": 50,
        "total_tokens": 1050,
        "input_token_details": {"cache_read": 900},
    }
    assert message.response_metadata == {
        **FIELDS,
        "model_provider": "weryai",
        "model_name": "GPT_4O",
        "finish_reason": "stop",
        "id": "chatcmpl-1",
        "created": 1711929600,
        "token_usage": USAGE,
    }


async def test_a_field_of_the_reply_replaces_none_of_langchains(model, call, answer):
    answer(model_provider="other", output_version="v9", model_name="odd", logprobs="odd")
    metadata = (await call(model)).response_metadata
    assert (metadata["model_provider"], metadata["model_name"]) == ("weryai", "GPT_4O")
    assert not {"output_version", "logprobs"} & metadata.keys()


@pytest.mark.parametrize("name", [None, ""], ids=repr)
async def test_a_reply_without_a_model_is_named_after_the_requested_one(
    make_model, call, answer, name
):
    answer(model=name)
    message = await call(make_model(model="CLAUDE_4_SONNET"))
    assert message.response_metadata["model_name"] == "CLAUDE_4_SONNET"
    answer(model="claude-sonnet-4")
    message = await call(make_model(model="CLAUDE_4_SONNET"))
    assert message.response_metadata["model_name"] == "claude-sonnet-4"


async def test_the_events_have_the_same_metadata(model, weryai_emulator, chunk):
    end = {**chunk(usage=USAGE, **FIELDS), "choices": []}
    weryai_emulator.reply_chunks([chunk({"content": "Hi."}), chunk({}, "stop"), end])
    stream = model.stream_events("Hello", version="v3")
    metadata = stream.output.response_metadata
    assert metadata["token_usage"] == USAGE
    assert FIELDS.items() <= metadata.items()


def test_the_usage_of_several_answers_is_on_the_first(make_model, weryai_emulator, whole):
    reply = whole({"content": "a"}, usage=USAGE)
    reply["choices"].append({"index": 1, "message": {"content": "b"}, "finish_reason": "stop"})
    weryai_emulator.reply_json(reply)
    first, second = make_model(n=2).generate([[HumanMessage("Hello")]]).generations[0]
    assert first.message.response_metadata["token_usage"] == USAGE
    assert first.message.usage_metadata["total_tokens"] == 1050
    assert "token_usage" not in second.message.response_metadata
    assert second.message.usage_metadata is None


def test_sums_are_of_numbers_only():
    assert sum_usage([USAGE, None, USAGE]) == {
        "prompt_tokens": 2000,
        "completion_tokens": 100,
        "total_tokens": 2100,
        "prompt_cache_hit_tokens": 1800,
        "cost": 1.0,
        "cost_details": {"upstream_inference_cost": 0.8},
    }
    assert sum_usage([{"a": 1, "b": {"c": 1}}, {"a": {"c": 1}, "b": 2}, {"x": "y"}]) == {
        "a": {"c": 1},
        "b": 2,
    }
