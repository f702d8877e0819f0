"""What a piece of a name is to the name so far: the same, its next piece, or another name."""

from __future__ import annotations

from typing import Literal

from weryai_core.identifiers.written_names import ToolNames, given_name

Fit = Literal["same", "piece", "grown", "other"]


class KnownNames:
    """The names of the tools of a request. They tell a cut name from a whole one.

    Args:
        tool_names: The names that the request sent -> the names that the user gave.

    Attributes:
        all: All names that a model may write: it may also write those in the prompt.
    """

    def __init__(self, tool_names: ToolNames) -> None:
        self._tool_names = tool_names
        self.all: frozenset[str] = frozenset((*tool_names, *tool_names.values()))

    def given(self, name: str) -> str:
        """The name that the user gave to the tool."""
        return given_name(name, self._tool_names)

    def is_known(self, name: str) -> bool:
        """Whether a tool has this name."""
        return name.strip() in self.all

    def is_whole(self, name: str) -> bool:
        """Whether a tool has this name, and no other known name begins with it."""
        return self.is_known(name) and not self.is_beginning(name)

    def is_beginning(self, name: str) -> bool:
        """Whether a known name begins with this name and goes on."""
        name = name.strip()
        return any(other != name and other.startswith(name) for other in self.all)

    def may_begin(self, name: str) -> bool:
        """Whether a known name is this one or begins with it; any is, if none are known."""
        return not self.all or any(whole.startswith(name.strip()) for whole in self.all)

    def fit(self, name: str, piece: str, *, has_arguments: bool) -> Fit:
        """What a piece is to the name so far of a call.

        Args:
            name: The name so far.
            piece: The piece.
            has_arguments: Whether arguments have come since.

        Returns:
            "same"; a "piece" of the name, or all of it so far and more; "grown": a known name that
            begins with another known one; "other".
        """
        bare, word = name.strip(), piece.strip()
        if not self.all:
            if bare == word:
                return "same"
            return "other" if has_arguments else "piece"
        joins = self.may_begin(name + piece)
        grows = word.startswith(bare) and self.may_begin(piece)
        if bare in self.all:
            if joins and self.is_beginning(bare):
                return "piece"
            if bare == word:
                return "same"
            return "grown" if grows and not has_arguments else "other"
        if joins or grows:
            return "piece"
        if bare == word:
            return "same"
        return "other" if has_arguments or word in self.all else "piece"

    def join(self, name: str, piece: str) -> str:
        """The name with its next piece, which may also be all of it once more."""
        joined = name + piece
        if piece.startswith(name):
            # Some repeat the name so far on each fragment, or the whole name.
            whole = next((one for one in (piece, joined) if one in self.all), None)
            options = [whole or piece, joined]
            return next(filter(self.may_begin, options), options[0])
        known = (one for one in (name, piece) if self.is_known(one))
        return joined if self.may_begin(joined) else next(known, joined)
