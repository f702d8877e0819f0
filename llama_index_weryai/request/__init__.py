"""LlamaIndex's messages, content blocks and tools as a chat request's."""
