"""LLM classes with one fault each, and the conformance tests that must fail for it.

`test_conformance_suite.py` runs these modules: the correct class against both suites, the others
against the parts that hold the named tests. `FAULTS` lists the names.
"""

from . import blocks, chat, identity, life, no_fault, tools
from ._noticed import FAULTS

__all__ = ["FAULTS", "blocks", "chat", "identity", "life", "no_fault", "tools"]
