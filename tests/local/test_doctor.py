"""The doctor's table says what is true of a small real model behind the gateway's rules."""

from __future__ import annotations

import json

from weryai_core.doctor.__main__ import main
from weryai_core.doctor.probes.every import PROBES
from weryai_emulator import Emulator

# What the gateway decides, and what any model on this server does.
HOLDS = {
    *("key", "balance", "models", "catalogue", "limits", "own-connections"),
    *("plain", "request-id", "stream", "stream-usage", "stream-times"),
    *("n", "max-tokens-limit", "bounds", "logprobs", "fixed-parameters"),
    *("messages", "developer", "two-users", "unpaired"),
    *("json-schema", "json-object", "cache-points"),
    *("web-search", "web-search-stream", "web-search-options", "web-search-schema"),
    *("unknown-model", "error-form", "error-codes"),
}
# A model of this size does not call tools.
DIFFERS = {"tools", "tool-stream", "forced-tool", "parallel-tools", "wrong-key"}
# The server refuses images with HTTP 500; the model makes no calls.
UNKNOWN = {"images", "tool-images", "tool-result", "odd-tools"}
# Not asked here: it takes long, and depends on what the model happens to say or is unknown anyway.
LONG = {"max-tokens-default", "prompted-tools", "long-conversation", "reasoning", "signatures"}
# Depends on what the model happens to say.
OPEN = {"stop", "seed", "max-tokens"}
PROBED = HOLDS | DIFFERS | UNKNOWN | OPEN


def test_the_table_is_true_of_the_model_and_the_same_when_replayed(
    emulator, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("WERYAI_API_KEY", "any-key-will-do")
    tables = []
    cassettes = tmp_path / "cassettes"
    file = tmp_path / "report.json"

    def run(base_url, *arguments):
        options = ["--yes", "--json", str(file), "--base-url", base_url]
        main([*options, "--only", *sorted(PROBED), *arguments])
        entries = json.loads(file.read_bytes())["probes"]
        tables.append({one["id"]: (one["verdict"], one["seen"]) for one in entries})

    run(emulator.base_url, "--record", str(cassettes))
    with Emulator(cassettes=cassettes) as replaying:
        run(replaying.base_url)
    recorded, replayed = tables
    found = {verdict: set() for verdict in ("holds", "differs", "unknown")}
    for probe, (verdict, _) in recorded.items():
        found[verdict].add(probe)
    assert found["holds"] - OPEN == HOLDS
    assert found["differs"] - OPEN == DIFFERS
    assert found["unknown"] - OPEN == UNKNOWN
    assert replayed == recorded
    assert "hold, " in capsys.readouterr().out


def test_only_long_probes_are_left_out():
    assert {probe.id for probe in PROBES} - PROBED == LONG
