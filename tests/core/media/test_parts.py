"""Base64 that is there already."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weryai_core.media.parts import as_base64, to_base64


@given(st.binary(min_size=1))
def test_what_was_encoded_is_taken_as_it_is(data):
    assert as_base64(to_base64(data).encode()) == to_base64(data)


@given(st.text(st.sampled_from("AZaz09+/=- \n"), min_size=1).map(str.encode))
def test_what_is_taken_as_it_is_is_what_encoding_would_give(data):
    taken = as_base64(data)
    if taken is not None:
        assert taken == to_base64(b64decode(data, validate=True))


@pytest.mark.parametrize(
    "data", [b"", b"====", b"QQ", b"QR==", b"Q===", b"QU=J", b"Q-==", b"QUJD\n", b"\x89PNG"]
)
def test_other_bytes_are_not_base64(data):
    assert as_base64(data) is None
