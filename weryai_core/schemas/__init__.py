"""JSON schemas: in which form a request carries them, and what an answer to one looks like."""
