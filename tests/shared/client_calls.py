"""What the tests of the clients ask for, and an answer that is worth a retry."""

KEY = "sk-0123456789abcdef0123456789abcdef"
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
LIMITED = {"status": 1001, "desc": "failed", "message": "request rate limit exceeded"}
CALLS = ("chat", "stream", "models", "balance")
