"""The key, the balance and the list of models. These questions cost nothing."""

from __future__ import annotations

from collections.abc import Iterable

from weryai_core.doctor.probe import Answers, Finding, Probe, differs, holds, unknown
from weryai_core.doctor.probes.reading import describe, listed_names
from weryai_core.doctor.question import Question
from weryai_core.models import known_models, model_info

MODELS = Question("models", way="models")
BALANCE = Question("balance", way="balance")
OWN_CONNECTIONS = Question("own-connections", way="own connections")

_MOST_NAMED = 4


def _judge_key(answers: Answers) -> Finding:
    models, balance = answers["models"].error, answers["balance"].error
    if balance is None:
        return holds("accepted as a Bearer token")
    if models is None:  # a list that anybody may read
        return unknown(f"only the list of models is answered; the balance is {describe(balance)}")
    return differs(describe(models))


def _judge_balance(answers: Answers) -> Finding:
    answer = answers["balance"]
    shape = listed_names(answer.exchange.json)
    payload = answer.exchange.json
    is_documented = payload.get("status") in (0, 200) and isinstance(
        payload.get("data"), (int, float)
    )
    return (holds if is_documented else differs)(f"an object with {shape}")


def _judge_models(answers: Answers) -> Finding:
    answer = answers["models"]
    found = answer.exchange.json.get("models")
    fields = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    if "model" in fields:
        return holds(f"`models` at the top level; each with {listed_names(fields)}")
    return differs(f"an object with {listed_names(answer.exchange.json)}, which is read as well")


def _judge_catalogue(answers: Answers) -> Finding:
    answer = answers["models"]
    listed = {entry.key for entry in answer.models}
    documented = known_models().keys()
    missing = [key for key in documented if key not in listed]
    new = sorted(listed - documented)
    if not missing and not new:
        return holds(f"all {len(documented)}, and no others")
    parts = [
        f"{word}: {_some(keys)}" for word, keys in (("missing", missing), ("new", new)) if keys
    ]
    return differs("; ".join(parts))


def _judge_limits(answers: Answers) -> Finding:
    answer = answers["models"]
    pairs = {
        entry.key: (entry.max_tokens, info.max_output_tokens)
        for entry in answer.models
        if entry.max_tokens is not None and (info := model_info(entry.key)) is not None
    }
    if not pairs:
        return unknown("the list names no `max_tokens`")
    unlike = [
        f"{key} {ours:,} -> {theirs:,}"
        for key, (theirs, ours) in pairs.items()
        if ours is not None and theirs != ours
    ]
    if not unlike:
        return holds(f"`max_tokens` of {len(pairs)} models is their vendor's")
    return differs(f"{len(unlike)} of {len(pairs)}: {_some(unlike)}")


def _judge_own_connections(answers: Answers) -> Finding:
    return holds("`Client` and `AsyncClient` read the list of models")


def _some(names: Iterable[str]) -> str:
    names = list(names)
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


PROBES = (
    Probe(
        "key",
        ("documented-key",),
        "The key is sent as a Bearer token",
        (MODELS, BALANCE),
        _judge_key,
        may_fail=("models", "balance"),
    ),
    Probe(
        "balance",
        ("documented-account",),
        "The balance is the number in `data`",
        (BALANCE,),
        _judge_balance,
    ),
    Probe(
        "models",
        ("documented-models",),
        "The list of models is in `models`",
        (MODELS,),
        _judge_models,
    ),
    Probe(
        "catalogue",
        ("documented-models",),
        "The service has the 28 documented models",
        (MODELS,),
        _judge_catalogue,
        "`model`: take one that is listed; new keys work too",
    ),
    Probe(
        "limits",
        ("model-limits",),
        "Models write as much as their vendors say",
        (MODELS,),
        _judge_limits,
        "`max_tokens`: at most what `Client.models()` says",
    ),
    Probe(
        "own-connections",
        ("documented-key",),
        "The package's own HTTP engines reach the service",
        (OWN_CONNECTIONS,),
        _judge_own_connections,
        "`http_client`: pass an HTTP client of your own",
    ),
)
