"""What a bundle holds: the cell, the tools, the crossbar among its benches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyspice_models.cells.presets import Preset, preset
from pyspice_models.errors import RequestError
from pyspice_models.export.benches import benches
from pyspice_models.netlist import dialect, dialect_names

_MAX_CELLS = 4096


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds.

    Attributes:
        preset: the cell.
        dialects: whose netlists; all by default.
        rows, cols: of the crossbar among the test benches.

    Raises:
        RequestError: unknown dialect, or a crossbar of more than 4096 cells, whose expected waves fill no CSV sensibly.
    """

    preset: Preset = field(default_factory=lambda: preset("200nm-160C"))
    dialects: Sequence[str] = field(default_factory=dialect_names)
    rows: int = 4
    cols: int = 4

    def __post_init__(self) -> None:
        """Refuse what cannot be written."""
        for name in self.dialects:
            dialect(name)
        if not self.dialects:
            raise RequestError(f"a bundle needs a dialect: one or more of {', '.join(dialect_names())}")
        benches(self.preset.film, self.rows, self.cols)
        if self.rows * self.cols > _MAX_CELLS:
            raise RequestError.for_value(
                "rows x cols", self.rows * self.cols, allowed=f"at most {_MAX_CELLS} cells in a bundle; "
                "ag2s netlist writes larger crossbars",
            )  # fmt: skip
