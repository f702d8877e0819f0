"""`python -m weryai_core.doctor`, and the command `weryai-doctor`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from weryai_core import doctor


def main(argv: Sequence[str] | None = None) -> int:
    """Ask the service what this package assumes about it.

    Args:
        argv: The arguments without the program's name; None takes those of the process.

    Returns:
        The exit status: 0 if nothing differs, 1 if something does, 2 if it could not run.
    """
    if find_spec("rich") is None:
        sys.stderr.write(
            "weryai-doctor needs rich: pip install 'weryai-integrations[doctor]'\n",
        )
        return 2
    return doctor.run_program(argv)


if __name__ == "__main__":
    sys.exit(main())
