"""The page of the assumptions and the probes belong together."""

import re
from pathlib import Path

import pytest

from weryai_core.doctor.probes.every import PROBES, questions_of

PAGE = Path(__file__).parents[3] / "docs" / "assumptions.md"
TEXT = PAGE.read_text(encoding="utf-8")
ANCHOR = re.compile(r'^<a id="([a-z-]+)"></a>$', re.MULTILINE)
# An assumption ends with the line that names its probes, or says why there is none.
NAMED = re.compile(r"^Probes?: (?P<probes>`.*?)$|^No probe: (?P<reason>\w.*)", re.MULTILINE)


def assumptions():
    """The anchors of the page, each with the text that follows it."""
    _, *parts = ANCHOR.split(TEXT)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def probes_on_the_page(anchor):
    """The probes that the page names for an assumption; none if it says why there is none."""
    paragraphs = [" ".join(one.split()) for one in assumptions()[anchor].split("\n\n")]
    [line] = [one for one in paragraphs if NAMED.match(one)]
    found = NAMED.match(line)
    return re.findall(r"`([a-z-]+)`", found["probes"].partition(". ")[0]) if found["probes"] else []


@pytest.mark.parametrize("anchor", assumptions())
def test_every_assumption_names_its_probes_or_why_it_has_none(anchor):
    named = probes_on_the_page(anchor)
    assert named == [probe.id for probe in PROBES if anchor in probe.assumptions]


def test_every_probe_belongs_to_an_assumption():
    anchors = assumptions()
    for probe in PROBES:
        assert probe.assumptions
        assert set(probe.assumptions) <= anchors.keys(), probe.id


def test_every_paragraph_belongs_to_an_assumption():
    for section in re.split(r"^## .*$", TEXT, flags=re.MULTILINE)[1:]:
        assert ANCHOR.match(section.strip()), section[:80]
        for part in ANCHOR.split(section.strip())[2::2]:
            last = part.strip().split("\n\n")[-1]
            assert NAMED.match(" ".join(last.split())), last


def test_names_are_unique_and_plain():
    ids = [probe.id for probe in PROBES]
    names = [question.name for question in questions_of(PROBES)]
    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)
    for name in (*ids, *names):
        assert re.fullmatch(r"[a-z][a-z_0-9-]*", name)


def test_equal_names_are_equal_questions():
    named = {}
    for probe in PROBES:
        for question in probe.questions:
            assert named.setdefault(question.name, question) is question


def test_settings_are_on_the_pages():
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGE.parent.glob("*.md"))
    for probe in PROBES:
        for setting in re.findall(r"`(\w+)=", probe.setting):
            assert f"`{setting}" in pages or f"{setting}=" in pages, setting
