"""One client for each way and for the same settings."""

import copy
import pickle

import httpx2
import pytest

from weryai_core.config import resolve_config
from weryai_core.integration import Clients

KEY = "sk-0123456789abcdef0123456789abcdef"
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
CONFIG = resolve_config(api_key=KEY)


@pytest.mark.parametrize("way_", ["sync", "aio"])
def test_the_same_settings_give_the_same_client(way_):
    get = getattr(Clients(), way_)
    client = get(CONFIG)
    assert get(CONFIG) is client
    assert get(resolve_config(api_key=KEY)) is client


@pytest.mark.parametrize("way_", ["sync", "aio"])
@pytest.mark.parametrize(
    "changed",
    [{"api_key": "sk-another"}, {"base_url": "https://b"}, {"timeout": 3}, {"max_retries": 0}],
    ids=str,
)
def test_changed_settings_give_another_client(way_, changed):
    get = getattr(Clients(), way_)
    client = get(CONFIG)
    config = resolve_config(**{"api_key": KEY, **changed})
    assert get(config) is not client
    assert get(config).config == config


@pytest.mark.parametrize("way_", ["sync", "aio"])
def test_clients_of_eight_settings_are_kept(way_):
    get = getattr(Clients(), way_)
    configs = [resolve_config(api_key=f"sk-{number}") for number in range(9)]
    clients = [get(config) for config in configs[:8]]
    assert [get(config) for config in configs[:8]] == clients
    get(configs[8])
    assert get(configs[7]) is clients[7]
    assert get(configs[0]) is not clients[0]


def test_clients_of_one_model_share_what_they_warned_about():
    pair = Clients()
    talk = {**REQUEST, "messages": [{"role": "user", "content": "Hello"}] * 51}
    with pytest.warns(UserWarning, match="WeryAI takes at most 50"):
        pair.sync(CONFIG).stream(talk).close()
    pair.sync(resolve_config(api_key="sk-another")).stream(talk).close()
    pair.aio(CONFIG).stream(talk)
    with pytest.warns(UserWarning, match="WeryAI takes at most 50"):
        copy.deepcopy(pair).sync(CONFIG).stream(talk).close()


def test_another_http_client_gives_another_client():
    pair = Clients()
    with httpx2.Client() as http:
        client = pair.sync(CONFIG, http)
        assert client.given is http
        assert pair.sync(CONFIG, http) is client
        assert pair.sync(CONFIG) is not client


@pytest.mark.parametrize(
    "again",
    [lambda pair: pickle.loads(pickle.dumps(pair)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deepcopy"],
)
def test_a_pair_travels_empty_and_without_the_key(again):
    pair = Clients()
    client = pair.sync(CONFIG)
    pair.aio(CONFIG)
    assert KEY.encode() not in pickle.dumps(pair)
    other = again(pair)
    assert isinstance(other, Clients)
    assert vars(other) == vars(Clients())
    assert other.sync(CONFIG) is not client


async def test_closing_a_pair_closes_both(service, service_url):
    pair = Clients()
    pair.close()
    await pair.aclose()
    config = resolve_config(api_key=KEY, base_url=service_url)
    service.reply_text("Hi")
    service.reply_text("Hi")
    assert pair.sync(config).chat(REQUEST).text == "Hi"
    assert (await pair.aio(config).chat(REQUEST)).text == "Hi"
    await pair.aclose()
