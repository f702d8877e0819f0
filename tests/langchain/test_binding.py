"""Models with bound parameters."""

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumpd
from langchain_core.runnables import RunnableBinding
from person_and_weather import DESCRIBED, HELLO, PERSON_TOOL, WEATHER_TOOL, WEB, Person, weather


def test_a_binding_is_saved_as_langchains(make_model):
    bound = make_model().bind(web_search=True)
    assert isinstance(bound, RunnableBinding)
    assert dumpd(bound)["id"] == ["langchain", "schema", "runnable", "RunnableBinding"]


def test_structured_output_keeps_what_is_bound(make_model, sent, weryai_emulator):
    weryai_emulator.reply('{"name": "Ann", "age": 5}')
    bound = make_model().bind(temperature=0).bind(web_search=True).with_config(tags=["x"])
    bound.with_structured_output(Person, temperature=1).invoke("Hello")
    assert sent() == {
        "model": "GPT_4O",
        "messages": [HELLO],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "Person", "schema": DESCRIBED},
        },
        "plugins": [WEB],
        "temperature": 1,
    }


def test_tools_keep_what_is_bound(make_model, sent, weryai_emulator):
    searching = make_model().bind(web_search=True)
    bound = searching.bind_tools([weather], tool_choice="any")
    bound.invoke("Hello")
    expected = {"model": "GPT_4O", "messages": [HELLO], "plugins": [WEB]}
    assert sent() == {**expected, "tools": [WEATHER_TOOL], "tool_choice": "required"}
    bound.bind_tools([Person]).invoke("Hello")
    assert sent() == {**expected, "tools": [PERSON_TOOL]}


def test_a_given_schema_in_prompt_gives_way_to_the_method(make_model, sent, weryai_emulator):
    weryai_emulator.reply('{"name": "Ann", "age": 5}')
    model = make_model().with_structured_output(
        Person, method="prompted", schema_in_prompt="if_needed"
    )
    model.invoke("Who is it?")
    assert "response_format" not in sent()


def test_structured_output_suits_the_model_that_is_bound(make_model, sent):
    bound = make_model(model="GPT_4O").bind(model="DEEPSEEK_R1")
    bound.with_structured_output(Person).invoke("Ann is 5. Who is it?")
    assert "response_format" not in sent()


async def no_listener(run, config):
    """Does nothing."""


WAYS = [
    "with_config",
    "bind, with_config",
    "with_config, bind",
    "with_types, with_config",
    "with_config, with_types",
    "with_alisteners, with_config",
    "with_retry, with_config",
    "with_config, with_retry",
]


def bound_in_some_way(model, way):
    config = {"tags": ["x"], "metadata": {"user": "ann"}}
    if way == "with_config":
        return model.with_config(config)
    if way == "with_types, with_config":
        return model.with_types(input_type=str).with_config(config)
    if way == "with_config, with_types":
        return model.with_config(config).with_types(input_type=str)
    if way == "with_alisteners, with_config":
        return model.with_alisteners(on_end=no_listener).with_config(config)
    if way == "with_retry, with_config":
        return model.with_retry(stop_after_attempt=2).with_config(config)
    if way == "with_config, with_retry":
        return model.with_config(config).with_retry(stop_after_attempt=2)
    if way == "bind, with_config":
        return model.bind(temperature=0).with_config(config)
    return model.with_config(tags=["x"]).with_config(metadata={"user": "ann"}).bind(temperature=0)


class Runs(BaseCallbackHandler):
    """Keeps the tags and the metadata of the model's runs."""

    def __init__(self):
        self.seen = []

    def on_chat_model_start(self, *args, tags, metadata, **kwargs):
        self.seen.append((tags, metadata.get("user")))


@pytest.mark.parametrize("way", WAYS)
async def test_tools_and_structured_output_keep_the_config(make_model, weryai_emulator, way):
    model = bound_in_some_way(make_model(), way)
    runs = Runs()
    config = {"callbacks": [runs]}
    model.bind_tools([weather]).invoke("Hello", config)
    for structured in (
        model.with_structured_output(Person),
        model.with_structured_output(Person, include_raw=True),
        model.bind_tools([weather]).with_structured_output(Person),
    ):
        weryai_emulator.reply('{"name": "Ann", "age": 5}')
        await structured.ainvoke("Hello", config)
    assert len(runs.seen) == 4
    assert all("x" in tags and user == "ann" for tags, user in runs.seen)


def test_listeners_are_kept(make_model):
    ended = []
    model = make_model().with_listeners(on_end=lambda run: ended.append(run.name))
    model.bind_tools([weather]).invoke("Hello")
    assert ended == ["ChatWeryAI"]


async def test_async_listeners_are_kept(make_model, weryai_emulator):
    ended = []

    async def listen(run, config):
        ended.append(run.name)

    model = make_model().bind(temperature=0).with_alisteners(on_end=listen)
    await model.bind_tools([weather]).ainvoke("Hello")
    assert ended == ["ChatWeryAI"]


@pytest.mark.parametrize("structured", [False, True])
@pytest.mark.parametrize("bound", [False, True])
def test_retries_are_kept(make_model, weryai_emulator, bound, structured):
    model = make_model(max_retries=0)
    model = model.bind(temperature=0) if bound else model
    model = model.with_retry(stop_after_attempt=2, wait_exponential_jitter=False)
    model = model.with_structured_output(Person) if structured else model.bind_tools([weather])
    weryai_emulator.reply_error(500)
    weryai_emulator.reply('{"name": "Ann", "age": 5}')
    model.invoke("Hello")
    assert len(weryai_emulator.requests) == 2
