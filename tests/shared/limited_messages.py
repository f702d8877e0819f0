"""Messages in the form of the API."""


def user(content, **fields):
    return {"role": "user", "content": content, **fields}


def assistant(content, *calls, **fields):
    called = {"tool_calls": [to_call(id_) for id_ in calls]} if calls else {}
    return {"role": "assistant", "content": content, **called, **fields}


def to_call(id_):
    return {"id": id_, "type": "function", "function": {"name": "add", "arguments": "{}"}}


def result(id_, content="3"):
    return {"role": "tool", "tool_call_id": id_, "content": content}
