"""Replies with JSON of a hundred thousand levels in fields that do not matter."""

import httpx2

DEEP = '{"a":[' * 50_000 + "1" + "]}" * 50_000
WHOLE = '{"choices":[{"message":{"content":"Hi","x":@},"finish_reason":"stop","logprobs":@}],"y":@}'
STREAM = (
    'data: {"choices":[{"delta":{"content":"Hi","x":@},"logprobs":@}],"y":@}\n\n'
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
)


def answering(requests):
    def answer(request):
        requests.append(request)
        is_stream = b'"stream":true' in request.content
        body = (STREAM if is_stream else WHOLE).replace("@", DEEP)
        kind = "text/event-stream" if is_stream else "application/json"
        return httpx2.Response(200, headers={"content-type": kind}, text=body)

    return httpx2.MockTransport(answer)
