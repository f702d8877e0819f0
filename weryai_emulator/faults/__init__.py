"""The catalogue of faults: each way in which a service, its gateway or the network may fail.

`Emulator.fail(name, **parameters)` answers the next request with one, `Emulator.fail_sometimes`
answers some of the requests. A fault knows whether the request asks for a stream, and has one form
for each.

    statuses      refusals with an HTTP status of their own
    failures      errors inside HTTP status 200
    bodies        status 200, and a body that is no completion
    connections   closed, reset, or not HTTP
    delays        late, in drops, or for ever silent
    encodings     compressed, or not as the headers say
    sizes         too large, too many, too deep
"""

from __future__ import annotations

from weryai_emulator.faults.catalogue import CATALOGUE, TEMPORARY, FaultKind

__all__ = ["CATALOGUE", "TEMPORARY", "FaultKind"]
