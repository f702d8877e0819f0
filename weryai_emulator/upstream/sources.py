"""The sources of a web search in an upstream's answer, whole and streamed.

The pages were in the prompt of the whole answer, and a model rarely says which of them a sentence
is from. So each page is cited for the whole text. A shape with marks gets them at the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from weryai_emulator.json_text import JsonObject
from weryai_emulator.web_search.pages import CitedText, Page, Source
from weryai_emulator.web_search.source_shapes import Fields, Shape

_HEADER = ("id", "object", "created", "model")


@dataclass(frozen=True, slots=True)
class Search:
    """A web search for an answer.

    Attributes:
        query: The words that were searched for.
        pages: The pages that were found.
        shape: The shape of the sources.
    """

    query: str
    pages: tuple[Page, ...]
    shape: Shape

    @property
    def marks(self) -> str:
        """The marks after the text, such as "[1][2]"; empty in a shape without marks."""
        numbers = range(1, len(self.pages) + 1) if self.shape.marks else ()
        return "".join(f"[{number}]" for number in numbers)

    def cite(self, text: str) -> CitedText:
        """Return a text, for which each page is cited."""
        sources = tuple(Source(page, 0, len(text)) for page in self.pages)
        return CitedText(text, self.query, sources)

    def reply_fields(self, answers: list[CitedText]) -> JsonObject:
        """Return the fields at the top level."""
        return self.shape.reply(answers) if self.shape.reply and answers else {}


def add_sources(body: JsonObject, search: Search) -> JsonObject:
    """Return a whole completion with the sources of each answer that has a text."""
    shape = search.shape
    choices: list[JsonObject] = []
    answers: list[CitedText] = []
    for choice in body["choices"]:
        text = _content_of(choice.get("message"))
        if text:
            cited = search.cite(text)
            answers.append(cited)
            content = {"content": _with_marks(choice["message"]["content"], search.marks)}
            message = {**choice["message"], **content, **_fields(shape.message, cited)}
            choice = {**choice, "message": message, **_fields(shape.choice, cited)}
        choices.append(choice)
    return {**body, "choices": choices, **search.reply_fields(answers)}


class StreamedSources:
    """Places the sources into a stream, where the upstream of the shape has them."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._texts: dict[Any, str] = defaultdict(str)
        self._placed: set[Any] = set()
        self._header: JsonObject = {}
        is_throughout = search.shape.streamed == "throughout"
        self._everywhere = search.reply_fields([search.cite("")]) if is_throughout else {}

    def place(self, chunk: JsonObject) -> Iterator[JsonObject]:
        """Yield the chunks to send for one chunk."""
        header = {name: chunk[name] for name in _HEADER if name in chunk} | self._everywhere
        self._header = header
        before: list[JsonObject] = []
        after: list[JsonObject] = []
        choices: list[JsonObject] = []
        reply = self._everywhere
        for choice in chunk.get("choices") or []:
            choice = self._read(choice)
            text = self._texts.get(choice.get("index"))
            index = choice.get("index")
            if choice.get("finish_reason") and text and index not in self._placed:
                self._placed.add(index)
                cited = self._search.cite(text)
                earlier, choice, later = _place(choice, cited, self._search)
                before += earlier
                after += later
                if self._search.shape.streamed == "last":
                    reply = {**reply, **self._search.reply_fields([cited])}
            choices.append(choice)
        yield from ({**header, "choices": [choice]} for choice in before)
        yield {**chunk, "choices": choices, **reply}
        yield from ({**header, "choices": [choice]} for choice in after)

    def finish(self) -> Iterator[JsonObject]:
        """Yield the chunks for answers that ended without a finish reason."""
        for index, text in self._texts.items():
            if index not in self._placed:
                cited = self._search.cite(text)
                before, choice, after = _place(_entry(index, {}), cited, self._search)
                reply = self._search.reply_fields([cited])
                for each in (*before, choice, *after):
                    yield {**self._header, "choices": [each], **reply}

    def _read(self, choice: JsonObject) -> JsonObject:
        """Return a choice with its text in the form of the shape, and remember the text."""
        text = _content_of(choice.get("delta"))
        if not text:
            return choice
        self._texts[choice.get("index")] += text
        if self._search.shape.streamed != "in parts" or not isinstance(
            choice["delta"]["content"], str
        ):
            return choice
        part = {"type": "text", "text": text, "index": 0}
        return {**choice, "delta": {**choice["delta"], "content": [part]}}


def _place(
    last: JsonObject, cited: CitedText, search: Search
) -> tuple[list[JsonObject], JsonObject, list[JsonObject]]:
    """Return the choices before the last one of an answer, this one, and those after it."""
    shape = search.shape
    index = last.get("index")
    before: list[JsonObject] = []
    if last.get("delta"):
        # Some servers send the end of the text with the finish reason. The sources follow the text.
        before.append({**last, "finish_reason": None})
    if search.marks:
        before.append(_entry(index, {"content": search.marks}))
    fields = _fields(shape.message, cited)
    if shape.streamed == "before":
        before.append(_entry(index, fields))
    elif shape.streamed == "in parts":
        [part] = fields["content"]
        for citation in part["citations"]:
            piece = {"type": "text", "text": "", "citations": [citation], "index": 0}
            before.append(_entry(index, {"content": [piece]}))
    delta: JsonObject = fields if shape.streamed == "last" else {}
    choice = {**last, "delta": delta, "logprobs": None, **_fields(shape.choice, cited)}
    after = [_entry(index, fields)] if shape.streamed == "late" else []
    return before, choice, after


def _entry(index: Any, delta: JsonObject) -> JsonObject:
    return {"index": index, "delta": delta, "finish_reason": None}


def _content_of(message: Any) -> str:
    """Return the text of a message or a delta, which may be in parts; empty if it has none."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else ""


def _with_marks(content: Any, marks: str) -> Any:
    if isinstance(content, list):
        return [*content, {"type": "text", "text": marks}] if marks else content
    return content + marks


def _fields(build: Fields | None, cited: CitedText) -> JsonObject:
    return build(cited) if build else {}
