"""LangChain's standard tests of caches, with ChatWeryAI's answers in them.

The suites are for authors of caches. Here they show that an answer comes out of a cache equal, even
out of one that holds JSON, as caches on disk and in databases do.
"""

import pytest
from langchain_core.caches import BaseCache, InMemoryCache
from langchain_core.load import dumps, loads
from langchain_core.messages import HumanMessage
from langchain_tests.integration_tests import AsyncCacheTestSuite, SyncCacheTestSuite

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")

CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a":1,"b":"ä"}'},
}
CITATION = {"url": "https://example.com", "title": "Example", "start_index": 0, "end_index": 6}
ANSWER = {
    "content": "I add.",
    "reasoning_content": "Hm.",
    "annotations": [{"type": "url_citation", "url_citation": CITATION}],
    "tool_calls": [CALL],
}


class JsonCache(BaseCache):
    """Holds answers as JSON."""

    def __init__(self):
        self._saved = {}

    def lookup(self, prompt, llm_string):
        saved = self._saved.get((prompt, llm_string))
        return None if saved is None else [loads(text, allowed_objects="core") for text in saved]

    def update(self, prompt, llm_string, return_val):
        self._saved[prompt, llm_string] = [dumps(generation) for generation in return_val]

    def clear(self, **kwargs):
        self._saved = {}


class Sample:
    """Supplies the suites with an answer of ours and a cache."""

    @pytest.fixture(autouse=True)
    def _ask(self, make_model, weryai_emulator):
        weryai_emulator.reply(ANSWER, finish_reason="tool_calls")
        model = make_model(output_version=self.output_version)
        self.result = model.generate([[HumanMessage("Hello")]]).generations[0]
        self.llm_string = model._get_llm_string()

    def get_sample_llm_string(self):
        return self.llm_string

    def get_sample_generation(self):
        return self.result[0]

    @pytest.fixture
    def cache(self):
        return JsonCache()


class TestSync(Sample, SyncCacheTestSuite):
    """With the content as text."""

    output_version = "v0"


class TestAsync(Sample, AsyncCacheTestSuite):
    """With the content as blocks."""

    output_version = "v1"


@pytest.mark.parametrize("output_version", ["v0", "v1"])
@pytest.mark.parametrize("cache_class", [InMemoryCache, JsonCache])
@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_a_cached_answer_is_not_requested_again(
    make_model, call, weryai_emulator, cache_class, output_version
):
    model = make_model(cache=cache_class(), output_version=output_version)
    weryai_emulator.reply(ANSWER, finish_reason="tool_calls")
    first = await call(model)
    again = await call(model)
    assert len(weryai_emulator.requests) == 1
    assert again.content_blocks == first.content_blocks
    assert again.tool_calls == first.tool_calls
    assert again.response_metadata == first.response_metadata
    assert again.usage_metadata == {**first.usage_metadata, "total_cost": 0}


@pytest.mark.parametrize(
    "change",
    [
        {"model": "GPT_5"},
        {"temperature": 0},
        {"max_tokens": 7},
        {"stop": ["x"]},
        {"web_search": True},
        {"extra_body": {"x": 1}},
        {"echo_reasoning": True},
        {"reasoning_tags": False},
        {"model_kwargs": {"x": 1}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_model_with_other_parameters_does_not_read_the_cached_answer(
    make_model, weryai_emulator, change
):
    cache = InMemoryCache()
    make_model(cache=cache).invoke("Hello")
    make_model(cache=cache, **change).invoke("Hello")
    assert len(weryai_emulator.requests) == 2


def test_the_api_key_is_not_part_of_the_cache_key(make_model, key):
    assert key not in make_model()._get_llm_string()
