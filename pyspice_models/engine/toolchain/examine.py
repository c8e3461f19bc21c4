"""What is on this machine: every tool, package and folder that the package needs, as plain data."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from typing import Any

from pyspice_models.engine.toolchain import cache, tools
from pyspice_models.engine.toolchain.advice import in_checkout
from pyspice_models.engine.toolchain.proof import prove
from pyspice_models.engine.toolchain.tools import Tool
from pyspice_models.errors import RequestError, ToolError

_DISTRIBUTION = "ag2s-crossbar"


def examine() -> dict[str, Any]:
    """Look at everything that the package needs; what there is, as plain data.

    Keys: `ok`; `tools`, `proofs` and `packages`, each a list of rows with `name`, `ok` and `problem`; `cache`, a row
    with its `path` too; `python`, `system`. Runs each tool, about 1 s in all.
    """
    both = ("OSDI", "KLU")
    examined: dict[str, Any] = {
        "tools": [
            _tool_row(tools.find_ngspice(), "the main simulator", tools.NGSPICE_NEEDED, both),
            _tool_row(tools.find_libngspice(), "the same, driven by PySpice", tools.NGSPICE_NEEDED, both),
            _tool_row(tools.find_openvaf(), "compiles the Verilog-A cell"),
            _tool_row(tools.find_linker(), "links the compiled cell"),
            _tool_row(tools.find_vacask(), "the second simulator"),
        ],
        "proofs": [
            {"name": f"a Verilog-A resistor, compiled and run in {simulator}", "ok": not problem, "problem": problem}
            for simulator in ("ngspice", "VACASK")
            for problem in [prove(simulator)]
        ],
        "packages": _package_rows(),
        "cache": _cache_row(),
        "python": platform.python_version(),
        "system": _system(),
    }
    return {"ok": all(row["ok"] for row in checked(examined)), **examined}


def checked(examined: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of what was examined that may have a problem: tools, proofs, packages and the cache."""
    return [*examined["tools"], *examined["proofs"], *examined["packages"], examined["cache"]]


def _system() -> str:
    # not platform.platform(), which starts whatever is called uname on PATH
    library = "".join(platform.libc_ver())
    return f"{platform.system()}-{platform.release()}-{platform.machine()}{library and f'-with-{library}'}"


def _cache_row() -> dict[str, Any]:
    """Where compiled code is kept; a temporary folder costs a second for each command, and is no problem."""
    row = {"name": "cache of compiled code", "ok": True, "path": "", "temporary_because": "", "problem": ""}
    try:
        row["path"] = str(cache.cache_folder())
    except RequestError as error:
        return row | {"ok": False, "problem": str(error)}
    own, reason = cache.users_folder()
    if reason and not os.environ.get(cache.VARIABLE):
        row["temporary_because"] = f"{own}: {reason}"
    return row


def _tool_row(tool: Tool, use: str, version: str = "", capabilities: tuple[str, ...] = ()) -> dict[str, Any]:
    problem = ""
    try:
        tools.require(tool, version=version)
        for capability in capabilities:
            tools.require(tool, capability=capability)
    except ToolError as error:
        problem = str(error)
    return {
        "name": tool.name,
        "use": use,
        "ok": not problem,
        "path": None if tool.path is None else str(tool.path),
        "version": tool.version,
        "version_needed": version,
        "capabilities": sorted(tool.capabilities),
        "problem": problem,
    }


def _package_rows() -> list[dict[str, Any]]:
    """This package and what it asks for at run time."""
    try:
        requirements = importlib.metadata.requires(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return [_package_row(_DISTRIBUTION)]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requirements if "extra ==" not in line]
    return [_package_row(name) for name in [_DISTRIBUTION, *names]]


def _package_row(name: str) -> dict[str, Any]:
    try:
        return {"name": name, "ok": True, "version": importlib.metadata.version(name), "problem": ""}
    except importlib.metadata.PackageNotFoundError:
        how = "Run scripts/setup." if in_checkout() else f"pip install {_DISTRIBUTION} brings it."
        problem = f"The Python package {name} is not installed. {how}"
        return {"name": name, "ok": False, "version": "", "problem": problem}
