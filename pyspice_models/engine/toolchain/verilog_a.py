"""Compiles Verilog-A to OSDI objects, once for each content, compiler and processor."""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path

from pyspice_models.engine.toolchain.cache import cache_folder, is_private
from pyspice_models.engine.toolchain.log import shown
from pyspice_models.engine.toolchain.process import output_of
from pyspice_models.engine.toolchain.surroundings import PASS
from pyspice_models.engine.toolchain.tools import find_linker, find_openvaf, require
from pyspice_models.engine.toolchain.waits import tell
from pyspice_models.errors import ToolError
from pyspice_models.passing import passing_folder

_LINES = 40  # of a compiler's complaints: the first ones tell most
COMPILE_TIME_LIMIT = 120.0  # [s] the cell takes 0.1 s
_DECIDE = ("AG2S_OPENVAF", "AG2S_CACHE", PASS, "XDG_CACHE_HOME", "HOME", "PATH")
"""Environment variables that decide which compiler is used and where its objects are kept."""
known_objects: dict[tuple[str, ...], Path] = {}


def compiled(source: str, name: str = "ag2s") -> Path:
    """Path of the OSDI object of a Verilog-A `source`, compiled now or taken from the cache.

    The object is built for any processor of this architecture, so that it can travel with a deck. Its name in the cache
    holds the hash of what it was made from and by, and the hash of its own content: one that was changed or cut short
    is not loaded but made anew.

    Raises:
        ToolError: compiler or linker missing, or the source refused; the message shows the compiler's own words.
        RequestError: AG2S_CACHE cannot be used.
    """
    # asking the compiler for its version takes as long as a tenth of a small run: not again for the same compiler
    known = (source, name, *(os.environ.get(word, "") for word in _DECIDE))
    if (target := known_objects.get(known)) is not None and _is_whole(target):
        return target
    openvaf = find_openvaf()
    command = require(openvaf)
    require(find_linker())
    key = hashlib.sha256("\0".join([source, openvaf.version, platform.machine()]).encode()).hexdigest()[:24]
    cache = cache_folder()
    for found in cache.glob(f"{name}-{key}-*.osdi"):
        if _is_whole(found):
            known_objects[known] = found
            return found
    tell(f"compiling {name}.va with openvaf-r {openvaf.version}: once on this machine")
    # what the compiler includes is looked for beside the source first: in a folder where nothing else lies
    with passing_folder("va", cache) as scratch:
        file, made = scratch / f"{name}.va", scratch / f"{name}.osdi"
        file.write_text(source, encoding="utf-8")
        try:
            status, words = output_of(
                [command, "--target_cpu", "generic", "-o", made, file], scratch, seconds=COMPILE_TIME_LIMIT
            )
        except ToolError as error:
            raise ToolError(f"openvaf-r did not run on {name}.va: {error}. {openvaf.how_to_get}.") from None
        if status != 0 or not made.is_file():
            lines = shown(words.strip().splitlines()[:_LINES], _LINES)
            raise ToolError(f"{name}.va does not compile; openvaf-r says:\n{lines}\nMend the Verilog-A and run again.")
        made.chmod(0o600)  # as what is found again must be: many a umask lets a group write
        target = cache / f"{name}-{key}-{_hash(made)}.osdi"
        # atomic: another process sees the whole object or none
        made.replace(target)
    known_objects[known] = target
    return target


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:24]


def _is_whole(path: Path) -> bool:
    """Whether an object is ours and has the content that its name tells."""
    try:
        return is_private(path) and path.is_file() and path.stem.rpartition("-")[2] == _hash(path)
    except OSError:  # removed meanwhile
        return False
