"""Look up the packages of the lock file in the advisories that PyPI publishes.

    python tools/audit.py

pip-audit does the looking up. Where it gets no advisories, for instance behind a mirror of PyPI,
it says "no known vulnerabilities" all the same; this says what could not be checked. The exit
status is 0 if every package was checked and none has a vulnerability, 1 if one has, and 2 if the
advisories of some are not known.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parent.parent / "requirements.lock"
PIP_AUDIT = "pip-audit==2.10.1"
_MOST_NAMES = 10  # of packages in a message


def main() -> int:
    """Print what is known of each package; gives the exit status."""
    found = subprocess.run(
        [
            *(sys.executable, "-m", "uv", "tool", "run", PIP_AUDIT),
            *("--requirement", str(LOCK), "--disable-pip", "--no-deps"),
            *("--format", "json", "--progress-spinner", "off"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = json.loads(found.stdout)
    except ValueError:
        print(found.stderr.strip()[-2000:])
        print("Nothing was checked: pip-audit did not finish. It needs PyPI and its advisories.")
        return 2
    lines, status = summarize(report)
    print("\n".join(lines))
    return status


def summarize(report: dict[str, Any]) -> tuple[list[str], int]:
    """What a report of pip-audit says, and the exit status.

    Args:
        report: The JSON that it prints.
    """
    packages = report["dependencies"]
    vulnerable = [package for package in packages if package.get("vulns")]
    unchecked = [package["name"] for package in packages if "skip_reason" in package]
    lines = [
        f"{package['name']} {package['version']}: {fault['id']}, "
        f"fixed in {', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in vulnerable
        for fault in package["vulns"]
    ]
    checked = len(packages) - len(unchecked)
    lines.append(f"{checked} of {len(packages)} packages were checked.")
    if unchecked:
        more = ", ..." if len(unchecked) > _MOST_NAMES else ""
        names = ", ".join(unchecked[:_MOST_NAMES])
        lines.append(
            f"Nothing is known of the other {len(unchecked)}, because the index in use has no "
            f"advisories of them: {names}{more}"
        )
    if checked and not vulnerable:
        lines.append(f"No advisory names one of the {checked}.")
    return lines, 1 if vulnerable else 2 if unchecked or not packages else 0


if __name__ == "__main__":
    sys.exit(main())
