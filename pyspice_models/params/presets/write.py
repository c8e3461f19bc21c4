"""From a preset to TOML; `read` gives the same preset back."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from pyspice_models.errors import RequestError
from pyspice_models.params.cell import CellParams
from pyspice_models.params.presets.preset import Preset


def format_preset(preset: Preset) -> str:
    """The preset as TOML: the numbers that it states and those that differ from the defaults."""
    lines = [
        f"name = {_quoted(preset.name)}",
        f"description = {_quoted(preset.description)}",
        f"anneal = {_quoted(preset.anneal)}",
        f"substrate = {_quoted(preset.substrate)}",
    ]
    if preset.interpolated:
        lines.append("interpolated = true")
    default = CellParams()
    for name, declared in CellParams.quantities().items():
        value = getattr(preset.cell, name)
        if name not in preset.provenance and value == getattr(default, name):
            continue
        origin = preset.origin(name)
        note = "not the default" if name not in preset.provenance else origin.note
        # repr keeps every digit: the file reads back as the same float
        shown = f"{value!r} {declared.unit}".rstrip()
        lines += ["", f"[cell.{name}]", f"value = {_quoted(shown)}"]
        lines += [f"tag = {_quoted(origin.tag)}", f"source = {_quoted(origin.source)}"]
        if note:
            lines.append(f"note = {_quoted(note)}")
    return "\n".join([*lines, ""])


def write_preset(preset: Preset, path: str | Path) -> Path:
    """Write the preset's file at once or not at all: a reader never sees half of it.

    Raises:
        RequestError: the folder cannot be written.
    """
    target = Path(path)
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(format_preset(preset))
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)  # mkstemp makes it private
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise RequestError(f"{target} cannot be written: {error.strerror}. Choose another path.") from None
    return target


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
