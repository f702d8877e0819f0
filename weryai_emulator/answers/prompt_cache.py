"""The cache of prompts: how many tokens of a prompt its key has sent before.

Two ways of caching are emulated, and a key has a cache of its own for each model:

- OpenAI's: the beginning of a prompt is cached by itself, from 1,024 tokens on, in steps of 128.
- Anthropic's, where a request has a `cache_control`: the prompt is cached up to each mark, if it
  has 1,024 tokens there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

SHORTEST = 1024  # tokens of a beginning that is cached
STEP = 128

# The limit of remembered beginnings, so that a server that runs for days does not grow.
_MOST_SEEN = 100_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a prompt, such as a message: its tokens, and whether a mark follows them."""

    tokens: Sequence[str]
    is_marked: bool = False


class PromptCache:
    """Remembers the beginnings of prompts."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def use(self, owner: Hashable, prompt: Sequence[Piece]) -> tuple[int, int | None]:
        """Return the tokens that are read from the cache and written to it, and cache the prompt.

        Args:
            owner: Whose cache it is: a key and a model.
            prompt: The prompt.

        Returns:
            The tokens read, and those written; None for the latter if nothing is marked, as for
            OpenAI's, which does not report them.
        """
        is_marked = any(piece.is_marked for piece in prompt)
        ends = _marks(owner, prompt) if is_marked else _steps(owner, prompt)
        beginnings = [(end, beginning) for end, beginning in ends if end >= SHORTEST]
        read = max((end for end, beginning in beginnings if beginning in self._seen), default=0)
        if len(self._seen) > _MOST_SEEN:
            self._seen.clear()
        self._seen.update(beginning for _, beginning in beginnings)
        longest = max((end for end, _ in beginnings), default=0)
        return read, longest - read if is_marked else None

    def forget(self) -> None:
        """Forget all prompts."""
        self._seen.clear()


def _steps(owner: Hashable, prompt: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """Yield the beginnings of a prompt at each step: where they end, and their hashes."""
    tokens = [token for piece in prompt for token in piece.tokens]
    beginning = hash(owner)
    for end in range(STEP, len(tokens) + 1, STEP):
        beginning = hash((beginning, *tokens[end - STEP : end]))
        yield end, beginning


def _marks(owner: Hashable, prompt: Sequence[Piece]) -> Iterator[tuple[int, int]]:
    """Yield the beginnings of a prompt at each mark: where they end, and their hashes."""
    beginning, end = hash((owner, "marked")), 0
    for piece in prompt:
        end += len(piece.tokens)
        beginning = hash((beginning, *piece.tokens))
        if piece.is_marked:
            yield end, beginning
