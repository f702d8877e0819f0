"""The doctor: asks the real service what this package assumes about it.

`python -m weryai_core.doctor`, or `weryai-doctor`. Questions are sent, each once; probes look at
the answers:

    program     reads the command line, and leads through a run
    roles       chooses a model for each question
    cost        says before the start what the questions cost at most
    lab         sends a question and keeps the answer (`question`)
    record/     keeps what was on the wire, and writes cassettes without secrets
    probes/     the questions, and the probes that judge the answers (`probe`)
    examine     judges; what rate limits and failures leave open is unknown
    table       shows the verdicts; `report` writes them as JSON

Nothing here is imported with the package.
"""

from typing import TYPE_CHECKING

from weryai_core.lazy_names import lazy_names

if TYPE_CHECKING:
    from weryai_core.doctor.program import run_program
else:
    # Late, because it needs rich.
    __getattr__, __dir__ = lazy_names(__name__, {"weryai_core.doctor.program": ("run_program",)})

__all__ = ["run_program"]
