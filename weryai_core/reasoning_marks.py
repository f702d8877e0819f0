"""The tags and tokens that models put around their reasoning, as patterns.

<think>...</think>, <thinking>, <reasoning> ...       also in capitals, with attributes, a prefix
[THINK]...[/THINK], ◁think▷...◁/think▷                Mistral, Kimi
<|channel|>analysis<|message|>...<|end|>              gpt-oss; its answer is another message

A server may leave the start of the turn before them: `<|im_start|>assistant`, or the bare role.
"""

from __future__ import annotations

import re

_TAG = r"(?:[\w-]{1,20}:)?(?:think(?:ing)?|thoughts?|reasoning)"
_ATTRIBUTES = r"\s[^<>]{0,99}"
LONGEST_TAG = 150
"""Characters of a tag."""
_LONGEST_HEADER = 200

# Tokens of one spelling: start -> end.
_TOKENS = {
    "[think]": "[/think]",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
}
_STARTS_BY_END = {end: start for start, end in _TOKENS.items()}
_ALL_TOKENS = (*_TOKENS, *_STARTS_BY_END)

TAG = re.compile(
    rf"<(?P<slash>/?)(?P<name>{_TAG})(?:{_ATTRIBUTES})?(?<!/)>"
    rf"|(?P<token>{'|'.join(map(re.escape, _ALL_TOKENS))})",
    re.IGNORECASE,
)
"""A tag that starts or ends reasoning."""

EMPTY_TAG = re.compile(rf"<{_TAG}(?:\s[^<>]{{0,98}})?/>", re.IGNORECASE)
"""A tag that does both."""

IN_PROSE = re.compile(
    r"[ \t]+(?:(?:is|are|was|were)[ \t]+(?:an?|the|one|used|how|what|where|not)"
    r"|(?:means|marks|starts|begins|opens|denotes|tags?|tokens?))\b|[ \t]+(?:and|or)[ \t]+</"
)
"""What follows a start tag that a sentence is about: "<think> is a tag"."""

IN_PROSE_SO_FAR = re.compile(r"(?:[ \t]{1,3}(?:[a-z]{1,7}(?:[ \t]{1,3}(?:[a-z]{1,5}|</?)?)?)?)?\Z")

MENTION = re.compile(
    r"(?:\w[ \t]+|[`\"'\u201c\u2018\u00ab(]|[:=\u2192]\s*"
    r"|(?:\A|\n)[ \t]*(?:[-*\u2022]|(?:\d{1,3}|[A-Za-z])[.)])[ \t]+)\Z"
)
"""What precedes an end tag at the end of an answer that is about it: a word, a colon, an item."""

_TAG_SO_FAR = re.compile(
    rf"</?(?:[\w-]{{0,20}}(?::[a-z]{{0,9}})?/?|{_TAG}{_ATTRIBUTES})|<\|[a-z_]{{0,16}}\|?",
    re.IGNORECASE,
)

# How a message of gpt-oss begins and ends.
HEADER = re.compile(
    r"(?:<\|start\|>assistant)?<\|channel\|>(?P<channel>[^<>]{1,80})"
    r"(?:<\|constrain\|>[^<>]{0,40})?<\|message\|>"
)
MESSAGE_END = re.compile(r"<\|(?:end|return)\|>|(?=<\|(?:start|channel)\|>)")
_HEADER_STARTS = ("<|start|>assistant", "<|channel|>")

# How a turn starts: with tokens, or with the bare role on a line of its own.
_ROLES = (
    *("<|im_start|>assistant", "<|assistant|>", "<\uff5cassistant\uff5c>", "<start_of_turn>model"),
    *("<|start_header_id|>assistant<|end_header_id|>", "<\uff5cbegin\u2581of\u2581sentence\uff5c>"),
)
_BARE_ROLE = "assistant"
_ROLE = re.compile(
    rf"(?:(?P<token>{'|'.join(map(re.escape, _ROLES))})\s*)+|{_BARE_ROLE}[ \t]*(?=\n)\s*",
    re.IGNORECASE,
)
_BARE_ROLE_SO_FAR = re.compile(rf"{_BARE_ROLE}\s*", re.IGNORECASE)


def is_start(tag: re.Match[str]) -> bool:
    """Whether a tag starts reasoning; otherwise it ends some."""
    return not tag["slash"] if tag["name"] else tag["token"].lower() in _TOKENS


def kind_of(tag: re.Match[str]) -> str:
    """What a start tag has in common with its end tag."""
    word: str = (tag["name"] or tag["token"]).lower()
    return _STARTS_BY_END.get(word, word)


def start_kind(text: str) -> str:
    """The kind of the start tag that a text begins with; "" if it begins with none."""
    tag = TAG.match(text)
    return kind_of(tag) if tag and is_start(tag) else ""


def find_end(text: str, kind: str, position: int = 0) -> re.Match[str] | None:
    """The first end tag of a kind in a text, from a position on."""
    ends = (tag for tag in TAG.finditer(text, position) if not is_start(tag))
    return next((tag for tag in ends if kind_of(tag) == kind), None)


def may_start(text: str) -> bool:
    """Whether more text may make a tag, or a header, of the beginning of a text."""
    if len(text) > _LONGEST_HEADER:
        return False
    folded = text.lower()
    if any(token.startswith(folded) and token != folded for token in _ALL_TOKENS):
        return True
    if any(start.startswith(text) for start in _HEADER_STARTS):
        return True
    if text.startswith(_HEADER_STARTS):
        return len(text) < _LONGEST_HEADER and "<|message|>" not in text
    return _TAG_SO_FAR.fullmatch(text) is not None


def find_role(text: str, *, is_bare: bool) -> re.Match[str] | None:
    """The start of a turn at the beginning of a text.

    Args:
        text: The text.
        is_bare: Whether it may be the bare role.
    """
    role = _ROLE.match(text)
    return role if role and (is_bare or role["token"]) else None


def may_be_role(text: str, *, is_bare: bool) -> bool:
    """Whether more text may make the start of a turn of a text, or a tag of what follows it."""
    if len(text) > _LONGEST_HEADER:
        return False
    if _may_be_token(text.lower()):
        return True
    role = find_role(text, is_bare=is_bare)
    if role:
        rest = text[role.end() :]
        return not rest or may_start(rest) or _may_be_token(rest.lower())
    is_part = _BARE_ROLE.startswith(text.lower()) or _BARE_ROLE_SO_FAR.fullmatch(text)
    return is_bare and bool(is_part)


def _may_be_token(text: str) -> bool:
    return any(token.startswith(text) for token in _ROLES)


def before_tag(text: str) -> int:
    """Where the beginning of a tag or token may stand at the end of a text; else its length."""
    for sign in "<[◁":
        start = text.rfind(sign, max(0, len(text) - LONGEST_TAG))
        if start >= 0 and _may_go_on(text[start:].lower()):
            return start
    return len(text)


def _may_go_on(end: str) -> bool:
    is_token = any(token.startswith(end) and token != end for token in _ALL_TOKENS)
    return is_token or _TAG_SO_FAR.fullmatch(end) is not None
