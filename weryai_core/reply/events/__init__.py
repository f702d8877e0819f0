"""From the bytes of a stream to the JSON of its events."""
