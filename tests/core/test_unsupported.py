"""Parameters and media that a model does not take: a warning, or left out."""

import copy
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core import known_models
from weryai_core.config import resolve_config
from weryai_core.integration import Clients
from weryai_core.media.tool_results import ResultMedia
from weryai_core.request.options import RequestOptions
from weryai_core.request.prepare import prepare
from weryai_core.unsupported import with_supported_media

HELLO = {"role": "user", "content": "Hello"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
PDF = {"type": "file", "file": {"filename": "a.pdf", "file_data": "JVBERi0="}}


def request(model="GPT_5", **parameters):
    return {"model": model, "messages": [HELLO], **parameters}


def warned(given, **options):
    return [warning.text for warning in prepare(given, RequestOptions(**options)).warnings]


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("GPT_5", {"temperature": 0}),
        ("GPT_5_5", {"temperature": 0.7, "top_p": 0.5}),
        ("GPT_5", {"presence_penalty": 1, "frequency_penalty": -1}),
        ("GPT_5", {"logprobs": True, "top_logprobs": 3}),
        ("GPT_5", {"stop": ["Observation:"]}),
        ("GPT_5_4", {"temperature": 0, "reasoning_effort": "high"}),
        ("GPT_5_1", {"top_p": 0.1, "reasoning_effort": "low"}),
        ("CLAUDE_4_8_OPUS", {"temperature": 0}),
        ("CLAUDE_FABLE_5", {"top_p": 0.5, "top_k": 3}),
        ("KIMI_K2_5", {"temperature": 0.6}),
        ("KIMI_K2_5", {"top_p": 1, "n": 2}),
        ("GROK_4", {"presence_penalty": 0.5, "stop": "END"}),
        ("GROK_4", {"reasoning_effort": "low"}),
    ],
    ids=str,
)
def test_one_warning_names_what_a_model_does_not_take(model, parameters):
    sent = prepare(request(model, **parameters))
    assert sent.body == request(model, **parameters)
    (warning,) = sent.warnings
    named = [name for name in parameters if f"`{name}`" in warning.text]
    assert named == [name for name in parameters if name != "reasoning_effort" or model == "GROK_4"]
    assert warning.text.startswith(f"{model} takes these parameters with their defaults only: ")
    assert "drop_unsupported=True" in warning.text


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        ("GPT_5", {"temperature": 1, "top_p": 1.0, "presence_penalty": 0, "stop": []}),
        ("GPT_5", {"logprobs": False, "seed": 1, "max_tokens": 5, "reasoning_effort": "low"}),
        ("GPT_5_4", {"temperature": 0}),
        ("GPT_5_1", {"temperature": 0, "reasoning_effort": "none"}),
        ("KIMI_K2_5", {"temperature": 1, "top_p": 0.95, "n": 1}),
        ("GPT_4O", {"temperature": 0, "stop": ["END"], "logprobs": True}),
        ("CLAUDE_SONNET_4_6", {"temperature": 0}),
        ("GPT_99", {"temperature": 0, "presence_penalty": 2}),
    ],
    ids=str,
)
def test_other_values_and_models_give_no_warning(model, parameters):
    sent = prepare(request(model, **parameters))
    assert (sent.body, sent.warnings) == (request(model, **parameters), ())


def test_what_a_model_does_not_take_can_be_left_out():
    given = request(temperature=0, top_p=0.5, stop=["END"], max_tokens=5)
    sent = prepare(given, RequestOptions(drop_unsupported=True))
    assert (sent.body, sent.warnings) == (request(max_tokens=5), ())


def test_a_parameter_in_the_extra_body_counts_too():
    assert len(warned(request(extra_body={"temperature": 0}))) == 1
    sent = prepare(request(extra_body={"temperature": 0}), RequestOptions(drop_unsupported=True))
    assert sent.body == request()


def test_media_that_a_model_does_not_take_are_sent_with_a_warning():
    given = request("GLM_5")
    text = {"type": "text", "text": "Look."}
    given["messages"] = [{"role": "user", "content": [text, IMAGE, PDF, IMAGE]}, HELLO]
    before = copy.deepcopy(given)
    assert warned(given) == [
        "GLM_5 takes no images and no PDF files. They are sent, and the service may ignore or "
        "refuse them. Use another model, or set drop_unsupported=True to send a note in their "
        "place."
    ]
    assert prepare(given).body == before
    sent = prepare(given, RequestOptions(drop_unsupported=True))
    assert sent.warnings == ()
    assert sent.body["messages"][1] == HELLO
    assert sent.body["messages"][0]["content"] == [
        text,
        {"type": "text", "text": "(Image left out: the model takes none.)"},
        {"type": "text", "text": "(PDF file left out: the model takes none.)"},
        {"type": "text", "text": "(Image left out: the model takes none.)"},
    ]
    assert given == before


@pytest.mark.parametrize("model", ["GPT_4O", "GPT_99"])
def test_media_that_a_model_may_take_give_no_warning(model):
    given = request(model)
    given["messages"] = [{"role": "user", "content": [IMAGE]}]
    assert warned(given) == []


def test_media_of_tools_that_a_model_does_not_take_give_a_warning():
    given = request("GLM_5")
    call = {"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    given["messages"] = [
        HELLO,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": [IMAGE]},
    ]
    assert warned(given) == [
        "GLM_5 takes no images. A note takes their place in the results of tools. Use another "
        'model, or set tool_media="move" to send them.'
    ]


VALUES = {
    "temperature": st.floats(0, 2),
    "top_p": st.floats(0, 1),
    "presence_penalty": st.floats(-2, 2),
    "frequency_penalty": st.floats(-2, 2),
    "n": st.integers(1, 3),
    "stop": st.lists(st.text(), max_size=2),
    "logprobs": st.booleans(),
    "reasoning_effort": st.sampled_from(["none", "low"]),
}


@given(st.sampled_from([*known_models()]), st.fixed_dictionaries({}, optional=VALUES))
def test_dropping_leaves_nothing_to_warn_about_and_only_drops_what_was_warned_about(model, given):
    warnings_ = warned(request(model, **given))
    sent = prepare(request(model, **given), RequestOptions(drop_unsupported=True)).body
    assert warned(sent) == []
    dropped = given.keys() - sent.keys()
    assert bool(dropped) == bool(warnings_)
    assert all(f"`{name}`" in warnings_[0] for name in dropped)
    assert {name: sent[name] for name in given if name in sent} == {
        name: value for name, value in given.items() if name not in dropped
    }


def test_a_client_warns_once_per_model(driver, service):
    for _ in range(3):
        service.reply_text("Hi.")
    with pytest.warns(UserWarning, match="GPT_5 takes these parameters") as caught:
        driver.chat(request(temperature=0))
    assert len(caught) == 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        driver.chat(request(temperature=0.5))
    assert caught == []
    with pytest.warns(UserWarning, match="KIMI_K2_5 takes these parameters"):
        driver.chat(request("KIMI_K2_5", temperature=0.5))


def test_the_clients_of_one_object_warn_once():
    clients = Clients()
    config = resolve_config(api_key="sk-0123456789abcdef")
    other = resolve_config(api_key="sk-0123456789abcdef", max_retries=0)
    assert (
        clients.sync(config)._warned is clients.sync(other)._warned is clients.aio(config)._warned
    )


def test_moved_media_that_are_dropped_stay_with_their_results():
    result = ResultMedia(role="user", content=[IMAGE])
    [sent], _ = with_supported_media([result], "GLM_5", drop=True)
    assert isinstance(sent, ResultMedia)
    assert sent["content"] == [{"type": "text", "text": "(Image left out: the model takes none.)"}]
