"""Secrets that are redacted, however a service writes them; and words that are not."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from error_answers import to_error
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.secrets.hidden import HiddenValues
from weryai_core.secrets.redact import Secrets

KEY = "abc/def+gh12=="
VALUE = "se\"cr'et<val>&1\\b"


def in_json(text):
    return json.dumps(text)[1:-1]


def in_php(text):
    return in_json(text).replace("/", "\\/")


def in_dotnet(text):
    return "".join(c if c.isalnum() else f"\\u{ord(c):04X}" for c in text)


def in_numeric_entities(text):
    return "".join(c if c.isalnum() else f"&#{ord(c)};" for c in text)


def in_base64(text, before="Bearer "):
    return base64.b64encode(f"{before}{text}".encode()).decode()


FORMS = {
    "plain": str,
    "JSON": in_json,
    "JSON in JSON": lambda text: in_json(in_json(text)),
    "JSON three deep": lambda text: in_json(in_json(in_json(text))),
    "PHP's JSON": in_php,
    "PHP's JSON in JSON": lambda text: in_json(in_php(text)),
    ".NET's JSON": in_dotnet,
    "Go's JSON": lambda text: in_json(text).replace("<", "\\u003c").replace("&", "\\u0026"),
    "Python": lambda text: repr(text)[1:-1],
    "Python's bytes": lambda text: repr(text.encode())[2:-1],
    "JSON in Python": lambda text: repr(in_json(text))[1:-1],
    "an address": lambda text: quote(text, safe=""),
    "an address in small letters": lambda text: quote(text, safe="").lower(),
    "an address with =": lambda text: quote(text, safe="="),
    "an address twice": lambda text: quote(quote(text, safe=""), safe=""),
    "a form": quote_plus,
    "HTML": html.escape,
    "HTML with quotes": lambda text: html.escape(text, quote=False),
    "HTML in numbers": in_numeric_entities,
    "HTML in hexadecimal": lambda text: html.escape(text).replace("/", "&#x2F;"),
    "HTML twice": lambda text: html.escape(html.escape(text)),
    "JSON in HTML": lambda text: html.escape(in_json(text)),
    "an address in JSON in HTML": lambda text: html.escape(in_dotnet(quote(text, safe=""))),
    "capital letters": str.upper,
    "hexadecimal": lambda text: text.encode().hex(),
    "lines": lambda text: f"{text[:5]}\n{text[5:]}",
}
SECRETS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=8).filter(
    lambda text: (
        len(text.strip()) >= 8
        and sum(map(text.count, "%\\&+ ")) < 3
        and any(map(str.isdigit, text))
    )
)
AROUND = st.text(st.sampled_from(" \"'<>()[]{}:,.\n"), max_size=5)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_secret_is_redacted_in_each_spelling(form):
    for secret in (KEY, VALUE, "wk-9f8e7d6c5b4a3210ff", "9f8e%7d6c5b"):
        assert Secrets(secret).redact(f'"{form(secret)}".') == '"[hidden]".'


@given(SECRETS, AROUND, AROUND)
def test_a_secret_is_never_shown(secret, before, after):
    secrets = Secrets("sk-key-0123456789", {"x-token": secret})
    for form in FORMS.values():
        written = f"{before}{form(secret)}{after}"
        assert form(secret) not in secrets.redact(written)
        assert form(secret) not in secrets.redact_body(written, None)
        body = {"a": [written], written: 1}
        assert form(secret) not in str(json.loads(secrets.redact_body(json.dumps(body), body)))


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=12), AROUND)
def test_base64_of_a_secret_is_never_shown(secret, before):
    secret = f"0{secret}1"
    for alphabet in (b"+/", b"-_"):
        written = base64.b64encode(f"{before}{secret}".encode(), alphabet).decode()
        assert "[hidden]" in Secrets(secret).redact(f"authorization={written}")


@given(st.text(), st.text())
def test_other_text_is_left_as_it_is(before, after):
    assert Secrets("wk-9f8e7d6c5b4a3210ff").redact(before + after) == before + after


PIECES = {
    "what follows a scheme": ({"x-auth": "Token abcdef-123456"}, "abcdef-123456"),
    "the pair of Basic": ({"x-auth": f"Basic {in_base64('u:sword-fish9', '')}"}, "u:sword-fish9"),
    "the password of Basic": ({"x-auth": f"Basic {in_base64('u:sword-fish9', '')}"}, "sword-fish9"),
    "a cookie": ({"cookie": "a=1; session=abcdef123456"}, "abcdef123456"),
    "a parameter": ({"x-auth": 'T realm="x", tok="abcdef123456"'}, "abcdef123456"),
    "a list": ({"x-keys": ["list-of-1-text"]}, "list-of-1-text"),
    "a number": ({"key": 9876543210}, "9876543210"),
    "what looks random": ({"x-tenant": "a7Gk2LmQ9xPz4Rt8"}, "a7Gk2LmQ9xPz4Rt8"),
    "a value with a number": ({"x-k": "headerval-11223344"}, "headerval-11223344"),
}


@pytest.mark.parametrize(("values", "secret"), PIECES.values(), ids=PIECES)
def test_the_parts_of_a_value_are_secrets(values, secret):
    assert Secrets("any", values).redact(f"no: {secret}!") == "no: [hidden]!"


def test_a_proxys_password_is_a_secret():
    secrets = Secrets("any", proxy="http://ann:pass%2Fword-1@proxy.test:1")
    assert secrets.redact("ann:pass/word-1, pass%2fword-1") == "[hidden], [hidden]"


def test_numbers_of_a_body_are_redacted():
    body = {"error": {"key": 1234567890123, "code": 1007, "at": 1.5}}
    secrets = Secrets("1234567890123")
    redacted = json.loads(secrets.redact_body(json.dumps(body), body))
    assert redacted == {"error": {"key": "[hidden]", "code": 1007, "at": 1.5}}


ORDINARY = {
    "any": ("any", {}, "many companies"),
    "anything": ("anything", {}, "Do not send anything else"),
    "password": ("password", {}, "wrong password for user"),
    "not-needed": ("not-needed", {}, "an API key is not-needed"),
    "Not Needed": ("Not Needed", {}, "a key is Not Needed"),
    "sk-test": ("sk-test", {}, "sk-test is a sk-test"),
    "a deployment": ("", {"x-deployment": "gpt-4o-2024-08-06"}, "gpt-4o-2024-08-06 is unavailable"),
    "a kind of a token": ("", {"x-auth-type": "application/json"}, "send application/json"),
    "a count of tokens": ("", {"x-token-count": "12345678"}, "1234567890 tokens"),
    "a title": ("", {"X-Title": "My assistant"}, "role must be user or My assistant"),
    "a media type": ("", {"Accept": "application/json"}, "application/json is unsupported"),
    "a team": ("", {"X-Team": "research"}, "not for research"),
    "a date": ("", {"api-version": "2024-10-21-preview"}, "no version 2024-10-21-preview"),
    "a dated name": ("", {"beta": "prompt-caching-2024-07-31"}, "prompt-caching-2024-07-31 ended"),
    "a version": ("", {"x-client": "my-application/1.22.333"}, "my-application/1.22.333 is old"),
    "a referer": ("", {"HTTP-Referer": "https://a.test/d0cs/12345"}, "https://a.test/d0cs/12345"),
    "a request id": ("", {"X-Request-Id": "9f8e7d6c5b4a3210ff"}, "request 9f8e7d6c5b4a3210ff"),
    "a model": ("", {}, "sk-learn, sk-SK, sk-7b-chat, sk-learn-is-a-library"),
}


@pytest.mark.parametrize(("key", "given", "text"), ORDINARY.values(), ids=ORDINARY)
def test_ordinary_words_are_not_redacted(key, given, text):
    assert Secrets(key, given).redact(text) == text


@pytest.mark.parametrize("key", ["any", "a", "1007", "error", "sk-test", "requests"])
def test_a_short_or_ordinary_key_is_no_secret(key):
    body = {"error": {"message": "Too many requests: any error, 1007 of them.", "code": 1007}}
    error = to_error(429, body, api_key=key)
    assert "Too many requests: any error, 1007 of them." in str(error)
    assert error.response.json() == body


def test_what_looks_like_a_key_is_redacted():
    assert Secrets().redact("Wrong key sk-0123456789...cdef.") == "Wrong key [hidden]"
    assert Secrets().redact("Wrong key sk-proj-AbCdEfGhIjKl!") == "Wrong key [hidden]!"


@pytest.mark.parametrize("text", ["\\", "\\u00", "%25", "&amp;", "sk-", "wk-9f", "+", "a "])
def test_the_time_is_linear(text):
    """A quadratic search of half a MiB would take minutes."""
    secrets = Secrets("wk-9f8e7d6c5b4a3210ff", {"x-key": VALUE})
    long = text * (2**19 // len(text))
    assert secrets.redact(long) == long
    assert secrets.redact(f"{long} wk-9f8e7d6c5b4a3210ff").endswith(" [hidden]")


def test_hidden_headers_are_joined_with_others_like_a_dict():
    hidden = HiddenValues({"x-token": "9f8e7d6c5b4a3210ff"})
    assert hidden | {"a": "b"} == {"x-token": "9f8e7d6c5b4a3210ff", "a": "b"}
    assert {"x-token": "b"} | hidden == hidden.copy() == dict(hidden) == {**hidden}
