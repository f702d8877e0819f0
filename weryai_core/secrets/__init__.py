"""What must not be shown: the key, and the values of headers and query parameters."""
