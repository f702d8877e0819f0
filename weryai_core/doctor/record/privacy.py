"""Removes what may say whose account it is, from reports and cassettes.

The key is looked for as in errors. Fields of JSON go by their names: accounts, users and their
addresses are hidden, and a balance becomes 1. E-mail and IP addresses go from any text. Of headers,
those stay that say how to read an answer and when to ask again; of the others only the names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any

from pydantic_core import to_json

from weryai_core.config import Config
from weryai_core.doctor.record.exchange import Event, Exchange, Piece
from weryai_core.doctor.record.words import Prompts, hide_addresses, printable
from weryai_core.secrets.hidden import MARK
from weryai_core.secrets.redact import Secrets
from weryai_core.wire import parse_body

_START_OF_KEY = 8  # characters by which a part of the key is recognized
_BALANCE = "/generation/balance"

# Words of a field's name that say whose it is, and its last word where that is needed too.
_OWNERS = r"account|user|uid|org|organi[sz]ation|tenant|team|customer|member|owner|project|api_?key"
_IDENTITY = re.compile(
    rf"(?:\w+_)?(?:{_OWNERS})(?:_?(?:id|ids|no|name|number|email|hash))?"
    r"|(?:request|trace|session|conversation)_?id"
    r"|(?:\w+_)?(?:e_?mail|phone|(?:client_|remote_)?ip|ip_address|username|nickname)",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")  # accountId -> account_Id
_AMOUNT = re.compile(r"(?:\w+_)?(?:balance|credits?)(?:_\w+)?", re.IGNORECASE)

# As OpenAI names them in its messages: "organization org-a1B2c3D4".
_ACCOUNT = re.compile(r"\b(?:org|proj|user|usr|acct|team|cus)[-_](?=\w*\d)\w{6,}")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
_IPV6 = re.compile(r"(?<![\w:])(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:]{6,39}(?![\w:])", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}:\d{2}:\d{2}")  # is no address

_SHOWN_HEADERS = re.compile(
    r"content-(?:type|encoding|length)|transfer-encoding|cache-control|allow"
    r"|retry-after(?:-ms)?|x-should-retry|(?:x-)?ratelimit-[\w-]+"
)


class Privacy:
    """What a report or a cassette must not hold.

    Args:
        config: The settings of the client, with its secrets.
        prompts: The texts that are sent, which a report does not show.
    """

    def __init__(self, config: Config, prompts: Iterable[str] = ()) -> None:
        self._prompts = Prompts(prompts)
        self._key = config.api_key.get_secret_value()
        self._secrets = Secrets(
            config.api_key, config.default_headers, config.default_query, proxy=config.proxy
        )

    def clean_text(self, text: str) -> str:
        """A text without secrets and addresses."""
        text = self._secrets.redact(text)
        for pattern in (_ACCOUNT, _EMAIL, _IPV4):
            text = pattern.sub(MARK, text)
        return _IPV6.sub(lambda found: found[0] if _CLOCK.fullmatch(found[0]) else MARK, text)

    def clean_words(self, text: str) -> str:
        """The words of a report, in one line.

        A service may quote prompts in an error, name hosts, and show how the key begins.
        """
        text = self._prompts.hide(printable(text), "[prompt]")
        text = self._without_start_of_key(self.clean_text(text))
        return hide_addresses(text, MARK)

    def _without_start_of_key(self, text: str) -> str:
        begin = self._key[:_START_OF_KEY]
        if len(begin) < _START_OF_KEY:
            return text
        first, *others = text.split(begin)
        rest = self._key[_START_OF_KEY:]
        return MARK.join([first, *(one[_common(one, rest) :] for one in others)])

    def clean_json(self, value: Any) -> Any:
        """A JSON value without secrets, and without what says whose account it is."""
        if isinstance(value, Mapping):
            return {
                self.clean_text(str(name)): self._clean_field(str(name), one)
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [self.clean_json(one) for one in value]
        return (
            self.clean_text(value) if isinstance(value, str) else self._secrets.redact_value(value)
        )

    def clean_headers(self, headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """The names of headers, with the values that are of no harm."""
        for name, value in headers:
            is_shown = _SHOWN_HEADERS.fullmatch(name.lower())
            yield self.clean_text(name), self.clean_text(value) if is_shown else MARK

    def clean_body(self, body: bytes, path: str = "") -> bytes:
        """A body without all that.

        Args:
            body: The body.
            path: The path of its request: the number in `data` may be a balance.
        """
        parsed = parse_body(body)
        text = body.decode("utf-8", "surrogateescape")
        clean_text = self.clean_text(text)
        if parsed is None:
            return clean_text.encode("utf-8", "surrogateescape")
        cleaned = self.clean_json(parsed)
        if path == _BALANCE and isinstance(cleaned, dict):
            cleaned = {name: _one(v) if name == "data" else v for name, v in cleaned.items()}
        # The text as well: of a name that comes twice in JSON, only one value is read.
        return body if (cleaned, clean_text) == (parsed, text) else to_json(cleaned)

    def clean_pieces(self, exchange: Exchange) -> list[Piece]:
        """The body of an answer: as it came if there is nothing to hide, else event by event."""
        if not exchange.is_stream:
            body = exchange.content
            cleaned = self.clean_body(body, exchange.path)
            last = exchange.pieces[-1].time if exchange.pieces else 0.0
            return list(exchange.pieces) if cleaned == body else [Piece(last, cleaned)]
        if self._is_in_pieces(exchange.events):
            return [Piece(0.0, b": The answer holds a secret in pieces, and was left out.\n\n")]
        events = [self._clean_event(event) for event in exchange.events]
        text = exchange.content.decode("utf-8", "surrogateescape")
        is_clean = all(
            event.data == data for event, data in zip(exchange.events, events, strict=True)
        )
        if is_clean and self.clean_text(text) == text:
            return list(exchange.pieces)
        return [
            Piece(event.time, _write_event(data))
            for event, data in zip(exchange.events, events, strict=True)
        ]

    def _clean_field(self, name: str, value: Any) -> Any:
        plain = _HUMP.sub("_", name)
        is_value = isinstance(value, (str, int, float)) and not isinstance(value, bool)
        if is_value and _IDENTITY.fullmatch(plain):
            return MARK if isinstance(value, str) else 0
        return _one(value) if _AMOUNT.fullmatch(plain) else self.clean_json(value)

    def _clean_event(self, event: Event) -> str:
        if event.json is None:
            return self.clean_text(event.data)
        cleaned = self.clean_json(event.json)
        is_clean = (cleaned, self.clean_text(event.data)) == (event.json, event.data)
        return event.data if is_clean else to_json(cleaned).decode()

    def _is_in_pieces(self, events: Iterable[Event]) -> bool:
        """Whether the texts of a field, put together, hold what none of them holds alone."""
        fields: defaultdict[str, list[str]] = defaultdict(list)
        for event in events:
            for place, text in _texts(event.json):
                fields[place].append(text)
        for texts in fields.values():
            cleaned = "".join(map(self._secrets.redact, texts))
            if self._secrets.redact(cleaned) != cleaned:
                return True
        return False


def _common(first: str, second: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = zip(first, second, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _one(value: Any) -> Any:
    """A balance as 1, if there is one."""
    is_amount = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return 1 if is_amount else value


def _texts(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """The texts in a JSON value, and where each stands."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _texts(one, f"{place}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, f"{place}[]")


def _write_event(data: str) -> bytes:
    lines = "".join(f"data: {line}\n" for line in data.split("\n"))
    return f"{lines}\n".encode("utf-8", "surrogateescape")
