"""The prepared parameters of a client's last requests: most requests repeat them.

An agent sends the same tools with each call, and preparing one takes longer than a whole message.
"""

from __future__ import annotations

import marshal
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from weryai_core.request.bounds import check_messages
from weryai_core.request.options import split_options
from weryai_core.request.stages.parameters import Parameters, prepare_parameters
from weryai_core.wire import is_json, may_hold_nan

_MOST_KEPT = 16
_LARGEST = 256 * 1024  # bytes of parameters that are kept

# Without references, which depend on how often an object is used elsewhere.
_VERSION = 2


class KnownParameters:
    """Prepares the parameters of requests, and remembers the last ones.

    Threads may prepare the same parameters at once: either result will do.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, Parameters] = {}

    def prepare(self, request: Mapping[str, Any]) -> tuple[Parameters, Any]:
        """The parameters of a `ChatRequest`, and its messages.

        Raises:
            InvalidRequestError: See `prepare_parameters`.
            MessageCountError: There are no messages.
        """
        key = _content_of(request)
        if key is None:
            return prepare_parameters(*split_options(request))
        messages = request.get("messages")
        known = self._known.get(key)
        if known is not None:
            check_messages(messages)
            return known, messages
        # A copy, since the caller may change what is in the request.
        copied = marshal.loads(key)
        if not is_json(copied):  # e.g. numpy's numbers, of which `marshal` keeps only the bytes
            return prepare_parameters(*split_options(request))
        prepared, messages = prepare_parameters(*split_options({**copied, "messages": messages}))
        prepared = replace(prepared, are_finite=not may_hold_nan(prepared.body))
        self._known = {**dict([*self._known.items()][1 - _MOST_KEPT :]), key: prepared}
        return prepared, messages


def _content_of(request: Mapping[str, Any]) -> bytes | None:
    """The content of all parameters but the messages; None if it may be more than plain data.

    `marshal` tells 1 from True and 1.0. It refuses objects that contain themselves, and those of
    other classes, except that of an array or a number of numpy it writes the bytes.
    """
    if type(request) is not dict:
        return None
    extra = request.get("extra_body")
    if extra is not None and (type(extra) is not dict or "messages" in extra):
        return None
    try:
        content = marshal.dumps({**request, "messages": None}, _VERSION)
    except ValueError:
        return None
    return content if len(content) <= _LARGEST else None
