"""A reply's chunks -> LlamaIndex's responses, citations, tool selections and objects."""
