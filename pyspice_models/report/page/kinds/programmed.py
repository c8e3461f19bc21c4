"""A closed loop that programmed levels: how it converged, what every cell holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pyspice_models.folders.found import Found
from pyspice_models.report.page.blocks import Axis, Curve, Curves, Map, Number, Paragraph, Report, Section, Table
from pyspice_models.report.page.kinds.common import again_section, measures_table, number, read_json, warnings_section
from pyspice_models.report.page.kinds.sources import asked_in, settings_of, sources_section
from pyspice_models.result import load

MEANINGS = {
    "largest_error": "largest distance of a last read from its level, as a share of the nominal window",
    "largest_error_conductance": "the same as a conductance",
    "largest_held_error_conductance": "largest distance of what a cell holds from its level; no hardware knows it",
    "largest_read_error_conductance": "largest distance of a last read from what the cell holds",
    "typical_held_error_conductance": "root mean square of what sound cells hold beside their levels",
    "tolerance_conductance": "how far a read may lie from its level",
    "missed_cells": "cells whose last read is beyond the tolerance: all that hardware knows",
    "wrong_levels": "cells that hold a conductance nearer to another level than to their own",
    "cells_out_of_reach": "cells whose level lies beyond what they can hold",
    "pulses": "write pulses of all rounds",
    "most_pulses": "write pulses of the cell that had most",
    "energy_source": "delivered by ideal sources in all rounds",
    "energy_supply": "drawn from rails in all rounds, nothing taken back",
    "time": "of all rounds, reads included",
    "pulse_time": "of the write pulses",
    "cells_overshot": "cells that a read showed beyond their level by more than the tolerance after their own pulse",
    "largest_overshoot": "furthest that a read showed a cell beyond its level after its own pulse",
    "largest_disturb": "largest change of what a cell holds in a round without a pulse of its own",
    "read_noise": "standard deviation of a read",
    "smallest_gap": "between the highest of one level and the lowest of the next: below 0 they overlap",
}


def programmed_report(found: Found) -> Report:
    """The report of `ag2s write-verify`."""
    told, cells, asked = (
        read_json(found.folder / "report.json"),
        load(found.folder / "cells.nc"),
        asked_in(found.folder),
    )
    measures = {
        name: (value, MEANINGS.get(name, f"largest state {name.removeprefix('largest_')} of all cells"))
        for name, one in told.get("measures", {}).items()
        if isinstance(value := number(one.get("value"), one.get("unit", "")), Number)
    }
    rows, cols = cells.sizes["row"], cells.sizes["col"]
    scale = told["scale"]
    ends = [float(scale[end]["value"]) for end in ("low", "high")]
    facts = [
        f"{rows} x {cols} cells", f"{told['rounds']} rounds", "all within the tolerance" if told["converged"] else
        "not all within the tolerance", f"simulated by {told.get('engine', '?')}",
    ]  # fmt: skip
    warning = "" if told["converged"] else (
        f"The loop ended with {len(told.get('missed', []))} cells beyond the tolerance. They are framed by no map: "
        "the table of missed cells names them."
    )  # fmt: skip
    sections = [
        Section("question", "What was asked", [Paragraph(_asked(told, ends))]),
        warnings_section(warning),
        Section("measures", "What came out", [measures_table(measures), *_missed(told)]),
        Section("figures", "Round by round", _rounds(told)),
        Section(
            "maps", "The cells", [_map(cells, name, ends) for name in cells if name in _MAPS or name in ("w", "x")]
        ),
        Section("levels", "Level by level", [_levels(told)]),
        sources_section(asked),
        again_section(found),
    ]
    title = asked.study.title if asked.study is not None else str(told.get("study", found.folder.name))
    return Report(
        found.folder.name, "Levels programmed in a closed loop", title, facts,
        [one for one in sections if one is not None], measures, settings_of(asked.tables),
    )  # fmt: skip


def _asked(told: Mapping[str, Any], ends: list[float]) -> str:
    tolerance = float(told["tolerance"]["value"])
    return (
        f"Bring every cell to its level between {Number(ends[0], 'S')} and {Number(ends[1], 'S')}: write, read through "
        f"the array, correct, until all reads are within {100 * tolerance:g} % of that window, or rounds are used up."
    )


def _missed(told: Mapping[str, Any]) -> list[Table]:
    tables = []
    for key, title in (("missed", "Cells beyond the tolerance"), ("wrong_levels", "Cells nearer to another level")):
        if cells := told.get(key):
            heads = list(dict.fromkeys(name for cell in cells for name in cell))
            rows = [[_text(cell.get(name)) for name in heads] for cell in cells]
            tables.append(Table(key, title, [head.replace("_", " ") for head in heads], rows, folded=len(rows) > 20))
    return tables


def _text(value: Any) -> str | Number:
    if isinstance(value, Mapping):
        return number(value.get("value"), value.get("unit", ""))
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)


def _rounds(told: Mapping[str, Any]) -> list[Curves]:
    x = np.arange(len(told["errors"]), dtype=float)
    largest, typical = (np.asarray(told[name], dtype=float) for name in ("errors", "typical_errors"))
    tolerance = np.full(len(x), float(told["tolerance"]["value"]))
    errors = [
        Curve("largest", x, largest, "both", 0), Curve("nine cells of ten are within", x, typical, "both", 2),
        Curve("tolerance", x, tolerance, "dashed", 1),
    ]  # fmt: skip
    left = Curve("", x, np.asarray(told["cells_off"], dtype=float), "both", 0)
    share = Axis("error of reads", "", "log")
    rounds = Axis("round", ticks=tuple(x.tolist()))
    return [
        Curves("errors", "Errors of reads", rounds, share, errors, "shares of the nominal window"),
        Curves("cells_left", "Cells still beyond the tolerance", rounds, Axis("cells"), [left]),
    ]


_MAPS: Mapping[str, tuple[str, str, str]] = {
    "target": ("conductance asked for", "viridis", "window"),
    "held": ("conductance held", "viridis", "window"),
    "error": ("held less asked for", "RdBu_r", "even"),
    "pulses": ("write pulses", "magma", ""),
    "overshoot": ("overshoot", "magma", ""),
    "disturb": ("disturb without a pulse of its own", "magma", ""),
    "energy": ("energy drawn for the cell", "magma", ""),
}
"""Title, colours, and the ends of these, for maps of cells."""


def _map(cells: Any, name: Any, ends: list[float]) -> Map:
    values = np.asarray(cells[name].values, dtype=float)
    unit = str(cells[name].attrs.get("units", ""))
    about = str(cells[name].attrs.get("long_name", ""))
    title, colours, kind = _MAPS.get(str(name), (f"state {name}", "viridis", ""))
    if kind == "even":
        top = float(np.nanmax(np.abs(values))) or 1e-18
        ends = [-top, top]
    low, high = ends if kind else (None, None)
    return Map(f"map_{name}", title, values, "" if unit == "1" else unit, about, colours=colours, low=low, high=high)


def _levels(told: Mapping[str, Any]) -> Table:
    levels = told.get("levels", [])
    rows = [[_text(one.get(name)) for name in _COLUMNS] for one in levels]
    return Table("levels", "", list(_COLUMNS.values()), rows)


_COLUMNS = {
    "conductance": "level", "cells": "cells", "lowest": "lowest held", "highest": "highest held",
    "mean_error": "mean error", "largest_error": "largest error", "wrong": "nearer to another", "pulses": "pulses",
}  # fmt: skip
