"""The rows of the comparison that `benchmarks/peers.py` prints.

trial         a row, and how it runs
replies       the emulator's scripted replies
langchain_classes, llama_index_classes   the compared classes, and how to call them
request_rows, answer_rows, gateway_rows  rows for both frameworks
langchain_rows, llama_index_rows         rows for one framework
"""
