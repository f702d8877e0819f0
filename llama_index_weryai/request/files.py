"""Reads the files and addresses that media blocks name, within limits.

LlamaIndex's own readers know no limits: they read devices, and wait for a server as long as it
likes.
"""

from __future__ import annotations

from typing import Literal

from llama_index.core.base.llms.types import AudioBlock, DocumentBlock, ImageBlock, VideoBlock

from weryai_core import InvalidRequestError
from weryai_core.integration import fetch_file, read_file, to_base64

MediaSource = Literal["any", "inline-only"]
"""Whether blocks may name files and addresses, which are read here, or must hold their data."""

FileBlock = ImageBlock | AudioBlock | VideoBlock | DocumentBlock

_DATA_FIELDS: dict[type[FileBlock], str] = {
    ImageBlock: "image",
    AudioBlock: "audio",
    VideoBlock: "video",
    DocumentBlock: "data",
}
# The API fetches images and videos itself.
_SENT_BY_ADDRESS = (ImageBlock, VideoBlock)


def with_data(block: FileBlock, source: MediaSource) -> FileBlock:
    """Return the block with the data of the file or the address that it names.

    A block that has data already, and an address that is sent as it is, stay as they are.

    Args:
        block: The block; it stays unchanged.
        source: Whether files and addresses may be read.

    Raises:
        InvalidRequestError: They may not, cannot be read, or are beyond the limits.
    """
    field = _field_of(block)
    url = str(block.url) if block.url else ""
    if getattr(block, field) is not None or url[:5].lower() == "data:":
        return block
    if url and isinstance(block, _SENT_BY_ADDRESS):
        return block
    if not url and not block.path:
        return block  # the framework's own error says that it is empty
    name = type(block).__name__
    if source == "inline-only":
        raise InvalidRequestError(
            f"The {name} names {'an address' if url else 'a file'}, and with "
            'media="inline-only" the model reads none. Read it yourself, and pass its bytes.'
        )
    try:
        data = fetch_file(url) if url else read_file(str(block.path))
    except InvalidRequestError as error:
        raise InvalidRequestError(f"The {name} of a message cannot be sent. {error}") from error
    # In base64, because the framework takes bytes that look like base64 for it.
    return block.model_copy(update={field: to_base64(data).encode()})


def _field_of(block: FileBlock) -> str:
    return next(name for kind, name in _DATA_FIELDS.items() if isinstance(block, kind))
