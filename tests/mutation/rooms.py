"""Which files a room's name stands for."""

from __future__ import annotations

from pathlib import Path

PACKAGE = "pyspice_models"

ROOMS = {
    "measure": ("measure", "study/measures/every.py"),
    "result": ("result",),
    "array": ("array",),
    "stimulus": ("stimulus",),
    "netlist": ("netlist",),
    "cells": ("cells",),
    "nodal": ("engine/nodal",),
    "statistics": ("campaign/statistics.py", "study/variation.py"),
    "variability": ("array/variability",),
}
"""Folders and files of the package by the names that `--modules` takes; another folder or file may be given itself."""


def files_of(root: Path, room: str) -> list[Path]:
    """The room's modules, relative to the checkout, in order.

    Raises:
        SystemExit: there is no such room, folder or file.
    """
    found: list[Path] = []
    for place in ROOMS.get(room, (room.removeprefix(f"{PACKAGE}/"),)):
        path = root / PACKAGE / place
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    if not found:
        raise SystemExit(f"mutate: {room!r} is neither one of {', '.join(ROOMS)} nor a file or folder of {PACKAGE}/")
    return [path.relative_to(root) for path in found if path.stat().st_size]
