"""Compiles Verilog-A to OSDI objects, once for each content, compiler and processor."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import tempfile
from pathlib import Path

from pyspice_models.engine.tools import find_linker, find_openvaf, require
from pyspice_models.errors import ToolError

_TIME_LIMIT = 120.0  # [s] the cell takes 0.1 s
_DECIDE = ("AG2S_OPENVAF", "AG2S_CACHE", "XDG_CACHE_HOME", "HOME", "PATH")
"""Environment variables that decide which compiler is used and where its objects are kept."""
_made: dict[tuple[str, ...], Path] = {}


def compiled(source: str, name: str = "ag2s") -> Path:
    """Path of the OSDI object of a Verilog-A `source`, compiled now or taken from the cache.

    The object is built for any processor of this architecture, so that it can travel with a deck.

    Raises:
        ToolError: compiler or linker missing, or the source refused; the message shows the compiler's own words.
    """
    # asking the compiler for its version takes as long as a tenth of a small run: not again for the same compiler
    known = (source, name, *(os.environ.get(word, "") for word in _DECIDE))
    if (target := _made.get(known)) is not None and target.is_file():
        return target
    openvaf = find_openvaf()
    command = require(openvaf)
    require(find_linker())
    key = hashlib.sha256("\0".join([source, openvaf.version, platform.machine()]).encode()).hexdigest()[:24]
    target = cache_folder() / f"{name}-{key}.osdi"
    if target.is_file():
        _made[known] = target
        return target
    with tempfile.TemporaryDirectory(prefix="ag2s-va-", dir=target.parent) as scratch:
        file, made = Path(scratch) / f"{name}.va", Path(scratch) / f"{name}.osdi"
        file.write_text(source, encoding="utf-8")
        try:
            done = subprocess.run(
                [str(command), "--target_cpu", "generic", "-o", str(made), str(file)],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIME_LIMIT, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ToolError(f"openvaf-r did not run on {name}.va: {error}. {openvaf.how_to_get}.") from None
        if done.returncode != 0 or not made.is_file():
            words = (done.stdout + done.stderr).strip()
            raise ToolError(f"{name}.va does not compile; openvaf-r says:\n{words}\nMend the Verilog-A and run again.")
        # atomic: another process sees the whole object or none
        made.replace(target)
    _made[known] = target
    return target


def cache_folder() -> Path:
    """Where compiled objects are kept: AG2S_CACHE, else the user's cache folder, else the temporary folder."""
    wanted = os.environ.get("AG2S_CACHE")
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    for folder in [Path(wanted)] if wanted else [home / "ag2s-crossbar", Path(tempfile.gettempdir()) / "ag2s-crossbar"]:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise ToolError(
        f"no folder for compiled Verilog-A can be written ({wanted or home}); set AG2S_CACHE to one that can"
    )
