"""Secrets that are redacted, in every form in which a service writes them; words that are not."""

import html
import json
from urllib.parse import quote

import pytest
from error_answers import to_error
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from weryai_core.secrets.redact import find_secrets, redact, redact_body

SECRETS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=8).filter(
    lambda text: len(text.strip()) >= 8 and text not in "[hidden][hidden]"
)
FORMS = {
    "plain": str,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
    "Python": lambda text: repr(text)[1:-1],
    "an address": lambda text: quote(text, safe=""),
    "HTML": html.escape,
}


@given(SECRETS, st.text(max_size=5), st.text(max_size=5))
def test_a_secret_is_never_shown(secret, before, after):
    secrets = find_secrets(SecretStr("sk-key-0123456789"), {"x": secret})
    for form in FORMS.values():
        written = f"{before}{form(secret)}{after}"
        assert form(secret) not in redact(written, secrets)
        assert form(secret) not in redact_body(written, None, secrets)
        body = {"a": [written], written: 1}
        assert form(secret) not in str(json.loads(redact_body(json.dumps(body), body, secrets)))


@pytest.mark.parametrize("key", ["any", "a", "1007", "error", "sk-test"])
def test_a_short_value_is_no_secret(key):
    body = {"error": {"message": "Too many requests: any error, 1007 of them.", "code": 1007}}
    error = to_error(429, body, api_key=key)
    assert "Too many requests: any error, 1007 of them." in str(error)
    assert error.response.json() == body


def test_what_follows_a_scheme_is_a_secret():
    secrets = find_secrets(SecretStr("any"), {"x": "Basic dXNlcjpwYXNz", "y": ["list-of-texts"]})
    assert redact("dXNlcjpwYXNz list-of-texts any", secrets) == "[hidden] [hidden] any"


def test_what_looks_like_a_key_is_redacted():
    assert redact("Wrong key sk-abc...xyz.", ()) == "Wrong key [hidden]"
