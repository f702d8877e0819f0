"""The probes of JSON, images, cache points and reasoning."""

import base64
import json
import struct
import zlib

import pytest
from probe_replies import REFUSED, answering

from weryai_core.doctor.probes.content import IMAGES

NO = "refused: HTTP 400, code 1002: no; Parameter error"
EVEREST = {"name": "Mount Everest", "height": 8849, "country": "Nepal"}
REASONED = {"prompt_tokens": 1, "completion_tokens": 9, "total_tokens": 10}
REASONED["completion_tokens_details"] = {"reasoning_tokens": 7}


@pytest.mark.parametrize(
    ("probe", "reply", "verdict", "seen"),
    [
        ("json-schema", answering(json.dumps(EVEREST)), "holds", "JSON that follows the schema"),
        ("json-schema", answering('{"name": "Everest"}'), "differs", "does not follow"),
        (
            "json-schema",
            answering(json.dumps({**EVEREST, "height": "8849 m"})),
            "differs",
            "does not follow",
        ),
        ("json-schema", answering("It is high."), "differs", "the answer is no JSON"),
        ("json-schema", REFUSED, "differs", NO),
        ("json-object", answering('{"a": 1}'), "holds", "an object in JSON"),
        ("json-object", answering("```json\n{}\n```"), "differs", "is no object in JSON"),
        ("json-object", answering("[1]"), "differs", "is no object in JSON"),
        ("images", answering("Red."), "holds", "GPT_4_1 names the colour"),
        ("images", REFUSED, "differs", NO),
        ("tool-images", REFUSED, "differs", NO),
        ("cache-points", REFUSED, "differs", NO),
    ],
)
def test_content_is_judged_by_what_comes(find, probe, reply, verdict, seen):
    finding = find(probe, reply)
    assert finding.verdict == verdict
    assert seen in finding.seen
    assert bool(finding.setting) is (verdict == "differs")


@pytest.mark.parametrize(
    ("reply", "verdict", "seen"),
    [
        (answering("9.9", reasoning="Hm"), "holds", "GLM_4_7_FLASH: in `reasoning`"),
        (
            answering("9.9", reasoning="Hm", reasoning_details=[{"type": "reasoning.text"}]),
            "holds",
            "GLM_4_7_FLASH: in `reasoning`, `reasoning_details`",
        ),
        (answering("<think>Hm</think>9.9"), "holds", "GLM_4_7_FLASH: in tags in the text"),
        (
            answering("9.9", thinking={"signature": "c2ln"}),
            "differs",
            "GLM_4_7_FLASH: `thinking` came, and no reasoning was read",
        ),
        (
            answering("9.9", usage=REASONED),
            "unknown",
            "the reasoning of GLM_4_7_FLASH is counted, and not shown",
        ),
        (answering("9.9"), "unknown", "the reasoning of GLM_4_7_FLASH does not come"),
        (REFUSED, "differs", NO),
    ],
)
def test_the_place_of_reasoning_is_named(find, reply, verdict, seen):
    finding = find("reasoning", reply)
    assert (finding.verdict, finding.seen) == (verdict, seen)


def test_the_picture_is_a_red_square():
    [message] = IMAGES.parameters["messages"]
    address = message["content"][1]["image_url"]["url"]
    data = base64.b64decode(address.removeprefix("data:image/png;base64,"))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", data[16:24]) == (64, 64)
    start = data.index(b"IDAT")
    size = int.from_bytes(data[start - 4 : start])
    assert (
        zlib.decompress(data[start + 4 : start + 4 + size])
        == (b"\0" + bytes([220, 20, 20]) * 64) * 64
    )


def test_the_image_of_a_tool_stays_in_its_result(find, service):
    find("tool-images", answering("Red"))
    result = service.requests[0].json["messages"][-1]
    assert (result["role"], result["content"][0]["type"]) == ("tool", "image_url")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Red", "holds"),
        ("**red**.", "holds"),
        ("The colour of this picture is red.", "holds"),
        ("I'm sorry, no picture was shared.", "unknown"),
        ("It is not red.", "unknown"),
        ("Red or blue", "unknown"),
        ("Reddish", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_colour_is_a_word_of_its_own_and_the_only_one(find, text, verdict):
    assert find("images", answering(text)).verdict == verdict
