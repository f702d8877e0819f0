"""Our name for LangChain."""

PROVIDER = "weryai"
"""The name in `response_metadata["model_provider"]`, for LangSmith and for `init_chat_model`."""
