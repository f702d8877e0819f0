"""A real model behind the gateway's rules: any server that speaks OpenAI's API.

A checked request goes in. `request` makes the body for the upstream of it, `connection` sends it,
and `refusals` makes an error of the service from whatever goes wrong. `events` reads the events of
a stream as they come, and `answer` gives a document or a chunk the gateway's identifiers and, after
a web search, its `sources`.
"""
