"""Checksums of an exported folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pyspice_models.files import whole_text

SUMS = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Of all files in it, in the format of `sha256sum -c`."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files]
    with whole_text(folder / SUMS, sync=False) as file:
        file.write("".join(lines))
