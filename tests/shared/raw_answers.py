"""What a raw server sends, and how scripts in a process of their own begin."""

REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
PIECE = b'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n'
END = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"
BODY = b'{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(BODY), BODY)
HEAD = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"

PRELUDE = """
import asyncio, gc, os, sys
from weryai_core import AsyncClient, Client
REQUEST = {"model": "GPT_4O", "messages": [{"role": "user", "content": "Hello"}]}
settings = {"api_key": "k", "base_url": sys.argv[1], "max_retries": 0}
"""
# Makes one call before a fork, two in the child and one in the parent after it.
FORK = """
print(chat(), flush=True)
pid = os.fork()
if pid == 0:
    code = 1
    try:
        code = 0 if [chat(), chat()] == ["Hi", "Hi"] else 2
    finally:
        os._exit(code)
_, status = os.waitpid(pid, 0)
print(os.WEXITSTATUS(status), chat(), flush=True)
"""
COMPLAINTS = ("Traceback", "ResourceWarning", "Unclosed", "unclosed", "never", "closed loop")


def to_chunk(data):
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def assert_ran(done, expected):
    """A script printed this, and no complaint on stderr."""
    assert (done.returncode, done.stdout) == (0, expected), done.stderr
    assert [word for word in COMPLAINTS if word in done.stderr] == [], done.stderr
