"""What is timed, and how.

rounds       runs all subjects of a measure in turn, round by round, and keeps what they cost
calls        a call, the first token, long histories, an image
streams      a chunk of a stream, in all forms that a service writes one
events       LangChain's events
concurrency  calls in flight at once, in threads and in one event loop
fresh        what only a fresh process shows: imports, memory, many streams at once
child        what such a process does
run          all of these over all subjects of a framework
"""
