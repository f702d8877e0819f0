"""What is no message and no prompt is refused before the network, whoever observes."""

import pytest
from conformance._observers import Events
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.instrumentation import get_dispatcher

from llama_index_weryai import WeryAI
from weryai_core import InvalidRequestError

WRONG_MESSAGES = {
    "a text": ("Hello", "The messages are of type str. Pass a list of ChatMessage, or"),
    "nothing": (None, "The messages are None."),
    "a message": (ChatMessage("Hello"), "The messages are of type ChatMessage."),
    "a generator": ((ChatMessage("Hello") for _ in range(1)), "The messages are of type gen"),
    "texts": (["Hello"], "Message 1 is of type str. Pass a ChatMessage, such as"),
    "a dict": ([ChatMessage("Hello"), {"role": "user"}], "Message 2 is of type dict."),
}
WRONG_PROMPTS = {
    "nothing": (None, "The prompt is None. Pass a str, or messages to `chat`."),
    "a number": (1, "The prompt is of type int."),
    "bytes": (b"Hello", "The prompt is of type bytes."),
    "messages": ([ChatMessage("Hello")], "The prompt is of type list."),
}


@pytest.fixture(params=["observed", "not observed"])
def observers(request):
    root, events = get_dispatcher(), Events()
    if request.param == "observed":
        root.add_event_handler(events)
    yield events
    if request.param == "observed":
        root.event_handlers.remove(events)


class Messages:
    """Has messages, and is no `Sequence`."""

    def __iter__(self):
        return iter([ChatMessage("Hello")])


def start(llm, method, **given):
    """A coroutine: the error of an async method comes when it is awaited, as in LlamaIndex."""
    if method.startswith("a"):
        return getattr(llm, method)(**given)

    async def call():
        return getattr(llm, method)(**given)

    return call()


@pytest.mark.parametrize("method", ["chat", "achat", "stream_chat", "astream_chat"])
@pytest.mark.parametrize(("messages", "error"), WRONG_MESSAGES.values(), ids=WRONG_MESSAGES)
async def test_wrong_messages(llm, observers, weryai_emulator, method, messages, error):
    given = start(llm, method, messages=messages)
    with pytest.raises(InvalidRequestError) as refused:
        await given
    assert str(refused.value).startswith(error)
    assert not weryai_emulator.requests


@pytest.mark.parametrize("method", ["complete", "acomplete", "stream_complete", "astream_complete"])
@pytest.mark.parametrize(("prompt", "error"), WRONG_PROMPTS.values(), ids=WRONG_PROMPTS)
async def test_wrong_prompts(llm, observers, weryai_emulator, method, prompt, error):
    given = start(llm, method, prompt=prompt)
    with pytest.raises(InvalidRequestError) as refused:
        await given
    assert str(refused.value).startswith(error)
    assert not weryai_emulator.requests


@pytest.mark.parametrize(
    "messages",
    [(ChatMessage("Hello"),), {"first": ChatMessage("Hello")}.values(), Messages()],
    ids=["tuple", "values", "iterable"],
)
def test_messages_may_come_in_anything_that_can_be_read_twice(llm, weryai_emulator, messages):
    llm.chat(messages)
    assert weryai_emulator.requests[0].json["messages"] == [{"role": "user", "content": "Hello"}]


def test_a_function_that_returns_no_prompt_is_an_error(weryai_emulator):
    llm = WeryAI(
        model="GPT_4O",
        api_key="k",
        base_url=weryai_emulator.base_url,
        completion_to_prompt=lambda prompt: None,
    )
    with pytest.raises(InvalidRequestError, match="What `completion_to_prompt` returned is None"):
        llm.complete("Hello")
    assert not weryai_emulator.requests
