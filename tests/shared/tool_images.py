"""An image in the result of a tool, called `look` with the id "c1": what services get."""

import pytest

IMAGE_PART = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
LABEL = {"type": "text", "text": "Image 1, from the result of look (call c1):"}
# For models that take images from users only: the result with a note, and a message of the user.
MOVED = [
    {
        "role": "tool",
        "tool_call_id": "c1",
        "content": "Done.\n(Image 1 of the tool results is in the next user message.)",
    },
    {"role": "user", "content": [LABEL, IMAGE_PART]},
]
KEPT = [{"type": "text", "text": "Done."}, IMAGE_PART]
LEFT_OUT = "Done.\n(Image left out: the model takes none.)"

# Settings of a model and arguments of a call with which an image stays in its result.
each_way_to_keep_it = pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({"model": "CLAUDE_SONNET_4_6"}, {}),
        ({"tool_media": "keep"}, {}),
        ({}, {"tool_media": "keep"}),
    ],
    ids=["the model takes it", "kept by the model", "kept by the call"],
)
