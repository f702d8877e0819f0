"""Compare our classes with others, row by row: prints the tables of docs/comparison.md.

    python benchmarks/peers.py [langchain|llama-index]

The script measures the peers that are installed; they are in no extra and no lock file. Use one
virtual environment per framework, because their pins differ:

    pip install '.[langchain,emulator]' langchain-openai langchain-openrouter \
        langchain-litellm 'litellm[mcp]'
    pip install '.[llama-index,emulator]' llama-index-llms-openai-like \
        llama-index-llms-openrouter llama-index-llms-litellm 'litellm[mcp]'

(LiteLLM calls tools only with its extra `mcp`.) Every row runs each class against a fresh emulator
with the same scripted replies, and describes what it observed. The setup favours the peers:

* Replies have a `system_fingerprint`, because ChatOpenRouter reads no reply without one. WeryAI
  does not document this field. One row leaves it out.
* OpenAILike and OpenRouter get settings that say the model chats, calls tools and has a window of
  128,000 tokens. LiteLLM gets the same through `register_model`, and uses its route for
  OpenAI-compatible services.
* A row that is not about retries runs without them (`max_retries=0`), so that errors are visible.
* Token counts of a stream are tried twice: by default, and with the setting or parameter that asks
  for them.

A row has 30 seconds; "no end within 30 s" is a verdict. An error inside a row ends the script with
a traceback, because it does not describe the class.
"""

from __future__ import annotations

import logging
import os
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from peer_rows.trial import table

# Otherwise LiteLLM fetches a table of prices when it is imported.
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
    """Return the table of a framework, for the classes that are installed."""
    if framework == "langchain":
        from peer_rows.langchain_classes import subjects
        from peer_rows.langchain_rows import ROWS
    else:
        from peer_rows.llama_index_classes import subjects
        from peer_rows.llama_index_rows import ROWS
    return table(ROWS, subjects(lambda reason: print(f"Left out: {reason}.", file=sys.stderr)))


def versions(framework: str) -> str:
    """Return the installed versions of the packages that the table depends on."""
    found = []
    for package in PACKAGES[framework]:
        with suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return ", ".join(found)


def main(frameworks: list[str]) -> None:
    """Print the tables of the named frameworks, or of both."""
    unknown = set(frameworks) - set(PACKAGES)
    if unknown:
        sys.exit(f"{unknown.pop()!r} is not a framework; choose {' or '.join(PACKAGES)}.")
    # The classes log a lot while they fail on purpose.
    logging.disable(logging.CRITICAL)
    sys.unraisablehook = lambda unraisable: None
    for framework in frameworks or list(PACKAGES):
        table_of_it = compare(framework)
        print(f"<!-- {framework} peers -->\n\n{table_of_it}\n")
        print(f"Measured: {versions(framework)}.", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
