"""Settings: the argument, else the environment, else the default."""

import pickle
from contextlib import suppress

import httpx
import httpx2
import hypothesis
import pytest
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr, ValidationError, field_validator

from weryai_core import Client, Config, ConfigurationError, Timeout
from weryai_core.config import (
    DEFAULT_TIMEOUT,
    normalize_base_url,
    refuse_arguments,
    resolve_config,
    to_timeout,
)

KEY = "sk-0123456789abcdef"


def test_the_defaults_are_those_of_the_service():
    config = resolve_config(api_key=KEY)
    assert config.api_key.get_secret_value() == KEY
    assert config.base_url == "https://api.weryai.com/v1"
    assert config.timeout is None
    assert config.retry.max_retries == 2
    assert config.default_headers == {}


def test_a_connection_may_take_10_s_and_the_rest_600_s():
    assert DEFAULT_TIMEOUT._asdict() == {
        "connect": 10.0,
        "read": 600.0,
        "write": 600.0,
        "pool": 600.0,
    }


@pytest.mark.parametrize("key", ["sk-argument", SecretStr("sk-argument"), " sk-argument\n"])
def test_the_key_is_taken_from_the_argument_before_the_environment(monkeypatch, key):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-environment")
    assert resolve_config(api_key=key).api_key.get_secret_value() == "sk-argument"


def test_the_key_is_taken_from_the_environment_when_not_given(monkeypatch):
    monkeypatch.setenv("WERYAI_API_KEY", " sk-environment ")
    assert resolve_config().api_key.get_secret_value() == "sk-environment"


@pytest.mark.parametrize("value", [None, "", " "])
def test_a_missing_key_is_an_error_that_names_both_places(monkeypatch, value):
    if value is not None:
        monkeypatch.setenv("WERYAI_API_KEY", value)
    with pytest.raises(ConfigurationError) as caught:
        resolve_config()
    assert str(caught.value) == "No API key. Pass `api_key` or set `WERYAI_API_KEY`."


@pytest.mark.parametrize("key", ["", "  ", SecretStr(""), "Bearer ", '""'])
def test_an_empty_key_is_an_error_and_not_the_environments_key(monkeypatch, key):
    monkeypatch.setenv("WERYAI_API_KEY", "sk-of-the-operator")
    with pytest.raises(ConfigurationError, match="`api_key` is empty"):
        resolve_config(api_key=key)


@pytest.mark.parametrize(
    "key", ["Bearer sk-key", "bearer  sk-key ", '"sk-key"', "'Bearer sk-key'", 'Bearer "sk-key"\n']
)
def test_what_surrounds_a_key_is_removed(key):
    assert resolve_config(api_key=key).api_key.get_secret_value() == "sk-key"


@pytest.mark.parametrize(
    "key",
    [
        *("${KEY}", "$WERYAI_API_KEY", "$key", "%KEY%", "{{ key }}", "{key}", "<your key>"),
        *("sk-...", "None", "null"),
    ],
)
def test_a_placeholder_is_no_key(key):
    with pytest.raises(ConfigurationError, match="a placeholder that was not replaced"):
        resolve_config(api_key=key)


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("'sk-half", "a quotation mark at one end"),
        ('sk-half"', "a quotation mark at one end"),
        ("b'sk-bytes'", "the repr of bytes"),
        ("**********", "asterisks, as a SecretStr that was turned into text"),
    ],
)
def test_a_key_that_was_made_into_text_wrongly_is_refused(key, what):
    with pytest.raises(ConfigurationError, match=what) as caught:
        resolve_config(api_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-two parts", "sk-two\nlines", "sk-two\tparts"])
def test_a_key_has_no_white_space_in_it(key):
    with pytest.raises(ConfigurationError, match="white space in it") as caught:
        resolve_config(api_key=key)
    assert "sk-two" not in str(caught.value)


PUBLIC = [
    *("http://api.weryai.com", "http://llm.company.com:8080/v1", "HTTP://8.8.8.8"),
    *("http://evil。com", "http://134744072:8000", "http://evil.com%2f.local", "http://ai"),
]
PRIVATE = [
    *("http://localhost:8000", "http://127.0.0.1", "http://[::1]:80", "http://gateway:8080"),
    *("http://10.1.2.3", "http://192.168.0.7", "http://172.16.5.4", "http://[fd00::1]"),
    *("http://llm.svc.cluster.local", "http://gateway.team.svc", "http://llm.corp.internal"),
]


@pytest.mark.parametrize("url", PUBLIC)
def test_a_key_is_sent_to_a_public_host_with_encryption_only(url):
    with pytest.raises(ConfigurationError, match=r"Use https://, or pass allow_insecure=True\."):
        resolve_config(api_key=KEY, base_url=url)
    resolve_config(api_key=KEY, base_url=url, allow_insecure=True)
    resolve_config(api_key=KEY, base_url=url.replace("http:", "https:").replace("HTTP:", "https:"))


@pytest.mark.parametrize("url", PRIVATE)
def test_a_private_network_needs_no_encryption(url):
    assert resolve_config(api_key=KEY, base_url=url).base_url.startswith("http://")


@pytest.mark.parametrize("key", ["sk-schlüssel", "sk-nul\0"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key):
    with pytest.raises(ConfigurationError, match="no HTTP header can carry") as caught:
        resolve_config(api_key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "argument", "expected"),
    [
        ({}, None, "https://api.weryai.com/v1"),
        ({"WERYAI_API_BASE": "https://b"}, None, "https://b/v1"),
        ({"WERYAI_BASE_URL": "https://a"}, None, "https://a/v1"),
        ({"WERYAI_BASE_URL": "https://a", "WERYAI_API_BASE": "https://b"}, None, "https://a/v1"),
        ({"WERYAI_BASE_URL": "", "WERYAI_API_BASE": "https://b"}, None, "https://b/v1"),
        ({"WERYAI_BASE_URL": "https://a"}, "https://c", "https://c/v1"),
    ],
    ids=["default", "api-base", "base-url", "base-url-first", "empty-is-unset", "argument-first"],
)
def test_the_base_url_is_argument_then_environment_then_default(
    monkeypatch, environment, argument, expected
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert resolve_config(api_key=KEY, base_url=argument).base_url == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.weryai.com", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/v1", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/v1/", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/v1//", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/v1/chat", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/v1/chat/completions", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/v1/chat/completions/", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/v1/chat/models", "https://api.weryai.com/v1"),
        ("https://api.weryai.com/v2", "https://api.weryai.com/v2"),
        ("https://proxy.example/weryai", "https://proxy.example/weryai/v1"),
        ("https://proxy.example/weryai/v1/", "https://proxy.example/weryai/v1"),
        ("  http://127.0.0.1:8000/v1 ", "http://127.0.0.1:8000/v1"),
        ("http://[::1]:8000", "http://[::1]:8000/v1"),
        ("https://proxy.example/@team/weryai", "https://proxy.example/@team/weryai/v1"),
        ("https://proxy.example/a@b.example/v1", "https://proxy.example/a@b.example/v1"),
        ("https://proxy.example/v1?", "https://proxy.example/v1"),
        ("https://proxy.example/a%23b%3Fc", "https://proxy.example/a%23b%3Fc/v1"),
    ],
)
def test_a_base_url_has_one_form(given, expected):
    assert normalize_base_url(given) == expected
    assert normalize_base_url(expected) == expected


@pytest.mark.parametrize(
    "url",
    ["api.weryai.com", "/v1", "ftp://api.weryai.com", "https://", "://", "https://[::1"],
)
def test_an_invalid_base_url_is_refused(url):
    with pytest.raises(ConfigurationError, match="`base_url` must be an address that starts with"):
        resolve_config(api_key=KEY, base_url=url)


@pytest.mark.parametrize("port", ["99999", "http"])
def test_a_base_url_with_an_impossible_port_is_refused(port):
    with pytest.raises(ConfigurationError, match="base_url"):
        resolve_config(api_key=KEY, base_url=f"https://api.weryai.com:{port}/v1")


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hush@api.weryai.com",
        "https://hush@api.weryai.com/v1",
        "https://user:hush@api.weryai.com/@team/v1?a=b#c",
        "HTTPS://user:hush@[::1]:80",
        "user:hush@api.weryai.com/v1",
        "https://api.weryai.com\\@hush",
    ],
)
def test_a_password_in_the_base_url_is_refused_without_being_shown(url):
    with pytest.raises(ConfigurationError, match="user name or password") as caught:
        resolve_config(api_key=KEY, base_url=url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["https://user:hush/x@api.weryai.com", "https://user:hush?x@api.weryai.com", "hush", "/@hush"],
)
def test_an_address_that_may_hold_a_secret_is_refused_without_being_shown(url):
    with pytest.raises(ConfigurationError, match="must be an address") as caught:
        resolve_config(api_key=KEY, base_url=url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("?api-version=hush", r"must not have a query .* `default_query`"),
        ("/v1?hush", r"must not have a query"),
        ("/v1/@team?key=hush#hush", r"must not have a query"),
        ("/v1#hush", r"must not have a fragment"),
        ("/v1?#hush", r"must not have a fragment"),
        ("#", r"must not have a fragment"),
    ],
)
def test_a_query_or_fragment_is_refused_and_never_dropped(rest, message, monkeypatch):
    with pytest.raises(ConfigurationError, match=message) as caught:
        resolve_config(api_key=KEY, base_url=f"https://api.weryai.com{rest}")
    assert "hush" not in str(caught.value)
    monkeypatch.setenv("WERYAI_BASE_URL", f"https://api.weryai.com{rest}")
    with pytest.raises(ConfigurationError, match=message):
        resolve_config(api_key=KEY)


@hypothesis.given(st.text(st.characters(codec="ascii", exclude_characters="?#"), max_size=20))
def test_a_base_url_keeps_its_path_or_is_refused(path):
    try:
        url = normalize_base_url(f"https://api.weryai.com/{path}")
    except ConfigurationError:
        return
    assert url == normalize_base_url(url)
    kept = "".join(character for character in path if character not in "\t\r\n").strip()
    assert url.removesuffix("/v1").startswith("https://api.weryai.com")
    assert "@" not in kept or "@" in url


@hypothesis.given(st.text(max_size=30))
def test_any_base_url_is_normalized_or_a_configuration_error(url):
    with suppress(ConfigurationError):
        assert normalize_base_url(url).startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (30, Timeout(30, 30, 30, 30)),
        (2.5, Timeout(2.5, 2.5, 2.5, 2.5)),
        ((3, 30), Timeout(3, 30, 30, 30)),
        ((3, 30, 40), Timeout(3, 30, 40, 30)),
        ((1, 2, 3, 4), Timeout(1, 2, 3, 4)),
        ((1, None), Timeout(1, None, None, None)),
        ([1, 2, 3, 4], Timeout(1, 2, 3, 4)),
        (Timeout(1, 2, 3, 4), Timeout(1, 2, 3, 4)),
        (httpx.Timeout(30, connect=3), Timeout(3, 30, 30, 30)),
        (httpx2.Timeout(30, connect=3), Timeout(3, 30, 30, 30)),
        (httpx.Timeout(None), Timeout(None, None, None, None)),
        (httpx2.Timeout(None), Timeout(None, None, None, None)),
        ((3, float("inf"), 1e10, 10**400), Timeout(3, None, None, None)),
    ],
    ids=str,
)
def test_a_timeout_has_several_forms(given, expected):
    assert to_timeout(given) == expected
    assert resolve_config(api_key=KEY, timeout=given).timeout == expected


@pytest.mark.parametrize(
    "timeout",
    [0, -1, "30", True, float("nan"), (), (1,), (1, 2, 3, 4, 5), (1, "2"), (1, 0), [1], {}],
    ids=repr,
)
def test_an_invalid_timeout_is_refused(timeout):
    with pytest.raises(ConfigurationError, match="`timeout` must be seconds above 0"):
        resolve_config(api_key=KEY, timeout=timeout)


@pytest.mark.parametrize("retries", [0, 1, 10])
def test_the_number_of_retries_is_used(retries):
    assert resolve_config(api_key=KEY, max_retries=retries).retry.max_retries == retries


@pytest.mark.parametrize("retries", [-1, 1.5, True, "2"], ids=repr)
def test_an_invalid_number_of_retries_is_refused(retries):
    with pytest.raises(ConfigurationError) as caught:
        resolve_config(api_key=KEY, max_retries=retries)
    assert str(caught.value) == (f"`max_retries` must be an integer of 0 or more, not {retries!r}.")


@pytest.mark.parametrize("headers", [{"x-team": 7}, {7: "x"}, {"x-team": None}], ids=str)
def test_headers_that_are_not_text_are_refused(headers):
    with pytest.raises(ConfigurationError, match="must be text of printable ASCII characters"):
        resolve_config(api_key=KEY, default_headers=headers)


@pytest.mark.parametrize("value", ["two\r\nlines", "schlüssel-ключ"], ids=["newline", "unicode"])
def test_headers_that_http_cannot_carry_are_refused_without_being_shown(value):
    with pytest.raises(ConfigurationError, match="x-secret") as caught:
        resolve_config(api_key=KEY, default_headers={"x-secret": value})
    assert value not in str(caught.value)


@pytest.mark.parametrize("name", ["", " x", "x ", "x:", "x y", "(x)", " transfer-encoding"])
def test_names_that_http_does_not_take_are_refused(name):
    with pytest.raises(ConfigurationError, match="must be text of printable ASCII characters"):
        resolve_config(api_key=KEY, default_headers={name: "5"})


@pytest.mark.parametrize("name", ["content-length", "Content-Length", "transfer-encoding"])
def test_headers_that_tell_the_length_of_the_body_are_refused(name):
    with pytest.raises(ConfigurationError, match=f"'{name}' belongs to the body"):
        resolve_config(api_key=KEY, default_headers={name: "5"})


def test_headers_are_copied():
    headers = {"x-team": "blue"}
    config = resolve_config(api_key=KEY, default_headers=headers)
    headers["x-team"] = "red"
    assert config.default_headers == {"x-team": "blue"}


def test_no_repr_shows_the_key_or_the_headers():
    config = resolve_config(
        api_key=KEY,
        default_headers={"x-secret": "hush"},
        default_query={"token": "hush"},
        proxy="http://user:hush@proxy.test",
    )
    with Client.from_config(config) as client:
        shown = f"{config!r} {config} {client!r} {client} {vars(client)}"
    assert KEY not in shown
    assert "hush" not in shown


def test_the_same_settings_are_equal_and_others_differ():
    assert resolve_config(api_key=KEY) == resolve_config(api_key=KEY)
    assert resolve_config(api_key=KEY) != resolve_config(api_key=f"{KEY}-2")
    assert resolve_config(api_key=KEY) != resolve_config(api_key=KEY, timeout=1)


def test_a_config_needs_the_key_only():
    config = Config(SecretStr(KEY))
    assert config == resolve_config(api_key=KEY)
    assert isinstance(pickle.loads(pickle.dumps(config)), Config)


class Model(BaseModel):
    """Stands for a chat model of one of the frameworks."""

    api_key: str
    temperature: float = 1.0
    base_url: str = "https://api.weryai.com"

    @field_validator("base_url")
    @classmethod
    def _check(cls, value):
        return resolve_config(api_key=KEY, base_url=value).base_url


def refused(**arguments):
    with pytest.raises(ValidationError) as caught:
        Model(**arguments)
    return refuse_arguments(caught.value, "Model")


def test_refused_arguments_are_named_without_their_values():
    error = refused(api_key=KEY, temperature="hot stuff", base_url=7)
    assert isinstance(error, ConfigurationError)
    assert str(error).startswith(
        "Model cannot be created with these arguments. `temperature`: Input"
    )
    assert "; `base_url`: Input should be a valid string." in str(error)
    assert KEY not in str(error)
    assert "hot stuff" not in str(error)


def test_our_own_error_about_an_argument_is_passed_through():
    error = refused(api_key=KEY, base_url="ftp://x")
    assert str(error).startswith("`base_url` must be an address that starts with http://")


@pytest.mark.parametrize("key", [123, b"sk-bytes-0123", ["sk-list-0123"], {"key": "sk-dict-0123"}])
def test_a_key_that_is_not_text_is_refused_without_being_shown(key):
    with pytest.raises(ConfigurationError) as caught:
        resolve_config(api_key=key)
    assert str(caught.value) == (
        f"`api_key` must be text or a SecretStr, not a {type(key).__name__}."
    )


@pytest.mark.parametrize("value", [[("x-a", "1")], "x-a: 1", 7, [], ""], ids=repr)
def test_headers_and_queries_that_are_not_mappings_are_refused(value):
    for name, what in (("default_headers", "Headers"), ("default_query", "`default_query`")):
        with pytest.raises(ConfigurationError) as caught:
            resolve_config(api_key=KEY, **{name: value})
        kind = type(value).__name__
        assert str(caught.value) == f"{what} must be a mapping of names to values, not a {kind}."


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_base_url_may_be_an_object_of_the_http_library(library):
    url = library.URL("https://proxy.example/weryai/")
    assert resolve_config(api_key=KEY, base_url=url).base_url == "https://proxy.example/weryai/v1"


@pytest.mark.parametrize("url", [7, b"https://a.test", ["https://a.test"], True], ids=repr)
def test_a_base_url_that_is_not_text_is_refused(url):
    with pytest.raises(ConfigurationError, match="`base_url` must be an address that starts with"):
        resolve_config(api_key=KEY, base_url=url)


def test_the_query_is_copied():
    query = {"a": "1"}
    config = resolve_config(api_key=KEY, default_query=query)
    query["a"] = "2"
    assert config.default_query == {"a": "1"}


def test_a_query_that_no_address_can_carry_is_refused():
    with pytest.raises(ConfigurationError, match="`default_query` holds text that is not valid"):
        resolve_config(api_key=KEY, default_query={"a": "\ud800"})


PROXIES = [
    "http://127.0.0.1:3128",
    "https://proxy.test",
    "http://user:p%2Fss@proxy.test:3128",
    "socks5://[::1]:1080",
]


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_proxy_is_kept_as_a_secret(proxy):
    for given in (proxy, SecretStr(proxy)):
        config = resolve_config(api_key=KEY, proxy=given)
        assert config.proxy.get_secret_value() == proxy
        assert proxy not in f"{config!r}{config}"


@pytest.mark.parametrize(
    "proxy",
    ["", "nonsense", "proxy.test:3128", "://", "http://", "http://h:99999", "http://[::1", 7],
    ids=repr,
)
def test_a_proxy_that_is_not_an_address_is_refused(proxy):
    with pytest.raises(ConfigurationError, match=r"`proxy` must be (an address such as|text)"):
        resolve_config(api_key=KEY, proxy=proxy)


@pytest.mark.parametrize("password", ["hu/sh", "hu#sh", "hu?sh"])
def test_a_password_of_a_proxy_with_a_slash_is_not_shown(password):
    with pytest.raises(ConfigurationError, match="must be percent-encoded") as caught:
        resolve_config(api_key=KEY, proxy=f"http://user:{password}@proxy.test:3128")
    assert "hu" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_settings_with_another_query_or_proxy_differ():
    plain = resolve_config(api_key=KEY)
    assert plain != resolve_config(api_key=KEY, default_query={"a": "1"})
    assert plain != resolve_config(api_key=KEY, proxy="http://proxy.test")


@pytest.mark.parametrize("name", ["total_timeout", "stream_chunk_timeout"])
@pytest.mark.parametrize(
    "given", [None, float("inf"), 1e10, 10**400], ids=["none", "inf", "long", "huge"]
)
def test_a_limit_of_more_than_a_year_is_none(name, given):
    assert getattr(resolve_config(api_key=KEY, **{name: given}), name) is None


def test_no_time_left_is_an_error_and_no_limit():
    assert resolve_config(api_key=KEY, stream_chunk_timeout=0).stream_chunk_timeout is None
    with pytest.raises(
        ConfigurationError, match="`total_timeout` must be seconds above 0, or None"
    ):
        resolve_config(api_key=KEY, total_timeout=0)
