"""What a model does not take: one warning, or left out; and where images of tools go."""

import base64

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)
from tool_images import KEPT, LEFT_OUT, MOVED, each_way_to_keep_it

IMAGE = ImageBlock(image=base64.b64decode("iVBORw0KGgo="), image_mimetype="image/png")
CALL = ToolCallBlock(tool_call_id="c1", tool_name="look", tool_kwargs={})
SCREENSHOT = [
    ChatMessage("What do you see?"),
    ChatMessage(role=MessageRole.ASSISTANT, blocks=[CALL]),
    ChatMessage(
        role=MessageRole.TOOL,
        blocks=[TextBlock(text="Done."), IMAGE],
        additional_kwargs={"tool_call_id": "c1"},
    ),
]


def test_a_parameter_that_the_model_does_not_take_warns_once(
    make_llm, method, ask, weryai_emulator
):
    llm = make_llm(model="GPT_5", temperature=0)
    with pytest.warns(UserWarning, match="GPT_5 takes these .* only: `temperature`") as caught:
        ask(llm, method)
    ask(llm, method, top_p=0.5)
    assert len(caught) == 1
    assert weryai_emulator.last_request.json["temperature"] == 0


def test_it_can_be_left_out_for_a_model_or_a_call(make_llm, chat_method, ask, weryai_emulator):
    ask(make_llm(model="GPT_5", temperature=0, drop_unsupported=True), chat_method)
    assert "temperature" not in weryai_emulator.last_request.json
    ask(make_llm(model="GPT_5", temperature=0), chat_method, drop_unsupported=True)
    assert not {"temperature", "drop_unsupported"} & weryai_emulator.last_request.json.keys()


@pytest.mark.parametrize("key", ["GPT_5", "CLAUDE_4_8_OPUS", "KIMI_K2_5", "GROK_4"])
def test_the_defaults_do_not_warn(make_llm, chat_method, ask, key):
    ask(make_llm(model=key), chat_method)


def test_an_image_of_a_tool_follows_its_result(make_llm, chat_method, ask, weryai_emulator):
    ask(make_llm(model="GPT_5"), chat_method, SCREENSHOT)
    assert weryai_emulator.last_request.json["messages"][2:] == MOVED


@each_way_to_keep_it
def test_an_image_of_a_tool_stays_in_its_result(make_llm, weryai_emulator, settings, arguments):
    make_llm(**settings).chat(SCREENSHOT, **arguments)
    (result,) = weryai_emulator.last_request.json["messages"][2:]
    assert result["content"] == KEPT


def test_an_image_of_a_tool_is_described_to_a_model_without_vision(make_llm, weryai_emulator):
    with pytest.warns(UserWarning, match="GLM_5 takes no images"):
        make_llm(model="GLM_5").chat(SCREENSHOT)
    (result,) = weryai_emulator.last_request.json["messages"][2:]
    assert result["content"] == LEFT_OUT


def test_an_image_in_mcps_objects_follows_its_result(make_llm, chat_method, ask, weryai_emulator):
    printed = "content=[ImageContent(type='image', data='iVBORw0KGgo=', mimeType='image/png')]"
    result = ChatMessage(printed, role=MessageRole.TOOL, tool_call_id="c1")
    ask(make_llm(model="GPT_5"), chat_method, [*SCREENSHOT[:2], result])
    *_, noted, moved = weryai_emulator.last_request.json["messages"]
    assert noted["content"] == (
        "content=[ImageContent(type='image', data='(image/png attached)', "
        "mimeType='image/png')]\n"
        "(Image 1 of the tool results is in the next user message.)"
    )
    assert moved == MOVED[1]
