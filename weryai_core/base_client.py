"""What `Client` and `AsyncClient` have in common: settings, and how a call is made of them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Self

from pydantic import SecretStr

from weryai_core.config import Config, TimeoutLike, URLLike, resolve_config
from weryai_core.errors import ConfigurationError, WeryAIError
from weryai_core.reply.reply_stream import ReplyOptions
from weryai_core.request.parameters import asks_for_one
from weryai_core.request.prepare import build_body, encode_body
from weryai_core.request.tool_choice import ToolUse, forces_call, refuses_forcing
from weryai_core.transport.call import Call
from weryai_core.transport.http_errors import to_error
from weryai_core.transport.http_options import check_is_open, resolve_timeout


class BaseClient:
    """What the two clients share: settings, and how a call is made of them."""

    _accepted: ClassVar[tuple[type, ...]]

    def __init__(
        self,
        *,
        api_key: SecretStr | str | None = None,
        base_url: str | URLLike | None = None,
        timeout: TimeoutLike | None = None,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, Any] | None = None,
        proxy: SecretStr | str | None = None,
        http_client: Any = None,
    ) -> None:
        config = resolve_config(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            max_retries=max_retries,
            default_headers=default_headers,
            default_query=default_query,
            proxy=proxy,
        )
        self._set_up(config, http_client)

    @classmethod
    def from_config(cls, config: Config, *, http_client: Any = None) -> Self:
        """A client with settings that are resolved already."""
        client = cls.__new__(cls)
        client._set_up(config, http_client)
        return client

    def _set_up(self, config: Config, http_client: Any) -> None:
        if http_client is not None and not isinstance(http_client, self._accepted):
            names = " or ".join(f"{kind.__module__}.{kind.__name__}" for kind in self._accepted)
            raise ConfigurationError(
                f"The HTTP client passed in must be an {names}, not {type(http_client).__name__}."
            )
        self.config = config
        self.given: Any = http_client  # of either library
        self._unforced: set[str] = set()  # models that take no `tool_choice` that demands a call

    def _chat_call(
        self,
        request: Mapping[str, Any],
        *,
        stream: bool,
        timeout: TimeoutLike | None,
        headers: Mapping[str, str] | None,
    ) -> Call:
        body, tool_use = build_body(request)
        fallback = None
        if forces_call(body.get("tool_choice")):
            if body["model"] in self._unforced:
                body["tool_choice"], tool_use = "auto", ToolUse()
            else:
                fallback = partial(self._unforce, body, stream)
        return self._call(
            "POST",
            "/chat/completions",
            body=encode_body(body, stream=stream),
            headers=headers,
            timeout=timeout,
            reply_options=ReplyOptions(
                has_one_choice=asks_for_one(request),
                reads_calls_from_text=tool_use.is_prompted,
                requires_call=tool_use.is_forced,
            ),
            fallback=fallback,
        )

    def _unforce(self, body: Mapping[str, Any], stream: bool, error: WeryAIError) -> bytes | None:
        """The body with `tool_choice="auto"`, if that is what the error asks for."""
        if not refuses_forcing(error):
            return None
        if body["model"] not in self._unforced:
            self._unforced.add(body["model"])
            warnings.warn(
                f"{body['model']} cannot be made to call a tool ({error}) From now on it is left "
                'to the model (tool_choice="auto").',
                stacklevel=2,
            )
        return encode_body({**body, "tool_choice": "auto"}, stream=stream)

    def _call(self, method: str, path: str, *, timeout: Any = None, **options: Any) -> Call:
        check_is_open(self.given)
        resolved = resolve_timeout(timeout, self.config, self.given)
        return Call(self.config, to_error, method, path, timeout=resolved, **options)
