"""Reads the files and addresses that media blocks name, within limits.

LlamaIndex's own readers know no limits: they read devices, and wait for a server as long as it
likes. So a block that is passed on to them holds its data.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from llama_index.core.base.llms.types import AudioBlock, DocumentBlock, ImageBlock, VideoBlock

from llama_index_weryai.arguments import MediaSource
from weryai_core import InvalidRequestError
from weryai_core.integration import FileReader, to_base64

FileBlock = ImageBlock | AudioBlock | VideoBlock | DocumentBlock

_DATA_FIELDS: dict[type[FileBlock], str] = {
    ImageBlock: "image",
    AudioBlock: "audio",
    VideoBlock: "video",
    DocumentBlock: "data",
}
# The API fetches images and videos itself.
_SENT_BY_ADDRESS = (ImageBlock, VideoBlock)


# What URL parsers remove. The scheme may be followed by one slash, or by many.
_OF_FILE = re.compile(r"[\x00-\x20]*f[\t\r\n]*i[\t\r\n]*l[\t\r\n]*e[\t\r\n]*:", re.IGNORECASE)


class Media(NamedTuple):
    """How the media of one call are read.

    Attributes:
        source: Whether blocks may name files and addresses.
        reader: Reads them.
    """

    source: MediaSource
    reader: FileReader


def with_data(block: FileBlock, media: Media) -> FileBlock:
    """Return the block with the data of the file or the address that it names.

    A block that has data already, and an address that is sent as it is, stay as they are.

    Args:
        block: The block; it stays unchanged.
        media: How media are read.

    Raises:
        InvalidRequestError: The block names a file or an address and may not, or these cannot be
            read, or are beyond the limits.
        APITimeoutError: The time of the call is over.
    """
    field = _field_of(block)
    url = str(block.url) if block.url else ""
    is_inline = media.source == "inline-only"
    if getattr(block, field) is not None:
        # An image's address is preferred to its data.
        return block.model_copy(update={"url": None}) if is_inline or names_file(url) else block
    if url[:5].lower() == "data:":
        # The framework's readers prefer the path.
        return block.model_copy(update={"path": None})
    if not url and not block.path:
        return block  # the framework's own error says that it is empty
    name = type(block).__name__
    if is_inline:
        raise InvalidRequestError(
            f"The {name} names {'an address' if url else 'a file'}, and with "
            'media="inline-only" the model takes none. Read it yourself, and pass its bytes.'
        )
    if names_file(url):
        raise InvalidRequestError(
            f"The {name} has a file:// address, which means nothing to the service. Pass the file "
            "as `path`."
        )
    if url and isinstance(block, _SENT_BY_ADDRESS):
        return block
    try:
        data = media.reader.fetch(url) if url else media.reader.read(str(block.path))
    except InvalidRequestError as error:
        raise InvalidRequestError(f"The {name} of a message cannot be sent. {error}") from error
    # In base64, because the framework takes bytes that look like base64 for it.
    return block.model_copy(update={field: to_base64(data).encode()})


def names_file(url: str) -> bool:
    """Return whether an address is that of a local file, as URL parsers read it."""
    return _OF_FILE.match(url) is not None


def _field_of(block: FileBlock) -> str:
    return next(name for kind, name in _DATA_FIELDS.items() if isinstance(block, kind))
