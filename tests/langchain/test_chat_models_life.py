"""A model's life: copied, saved, closed, reconfigured, used from several event loops."""

import asyncio
import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain_core.runnables import ConfigurableField

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
@pytest.mark.parametrize("used", [False, True], ids=["fresh", "used"])
def test_a_copy_works(make_model, weryai_emulator, key, make_copy, used):
    model = make_model(default_headers={"X-Team": "blue"}, temperature=0.5)
    if used:
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


@pytest.mark.parametrize("style", ["invoke", "ainvoke", "stream"])
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
    configurable.invoke("Hello", {"configurable": {"model": "GPT_5", "heat": 0.1}})
    assert sent() == {
        "model": "GPT_5",
        "temperature": 0.1,
        "user": "me",
        "messages": [{"role": "user", "content": "Hello"}],
    }


async def test_a_key_put_into_a_copy_is_used(model, call, key, weryai_emulator):
    await call(model)
    copied = model.model_copy(update={"weryai_api_key": NEW_KEY})
    await call(copied)
    assert sent_key(weryai_emulator) == NEW_KEY
    await call(model)
    assert sent_key(weryai_emulator) == key


def test_a_setting_changed_later_is_used(model, weryai_emulator):
    model.invoke("Hello")
    model.default_headers = {"X-Team": "red"}
    model.temperature = 0.3
    model.invoke("Hello")
    assert weryai_emulator.last_request.headers["x-team"] == "red"
    assert weryai_emulator.last_request.json["temperature"] == 0.3


@pytest.fixture
def endless(weryai_emulator, chunk):
    """A stream that stands still after its first chunk, until the test is over."""
    over = threading.Event()
    weryai_emulator.reply_chunks([chunk({"content": "Once "}), over, chunk({}, "stop")])
    yield
    over.set()


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
