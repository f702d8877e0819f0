"""Run a LangChain chain, a structured answer and a LlamaIndex RAG query on a small real model.

The emulator starts the model on this machine: it needs no key, and no network once it is installed.

    python examples/demo_local.py
"""

from __future__ import annotations

from typing import Any

from demo import run_chain, run_rag
from pydantic import BaseModel

from langchain_weryai import ChatWeryAI
from llama_index_weryai import WeryAI
from weryai_emulator import Emulator


class Booking(BaseModel):
    """A booking."""

    name: str
    destination: str
    bicycles: int


def main() -> None:
    """Start the model, and run the three parts on it."""
    print("A real model answers, on this machine: SmolLM2 with 135 million parameters.")
    print("It is fluent, not wise.")
    with Emulator(local=True) as emulator:
        settings: dict[str, Any] = {"model": "GPT_4O", "api_key": "no-key-needed"}
        settings |= {"temperature": 0, "max_tokens": 100}
        chat = ChatWeryAI(base_url=emulator.base_url, **settings)
        run_chain(chat)
        run_structured(chat)
        run_rag(WeryAI(api_base=emulator.base_url, **settings))


def run_structured(model: ChatWeryAI) -> None:
    """Get an object of a class: the model's server lets it write nothing else."""
    print("\n2. A structured answer")
    text = "My name is Anna. I travel to Bergen with 2 bicycles."
    print(f"   > {text}")
    print(f"   {model.with_structured_output(Booking).invoke(text)!r}")


if __name__ == "__main__":
    main()
