"""Models with bound parameters."""

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
