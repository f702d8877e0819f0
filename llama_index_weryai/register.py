"""Add `WeryAI` to LlamaIndex's table of LLMs, which third parties cannot join on their own."""

from __future__ import annotations

from llama_index_weryai.base import WeryAI


def register() -> None:
    """Let LlamaIndex find `WeryAI` by its name, like its own classes.

    `load_llm(llm.to_dict())` then creates a model, with the key from the environment. The import
    of this package does not register, because that widens what a program loads. A second call
    changes nothing.
    """
    # Imported late: it imports the OpenAI SDK where that is installed.
    from llama_index.core.llms.loading import RECOGNIZED_LLMS

    RECOGNIZED_LLMS[WeryAI.class_name()] = WeryAI
