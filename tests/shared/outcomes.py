"""An answer as a whole reply and as a stream: what is read, or the error."""

from replies import decode_stream, decode_whole, to_stream

from weryai_core import (
    WeryAIError,
    merge_chunks,
)
from weryai_core.reply_options import ReplyOptions

ONE = ReplyOptions(has_one_choice=True)


def outcomes(message, reason, options=ONE, **more):
    """The chunk or the error of a whole reply and of a stream, with this message and reason."""
    choice = {"index": 0, "finish_reason": reason, **more}
    whole = {"choices": [{**choice, "message": message}]}
    events = [{"choices": [{"index": 0, "delta": message}]}, {"choices": [{**choice, "delta": {}}]}]
    found = []
    for decode in (
        lambda: decode_whole(whole, options),
        lambda: merge_chunks(decode_stream(to_stream(*events), options)),
    ):
        try:
            found.append(decode())
        except WeryAIError as error:
            found.append(error)
    return found


def error_of(message, reason, error_class, **more):
    """The error of both a whole reply and a stream, which must be alike."""
    whole, streamed = outcomes(message, reason, **more)
    assert type(whole) is type(streamed) is error_class
    assert (str(whole), whole.code) == (str(streamed), streamed.code)
    assert whole.is_retryable is streamed.is_retryable
    assert whole.partial.choice == streamed.partial.choice
    assert whole.partial.choice.finish_reason == reason
    return whole


def answer_of(message, reason, **more):
    """The choice of both a whole reply and a stream, which must be alike."""
    whole, streamed = outcomes(message, reason, **more)
    assert whole.choice == streamed.choice
    return whole.choice


PNG = "data:image/png;base64,iVBORw0KGgo="
