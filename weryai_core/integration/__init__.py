"""What the LangChain and LlamaIndex packages share, and nobody else needs."""
