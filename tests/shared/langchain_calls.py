"""A tool call as LangChain has it, and as it is sent."""

TOOL_CALL = {"type": "tool_call", "id": "call_1", "name": "add", "args": {"a": 1, "b": "ä"}}
WIRE_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "add", "arguments": '{"a":1,"b":"ä"}'},
}
