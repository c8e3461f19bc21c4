"""What reports of all kinds have: the measures, how to run it again, what to heed."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyspice_models.errors import RequestError
from pyspice_models.folders.found import Found
from pyspice_models.inputs.text import parse_json, read_bytes, shown
from pyspice_models.report.page.blocks import Block, Cell, Code, Number, Paragraph, Section, Table
from pyspice_models.report.page.kinds.sources import STUDY
from pyspice_models.units import micro

_MOST = 200 << 20  # [bytes] of a report that is read
_SHOWN_STUDY = 60_000  # characters


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file of a result.

    Raises:
        RequestError: it is damaged.
    """
    try:
        data = parse_json(read_bytes(path, "report", _MOST))
    except ValueError as error:
        raise RequestError(f"{shown(path)} is damaged: {error}. Run the command again.") from None
    if not isinstance(data, dict):
        raise RequestError(f"{shown(path)} is damaged: it holds no table. Run the command again.")
    return data


def warnings_section(*texts: str) -> Section | None:
    """What must not be overlooked; None where there is nothing."""
    told: list[Block] = [Paragraph(text, "warning") for text in texts if text]
    return Section("warnings", "To heed", told) if told else None


def number(value: Any, unit: str = "", digits: int = 4) -> Number | str:
    """A number of a report; nothing where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    return Number(float(value), "" if unit == "1" else unit, digits)


def measured(measures: Mapping[str, Any]) -> dict[str, tuple[Number, str]]:
    """Measures as reports hold them: number and meaning by name."""
    found = {}
    for name, one in measures.items():
        value = number(one.get("value"), str(one.get("unit", "")))
        if isinstance(value, Number):
            found[name] = (value, micro(str(one.get("about", ""))))
    return found


def measures_table(
    measures: Mapping[str, tuple[Number, str]], title: str = "", *, folded: bool = False
) -> Table:  # fmt: skip
    """Measures with units and what they mean."""
    rows: list[list[Cell]] = [[name, value, about] for name, (value, about) in measures.items()]
    name = "measures_of_each_way" if folded else "measures"
    return Table(name, title, ["measure", "value", "what it means"], rows, folded=folded, last_explains=True)


def missing_table(missing: Mapping[str, Any]) -> list[Block]:
    """Measures that the program does not give."""
    if not missing:
        return []
    rows = [[name, str(why)] for name, why in missing.items()]
    return [Table("not_measured", "Not measured", ["measure", "why"], rows, folded=True, last_explains=True)]


def again_section(found: Found, versions: str = "", numerics: str = "") -> Section:
    """How it was made, and how to make it again."""
    blocks: list[Block] = []
    origin = found.origin
    study = found.folder / STUDY
    lines = []
    if origin.command:
        lines += ["# as it was made", origin.command]
    if study.is_file():
        lines += ["# from the record in its folder: the same question, wherever the folder lies"]
        lines.append(shlex.join(["ag2s", found.kind, f"{found.folder.name}/{STUDY}"]))
    blocks.append(
        Code("\n".join(lines), "Commands") if lines else Paragraph("The folder does not say how it was made.")
    )
    if numerics:
        blocks.append(Paragraph(f"Numerics: {numerics}."))
    if versions:
        blocks.append(Paragraph(f"Versions: {_versions(versions)}."))
    if study.is_file():
        text = study.read_text(encoding="utf-8", errors="replace")
        cut = len(text) > _SHOWN_STUDY
        text = text[:_SHOWN_STUDY] + ("\n# ... the rest is in the folder\n" if cut else "")
        blocks.append(Code(text, f"The study, {STUDY}"))
    files = sorted(
        (str(path.relative_to(found.folder)), path.stat().st_size)
        for path in found.folder.iterdir()
        if path.is_file() and not path.name.startswith(".")
    )
    rows: list[list[Cell]] = [[name, Number(float(size), "B", 3)] for name, size in files]
    blocks.append(Table("files", "Files of the result", ["file", "size"], rows, folded=True))
    return Section("again", "How to run it again", blocks)


def _versions(text: str) -> str:
    try:
        return ", ".join(f"{name} {version}" for name, version in json.loads(text).items())
    except (ValueError, AttributeError):
        return text
