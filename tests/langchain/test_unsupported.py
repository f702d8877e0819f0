"""What a model does not take: one warning, or left out; and where images of tools go."""

import copy
import pickle
import warnings

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call
from tool_images import KEPT, LEFT_OUT, MOVED, each_way_to_keep_it

IMAGE = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
SCREENSHOT = [
    HumanMessage("What do you see?"),
    AIMessage("", tool_calls=[tool_call(name="look", args={}, id="c1")]),
    ToolMessage([{"type": "text", "text": "Done."}, IMAGE], tool_call_id="c1"),
]


@pytest.mark.every_style
async def test_a_parameter_that_the_model_does_not_take_warns_once(make_model, call, sent):
    model = make_model(model="GPT_5", temperature=0)
    with pytest.warns(UserWarning, match="GPT_5 takes these .* only: `temperature`") as caught:
        await call(model)
    await call(model, "Hello again")
    await call(model.bind(top_p=0.5))
    assert len(caught) == 1
    assert sent()["temperature"] == 0


def test_each_model_object_warns(make_model):
    model = make_model(model="GPT_5", temperature=0)
    for another in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        with pytest.warns(UserWarning, match="`temperature`"):
            another.invoke("Hello")


async def test_it_can_be_left_out_for_a_model_or_a_call(make_model, call, sent):
    await call(make_model(model="GPT_5", temperature=0, drop_unsupported=True))
    assert "temperature" not in sent()
    await call(make_model(model="GPT_5", temperature=0), drop_unsupported=True)
    assert "temperature" not in sent()
    assert "drop_unsupported" not in sent()


def test_defaults_do_not_warn(make_model):
    for key in ("GPT_5", "CLAUDE_4_8_OPUS", "KIMI_K2_5", "GROK_4"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            make_model(model=key, temperature=1).invoke("Hello")


async def test_an_image_of_a_tool_follows_its_result(make_model, call, sent):
    await call(make_model(model="GPT_5"), SCREENSHOT)
    assert sent()["messages"][2:] == MOVED


@each_way_to_keep_it
def test_an_image_of_a_tool_stays_in_its_result(make_model, sent, settings, arguments):
    make_model(**settings).invoke(SCREENSHOT, **arguments)
    (result,) = sent()["messages"][2:]
    assert result["content"] == KEPT


def test_an_image_of_a_tool_is_described_to_a_model_without_vision(make_model, sent):
    with pytest.warns(UserWarning, match="GLM_5 takes no images"):
        make_model(model="GLM_5").invoke(SCREENSHOT)
    (result,) = sent()["messages"][2:]
    assert result["content"] == LEFT_OUT
