"""Streams that break the rules of event streams: nothing that a service says in them is lost."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replies import cut, decode_stream, decode_whole, to_stream

from weryai_core import (
    APIError,
    ProtocolError,
    RateLimitError,
    ServerError,
    StreamError,
    WeryAIError,
    merge_chunks,
)
from weryai_core.reply.decode import StreamDecoder
from weryai_core.reply_options import ReplyOptions

ONE = ReplyOptions(has_one_choice=True)


def delta(text, reason=None):
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return {"object": "chat.completion.chunk", "choices": [choice]}


DOSE, MORE = delta("The dose is 10"), delta(" mg.")
END = delta("", "stop")
DOSE_LINE = f"data: {json.dumps(DOSE)}\n\n"
LIMITED = {"error": {"message": "slow down", "code": 429}}
TEXT = "The dose is 10 mg."


def lines(*objects):
    return "".join(json.dumps(one) + "\n" for one in objects).encode()


def text_of(body):
    return merge_chunks(decode_stream(body, ONE)).text


# What stands in a stream without `data:` -> its class, and words of its message.
STRAY = {
    "an error": (json.dumps(LIMITED), RateLimitError, "slow down"),
    "an error over several lines": (json.dumps(LIMITED, indent=2), RateLimitError, "slow down"),
    "an error with data before its first line only": (
        f"data: {json.dumps(LIMITED, indent=2)}",
        RateLimitError,
        "slow down",
    ),
    "an error after its event": (f"event: error\n{json.dumps(LIMITED)}", RateLimitError, "slow"),
    "an error in a field": ('error: {"message": "gone", "code": 502}', ServerError, "gone"),
    "words in a field": ("error: worker died", APIError, "worker died"),
    "a page": ("<html>\n<title>502 Bad Gateway</title>\n</html>", ServerError, "Bad Gateway"),
    "words": ("Internal Server Error", ServerError, "Internal Server Error"),
    "other words": ("no such worker", ProtocolError, "no such worker"),
    "an exception": ("ValueError: too hot", ProtocolError, "too hot"),
}


@pytest.mark.parametrize(("lines", "error_class", "words"), STRAY.values(), ids=STRAY)
def test_lines_without_data_explain_a_stream_without_a_finish_reason(lines, error_class, words):
    for end in ("\n\ndata: [DONE]\n\n", "\n\n", "\n", ""):
        with pytest.raises(error_class, match=words) as caught:
            decode_stream((DOSE_LINE + lines + end).encode(), ONE)
        assert type(caught.value) is error_class
        assert caught.value.partial.text == "The dose is 10"


@pytest.mark.parametrize("words", ["Internal Server Error", "<html></html>", "ping", "model: x"])
def test_words_without_data_do_not_harm_an_answer_that_goes_on_or_has_a_finish_reason(words):
    body = f"{DOSE_LINE}{words}\n\n".encode()
    assert text_of(body + to_stream(MORE)) == TEXT
    assert text_of(body + to_stream(delta(" mg.", "stop"), done=False)) == TEXT


@pytest.mark.parametrize("word", ["ping", "[PING]", '"pong"', "keep-alive", ": heartbeat"])
def test_a_word_that_keeps_the_connection_open_is_no_event(word):
    body = f"{DOSE_LINE}data: {word}\n\n".encode() + to_stream(MORE, END)
    assert text_of(body) == TEXT


EMPTY_CHUNKS = ('{"choices": [null]}', '{"choices": {}}', '{"choices": "error"}')


@pytest.mark.parametrize(
    "event", ["event: error", "event: error\ndata:", *map("data: {}".format, EMPTY_CHUNKS)]
)
def test_a_stream_without_a_finish_reason_is_cut_if_an_event_holds_no_answer(event):
    with pytest.raises(WeryAIError) as caught:
        decode_stream(f"{DOSE_LINE}{event}\n\ndata: [DONE]\n\n".encode(), ONE)
    assert caught.value.partial.text == "The dose is 10"


def test_a_finish_reason_may_be_an_object():
    assert text_of(to_stream(DOSE, delta(" mg.", {"type": "stop"}), done=False)) == TEXT
    with pytest.raises(ServerError):
        decode_stream(to_stream(DOSE, delta("", {"type": "error"})), ONE)


@pytest.mark.parametrize("end", ['{"error": {"mess', "<ht", "dat", "data: {"])
def test_a_cut_line_at_the_end_is_no_reason_of_its_own(end):
    for cut_ in (end, end[:2]):
        if cut_ == "<h":
            continue
        with pytest.raises(WeryAIError) as caught:
            decode_stream((DOSE_LINE + cut_).encode(), ONE)
        assert type(caught.value) is (ProtocolError if end == "<ht" else StreamError)
        assert caught.value.partial.text == "The dose is 10"


SEVERAL = {
    "without empty lines": b"".join(f"data: {json.dumps(e)}\n".encode() for e in (DOSE, MORE, END)),
    "without line ends": b"".join(f"data: {json.dumps(e)}".encode() for e in (DOSE, MORE, END)),
    "with data twice": b"".join(
        f"data: data: {json.dumps(e)}\n\n".encode() for e in (DOSE, MORE, END)
    ),
    "with other letters": b"".join(
        f"Data: {json.dumps(e)}\n\n".encode() for e in (DOSE, MORE, END)
    ),
    "with spaces": b"".join(f"  data: {json.dumps(e)}\n\n".encode() for e in (DOSE, MORE, END)),
    "as lines of JSON": lines(DOSE, MORE, END),
    "as lines of JSON with a mark": lines(DOSE, MORE) + b"[DONE]\n",
    "as lines of JSON after empty lines": b"\n \n" + lines(DOSE, MORE, END),
    "as a list": json.dumps([DOSE, MORE, END]).encode(),
    "as documents": b"\n".join(json.dumps(e, indent=1).encode() for e in (DOSE, MORE, END)),
}


@pytest.mark.parametrize("body", SEVERAL.values(), ids=SEVERAL)
def test_events_are_found_however_they_are_written(body):
    assert text_of(body) == TEXT
    assert StreamDecoder(ONE).read_whole(body).text == TEXT


def test_lines_of_json_are_read_as_they_come():
    decoder = StreamDecoder(ONE)
    texts = [
        [chunk.text for chunk in decoder.feed(piece)]
        for piece in (lines(DOSE), lines(MORE), lines(END))
    ]
    assert texts == [[], ["The dose is 10", " mg."], [""]]


@pytest.mark.parametrize(
    "mark",
    [
        *("data: [done]", "data: DONE", "data: [DONE]]", "data: data: [DONE]", "[DONE]"),
        *('data: {"done": true}', 'data: {"type": "done"}', "event: done\ndata: {}"),
        *('event: end\ndata: {"ok": true}', 'data: {"event": "finish"}'),
    ],
)
def test_marks_of_the_end_are_read_in_other_words(mark):
    assert text_of(f"{DOSE_LINE}{mark}\n\n".encode()) == "The dose is 10"
    chunks = [*(decoder := StreamDecoder(ONE)).feed(f"{DOSE_LINE}{mark}\n\n".encode())]
    assert decoder.is_done
    assert chunks[-1].is_last


@pytest.mark.parametrize(
    "event",
    [
        {"message": "queued"},
        {"message": "Processing..."},
        {"status": "running", "message": "generating"},
        {"choices": [], "cost": "0"},
        {"choices": [], "provider": {"region": "eu"}},
    ],
    ids=json.dumps,
)
def test_progress_does_not_harm_a_stream_that_ends_with_done_only(event):
    for events in ([event, DOSE, MORE], [DOSE, event, MORE], [DOSE, MORE, event]):
        assert text_of(to_stream(*events)) == TEXT


def test_an_unknown_event_harms_a_stream_without_a_finish_reason_unless_the_answer_goes_on():
    for event in ({"message": "Searching the web"}, {"notice": {"level": 1}}):
        assert text_of(to_stream(event, DOSE, event, MORE)) == TEXT
        with pytest.raises(WeryAIError) as caught:
            decode_stream(to_stream(DOSE, MORE, event), ONE)
        assert caught.value.partial.text == TEXT
    for broken in ({}, {"choices": None}, {"choices": [{}]}):  # a piece of the answer is lost
        with pytest.raises(WeryAIError):
            decode_stream(to_stream(DOSE, broken, MORE), ONE)


OLLAMA = [
    {"model": "m", "message": {"role": "assistant", "content": "Hel"}, "done": False},
    {"model": "m", "message": {"role": "assistant", "content": "lo"}, "done": False},
    {
        "model": "m",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 1,
        "eval_count": 2,
    },
]


def test_answers_of_ollamas_own_api_are_read():
    for chunk in (
        merge_chunks(decode_stream(lines(*OLLAMA), ONE)),
        StreamDecoder(ONE).read_whole(lines(*OLLAMA)),
        decode_whole({**OLLAMA[2], "message": {"content": "Hello"}}, ONE),
        decode_whole({**OLLAMA[2], "message": None, "response": "Hello"}, ONE),
    ):
        assert (chunk.text, chunk.choice.finish_reason) == ("Hello", "stop")
        assert chunk.usage.total_tokens == 3
    call = {"function": {"name": "f", "arguments": {"a": 1}}}
    [read] = decode_whole({**OLLAMA[2], "message": {"tool_calls": [call]}}, ONE).choice.tool_calls
    assert (read.name, read.arguments) == ("f", '{"a":1}')


def test_a_cut_stream_of_json_lines_is_an_error():
    for body in (lines(*OLLAMA[:2]), lines(OLLAMA[0]), lines(DOSE, MORE), lines(DOSE)):
        for read in (decode_stream, lambda body, options: StreamDecoder(options).read_whole(body)):
            with pytest.raises(StreamError) as caught:
                read(body, ONE)
            assert caught.value.partial.text
    with pytest.raises(ServerError, match="CUDA error") as caught:
        decode_stream(lines(OLLAMA[0], {"error": "CUDA error"}), ONE)
    assert caught.value.partial.text == "Hel"


def test_tokens_are_counted_next_to_an_envelope():
    usage = {"input_tokens": 1, "output_tokens": 2}
    answer = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    assert decode_whole({"output": answer, "usage": usage}).usage.total_tokens == 3


FORMS = {
    "events": "".join(f"data: {json.dumps(one)}\n\n" for one in (DOSE, MORE, END)),
    "a mark": "".join(f"data: {json.dumps(one)}\n\n" for one in (DOSE, MORE)) + "data: [DONE]\n\n",
    "lines": lines(DOSE, MORE, END).decode(),
    "Ollama's lines": lines(*OLLAMA).decode(),
    "a list": json.dumps([DOSE, MORE, END]),
    "JSON text": json.dumps(json.dumps({"choices": [{"message": {"content": TEXT}}]})),
}


def text_or_partial(read, body):
    """The text of an answer, or of the error's partial answer, and whether it is an answer."""
    try:
        return read(body).text, True
    except WeryAIError as error:
        return error.partial.text if error.partial else "", False


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_stream_that_is_cut_anywhere_is_never_half_a_success(form):
    full = text_of(form.encode())
    for place in range(0, len(form), 2):
        body = form[:place].encode()
        for read in (
            lambda body: StreamDecoder(ONE).read_whole(body),
            lambda body: merge_chunks(decode_stream(body, ONE, sizes=[1, None])),
        ):
            text, is_whole = text_or_partial(read, body)
            assert text == full if is_whole else full.startswith(text)


@given(
    st.lists(st.sampled_from(["a", "b\u2028", "é"]), min_size=1, max_size=4),
    st.sampled_from(["data: {}\n\n", "data:{}\n", "{}\n", "{}\n\n", " data: {}\r\n\r\n"]),
    st.integers(1, 40),
)
def test_a_stream_reads_the_same_with_any_separators_and_cuts(texts, form, size):
    events = [*map(delta, texts), delta("!", "stop")]
    body = "".join(form.replace("{}", json.dumps(event)) for event in events).encode()
    decoder = StreamDecoder(ONE)
    chunks = [chunk for piece in cut(body, size) for chunk in decoder.feed(piece)]
    assert merge_chunks([*chunks, *decoder.close()]).text == "".join(texts) + "!"
