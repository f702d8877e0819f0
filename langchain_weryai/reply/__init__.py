"""A reply of the core as LangChain's messages, events and content blocks."""
