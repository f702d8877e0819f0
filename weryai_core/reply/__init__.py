"""From the bytes of an answer to a `Chunk`, or to the error they mean."""
