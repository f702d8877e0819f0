"""An AIMessage as text with its sources listed below, for people to read."""

from __future__ import annotations

from langchain_core.messages import AIMessage

from weryai_core import Citation
from weryai_core.integration import format_with_sources as format_text


def format_with_sources(message: AIMessage) -> str:
    """The text with `[1]` after each passage that a source supports, and the sources below it.

    Args:
        message: The answer of any model whose content blocks have LangChain's standard citations.
    """
    text = ""
    citations = []
    numbers: dict[str, int] = {}
    for block in message.content_blocks:
        if block["type"] != "text":
            continue
        for annotation in block.get("annotations", []):
            if annotation["type"] != "citation" or not annotation.get("url"):
                continue
            url, end = annotation["url"], annotation.get("end_index")
            number = annotation.get("extras", {}).get("source_index")
            citations.append(
                Citation(
                    url,
                    annotation.get("title", ""),
                    end_index=None if end is None else len(text) + end,
                    source_index=numbers.setdefault(url, len(numbers))
                    if number is None
                    else number,
                )
            )
        text += block["text"]
    return format_text(text, citations)
