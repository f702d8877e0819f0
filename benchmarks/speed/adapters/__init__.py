"""The compared models and engines.

subject      what a subject is: one model or engine at one base URL, and what a reply held
script       what a model that answers from memory is asked for
langchain, llama_index             how to call a model of the framework
langchain_floor, llama_index_floor a model that answers from memory: what the framework costs
engines, raw_socket                HTTP libraries without a framework
rows         all of them, one line each, as far as they are installed
check        compares their answers before they are timed
"""
