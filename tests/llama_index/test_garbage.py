"""JSON of a hundred thousand levels in a field that does not matter: one request, one answer."""

import copy
import json

import httpx2
import pytest
from deep_replies import answering
from llama_index.core.llms import ChatMessage

from llama_index_weryai import WeryAI


@pytest.mark.parametrize("is_stream", [True, False])
@pytest.mark.parametrize("is_async", [True, False])
async def test_deep_json_leaves_an_answer_that_can_be_used(is_stream, is_async):
    requests = []
    transport = answering(requests)
    clients = {
        "http_client": httpx2.Client(transport=transport),
        "async_http_client": httpx2.AsyncClient(transport=transport),
    }
    llm = WeryAI(model="GPT_4O", api_key="secret-key", **clients)
    messages = [ChatMessage("Hello")]
    match is_stream, is_async:
        case True, True:
            responses = [one async for one in await llm.astream_chat(messages)]
        case True, False:
            responses = [*llm.stream_chat(messages)]
        case False, True:
            responses = [await llm.achat(messages)]
        case _:
            responses = [llm.chat(messages)]
    response = responses[-1]
    assert (response.message.content, len(requests)) == ("Hi", 1)
    for one in responses:
        json.dumps(one.raw)
        assert copy.deepcopy(one).message.content == "Hi"
        one.model_dump_json()
    await llm.achat([*messages, response.message, ChatMessage("Go on.")])
