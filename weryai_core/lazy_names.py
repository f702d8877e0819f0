"""The public names of a package, each imported when it is first used.

A package that imports all its names imports every room and the HTTP libraries behind them: a second
of a command's start, and of a worker's that never makes a call. With `lazy_names` a package knows
where each name is defined (PEP 562). Type checkers see ordinary imports instead:

    if TYPE_CHECKING:
        from package.module import Name
    else:
        __getattr__, __dir__ = lazy_names(__name__, {"package.module": ("Name",)})
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module


def lazy_names(
    package: str, names_in: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The functions `__getattr__` and `__dir__` of a package.

    The modules that are listed are attributes of the package as well, as after an import of them.

    Args:
        package: The package.
        names_in: The full name of a module -> the names that it defines for the package. None of
            them is the name of a module in the package, which an import would put in its place.
    """
    module_of = {name: module for module, names in names_in.items() for name in names}

    def get(name: str) -> object:
        if f"{package}.{name}" in names_in:
            return import_module(f"{package}.{name}")
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(module_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *module_of})

    return get, names
