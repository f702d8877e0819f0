"""An opt-in entry in LlamaIndex's table of LLMs, which has no place for third parties yet."""

from __future__ import annotations

from llama_index_weryai.base import WeryAI


def register() -> None:
    """Make `WeryAI` known by name to LlamaIndex, as it knows its own classes.

    `load_llm(llm.to_dict())` then makes one, with the key from the environment. Not done on import,
    since it widens what a program loads. Calling it again changes nothing.
    """
    # Not before: it imports the OpenAI SDK, where that is installed.
    from llama_index.core.llms.loading import RECOGNIZED_LLMS

    RECOGNIZED_LLMS[WeryAI.class_name()] = WeryAI
