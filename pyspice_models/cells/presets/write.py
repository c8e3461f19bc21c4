"""From a preset to TOML; `read` gives the same preset back."""

from __future__ import annotations

import json
from pathlib import Path

from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.presets.preset import Preset
from pyspice_models.cells.registry import model_of
from pyspice_models.disk import unwritable
from pyspice_models.files import whole_text


def format_preset(preset: Preset) -> str:
    """The preset as TOML: the numbers that it states and those that differ from the defaults."""
    lines = [f"name = {_quoted(preset.name)}", f"description = {_quoted(preset.description)}"]
    if (model := model_of(preset.cell)) is AG2S:
        lines += [f"anneal = {_quoted(preset.anneal)}", f"substrate = {_quoted(preset.substrate)}"]
    else:
        lines.append(f"model = {_quoted(model.name)}")
    if preset.reading:
        lines.append(f"reading = {_quoted(preset.reading)}")
    if preset.interpolated:
        lines.append("interpolated = true")
    default = model.parameters()
    for name, declared in model.parameters.quantities().items():
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


def write_preset(preset: Preset, path: str | Path, *, replace: bool = True) -> Path:
    """Write the preset's file at once or not at all: a reader never sees half of it.

    Raises:
        RequestError: the folder cannot be written, or a file is there that may not be replaced.
        StorageError: the disk is full.
    """
    file_path = Path(path)
    try:
        with whole_text(file_path, replace=replace) as file:
            file.write(format_preset(preset))
    except OSError as error:
        raise unwritable(file_path, error, "Choose another path.") from None
    return file_path


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
