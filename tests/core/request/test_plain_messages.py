"""Messages that are texts skip the stages for calls, names and media: they change nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strange_replies import KEYS, bounded, texts

from weryai_core.identifiers.call_ids import with_call_ids
from weryai_core.identifiers.names import with_sent_names, with_speaker_names
from weryai_core.identifiers.unpaired import with_paired_calls
from weryai_core.media.answers import with_movable_answers
from weryai_core.media.read_results import with_readable_results
from weryai_core.media.tool_results import with_joined_media, with_movable_media
from weryai_core.request.tool_calls import with_readable_calls
from weryai_core.unsupported import with_supported_media
from weryai_core.wire import is_plain

roles = st.sampled_from(["user", "assistant", "system", "developer"])
plain = st.fixed_dictionaries({"role": roles, "content": texts})


@bounded(60)
@given(st.lists(plain, min_size=1, max_size=60), st.sampled_from(KEYS), st.booleans())
def test_the_stages_that_are_skipped_change_nothing(messages, model, drop):
    assert all(map(is_plain, messages))
    assert with_readable_calls(messages) is messages
    assert with_call_ids(messages, model) is messages
    assert with_paired_calls(messages) is messages
    assert with_speaker_names(messages) is messages
    named, names = with_sent_names({"model": model, "messages": messages})
    assert named["messages"] is messages
    assert names == {}
    assert with_readable_results(messages, "auto") is messages
    assert with_movable_answers(messages, "move", model) is messages
    assert with_movable_media(messages, "move", model) == (messages, [])
    assert with_joined_media(messages, 50) is messages
    assert with_supported_media(messages, model, drop=drop) == (messages, [])


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "user", "content": "Hi", "name": "Ada"},
        {"role": "tool", "content": "Hi"},
        {"role": "function", "content": "Hi"},
        {"role": "assistant", "content": None},
        {"role": "assistant", "tool_calls": []},
        {"role": "user"},
        "Hi",
        None,
    ],
    ids=repr,
)
def test_other_messages_are_not_plain(message):
    assert not is_plain(message)
