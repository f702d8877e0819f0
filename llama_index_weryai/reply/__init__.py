"""A reply of the core as LlamaIndex's responses, citations and tool selections."""
