"""JSON of a hundred thousand levels in a field that does not matter: one request, one answer."""

import copy
import json

import httpx2
import pytest
from deep_replies import answering
from langchain_core.messages import AIMessageChunk

from langchain_weryai import ChatWeryAI


@pytest.mark.parametrize("is_stream", [True, False])
@pytest.mark.parametrize("is_async", [True, False])
async def test_deep_json_leaves_an_answer_that_can_be_used(is_stream, is_async):
    requests = []
    transport = answering(requests)
    clients = {
        "http_client": httpx2.Client(transport=transport),
        "http_async_client": httpx2.AsyncClient(transport=transport),
    }
    model = ChatWeryAI(model="GPT_4O", api_key="secret-key", **clients)
    match is_stream, is_async:
        case True, True:
            chunks = [chunk async for chunk in model.astream("Hello")]
        case True, False:
            chunks = [*model.stream("Hello")]
        case False, True:
            chunks = [await model.ainvoke("Hello")]
        case _:
            chunks = [model.invoke("Hello")]
    message = chunks[0]
    for chunk in chunks[1:]:
        assert isinstance(message, AIMessageChunk)
        message += chunk
    assert (message.text, len(requests)) == ("Hi", 1)
    assert "nested too deeply" in json.dumps(message.response_metadata)
    assert copy.deepcopy(message) == message
    message.model_dump_json()
    await model.ainvoke(["Hello", message, "Go on."])
