from __future__ import annotations

import json

import pytest

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}},
            "required": ["location"],
        },
    },
}
REQUESTS = {
    "plain": {},
    "reasoning": {"model": "DEEPSEEK_R1"},
    "cut": {"max_tokens": 3},
    "stopped at once": {"stop": "Weather"},
    "several": {"n": 3},
    "several reasoning": {"n": 2, "model": "GPT_5"},
    "web": {"plugins": [{"id": "web"}]},
    "tool": {"tools": [WEATHER]},
    "tool of several": {"tools": [WEATHER], "n": 2},
    "json": {"response_format": {"type": "json_object"}},
    "logprobs": {"logprobs": True, "top_logprobs": 1},
    "spoken": {"modalities": ["text", "audio"]},
}
PROMPTS = ["Weather in Paris and in Rome?", "Write a story about 你好.", "Count to 100"]


def merge(chunks):
    """Put the chunks together the way a client does."""
    choices = {}
    for chunk in chunks:
        for part in chunk["choices"]:
            choice = choices.setdefault(
                part["index"],
                {"message": {"role": None, "content": None}, "logprobs": None, "finish": []},
            )
            merge_delta(choice["message"], part["delta"])
            if part["logprobs"]:
                choice["logprobs"] = (choice["logprobs"] or []) + part["logprobs"]["content"]
            if part["finish_reason"]:
                choice["finish"].append(part["finish_reason"])
    return [choices[index] for index in sorted(choices)]


def merge_delta(message, delta):
    for name, value in delta.items():
        if name == "tool_calls":
            for fragment in value:
                merge_call(message.setdefault("tool_calls", []), fragment)
        elif name in ("content", "reasoning_content") and value is not None:
            message[name] = (message.get(name) or "") + value
        elif value is not None:
            assert message.get(name) is None, f"{name} was sent twice"
            message[name] = value


def merge_call(calls, fragment):
    if fragment["index"] == len(calls):
        calls.append({k: v for k, v in fragment.items() if k != "index"})
        assert fragment["function"]["arguments"] == ""
        return
    assert fragment.keys() == {"index", "function"}
    calls[fragment["index"]]["function"]["arguments"] += fragment["function"]["arguments"]


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("case", REQUESTS)
def test_a_stream_joined_is_the_whole_reply(ask, emulator, case, prompt):
    whole = ask(prompt, **REQUESTS[case])
    emulator.reset()
    chunks = ask(prompt, **REQUESTS[case], stream=True, stream_options={"include_usage": True})
    *parts, last = chunks["chunks"]
    assert last["choices"] == []
    assert last["usage"] == whole["usage"]
    merged = merge(parts)
    assert len(merged) == len(whole["choices"])
    for got, expected in zip(merged, whole["choices"], strict=True):
        assert got["message"] == expected["message"]
        assert got["finish"] == [expected["finish_reason"]]
        assert got["logprobs"] == (expected["logprobs"] and expected["logprobs"]["content"])


def test_the_chunks_come_in_openai_s_order(ask):
    chunks = ask("Hello", model="DEEPSEEK_R1", stream=True)["chunks"]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    fields = [next(iter(delta), None) for delta in deltas]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert fields == [
        "role",
        *["reasoning_content"] * fields.count("reasoning_content"),
        *["content"] * 8,
        None,
    ]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks][-2:] == [None, "stop"]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks}) == 1


def test_usage_is_null_until_the_last_chunk_when_asked_for(ask):
    chunks = ask("Hello", stream=True, stream_options={"include_usage": True})["chunks"]
    assert all(chunk["usage"] is None for chunk in chunks[:-1])


def test_usage_is_absent_when_not_asked_for(ask):
    assert not any("usage" in chunk for chunk in ask("Hello", stream=True)["chunks"])


def test_several_answers_are_interleaved(ask):
    chunks = ask("Hello", n=2, stream=True)["chunks"]
    assert [chunk["choices"][0]["index"] for chunk in chunks[:6]] == [0, 1, 0, 1, 0, 1]


def test_a_tool_call_is_opened_then_filled(ask):
    chunks = ask("Weather in Paris?", tools=[WEATHER], stream=True)["chunks"]
    calls = [chunk["choices"][0]["delta"].get("tool_calls") for chunk in chunks]
    opening, *fragments = [call[0] for call in calls if call]
    assert opening.keys() == {"index", "id", "type", "function"}
    assert opening["function"] == {"name": "get_weather", "arguments": ""}
    assert len(fragments) > 2
    arguments = "".join(fragment["function"]["arguments"] for fragment in fragments)
    assert json.loads(arguments) == {"location": "Paris"}


def test_a_scripted_call_keeps_its_index(emulator, http):
    function = {"name": "get_weather", "arguments": '{"location": "Paris"}'}
    call = {"index": 3, "id": "c3", "type": "function", "function": function}
    emulator.reply({"content": None, "tool_calls": [call]}, finish_reason="tool_calls")
    body = {"model": "GPT_4O", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    lines = http.post("/chat/completions", json=body).text.splitlines()
    events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    deltas = [event["choices"][0]["delta"] for event in events]
    fragments = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert len(fragments) > 2
    assert {fragment["index"] for fragment in fragments} == {3}


def test_the_wire_is_server_sent_events(http):
    body = {"model": "GPT_4O", "stream": True, "messages": [{"role": "user", "content": "你好"}]}
    response = http.post("/chat/completions", json=body)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert "你" in response.content.decode()
    assert response.content.endswith(b"\n\ndata: [DONE]\n\n")
