"""What a model is made of: arguments, environment, bounds, and what is told of it."""

import httpx
import httpx2
import pytest
from llama_index.core.callbacks import CallbackManager

from llama_index_weryai import WeryAI
from weryai_core import ConfigurationError, InvalidRequestError, WeryAIError, known_models

KEY = "sk-0123456789abcdef0123456789abcdef"
DEFAULT = "https://api.weryai.com/v1"

ADDRESSES = {
    "https://api.weryai.com": DEFAULT,
    "https://api.weryai.com/": DEFAULT,
    "https://api.weryai.com/v1": DEFAULT,
    "https://api.weryai.com/v1/": DEFAULT,
    "https://api.weryai.com/v1/chat/completions": DEFAULT,
    "http://127.0.0.1:8000": "http://127.0.0.1:8000/v1",
}


@pytest.mark.parametrize("name", ["api_base", "base_url"])
@pytest.mark.parametrize(("given", "settled"), ADDRESSES.items(), ids=ADDRESSES)
def test_the_address_goes_by_two_names_and_in_any_spelling(name, given, settled):
    assert WeryAI(model="GPT_4O", api_key=KEY, **{name: given}).api_base == settled


def test_a_base_url_counts_where_api_base_is_none():
    llm = WeryAI(model="GPT_4O", api_key=KEY, api_base=None, base_url="http://localhost")
    assert llm.api_base == "http://localhost/v1"


def test_the_address_has_a_default():
    assert WeryAI(model="GPT_4O", api_key=KEY).api_base == DEFAULT


@pytest.mark.parametrize("variable", ["WERYAI_BASE_URL", "WERYAI_API_BASE"])
def test_the_environment_is_used(monkeypatch, variable):
    monkeypatch.setenv("WERYAI_API_KEY", "from-the-environment")
    monkeypatch.setenv(variable, "http://localhost:8000")
    llm = WeryAI(model="GPT_4O")
    assert llm.api_key.get_secret_value() == "from-the-environment"
    assert llm.api_base == "http://localhost:8000/v1"


def test_arguments_come_before_the_environment(monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", "from-the-environment")
    monkeypatch.setenv("WERYAI_BASE_URL", "http://localhost:8000")
    llm = WeryAI(model="GPT_4O", api_key=KEY, api_base="http://localhost:9000")
    assert llm.api_key.get_secret_value() == KEY
    assert llm.api_base == "http://localhost:9000/v1"


def test_a_call_needs_the_environment_only(weryai_emulator_env):
    assert WeryAI(model="GPT_4O").complete("Hello").text
    assert weryai_emulator_env.last_request.headers["authorization"].startswith("Bearer ")


def test_a_missing_key_names_both_ways_to_give_it():
    with pytest.raises(ConfigurationError) as caught:
        WeryAI(model="GPT_4O")
    assert "`api_key`" in str(caught.value)
    assert "`WERYAI_API_KEY`" in str(caught.value)


# Arguments that no model can be made of -> the error and what it tells.
WRONG = {
    "an unknown name": ({"temprature": 1}, ConfigurationError, "no parameter 'temprature'"),
    "no model": ({"model": None}, ConfigurationError, "`model`"),
    "an empty model": ({"model": ""}, ConfigurationError, "`model`"),
    "a key of another type": ({"api_key": 7}, ConfigurationError, "`api_key`"),
    "a key with a line end": ({"api_key": "a\nb"}, ConfigurationError, "no HTTP header"),
    "no address": ({"api_base": "ftp://host"}, ConfigurationError, "http:// or https://"),
    "a password in the address": ({"api_base": "http://u:p@host"}, ConfigurationError, "password"),
    "a timeout of 0": ({"timeout": 0}, ConfigurationError, "`timeout`"),
    "a timeout in words": ({"timeout": "soon"}, ConfigurationError, "`timeout`"),
    "negative retries": ({"max_retries": -1}, ConfigurationError, "`max_retries`"),
    "a temperature in words": ({"temperature": "hot"}, ConfigurationError, "`temperature`"),
    "headers that are none": ({"default_headers": {"a": 1}}, ConfigurationError, "headers"),
    "max_tokens": ({"max_tokens": 0}, InvalidRequestError, "`max_tokens` must be an integer of 1"),
    "temperature": ({"temperature": 2.1}, InvalidRequestError, "from 0 to 2, not 2.1"),
    "a negative temperature": ({"temperature": -0.1}, InvalidRequestError, "from 0 to 2"),
    "top_p": ({"top_p": 1.1}, InvalidRequestError, "from 0 to 1"),
    "presence_penalty": ({"presence_penalty": -3}, InvalidRequestError, "from -2 to 2"),
    "frequency_penalty": ({"frequency_penalty": 3}, InvalidRequestError, "from -2 to 2"),
    "plugins": ({"plugins": [{"name": "web"}]}, InvalidRequestError, "`plugins`"),
    "a wrong value in additional_kwargs": (
        {"additional_kwargs": {"top_p": 2}},
        InvalidRequestError,
        "`top_p`",
    ),
}


@pytest.mark.parametrize(("given", "error", "told"), WRONG.values(), ids=WRONG)
def test_wrong_arguments_are_told_when_the_model_is_made(make_llm, given, error, told):
    with pytest.raises(error, match=told) as caught:
        make_llm(**given)
    assert KEY not in str(caught.value)
    assert isinstance(caught.value, WeryAIError)


OUT_OF_RANGE = {
    "max_tokens": 0,
    "temperature": 2.1,
    "top_p": -0.1,
    "presence_penalty": 2.1,
    "frequency_penalty": -2.1,
    "seed": "x",
    "n": 0,
    "plugins": ["web"],
    "web_search": "yes",
    "response_format": "json",
    "tools": object(),
}


@pytest.mark.parametrize(("name", "value"), OUT_OF_RANGE.items(), ids=OUT_OF_RANGE)
def test_a_wrong_value_in_a_call_is_told_before_anything_is_sent(
    llm, method, ask, weryai_emulator, name, value
):
    with pytest.raises(InvalidRequestError, match=name if name != "tools" else "JSON"):
        ask(llm, method, **{name: value})
    assert weryai_emulator.requests == []


def test_a_http_client_of_another_kind_is_refused(make_llm, ask):
    with pytest.raises(ConfigurationError, match="must be an"):
        ask(make_llm(http_client=object()), "chat")
    with pytest.raises(ConfigurationError, match="must be an"):
        ask(make_llm(async_http_client=httpx.Client), "achat")


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_http_client_of_ones_own_is_used(make_llm, weryai_emulator, library):
    with library.Client(headers={"x-mine": "1"}) as client:
        make_llm(http_client=client).complete("Hello")
        assert not client.is_closed
    assert weryai_emulator.last_request.headers["x-mine"] == "1"


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
async def test_an_async_http_client_of_ones_own_is_used(make_llm, weryai_emulator, library):
    async with library.AsyncClient(headers={"x-mine": "1"}) as client:
        await make_llm(async_http_client=client).acomplete("Hello")
        assert not client.is_closed
    assert weryai_emulator.last_request.headers["x-mine"] == "1"


TIMEOUTS = {
    "seconds": (30, 30),
    "a pair": ((1.0, 2.0), (1.0, 2.0, 2.0, 2.0)),
    "four": ([1.0, 2.0, 3.0, None], (1.0, 2.0, 3.0, None)),
    "httpx": (httpx.Timeout(5.0, connect=1.0), (1.0, 5.0, 5.0, 5.0)),
    "httpx2": (httpx2.Timeout(5.0, connect=1.0), (1.0, 5.0, 5.0, 5.0)),
}


@pytest.mark.parametrize(("given", "settled"), TIMEOUTS.values(), ids=TIMEOUTS)
def test_a_timeout_is_settled_to_what_can_be_saved(make_llm, given, settled):
    assert make_llm(timeout=given).timeout == settled


def test_none_for_what_has_a_default_is_the_default(make_llm):
    llm = make_llm(callback_manager=CallbackManager(), temperature=None, timeout=None)
    assert (llm.temperature, llm.timeout, llm.max_retries) == (None, None, 2)


# --- what LlamaIndex plans by


@pytest.mark.parametrize("key", known_models())
def test_the_metadata_of_a_known_model(make_llm, key):
    metadata = make_llm(model=key).metadata
    assert metadata.model_name == key
    assert metadata.context_window == known_models()[key].max_input_tokens
    assert metadata.num_output == 1024
    assert metadata.is_chat_model
    assert metadata.is_function_calling_model


@pytest.mark.parametrize("max_tokens", [1, 4096, 128_000, 262_144, 10_000_000])
@pytest.mark.parametrize("key", [*known_models(), "GPT_9"])
def test_something_is_always_left_for_the_prompt(make_llm, key, max_tokens):
    metadata = make_llm(model=key, max_tokens=max_tokens).metadata
    assert metadata.num_output == max_tokens
    assert metadata.context_window > metadata.num_output


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_the_output_may_be_bounded_in_additional_kwargs(make_llm, name):
    assert make_llm(additional_kwargs={name: 4096}).metadata.num_output == 4096


@pytest.mark.parametrize(
    ("extra_body", "expected"),
    [
        ({"max_tokens": 4096}, 4096),
        ({"max_completion_tokens": 4096}, 4096),
        ({"max_completion_tokens": 4096, "max_tokens": 5}, 4096),
        ({"user": "ann"}, 500),
        ({"max_tokens": "many"}, 1024),
        ({"max_tokens": -1}, 1024),
        ("max_tokens", 500),
    ],
    ids=str,
)
def test_the_output_may_be_bounded_in_the_extra_body(make_llm, extra_body, expected):
    llm = make_llm(max_tokens=500, additional_kwargs={"extra_body": extra_body})
    assert llm.metadata.num_output == expected


def test_observers_are_told_what_is_sent(make_llm):
    llm = make_llm(additional_kwargs={"temperature": 0.9, "model": "GPT_5"})
    told = llm.to_payload()
    assert (told["model"], told["model_name"], told["temperature"]) == ("GPT_5", "GPT_5", 0.9)
    assert llm.metadata.context_window == known_models()["GPT_5"].max_input_tokens


def test_an_unknown_model_has_a_small_window(make_llm):
    metadata = make_llm(model="GPT_9").metadata
    assert metadata.context_window == 64_000
    assert metadata.is_function_calling_model


def test_the_metadata_can_be_told(make_llm):
    metadata = make_llm(
        context_window=5000, max_tokens=500, is_chat_model=False, is_function_calling_model=False
    ).metadata
    assert metadata.model_dump(include={"context_window", "num_output"}) == {
        "context_window": 5000,
        "num_output": 500,
    }
    assert not metadata.is_chat_model
    assert not metadata.is_function_calling_model


def test_the_metadata_is_made_without_a_request(make_llm, weryai_emulator):
    assert make_llm().metadata
    assert weryai_emulator.requests == []


def test_observers_are_told_the_metadata_the_model_and_the_temperature(make_llm):
    assert make_llm(temperature=0.5, default_headers={"X-Token": "t"}).to_payload() == {
        "class_name": "WeryAI_LLM",
        "context_window": 128_000,
        "num_output": 1024,
        "is_chat_model": True,
        "is_function_calling_model": True,
        "model_name": "GPT_4O",
        "system_role": "system",
        "model": "GPT_4O",
        "temperature": 0.5,
    }


def test_a_model_that_is_validated_is_itself(make_llm):
    llm = make_llm()
    assert WeryAI.model_validate(llm) is llm


def test_settings_may_be_changed_afterwards(make_llm, weryai_emulator):
    llm = make_llm()
    llm.complete("Hello")
    llm.api_key = type(llm.api_key)("sk-another-key-0123456789")
    llm.temperature = 0.5
    llm.complete("Hello")
    request = weryai_emulator.last_request
    assert request.headers["authorization"] == "Bearer sk-another-key-0123456789"
    assert request.json["temperature"] == 0.5


def test_a_subclass_may_add_fields(weryai_emulator):
    class Ours(WeryAI):
        team: str = "search"

    llm = Ours(model="GPT_4O", api_key=KEY, base_url=weryai_emulator.base_url, team="ads")
    assert llm.team == "ads"
    assert llm.complete("Hello").text
