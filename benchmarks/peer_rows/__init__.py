"""The rows that `benchmarks/peers.py` compares classes by.

_trial        what a row is, and how it is run
_wire         what the emulator answers in them
_langchain, _llama_index              the classes, and how their framework uses them
_request_rows, _answer_rows           rows of both frameworks
_langchain_rows, _llama_index_rows    rows of one
"""
