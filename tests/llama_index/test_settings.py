"""A model's settings: arguments, environment, bounds, HTTP clients and metadata."""

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


@pytest.mark.parametrize(("given", "resolved"), ADDRESSES.items(), ids=ADDRESSES)
def test_the_address_is_normalized(given, resolved):
    assert WeryAI(model="GPT_4O", api_key=KEY, api_base=given).api_base == resolved


def test_the_address_may_be_given_as_base_url():
    llm = WeryAI(model="GPT_4O", api_key=KEY, base_url="http://127.0.0.1:8000")
    assert llm.api_base == "http://127.0.0.1:8000/v1"


def test_base_url_is_used_if_api_base_is_none():
    llm = WeryAI(model="GPT_4O", api_key=KEY, api_base=None, base_url="http://localhost")
    assert llm.api_base == "http://localhost/v1"


def test_the_address_has_a_default():
    assert WeryAI(model="GPT_4O", api_key=KEY).api_base == DEFAULT


@pytest.mark.parametrize("variable", ["WERYAI_BASE_URL", "WERYAI_API_BASE"])
def test_key_and_address_default_to_the_environment(monkeypatch, variable):
    monkeypatch.setenv("WERYAI_API_KEY", "from-the-environment")
    monkeypatch.setenv(variable, "http://localhost:8000")
    llm = WeryAI(model="GPT_4O")
    assert llm.api_key.get_secret_value() == "from-the-environment"
    assert llm.api_base == "http://localhost:8000/v1"


def test_arguments_win_over_the_environment(monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", "from-the-environment")
    monkeypatch.setenv("WERYAI_BASE_URL", "http://localhost:8000")
    llm = WeryAI(model="GPT_4O", api_key=KEY, api_base="http://localhost:9000")
    assert llm.api_key.get_secret_value() == KEY
    assert llm.api_base == "http://localhost:9000/v1"


def test_a_model_works_with_the_environment_alone(weryai_emulator_env):
    assert WeryAI(model="GPT_4O").complete("Hello").text
    assert weryai_emulator_env.last_request.headers["authorization"].startswith("Bearer ")


def test_the_error_of_a_missing_key_names_both_ways_to_pass_it():
    with pytest.raises(ConfigurationError) as caught:
        WeryAI(model="GPT_4O")
    assert "`api_key`" in str(caught.value)
    assert "`WERYAI_API_KEY`" in str(caught.value)


# Invalid arguments -> the error and a part of its text.
WRONG_TYPES = {
    "an unknown name": ({"temprature": 1}, ConfigurationError, "no parameter 'temprature'"),
    "no model": ({"model": None}, ConfigurationError, "`model`"),
    "an empty model": ({"model": ""}, ConfigurationError, "`model`"),
    "a key of another type": ({"api_key": 7}, ConfigurationError, "`api_key`"),
    "a key with a line end": ({"api_key": "a\nb"}, ConfigurationError, "white space in it"),
    "an address of another scheme": (
        {"api_base": "ftp://host"},
        ConfigurationError,
        "http:// or https://",
    ),
    "a password in the address": ({"api_base": "http://u:p@host"}, ConfigurationError, "password"),
    "a timeout of 0": ({"timeout": 0}, ConfigurationError, "`timeout`"),
    "a timeout as a text": ({"timeout": "soon"}, ConfigurationError, "`timeout`"),
    "negative retries": ({"max_retries": -1}, ConfigurationError, "`max_retries`"),
    "a temperature as a text": ({"temperature": "hot"}, ConfigurationError, "`temperature`"),
    "headers that are not texts": ({"default_headers": {"a": 1}}, ConfigurationError, "headers"),
}
OUT_OF_BOUNDS = {
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


@pytest.mark.parametrize(("given", "error", "text"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_invalid_arguments_are_errors_when_the_model_is_created(make_llm, given, error, text):
    with pytest.raises(error, match=text) as caught:
        make_llm(**given)
    assert KEY not in str(caught.value)
    assert isinstance(caught.value, WeryAIError)


@pytest.mark.parametrize(("given", "error", "text"), OUT_OF_BOUNDS.values(), ids=OUT_OF_BOUNDS)
def test_parameters_out_of_bounds_are_errors_when_the_model_is_created(
    make_llm, given, error, text
):
    with pytest.raises(error, match=text):
        make_llm(**given)


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
def test_an_invalid_value_in_a_call_is_an_error_without_a_request(
    llm, ask, weryai_emulator, name, value
):
    with pytest.raises(InvalidRequestError, match=name if name != "tools" else "JSON"):
        ask(llm, "chat", **{name: value})
    assert weryai_emulator.requests == []


def test_a_http_client_of_another_type_is_an_error(make_llm, ask):
    with pytest.raises(ConfigurationError, match="must be an"):
        ask(make_llm(http_client=object()), "chat")
    with pytest.raises(ConfigurationError, match="must be an"):
        ask(make_llm(async_http_client=httpx.Client), "achat")


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_a_given_http_client_is_used(make_llm, weryai_emulator, library):
    with library.Client(headers={"x-mine": "1"}) as client:
        make_llm(http_client=client).complete("Hello")
        assert not client.is_closed
    assert weryai_emulator.last_request.headers["x-mine"] == "1"


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
async def test_a_given_async_http_client_is_used(make_llm, weryai_emulator, library):
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


@pytest.mark.parametrize(("given", "resolved"), TIMEOUTS.values(), ids=TIMEOUTS)
def test_a_timeout_is_resolved_to_a_value_that_can_be_saved(make_llm, given, resolved):
    assert make_llm(timeout=given).timeout == resolved


def test_none_means_the_default(make_llm):
    llm = make_llm(callback_manager=CallbackManager(), temperature=None, timeout=None)
    assert (llm.temperature, llm.timeout, llm.max_retries) == (None, None, 2)


def test_every_field_has_a_description():
    undescribed = [name for name, field in WeryAI.model_fields.items() if not field.description]
    assert undescribed == []


# --- metadata


@pytest.mark.parametrize("key", ["GPT_4O", "GEMINI_25_FLASH", "KIMI_K2_5"])
def test_the_metadata_of_a_known_model(make_llm, key):
    metadata = make_llm(model=key).metadata
    assert metadata.model_name == key
    assert metadata.context_window == known_models()[key].max_input_tokens
    assert metadata.num_output == 1024
    assert metadata.is_chat_model
    assert metadata.is_function_calling_model


@pytest.mark.parametrize("max_tokens", [1, 4096, 128_000, 262_144, 10_000_000])
def test_metadata_always_leaves_tokens_for_the_prompt(make_llm, max_tokens):
    for key in (*known_models(), "GPT_9"):
        metadata = make_llm(model=key, max_tokens=max_tokens).metadata
        assert metadata.num_output == max_tokens
        assert metadata.context_window > metadata.num_output


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_num_output_follows_additional_kwargs(make_llm, name):
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
    ],
    ids=str,
)
def test_num_output_follows_the_extra_body(make_llm, extra_body, expected):
    llm = make_llm(max_tokens=500, additional_kwargs={"extra_body": extra_body})
    assert llm.metadata.num_output == expected


def test_to_payload_shows_the_parameters_sent(make_llm):
    llm = make_llm(additional_kwargs={"temperature": 0.9, "model": "GPT_5"})
    shown = llm.to_payload()
    assert (shown["model"], shown["model_name"], shown["temperature"]) == ("GPT_5", "GPT_5", 0.9)
    assert llm.metadata.context_window == known_models()["GPT_5"].max_input_tokens


def test_an_unknown_model_has_the_smallest_known_window(make_llm):
    metadata = make_llm(model="GPT_9").metadata
    assert metadata.context_window == 64_000
    assert metadata.is_function_calling_model


def test_settings_override_the_metadata(make_llm):
    metadata = make_llm(
        context_window=5000, max_tokens=500, is_chat_model=False, is_function_calling_model=False
    ).metadata
    assert metadata.model_dump(include={"context_window", "num_output"}) == {
        "context_window": 5000,
        "num_output": 500,
    }
    assert not metadata.is_chat_model
    assert not metadata.is_function_calling_model


def test_metadata_makes_no_request(make_llm, weryai_emulator):
    assert make_llm().metadata
    assert weryai_emulator.requests == []


def test_to_payload_holds_the_metadata_the_model_and_the_temperature(make_llm):
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


def test_validating_a_model_returns_it(make_llm):
    llm = make_llm()
    assert WeryAI.model_validate(llm) is llm


def test_changed_settings_hold_for_the_next_call(make_llm, weryai_emulator):
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
