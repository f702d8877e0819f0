"""Models that are copied, saved, closed, reconfigured or used from several event loops."""

import asyncio
import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.exceptions import ModelTimeoutError
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.rate_limiters import BaseRateLimiter
from langchain_core.runnables import ConfigurableField

from weryai_core import APITimeoutError

ANSWER = 'Hello! You said: "Hello"'
NEW_KEY = "sk-new-fedcba9876543210"

COPIES = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "model_copy": lambda model: model.model_copy(),
    "deep model_copy": lambda model: model.model_copy(deep=True),
}


def sent_key(emulator):
    return emulator.last_request.headers["authorization"].removeprefix("Bearer ")


@pytest.mark.parametrize("make_copy", [pytest.param(way, id=name) for name, way in COPIES.items()])
def test_a_copy_works(make_model, weryai_emulator, key, make_copy):
    model = make_model(default_headers={"X-Team": "blue"}, temperature=0.5)
    assert make_copy(model).invoke("Hello").text == ANSWER
    model.invoke("Hello")
    asyncio.run(model.ainvoke("Hello"))
    copied = make_copy(model)
    assert copied.invoke("Hello").text == ANSWER
    assert asyncio.run(copied.ainvoke("Hello")).text == ANSWER
    assert sent_key(weryai_emulator) == key
    assert weryai_emulator.last_request.headers["x-team"] == "blue"
    assert weryai_emulator.last_request.json["temperature"] == 0.5
    assert model.invoke("Hello").text == ANSWER


def test_a_bound_model_can_be_pickled(model):
    bound = pickle.loads(pickle.dumps(model.bind(stop=["x"])))
    assert bound.invoke("Hello").text == ANSWER


def test_three_event_loops_one_after_another_work(model):
    for _ in range(3):
        assert asyncio.run(model.ainvoke("Hello")).text == ANSWER


def test_streams_in_three_event_loops_one_after_another_work(model, merge):
    async def read():
        return merge([piece async for piece in model.astream("Hello")])

    for _ in range(3):
        assert asyncio.run(read()).text == ANSWER


def test_event_loops_in_several_threads_work(model):
    def ask(number):
        return asyncio.run(model.ainvoke(f"number {number}")).text

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, range(12)))
    assert answers == [f'You said: "number {number}"' for number in range(12)]


def test_a_closed_model_works_again(model):
    for _ in range(2):
        assert model.invoke("Hello").text == ANSWER
        model.close()
        model.close()


async def test_an_aclosed_model_works_again(model):
    for _ in range(2):
        assert (await model.ainvoke("Hello")).text == ANSWER
        assert model.invoke("Hello").text == ANSWER
        await model.aclose()
        await model.aclose()


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_a_reconfigured_key_is_used(model, call, key, weryai_emulator):
    configurable = model.configurable_fields(weryai_api_key=ConfigurableField(id="key"))
    assert (await call(configurable)).text == ANSWER
    assert sent_key(weryai_emulator) == key
    changed = configurable.with_config(configurable={"key": NEW_KEY})
    assert (await call(changed)).text == ANSWER
    assert sent_key(weryai_emulator) == NEW_KEY
    await call(configurable)
    assert sent_key(weryai_emulator) == key


def test_reconfigured_parameters_are_sent(make_model, sent):
    configurable = make_model(model_kwargs={"user": "me"}).configurable_fields(
        model_name=ConfigurableField(id="model"), temperature=ConfigurableField(id="heat")
    )
    configurable.invoke("Hello", {"configurable": {"model": "GPT_4_1", "heat": 0.1}})
    assert sent() == {
        "model": "GPT_4_1",
        "temperature": 0.1,
        "user": "me",
        "messages": [{"role": "user", "content": "Hello"}],
    }


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_the_key_of_a_changed_copy_is_used(model, call, key, weryai_emulator):
    await call(model)
    copied = model.model_copy(update={"weryai_api_key": NEW_KEY})
    await call(copied)
    assert sent_key(weryai_emulator) == NEW_KEY
    await call(model)
    assert sent_key(weryai_emulator) == key


def test_a_setting_assigned_later_is_used(model, weryai_emulator):
    model.invoke("Hello")
    model.default_headers = {"X-Team": "red"}
    model.temperature = 0.3
    model.invoke("Hello")
    assert weryai_emulator.last_request.headers["x-team"] == "red"
    assert weryai_emulator.last_request.json["temperature"] == 0.3


@pytest.fixture
def endless(weryai_emulator, chunk):
    """A stream that stops after its first chunk until the test is over."""
    over = threading.Event()
    weryai_emulator.reply_chunks([chunk({"content": "Once "}), over, chunk({}, "stop")])
    yield
    over.set()


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize("style", ["stream", "astream"])
@pytest.mark.parametrize("place", ["model", "call"])
async def test_a_stream_without_payload_is_a_timeout_with_what_had_arrived(make_model, call, place):
    limit = {"stream_chunk_timeout": 0.5}
    model = make_model(**(limit if place == "model" else {"stream_chunk_timeout": 600}))
    with pytest.raises(APITimeoutError, match="`stream_chunk_timeout`") as caught:
        await call(model, **(limit if place == "call" else {}))
    assert caught.value.partial.text == "Once "
    assert isinstance(caught.value, ModelTimeoutError)


@pytest.mark.usefixtures("endless")
def test_leaving_a_stream_early_closes_the_connection(model, weryai_emulator):
    for piece in model.stream("Hello"):
        assert piece.text == "Once "
        break
    assert weryai_emulator.last_request.wait_for_disconnect()


@pytest.mark.usefixtures("endless")
async def test_leaving_an_async_stream_early_closes_the_connection(model, weryai_emulator):
    pieces = model.astream("Hello")
    async for piece in pieces:
        assert piece.text == "Once "
        break
    await pieces.aclose()
    gone = await asyncio.to_thread(weryai_emulator.last_request.wait_for_disconnect)
    assert gone


@pytest.mark.usefixtures("endless")
async def test_cancelling_a_task_closes_the_connection(model, weryai_emulator):
    seen = asyncio.Event()

    async def read():
        async for _ in model.astream("Hello"):
            seen.set()

    task = asyncio.create_task(read())
    await seen.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gone = await asyncio.to_thread(weryai_emulator.last_request.wait_for_disconnect)
    assert gone


def test_a_stream_that_is_never_read_sends_nothing(model, weryai_emulator):
    model.stream("Hello")
    assert weryai_emulator.requests == []


async def test_a_model_closes_itself_at_the_end_of_a_with_block(make_model, weryai_emulator):
    with make_model() as model:
        assert model.invoke("Hello").text == ANSWER
    async with make_model() as model:
        assert (await model.ainvoke("Hello")).text == ANSWER


@pytest.mark.parametrize("style", ["invoke", "ainvoke"])
async def test_a_changed_model_does_not_read_the_old_cached_answer(
    make_model, call, weryai_emulator
):
    model = make_model(cache=InMemoryCache())
    await call(model)
    await call(model.model_copy(update={"temperature": 0.1}))
    assert weryai_emulator.last_request.json["temperature"] == 0.1
    model.temperature = 0.3
    await call(model)
    assert weryai_emulator.last_request.json["temperature"] == 0.3


@pytest.mark.every_style
async def test_a_rate_limiter_is_asked_once_a_call(make_model, call):
    class Counter(BaseRateLimiter):
        asked = 0

        def acquire(self, *, blocking=True):
            self.asked += 1
            return True

        async def aacquire(self, *, blocking=True):
            return self.acquire()

    limiter = Counter()
    await call(make_model(rate_limiter=limiter))
    assert limiter.asked == 1


def test_token_counts_of_a_batch_are_summed(model):
    result = model.generate([[HumanMessage("Hello")], [HumanMessage("Hello, you there")]])
    counts = [
        message.usage_metadata
        for [generation] in result.generations
        for message in [generation.message]
    ]
    usage = result.llm_output["token_usage"]
    assert usage["prompt_tokens"] == sum(count["input_tokens"] for count in counts)
    assert usage["total_tokens"] == sum(count["total_tokens"] for count in counts)
    assert usage["prompt_tokens_details"] == {"cached_tokens": 0}
    assert result.llm_output["model_name"] == "GPT_4O"


TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def test_tokens_are_counted_without_a_download(model, make_model):
    assert model.get_num_tokens("") == 0
    assert model.get_num_tokens("Hello, you there") == 4
    messages = [HumanMessage("Hello"), AIMessage("Hello!")]
    count = model.get_num_tokens_from_messages(messages)
    assert 2 < count < 20
    assert model.get_num_tokens_from_messages(messages, [TOOL]) > count
    by_word = make_model(custom_get_token_ids=lambda text: [len(word) for word in text.split()])
    assert by_word.get_num_tokens("Hello, you there") == 3
    assert by_word.get_num_tokens_from_messages([HumanMessage("Hello")]) == 2


@pytest.mark.parametrize("max_retries", [0, 2])
def test_one_request_a_call_in_event_loops_one_after_another(
    make_model, weryai_emulator, max_retries
):
    model = make_model(max_retries=max_retries)
    for _ in range(3):
        assert asyncio.run(model.ainvoke("Hello")).text == ANSWER
    assert len(weryai_emulator.requests) == 3


def test_an_alternative_model_is_used(model, make_model, sent):
    either = model.configurable_alternatives(
        ConfigurableField(id="which"), default_key="first", second=make_model(model="GLM_5")
    )
    either.invoke("Hello", {"configurable": {"which": "second"}})
    assert sent()["model"] == "GLM_5"
    either.invoke("Hello")
    assert sent()["model"] == "GPT_4O"
