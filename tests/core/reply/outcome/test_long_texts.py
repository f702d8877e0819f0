"""The words of an error are found at both ends of a text of any length."""

import pytest

from weryai_core import errors
from weryai_core.reply.outcome.classify import classify
from weryai_core.reply.outcome.report import Report
from weryai_core.reply.outcome.words import ends_of

LONG = "messages " * 100_000


@pytest.mark.parametrize(
    "text", [f"Rate limit reached. {LONG}", f"{LONG}: Rate limit reached."], ids=["first", "last"]
)
def test_both_ends_of_a_long_text_decide_its_class(text):
    assert classify(Report(200, text=text, is_error=True)) is errors.RateLimitError


def test_no_more_of_a_text_is_searched():
    assert ends_of("a" * 8192) == "a" * 8192
    assert ends_of(f"{'a' * 5000}{LONG}{'b' * 5000}") == f"{'a' * 4096}\n{'b' * 4096}"
    middle = f"{'a' * 5000} Rate limit reached. {'b' * 5000}"
    assert classify(Report(200, text=middle, is_error=True)) is errors.APIError
