"""The audit says what could not be checked."""

import pytest
from audit import summarize

GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "last", "status"),
    [
        ([GOOD], "No advisory names one of the 1.", 0),
        ([GOOD, BAD], "2 of 2 packages were checked.", 1),
        ([GOOD, BAD, UNKNOWN], "Nothing is known of the other 1", 1),
        ([UNKNOWN], "Nothing is known of the other 1", 2),
        ([GOOD, UNKNOWN], "No advisory names one of the 1.", 2),
        ([], "0 of 0 packages were checked.", 2),
    ],
)
def test_what_was_not_checked_is_said(packages, last, status):
    lines, given = summarize({"dependencies": packages})
    assert lines[-1].startswith(last)
    assert given == status
    assert ("c" in "".join(lines[-2:])) is (UNKNOWN in packages) or UNKNOWN not in packages
    assert ("b 2: PYSEC-1, fixed in 3" in lines) is (BAD in packages)
