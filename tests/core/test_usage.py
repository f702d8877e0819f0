"""Token counts by all the names that services give them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core import Usage
from weryai_core.usage import find_usage, to_usage

USAGE = {
    "prompt_tokens": 5,
    "completion_tokens": 7,
    "total_tokens": 12,
    "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": 2},
    "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 4},
}


def test_usage_has_all_counts():
    assert to_usage(USAGE) == Usage(
        prompt_tokens=5,
        completion_tokens=7,
        total_tokens=12,
        cached_tokens=1,
        prompt_audio_tokens=2,
        reasoning_tokens=3,
        completion_audio_tokens=4,
        raw=USAGE,
    )


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens_details": {"cache_write_tokens": 4}},
        {"prompt_tokens_details": {"cache_creation_tokens": 4}},
        {"cache_creation_input_tokens": 4},
    ],
    ids=["OpenRouter", "LiteLLM", "Anthropic"],
)
def test_tokens_written_to_a_cache_have_three_names(usage):
    usage = {**usage, "prompt_tokens": 5}
    assert to_usage(usage) == Usage(5, 0, 5, cache_write_tokens=4, raw=usage)


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 5, "completion_tokens": 7}, (5, 7, 12)),
        ({"completion_tokens": 7}, (0, 7, 7)),
        ({"prompt_tokens": 5.0}, (5, 0, 5)),
        ({"prompt_tokens": 0, "completion_tokens": 0}, (0, 0, 0)),
    ],
    ids=repr,
)
def test_counts_may_be_missing(usage, counts):
    assert to_usage(usage) == Usage(*counts, raw=usage)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": "five", "completion_tokens": None},
        {"prompt_tokens": True},
        {},
        None,
        [5, 7],
        "x",
    ],
    ids=repr,
)
def test_usage_without_a_count_is_none(usage):
    assert to_usage(usage) is None


@pytest.mark.parametrize("number", ["1e999", "Infinity", "NaN", "-1e999"])
def test_a_count_that_is_not_finite_is_ignored(number):
    usage = to_usage(json.loads(f'{{"prompt_tokens": {number}, "completion_tokens": 7}}'))
    assert (usage.prompt_tokens, usage.completion_tokens) == (0, 7)


def test_a_later_usage_replaces_the_counts_that_it_has():
    first = to_usage({"prompt_tokens": 5, "completion_tokens": 1, "x": 1})
    second = to_usage({"prompt_tokens": None, "completion_tokens": 7}, first)
    assert (second.prompt_tokens, second.completion_tokens) == (5, 7)
    assert second.raw == {"prompt_tokens": 5, "completion_tokens": 7, "x": 1}
    assert to_usage(None, second) is second
    assert to_usage({}, second).total_tokens == 12


def test_token_counts_have_other_names():
    counts = {
        "input_tokens": 5,
        "output_tokens": 6,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens_details": {"reasoning_tokens": 3},
    }
    usage = to_usage(counts)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (5, 6, 11)
    assert (usage.cached_tokens, usage.reasoning_tokens) == (4, 3)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"prompt_tokens": 10, "total_tokens": 15}, (10, 5, 15)),
        ({"completion_tokens": 5, "prompt_tokens": None, "total_tokens": 15}, (10, 5, 15)),
        ({"prompt_tokens": 20, "total_tokens": 15}, (20, 0, 20)),
        ({"prompt_tokens": 10}, (10, 0, 10)),
    ],
    ids=str,
)
def test_a_missing_count_is_the_rest_of_the_total(counts, expected):
    usage = to_usage(counts)
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == expected


OF = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens_details": {"cached_tokens": 900}},  # OpenAI, xAI, Z.ai
        {"input_tokens_details": {"cached_tokens": 900}},  # OpenAI's Responses
        {"prompt_cache_hit_tokens": 900, "prompt_cache_miss_tokens": 100},  # DeepSeek
        {"cached_tokens": 900},  # Moonshot
        {"context_cached_tokens": 900},
        {"cache_read_input_tokens": 900},  # Anthropic
        {"cacheReadInputTokens": 900},  # Bedrock
        {"cacheReadInputTokenCount": 900},  # Bedrock's older name
        {"cachedContentTokenCount": 900},  # Google
        {"cached_content_token_count": 900},
        {"cached_input_tokens": 900},
        {"input_cached_tokens": 900},
        {"num_cached_tokens": 900},
        {"cache_read_tokens": 900},
        {"prompt_tokens_details": {"cache_read": 900}},
        {"prompt_tokens_details": {"cached_tokens": 0}, "prompt_cache_hit_tokens": 900},
        {"prompt_tokens_details": None, "cached_tokens": 900},
        {"prompt_tokens_details": {"cached_tokens": 900}, "cached_tokens": 0},
    ],
    ids=str,
)
def test_tokens_read_from_a_cache_have_many_names(usage):
    read = to_usage({**OF, **usage})
    assert (read.cached_tokens, read.cache_write_tokens, read.prompt_tokens) == (900, None, 1000)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens_details": {"cache_write_tokens": 80}},  # OpenRouter
        {"prompt_tokens_details": {"cache_creation_tokens": 80}},  # LiteLLM
        {"prompt_tokens_details": {"cache_creation_input_tokens": 80}},  # Alibaba
        {"cache_creation_input_tokens": 80},  # Anthropic
        {"cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 50}},
        {"cacheWriteInputTokens": 80},  # Bedrock
        {"cacheWriteInputTokenCount": 80},
    ],
    ids=str,
)
def test_tokens_written_to_a_cache_have_many_names(usage):
    read = to_usage({**OF, **usage})
    assert (read.cache_write_tokens, read.cached_tokens, read.prompt_tokens) == (80, None, 1000)


@pytest.mark.parametrize(
    "usage",
    [
        {"completion_tokens_details": {"reasoning_tokens": 20}},
        {"output_tokens_details": {"reasoning_tokens": 20}},
        {"output_tokens_details": {"thinking_tokens": 20}},
        {"reasoning_tokens": 20},
        {"reasoningTokens": 20},
        {"thoughtsTokenCount": 20},
        {"completion_tokens_details": {"reasoning_tokens": 0}, "reasoning_tokens": 20},
    ],
    ids=str,
)
def test_reasoning_tokens_have_many_names(usage):
    read = to_usage({**OF, **usage})
    assert (read.reasoning_tokens, read.completion_tokens, read.total_tokens) == (20, 50, 1050)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_cache_miss_tokens": 900},
        {"cache_read_input_token_cost": 900},
        {"cached_tokens_details": {"text_tokens": 900}},
        {"cached_audio_tokens": 900},
        {"uncached_input_tokens": 900},
        {"cached_tokens": True},
        {"cached_tokens": "900 tokens"},
        {"cached_tokens": -900},
        {"cost": 900, "cache_discount": 900, "is_cached": 1},
        {"prompt_tokens_details": {"text_tokens": 900}},
    ],
    ids=str,
)
def test_other_counts_are_not_those_of_the_cache(usage):
    read = to_usage({**OF, **usage})
    assert (read.cached_tokens, read.cache_write_tokens, read.prompt_tokens) == (None, None, 1000)


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        # Anthropic's own: the prompt is without the tokens of the cache.
        (
            {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 900},
            (910, 5, 915, 900, None),
        ),
        (
            {"input_tokens": 10, "cache_creation_input_tokens": 80, "cache_read_input_tokens": 0},
            (90, 0, 90, 0, 80),
        ),
        # The same behind a gateway that renames the counts only.
        (
            {"prompt_tokens": 10, "completion_tokens": 5, "cache_read_input_tokens": 900},
            (910, 5, 915, 900, None),
        ),
        # Bedrock's, whose total has them.
        (
            {
                "inputTokens": 10,
                "outputTokens": 5,
                "cacheReadInputTokens": 900,
                "totalTokens": 915,
            },
            (910, 5, 915, 900, None),
        ),
        # The total says that the prompt has them.
        (
            {
                "input_tokens": 910,
                "output_tokens": 5,
                "cache_read_input_tokens": 900,
                "total_tokens": 915,
            },
            (910, 5, 915, 900, None),
        ),
    ],
    ids=["Anthropic", "written", "renamed", "Bedrock", "inclusive"],
)
def test_the_tokens_of_the_cache_are_part_of_the_prompt(usage, counts):
    assert to_usage(usage) == Usage(*counts, raw=usage)


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        # xAI's.
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 5,
                "total_tokens": 45,
                "completion_tokens_details": {"reasoning_tokens": 30},
            },
            (10, 35, 45, 30),
        ),
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 50,
                "total_tokens": 90,
                "completion_tokens_details": {"reasoning_tokens": 30},
            },
            (10, 80, 90, 30),
        ),
        # Google's.
        (
            {
                "promptTokenCount": 10,
                "candidatesTokenCount": 5,
                "thoughtsTokenCount": 30,
                "totalTokenCount": 45,
            },
            (10, 35, 45, 30),
        ),
    ],
    ids=["more than the answer", "by the total", "Google"],
)
def test_reasoning_is_part_of_the_answer(usage, counts):
    read = to_usage(usage)
    assert counts == (
        read.prompt_tokens,
        read.completion_tokens,
        read.total_tokens,
        read.reasoning_tokens,
    )


@pytest.mark.parametrize(
    "payload",
    [
        {"usage": OF},
        {"usage": None, "choices": [{"usage": OF}]},
        {"choices": [None, {"delta": {}}, {"usage": OF}]},
        {"x_groq": {"id": "req_1", "usage": OF}, "choices": []},
        {"usageMetadata": OF},
        {"usage_metadata": OF, "usage": {}},
    ],
    ids=str,
)
def test_usage_is_found(payload):
    assert find_usage(payload) == OF


@pytest.mark.parametrize("payload", [{}, {"choices": 5}, {"usage": None, "x_groq": 5}], ids=str)
def test_a_payload_may_have_no_usage(payload):
    assert find_usage(payload) is None


NAMES = st.sampled_from(
    [
        *OF,
        "input_tokens",
        "output_tokens",
        "promptTokenCount",
        "candidatesTokenCount",
        "thoughtsTokenCount",
        "cached_tokens",
        "prompt_cache_hit_tokens",
        "cache_read_input_tokens",
        "cacheWriteInputTokens",
        "cache_creation",
        "reasoning_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "cost",
    ]
)
COUNTS = st.none() | st.integers(-5, 10**6) | st.floats() | st.text(max_size=3) | st.booleans()
DETAILS = st.dictionaries(NAMES | st.text(max_size=5), COUNTS, max_size=4)


@given(
    st.lists(st.dictionaries(NAMES, COUNTS | DETAILS | st.lists(COUNTS, max_size=2)), max_size=3)
)
def test_parts_are_never_more_than_the_whole(usages):
    usage = None
    for given_ in usages:
        usage = to_usage(given_, usage)
    if usage is not None:
        of_cache = (usage.cached_tokens or 0) + (usage.cache_write_tokens or 0)
        assert of_cache <= usage.prompt_tokens
        assert (usage.reasoning_tokens or 0) <= usage.completion_tokens
        assert usage.prompt_tokens + usage.completion_tokens <= usage.total_tokens


@given(st.sampled_from(["cache", "cached"]), st.sampled_from(["read", "hit"]), st.booleans())
def test_names_may_be_written_in_any_case(cache, read, is_camel):
    words = [cache, read, "input", "tokens"]
    name = "".join(map(str.title, words)) if is_camel else "_".join(words)
    assert to_usage({**OF, name: 7}).cached_tokens == 7


def test_a_later_usage_of_zeros_changes_nothing():
    real = to_usage({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13})
    zeros = {
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "total_tokens": 0,
        "prompt_tokens_details": {"cached_tokens": 0},
        "cost": None,
    }
    assert to_usage(zeros, real) == real
    assert to_usage(zeros).total_tokens == 0


def test_a_count_that_comes_early_outlives_a_late_0():
    first = to_usage({"prompt_tokens": 10, "completion_tokens": 0})
    last = to_usage({"prompt_tokens": 0, "completion_tokens": 7}, first)
    assert (last.prompt_tokens, last.completion_tokens, last.total_tokens) == (10, 7, 17)


@pytest.mark.parametrize("cost", [0.012, 1.5])
@pytest.mark.parametrize("counts", [{}, {"prompt_tokens": 0, "prompt_tokens_details": {"a": 0}}])
def test_a_late_cost_is_kept(cost, counts):
    first = {"prompt_tokens": 10, "cost": 0, "prompt_tokens_details": {"cached_tokens": 4}}
    usage = to_usage({**counts, "cost": cost}, to_usage(first))
    assert (usage.prompt_tokens, usage.cached_tokens) == (10, 4)
    assert usage.raw == {**first, "cost": cost}


def test_a_cost_or_a_total_alone_is_kept():
    costs = to_usage({"cost": 0.01})
    assert (costs.total_tokens, costs.raw) == (0, {"cost": 0.01})
    total = to_usage({"total_tokens": 150, "cost": 0.01})
    assert (total.prompt_tokens, total.completion_tokens, total.total_tokens) == (150, 0, 150)


def test_counts_may_be_texts():
    usage = to_usage({"prompt_tokens": "10", "completion_tokens": "3", "total_tokens": "13"})
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (10, 3, 13)
    assert to_usage({"prompt_tokens": "many", "completion_tokens": ""}) is None


def test_counts_may_be_nested_as_in_coheres_replies():
    usage = to_usage(
        {
            "billed_units": {"input_tokens": 5, "output_tokens": 418},
            "tokens": {"input_tokens": 71, "output_tokens": 418},
        }
    )
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (71, 418, 489)
    billed = to_usage({"billed_units": {"input_tokens": 5, "output_tokens": 418}})
    assert (billed.prompt_tokens, billed.completion_tokens) == (5, 418)
