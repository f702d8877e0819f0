"""LlamaIndex's messages, content blocks and tools -> the parameters of a chat request."""
