"""How a margin is asked for, and what it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from pyspice_models.declare.quantity import ParameterSet, choice, quantity
from pyspice_models.displayed import Drawn
from pyspice_models.stimulus.scheme import READ_SCHEMES


@dataclass(frozen=True)
class MarginParams(ParameterSet):
    """How a cell is read, and what on and off are.

    Attributes:
        scheme: of the lines that are not read, see `read_bias`.
    """

    scheme: str = choice("floating", *READ_SCHEMES, about="of the lines that are not read")
    voltage: float = quantity(
        5e-3, "V", above=0, high=5, tag="assumed", source="the read voltage of S14a", about="of the read",
    )  # fmt: skip
    g_on: float = quantity(
        0.0, "S", low=0, high=10, tag="assumed", source="choice of the user",
        about="of a cell that is on, ohmic; 0: the top of the nominal cell's window, with its bend",
    )  # fmt: skip
    g_off: float = quantity(
        0.0, "S", low=0, high=10, tag="assumed", source="choice of the user",
        about="of a cell that is off, ohmic; 0: the bottom of the nominal cell's window, with its bend",
    )  # fmt: skip
    r_pull: float = quantity(
        0.0, "ohm", low=0, high=1e15, tag="assumed", source="choice of the user",
        about="pull-up resistor of the voltage margin, in place of the sense circuit; 0: 1/g_on",
    )  # fmt: skip


@dataclass(frozen=True)
class Extreme:
    """The read of one bit with the pattern that is worst for it.

    Attributes:
        pattern: in words.
        on: how many of the other cells are on.
        current: into the sense circuit [A].
        port: conductance of all that the bit line shows its sense circuit, without that [S].
    """

    pattern: str
    on: int
    current: float
    port: float


@dataclass(frozen=True, repr=False)
class Margins(Drawn):
    """Margins of the read of one cell, SI units.

    A margin is that of one reference for all patterns: a one and a zero may see different ones. A swing is that of a
    reference which follows the pattern: both see the same, of the eight in which row, column and rest are on or off.
    The literature's criterion of 10 % is one of the swing.

    Attributes:
        rows, cols, row, col: size of the array, and the cell.
        g_on, g_off: of cells [S].
        one, zero: the least current of a one, the largest of a zero, each over patterns.
        current_margin: see `current_margin`, of these two.
        current_swing, worst_pattern: the smallest current margin of a one and a zero with the same pattern.
        best_swing, best_pattern: the largest.
        r_pull: pull-up resistor [ohm].
        voltage_margin, voltage_swing: see `voltage_margin`, with it; over patterns in the same two ways.
        best_r_pull, best_voltage_swing: the resistor with the largest swing, and that.
    """

    rows: int
    cols: int
    row: int
    col: int
    g_on: float
    g_off: float
    one: Extreme
    zero: Extreme
    current_margin: float
    current_swing: float
    worst_pattern: str
    best_swing: float
    best_pattern: str
    r_pull: float
    voltage_margin: float
    voltage_swing: float
    best_r_pull: float
    best_voltage_swing: float

    def __repr__(self) -> str:
        """One line for people."""
        told = f"swing of the current {self.current_swing:.3g}, of the voltage {self.voltage_swing:.3g}"
        return f"<Margins of ({self.row}, {self.col}) in {self.rows} x {self.cols}: {told}>"

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


class MarginsBySize(list[Margins], Drawn):
    """Margins of several arrays: a list that shows itself, and draws margins and swings against the size."""

    def __repr__(self) -> str:
        """One line for people."""
        return f"<Margins of {len(self)} sizes: {', '.join(f'{one.rows} x {one.cols}' for one in self[:12])}>"
