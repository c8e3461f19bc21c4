"""Lets code run in an empty folder: libraries read settings, and even commands, from the current one."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from pyspice_models.engine.toolchain.waits import watch_compiler
from pyspice_models.passing import passing_folder

Result = TypeVar("Result")
_CLONE_FS = 0x200  # what threads share of the file system: the current folder and the umask


def in_empty_folder(function: Callable[[], Result]) -> Result:
    """What `function` gives when it is called in a thread of its own, whose current folder is empty.

    The other threads keep theirs. Where the system does not let a thread have a folder of its own (some containers
    forbid it), the whole process changes its folder until the function is done.
    """
    with ThreadPoolExecutor(1) as thread, passing_folder("empty") as folder:
        return thread.submit(_there, folder, function).result()


def imported(name: str) -> ModuleType:
    """A module that reads settings of its own from the current folder when it is imported: here it finds none."""
    module = sys.modules.get(name) or in_empty_folder(lambda: import_module(name))
    if name == "numba":
        watch_compiler(module)
    return module


def _there(folder: Path, function: Callable[[], Result]) -> Result:
    try:
        alone = ctypes.CDLL(None).unshare(_CLONE_FS) == 0
    except AttributeError:  # a C library without it
        alone = False
    if alone:
        os.chdir(folder)  # of this thread, which ends here
        return function()
    with contextlib.chdir(folder):
        return function()
