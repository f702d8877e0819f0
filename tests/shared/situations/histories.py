"""Histories that hold what other providers' models, servers and tools left in them."""

from situations import ANY, UNPUBLISHED, History

HELLO = {"role": "user", "content": "Hello"}
BYE = {"role": "user", "content": "Bye"}
SAID = {"role": "assistant", "content": "Done."}


def left(name, source, *blocks, **fields):
    """An answer with text and with traces of another provider's servers, which are left out."""
    content = [*blocks, {"type": "text", "text": "Done."}]
    return History(
        id=name,
        source=source,
        messages=[
            ("human", {"content": "Hello"}),
            ("ai", {"content": content, **fields}),
            ("human", {"content": "Bye"}),
        ],
        sent=[HELLO, SAID, BYE],
    )


ANTHROPIC = "https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/overview"
RESPONSES = "https://platform.openai.com/docs/api-reference/responses/object"
TRACES = [
    left(
        "Anthropic's own search",
        ANTHROPIC,
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    ),
    left(
        "Anthropic's code execution",
        ANTHROPIC,
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "code_execution", "input": {}},
        {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {}},
        {"type": "bash_code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {}},
    ),
    left(
        "Anthropic's calls of MCP servers",
        ANTHROPIC,
        {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "echo", "server_name": "s"},
        {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "content": []},
    ),
    left(
        "Anthropic's compaction",
        "https://docs.rs/crate/appam/0.2.0/source/src/llm/compaction.rs",
        {"type": "compaction", "content": "Summary so far."},
    ),
    left(
        "OpenAI's code interpreter",
        RESPONSES,
        {"type": "code_interpreter_call", "id": "ci_1", "code": "1 + 1", "outputs": []},
    ),
    left(
        "OpenAI's file search and image generation",
        RESPONSES,
        {"type": "file_search_call", "id": "fs_1", "queries": ["a"], "results": []},
        {"type": "image_generation_call", "id": "ig_1", "result": "iVBORw0KGgo="},
    ),
    left(
        "OpenAI's calls of MCP servers",
        RESPONSES,
        {"type": "mcp_list_tools", "id": "mcpl_1", "tools": []},
        {"type": "mcp_call", "id": "mcp_1", "name": "roll", "arguments": "{}", "output": "4"},
        {"type": "mcp_approval_request", "id": "mcpr_1", "name": "roll", "arguments": "{}"},
    ),
    left(
        "Google's code execution",
        "https://ai.google.dev/gemini-api/docs/code-execution",
        {"type": "executable_code", "executable_code": "print(1)", "language": "PYTHON"},
        {"type": "code_execution_result", "code_execution_result": "1", "outcome": 1},
    ),
    left(
        "a block that LangChain does not know",
        "https://reference.langchain.com/python/langchain-core/messages/content/NonStandardContentBlock",
        {"type": "non_standard", "value": {"type": "opaque_state", "blob": "x"}},
    ),
    left(
        "a non-standard block without a type",
        UNPUBLISHED,
        {"type": "non_standard", "value": {"anything": 1}},
    ),
    left("Bedrock's cache point", UNPUBLISHED, {"cachePoint": {"type": "default"}}),
    left("Mistral's reference", UNPUBLISHED, {"type": "reference", "reference_ids": [1, 2]}),
    left(
        "a kind that is invented tomorrow",
        UNPUBLISHED,
        {"type": "hologram_result", "frames": [1, 2, 3]},
    ),
]

CALL = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "{}"}}


def result(name, source, block, *words):
    """The result of a tool with a block that cannot be sent, and is said in words."""
    return written(name, source, [block], words)


def written(name, source, content, *sent, model="GPT_4O"):
    """The result of a tool, and the messages for it."""
    return History(
        id=name,
        source=source,
        model=model,
        messages=[
            ("human", {"content": "Hello"}),
            ("ai", {"content": "", "tool_calls": [{"id": "call_1", "name": "find", "args": {}}]}),
            ("tool", {"content": content, "tool_call_id": "call_1"}),
        ],
        sent=[HELLO, {"role": "assistant", "content": None, "tool_calls": [CALL]}, *sent],
    )


MCP = "https://modelcontextprotocol.io/specification/2025-11-25/server/tools"
RESULTS = [
    result(
        "a resource link of an MCP tool",
        "https://github.com/langchain-ai/langchainjs/pull/10005",
        {
            "type": "resource_link",
            "uri": "https://example.com/report",
            "name": "report.pdf",
            "title": "The report",
        },
        "https://example.com/report",
        "The report",
    ),
    result(
        "a search result",
        "https://docs.anthropic.com/en/docs/build-with-claude/search-results",
        {
            "type": "search_result",
            "title": "Norby",
            "source": "https://example.com/norby",
            "content": [{"type": "text", "text": "A village."}],
        },
        "Norby",
        "https://example.com/norby",
        "A village.",
    ),
    result(
        "JSON",
        "https://docs.aws.amazon.com/sdk-for-python/v1/reference/clients/bedrock-runtime/structures/ToolResultBlock/",
        {"type": "json", "json": {"degrees": 22}},
        '"degrees"',
        "22",
    ),
    result(
        "a kind of result that is invented tomorrow",
        UNPUBLISHED,
        {"type": "hologram", "caption": "A lighthouse"},
        "A lighthouse",
    ),
    result(
        "the address of a file",
        "https://platform.openai.com/docs/api-reference/responses/create",
        {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        "https://example.com/a.pdf",
    ),
    result(
        "an object as a text",
        UNPUBLISHED,
        {"type": "text", "text": {"degrees": 22}},
        '"degrees"',
        "22",
    ),
    result(
        "an embedded resource of an MCP tool",
        MCP,
        {
            "type": "resource",
            "resource": {"uri": "file:///notes.txt", "mimeType": "text/plain", "text": "Buy milk."},
        },
        "Buy milk.",
    ),
]

SWITCHES = [
    History(
        id="an answer of Claude that thought and called a tool",
        source="https://github.com/langchain-ai/langchainjs/issues/5385",
        messages=[
            ("human", {"content": "Hello"}),
            (
                "ai",
                {
                    "content": [
                        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                        {"type": "redacted_thinking", "data": "c2ln"},
                        {"type": "text", "text": "I look."},
                        {"type": "tool_use", "id": "call_1", "name": "find", "input": {}},
                    ],
                    "tool_calls": [{"id": "call_1", "name": "find", "args": {}}],
                },
            ),
            ("tool", {"content": "Found", "tool_call_id": "call_1"}),
        ],
        sent=[
            HELLO,
            {"role": "assistant", "content": "I look.", "tool_calls": [CALL]},
            {"role": "tool", "content": "Found", "tool_call_id": "call_1"},
        ],
    ),
    History(
        id="a refusal of Claude without words",
        source="https://docs.anthropic.com/en/docs/test-and-evaluate/strengthen-guardrails/handle-streaming-refusals",
        messages=[
            ("human", {"content": "Hello"}),
            ("ai", {"content": [{"type": "refusal", "refusal": ""}]}),
            ("human", {"content": "Bye"}),
        ],
        sent=[HELLO, BYE],
    ),
]

SOUND = {"role": "user", "content": [ANY, {"type": "input_audio", "input_audio": ANY}]}
WRITTEN = [
    written(
        "audio of a tool, which LangChain writes as JSON",
        "https://github.com/langchain-ai/langchain-mcp-adapters/pull/376",
        '[{"type": "audio", "base64": "UklGRg==", "mime_type": "audio/wav"}]',
        ("Audio 1 of the tool results is in the next user message",),
        SOUND,
        model="GEMINI_25_PRO",
    ),
    written(
        "Google's media in the result of a tool",
        UNPUBLISHED,
        [{"type": "media", "mime_type": "audio/wav", "data": "UklGRg=="}],
        ("Audio 1 of the tool results is in the next user message",),
        SOUND,
        model="GEMINI_25_PRO",
    ),
    written(
        "an archive of a tool",
        MCP,
        [{"type": "file", "base64": "UEsDBA==", "mime_type": "application/zip"}],
        ("application/zip left out",),
    ),
]

PIXEL = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}


def picture(model, *sent):
    return History(
        id=f"a picture in the result of a tool, for {model}",
        source="https://github.com/OpenHands/OpenHands/issues/7700",
        model=model,
        messages=[
            ("human", {"content": "Hello"}),
            ("ai", {"content": "", "tool_calls": [{"id": "call_1", "name": "find", "args": {}}]}),
            ("tool", {"content": [PIXEL], "tool_call_id": "call_1"}),
        ],
        sent=[HELLO, {"role": "assistant", "content": None, "tool_calls": [CALL]}, *sent],
    )


NOTED = {"role": "tool", "tool_call_id": "call_1", "content": ANY}
PICTURES = [
    picture("GPT_4O", NOTED, ('"user"', "data:image/png;base64,iVBORw0KGgo=")),
    picture("KIMI_K2_5", NOTED, ('"user"', "data:image/png;base64,iVBORw0KGgo=")),
    picture("CLAUDE_SONNET_4_6", ('"tool"', "data:image/png;base64,iVBORw0KGgo=")),
]

LONELY = [
    History(
        id="a result without an id and without a call",
        source=UNPUBLISHED,
        messages=[
            ("human", {"content": "Hello"}),
            ("tool", {"content": "22 °C", "tool_call_id": ""}),
            ("human", {"content": "Bye"}),
        ],
        sent=[
            HELLO,
            {"role": "user", "content": "The result of an earlier call:\n\n22 °C"},
            BYE,
        ],
    ),
]

NAMED = [
    History(
        id="results with the tools' names as ids, in another order",
        source="https://github.com/ollama/ollama/blob/main/docs/api.md",
        messages=[
            ("human", {"content": "Hello"}),
            (
                "ai",
                {
                    "content": "",
                    "tool_calls": [
                        {"id": None, "name": "find", "args": {}},
                        {"id": None, "name": "look", "args": {}},
                    ],
                },
            ),
            ("tool", {"content": "seen", "tool_call_id": "look"}),
            ("tool", {"content": "found", "tool_call_id": "find"}),
            ("human", {"content": "Bye"}),
        ],
        sent=[
            HELLO,
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {
                        "id": name,
                        "type": "function",
                        "function": {"name": name, "arguments": "{}"},
                    }
                    for name in ("find", "look")
                ],
            },
            {"role": "tool", "tool_call_id": "look", "content": "seen"},
            {"role": "tool", "tool_call_id": "find", "content": "found"},
            BYE,
        ],
    ),
]

HISTORIES = [*TRACES, *PICTURES, *RESULTS, *WRITTEN, *SWITCHES, *LONELY, *NAMED]
