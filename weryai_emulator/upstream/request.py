"""The request for an upstream: the client's, without what only the gateway knows.

A web search is the gateway's work: the pages that it finds stand before the question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from weryai_emulator.json_text import JsonObject
from weryai_emulator.request.chat_request import ChatRequest
from weryai_emulator.web_search.pages import Page


def to_upstream(request: ChatRequest, model: str, pages: Sequence[Page] = ()) -> JsonObject:
    """Return the body for an upstream.

    Args:
        request: The client's request.
        model: The name of the model at the upstream.
        pages: What a web search found.
    """
    body = {name: value for name, value in request.body.items() if name != "plugins"}
    body["model"] = model
    if body.get("max_tokens") is None and body.get("max_completion_tokens") is None:
        # The documented default; without it some servers generate until their context is full.
        body["max_tokens"] = request.max_tokens
    if pages:
        body["messages"] = _with_pages(request.messages, _results(pages))
    return body


def _results(pages: Sequence[Page]) -> str:
    lines = [
        f"[{number}] {page.title} ({page.url}, {page.date}): {page.sentence}"
        for number, page in enumerate(pages, 1)
    ]
    return "\n".join(["Results of a web search:", *lines])


def _with_pages(messages: Sequence[JsonObject], results: str) -> list[JsonObject]:
    """Return the messages with the results before the last question.

    There, and not in a system message: the templates of some models allow none, or only a first.
    """
    changed = [*messages]
    last = max(i for i, message in enumerate(messages) if message["role"] == "user")
    message = changed[last]
    changed[last] = {**message, "content": _prepend(results, message["content"])}
    return changed


def _prepend(text: str, content: Any) -> Any:
    if isinstance(content, str):
        return f"{text}\n\n{content}"
    return [{"type": "text", "text": f"{text}\n\n"}, *content]
