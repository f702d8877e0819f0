"""What the tests of the doctor share: a run of it, and a probe against any answers."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from probe_replies import answering

from weryai_core.doctor.__main__ import main
from weryai_core.doctor.examine import examine
from weryai_core.doctor.lab import Lab
from weryai_core.doctor.probe import Finding
from weryai_core.doctor.probes.account import MODELS
from weryai_core.doctor.probes.every import PROBES
from weryai_core.doctor.roles import DEFAULT_MODEL, Roles

CONTROL = answering("Hello")
KEY = "sk-0123456789abcdef0123456789abcdef"


@dataclass
class Ran:
    """A run of the doctor."""

    status: int
    out: str
    err: str
    report: dict[str, Any]

    @property
    def table(self) -> dict[str, tuple[str, str, str]]:
        """The verdicts by probe: verdict, what was seen, which setting to change."""
        return {
            one["id"]: (one["verdict"], one["seen"], one["setting"])
            for one in self.report.get("probes", ())
        }


@pytest.fixture
def run_doctor(tmp_path, monkeypatch, capsys) -> Callable[..., Ran]:
    """Run the program against an address; it is agreed to."""

    def run(base_url: str, *arguments: str, key: str = KEY) -> Ran:
        monkeypatch.setenv("WERYAI_BASE_URL", base_url)
        monkeypatch.setenv("WERYAI_API_KEY", key)
        file = tmp_path / "report.json"
        file.unlink(missing_ok=True)
        status = main(["--yes", "--width", "120", "--json", str(file), *arguments])
        captured = capsys.readouterr()
        report = json.loads(file.read_bytes()) if file.exists() else {}
        return Ran(status, captured.out, captured.err, report)

    return run


@pytest.fixture
def find(service, service_url, make_config) -> Callable[..., Finding]:
    """What a probe finds if the service gives these answers, one for each of its questions.

    Its controls are answered, or get `control`.
    """

    def found(
        probe_id: str,
        *replies: Any,
        model: str = DEFAULT_MODEL,
        listed: Any = None,
        control: Any = CONTROL,
    ) -> Finding:
        [probe] = [probe for probe in PROBES if probe.id == probe_id]
        with Lab(make_config(service_url, max_retries=0), Roles(model)) as lab:
            if listed is not None:
                service.reply(listed)
                lab.ask_all((MODELS,))
                lab.roles = Roles(model, lab.listed)
            for status, headers, body in (*[control] * len(probe.controls), *replies):
                service.reply(body, status=status, headers=headers)
            [result] = examine([probe], lab, clean=lambda text: text)
        return result.finding

    return found
