"""Signatures in parts of the content and in objects, whole and in fragments."""

import pytest

from weryai_core.chunk import merge_extras
from weryai_core.reply.completion import to_choice
from weryai_core.signatures.parts import signed_extras

BLOCK = {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
SIGNED_TEXT = {"extra_content": {"google": {"thought_signature": "c2ln"}}}
ITEM = {"type": "reasoning", "id": "rs_1", "encrypted_content": "c2ln", "summary": []}
# Messages, or deltas -> the fields for signed reasoning.
KEPT = {
    "Claude's part": ([{"content": [BLOCK]}], {"thinking_blocks": [BLOCK]}),
    "Claude's parts in a stream": (
        [
            {"content": [{"type": "thinking_delta", "thinking": "H", "index": 0}]},
            {"content": [{"type": "thinking_delta", "thinking": "m.", "index": 0}]},
            {"content": [{"type": "signature_delta", "signature": "c2ln", "index": 0}]},
        ],
        {"thinking_blocks": [BLOCK]},
    ),
    "a part that is encrypted": (
        [{"content": [{"type": "redacted_thinking", "data": "eA"}, BLOCK]}],
        {"thinking_blocks": [{"type": "redacted_thinking", "data": "eA"}, BLOCK]},
    ),
    "Databricks' summary": (
        [
            {"content": [{"type": "reasoning", "summary": [{"text": "Hm.", "signature": ""}]}]},
            {"content": [{"type": "reasoning", "summary": [{"text": "", "signature": "c2ln"}]}]},
        ],
        {"thinking_blocks": [BLOCK]},
    ),
    "Bedrock's part": (
        [
            {
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}
                ]
            }
        ],
        {"thinking_blocks": [BLOCK]},
    ),
    "an object": (
        [{"reasoning": {"text": "Hm.", "signature": "c2ln"}}],
        {"thinking_blocks": [BLOCK]},
    ),
    "a list of objects": ([{"thinking": [BLOCK]}], {"thinking_blocks": [BLOCK]}),
    "OpenAI's item": ([{"content": [ITEM]}], {"reasoning_items": [ITEM]}),
    "Google's text": (
        [{"content": [{"type": "text", "text": "Hi", "thoughtSignature": "c2ln"}]}],
        SIGNED_TEXT,
    ),
    "a list for all of the message": (
        [{"thought_signatures": ["c2ln"]}],
        {"provider_specific_fields": {"thought_signatures": ["c2ln"]}},
    ),
    "in a field as well": (
        [{"content": [BLOCK], "thinking_blocks": [BLOCK]}],
        {"thinking_blocks": [BLOCK]},
    ),
    "not signed": ([{"content": [{"type": "thinking", "thinking": [{"text": "Hm."}]}]}], {}),
    "a text": ([{"reasoning": "Hm."}], {}),
    "a call": (
        [{"content": [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "c2ln"}]}],
        {},
    ),
}


@pytest.mark.parametrize(("messages", "kept"), KEPT.values(), ids=KEPT)
def test_signatures_are_kept_in_the_fields_that_gateways_take(messages, kept):
    extras = [to_choice(0, {"delta": message}, message, ())[0].extra for message in messages]
    assert signed_extras(merge_extras(extras)) == kept


@pytest.mark.parametrize(
    "details", ["Hm.", {"type": "reasoning.text", "text": "Hm."}], ids=["text", "object"]
)
def test_details_that_are_no_list_become_one(details):
    choice, _ = to_choice(0, {}, {"reasoning_details": details}, ())
    assert choice.extra == {"reasoning_details": [{"type": "reasoning.text", "text": "Hm."}]}
