"""The loopback server.

replies  ready-made bytes for each kind of reply, chosen by the path of the base URL
serve    answers with them, from one thread that waits for all sockets at once
run      starts the server in a process of its own
ceiling  what the server reaches when the client costs nearly nothing
"""
