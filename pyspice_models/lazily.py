"""What is imported when it is first used, so that a command pays for what it uses alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, names: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """What a package binds to `__getattr__` and `__dir__`.

    Args:
        package: its name.
        names: by module of the package, relative to it, the names that it gives, with blanks between them.

    The first of the two raises AttributeError for any other name, as Python does itself.
    """
    where = {name: module for module, given in names.items() for name in given.split()}

    def get(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{where[name]}"), name)
        setattr(sys.modules[package], name, value)  # asked once
        return value

    def names_of() -> list[str]:
        return sorted({*vars(sys.modules[package]), *where})

    return get, names_of


def spare(module: str) -> None:
    """Let nothing import `module`, which is no part of this package, in this process, until it is `wanted`.

    xarray imports Dask wherever it is installed, to ask whether an array is one of Dask's: a third of the time of a
    short command. For processes of our own, not for those of a user's script.
    """
    sys.modules.setdefault(module, None)  # type: ignore[arg-type]  # Python's own word for what is not to be found


def wanted(module: str) -> None:
    """Let `module` be imported again."""
    if sys.modules.get(module, sys) is None:
        del sys.modules[module]
