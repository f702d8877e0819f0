"""Settings are resolved once for a model, and again when one has changed."""

import copy
import pickle

import httpx2
import pytest

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI

KEY = "sk-0123456789abcdef"
MESSAGES = [{"role": "user", "content": "Hello"}]
ANSWER = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'

# What is set, by the core's name, and what it changes about the next request.
CHANGES = {
    "api_key": ("sk-another-key", lambda sent: sent.headers["authorization"]),
    "base_url": ("https://other.test", lambda sent: str(sent.url)),
    "timeout": (7, lambda sent: sent.extensions["timeout"]["read"]),
    "default_headers": ({"X-Team": "blue"}, lambda sent: sent.headers.get("x-team")),
    "default_query": ({"team": "blue"}, lambda sent: sent.url.params.get("team")),
}
BEFORE = (f"Bearer {KEY}", "https://api.weryai.com/v1/chat/completions", 600.0, None, None)
AFTER = (
    "Bearer sk-another-key",
    "https://other.test/v1/chat/completions?team=blue",
    7,
    "blue",
    "blue",
)


@pytest.fixture(params=[ChatWeryAI, WeryAI])
def used(request):
    """A model that has made a call in each way, and the requests that were sent."""
    sent = []

    def answer(http_request):
        sent.append(http_request)
        return httpx2.Response(200, content=ANSWER)

    async def make(**fields):
        transport = httpx2.MockTransport(answer)
        model = request.param(model="GPT_4O", api_key=KEY, **fields)
        model.http_client = httpx2.Client(transport=transport)
        http_client = httpx2.AsyncClient(transport=transport)
        setattr(model, model._field_name("async_http_client"), http_client)
        await call(model)
        sent.clear()
        return model, sent

    return make


async def call(model):
    model._fetch(MESSAGES, {})
    await model._afetch(MESSAGES, {})


def read(sent):
    return tuple(look(sent) for _, look in CHANGES.values())


WAYS = {
    "assigned": lambda model, values: [setattr(model, *item) for item in values.items()] and model,
    "copied": lambda model, values: model.model_copy(update=values),
    "written into the fields": lambda model, values: vars(model).update(values) or model,
}


@pytest.mark.parametrize("way", WAYS)
async def test_a_changed_field_holds_from_the_next_call_on_sync_and_async(used, way):
    model, sent = await used()
    values = {model._field_name(name): value for name, (value, _) in CHANGES.items()}
    changed = WAYS[way](model, values)
    await call(changed)
    assert [*map(read, sent)] == [AFTER, AFTER]


async def test_the_model_that_a_changed_copy_was_made_of_stays_as_it_is(used):
    model, sent = await used()
    other = model.model_copy(update={model._field_name("api_key"): "sk-another-key"})
    await call(other)
    await call(model)
    assert [read(one)[0] for one in sent] == ["Bearer sk-another-key"] * 2 + [BEFORE[0]] * 2
    assert [*map(read, sent[2:])] == [BEFORE, BEFORE]


async def test_headers_and_query_are_copied_when_they_are_set(used):
    headers, query = {"X-Team": "blue"}, {"team": "blue"}
    model, sent = await used(default_headers=headers, default_query=query)
    headers["X-Team"], query["team"] = "red", "red"
    await call(model)
    assert [read(one)[3:] for one in sent] == [("blue", "blue")] * 2


async def test_a_value_that_only_looks_equal_is_checked(used):
    model, _ = await used(max_retries=1)
    model.max_retries = True
    with pytest.raises(ValueError, match="`max_retries` must be an integer"):
        await call(model)


async def test_settings_are_resolved_once_and_again_after_a_change(used):
    model, _ = await used()
    config = model._sync_client().config
    model.temperature = 0.5
    assert model._sync_client().config is model._async_client().config is config
    model.max_retries = 5
    assert model._sync_client().config.retry.max_retries == 5


@pytest.mark.parametrize(
    "again",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],
    ids=["deep", "pickle"],
)
@pytest.mark.parametrize("wrapper", [ChatWeryAI, WeryAI])
def test_a_model_that_was_used_travels_without_what_was_resolved(wrapper, again):
    model = wrapper(model="GPT_4O", api_key=KEY)
    model._sync_client()
    other = again(model)
    assert other._clients._resolved == []
    assert other._sync_client().config == model._sync_client().config


@pytest.mark.parametrize("unset", ["api_key", "base_url"])
async def test_what_is_not_set_follows_the_environment(used, unset, monkeypatch):
    model, sent = await used()
    model.__dict__[model._field_name(unset)] = None  # as on a model that was not validated
    for name in ("first", "second"):
        monkeypatch.setenv("WERYAI_API_KEY", name)
        monkeypatch.setenv("WERYAI_BASE_URL", f"https://{name}.test")
        await call(model)
    read = CHANGES[unset][1]
    seen = [read(one) for one in sent]
    assert ["first" in one for one in seen] == [True, True, False, False]
    assert ["second" in one for one in seen] == [False, False, True, True]
