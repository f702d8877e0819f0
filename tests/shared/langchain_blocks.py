"""Messages of each role with content, and rows of tables as test cases."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

HI = {"type": "text", "text": "Hi"}
CACHE = {"cache_control": {"type": "ephemeral"}}
MESSAGES = {
    "user": HumanMessage,
    "system": SystemMessage,
    "tool": lambda content: ToolMessage(content, tool_call_id="1"),
    "assistant": AIMessage,
}


def cases(table):
    return [pytest.param(*row, id=name) for name, row in table.items()]
