"""What each class makes of the service's answers, beside its peers: the tables of the README.

    python benchmarks/peers.py [langchain|llama-index]

The peers are measured where they are installed; they are in no extra and no lock file. One virtual
environment a framework is best, since their pins differ:

    pip install '.[langchain,emulator]' langchain-openai langchain-openrouter \
        langchain-litellm 'litellm[mcp]'
    pip install '.[llama-index,emulator]' llama-index-llms-openai-like \
        llama-index-llms-openrouter llama-index-llms-litellm 'litellm[mcp]'

(LiteLLM calls no tools without its extra `mcp`.) Every row runs each class against an emulator of
its own, with a script that is the same for all, and says in words what was observed. What favours
the peers, and not us:

* Replies have a `system_fingerprint`, without which ChatOpenRouter reads none; WeryAI documents no
  such field. One row does without.
* OpenAILike and OpenRouter are told that the model chats, calls tools and has a window of 128,000
  tokens; LiteLLM is told by `register_model` and uses its route for OpenAI-compatible services.
* There are no retries (`max_retries=0`) where a row says nothing of them, so that errors are seen.
* Token counts of a stream are tried as the class is set up by default, and once more with the
  setting or parameter that asks for them.

A row has 30 seconds; "no end within 30 s" is a verdict. A row that fails in itself ends the script
with its traceback: that says nothing of the class.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from peer_rows._trial import table

# LiteLLM would fetch a table of prices when it is imported.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

PACKAGES = {
    "langchain": (
        "langchain-core",
        "langchain-openai",
        "langchain-openrouter",
        "langchain-litellm",
        "litellm",
        "openai",
    ),
    "llama-index": (
        "llama-index-core",
        "llama-index-llms-openai-like",
        "llama-index-llms-openrouter",
        "llama-index-llms-litellm",
        "litellm",
        "openai",
    ),
}


def compare(framework: str) -> str:
    """The table of a framework, for the classes that are installed."""
    if framework == "langchain":
        from peer_rows._langchain import subjects
        from peer_rows._langchain_rows import ROWS
    else:
        from peer_rows._llama_index import subjects
        from peer_rows._llama_index_rows import ROWS
    return table(ROWS, subjects(lambda reason: print(f"Left out: {reason}.", file=sys.stderr)))


def versions(framework: str) -> str:
    """What is installed of what the table depends on."""
    found = []
    for package in PACKAGES[framework]:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return ", ".join(found)


def main(frameworks: list[str]) -> None:
    """Print the tables of the frameworks that are named, or of both."""
    unknown = set(frameworks) - set(PACKAGES)
    if unknown:
        sys.exit(f"{unknown.pop()!r} is no framework; known are {' and '.join(PACKAGES)}.")
    # What classes log and say while they fail on purpose.
    logging.disable(logging.CRITICAL)
    sys.unraisablehook = lambda unraisable: None
    for framework in frameworks or list(PACKAGES):
        table_of_it = compare(framework)
        print(f"<!-- {framework} peers -->\n\n{table_of_it}\n")
        print(f"Measured: {versions(framework)}.", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
