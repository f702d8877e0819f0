"""LLM classes with one fault each, and the conformance tests that must notice it.

`test_conformance_suite.py` runs these modules: the class without fault against both suites, the
others against the parts of them that hold the tests named. `FAULTS` has the names.
"""

from . import blocks, chat, identity, life, no_fault, tools
from ._noticed import FAULTS

__all__ = ["FAULTS", "blocks", "chat", "identity", "life", "no_fault", "tools"]
