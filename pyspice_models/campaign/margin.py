"""Read margins over data patterns: the least current of a one, the largest of a zero, and their voltages on a pull-up.

The current of a resistive network is monotone in each conductance, the others held: whatever cells between on and off
hold, the extremes are at patterns of cells that are on or off. Looked at are all eight in which the other cells of the
row, those of the column and the rest are on or off; from the worst of these on, each cell is turned to where the
current's derivative by its conductance points (by reciprocity one more solution), as long as that makes it worse.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.levels import Scale
from pyspice_models.declare.quantity import ParameterSet, choice, quantity
from pyspice_models.engine.nodal.static.solve import solve_operating_point, solve_static
from pyspice_models.errors import RequestError
from pyspice_models.measure import current_margin, voltage_margin
from pyspice_models.numeric import whole
from pyspice_models.stimulus.scheme import READ_SCHEMES, Bias, read_bias

Array = NDArray[np.float64]
Pattern = NDArray[np.bool_]

_TRIES = 24  # patterns that are tried beyond the eight
_LEAST = 0.1  # the share of the supply that is usually asked of a swing


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


@dataclass(frozen=True)
class Margins:
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

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def read_margins(
    crossbar: Crossbar, asked: MarginParams | None = None, *, row: int = 0, col: int | None = None
) -> Margins:
    """Margins of the read of one cell, by default of the far corner: last on its word line, first on its bit line.

    Args:
        crossbar: size, lines, ends and the nominal cell; what its cells hold, and its faults, do not count.
        asked: how it is read.
        row, col: the cell.

    Raises:
        RequestError: selectors, current limiters, bit lines held at both ends, or a g_on that is not above g_off.
    """
    asked = asked or MarginParams()
    if crossbar.selector is not None:
        raise RequestError.for_value(
            "the crossbar's kind", crossbar.kind, allowed="1R for margins over patterns",
            advice="Simulate reads of a one and a zero among patterns of your own: read_margin is theirs.",
        )  # fmt: skip
    if crossbar.driver.both_ends:
        raise RequestError("driver.both_ends = true: a bit line held at both ends has no single sense circuit")
    place = (
        whole(row, 0, crossbar.rows - 1, name="row"),
        whole(crossbar.cols - 1 if col is None else col, 0, crossbar.cols - 1, name="col"),
    )
    return _Search(_bare(crossbar, crossbar.rows, crossbar.cols), asked, place).margins()


def margins_by_size(
    crossbar: Crossbar, sizes: Sequence[int], asked: MarginParams | None = None,
    report: Callable[[float], None] | None = None,
) -> list[Margins]:  # fmt: skip
    """`read_margins` of the far corner of square arrays of these sizes, else as `crossbar`.

    `report` is told the share that is done.
    """
    found, all_cells = [], sum(size**2 for size in sizes)
    for number, size in enumerate(sizes, 1):
        found.append(read_margins(_bare(crossbar, size, size), asked))
        if report is not None:
            report(sum(done**2 for done in sizes[:number]) / all_cells)
    return found


def largest_size(margins: Sequence[Margins], least: float = _LEAST) -> tuple[float, float, float]:
    """The size at which the voltage swing falls to `least`, and the two sizes between which it is interpolated.

    Interpolated is the logarithm of the size, straight in the swing. (0, 0, first) if even the smallest array has
    less, (last, last, inf) if the largest has more.
    """
    every = sorted(margins, key=lambda m: m.rows)
    if every[0].voltage_swing < least:
        return 0.0, 0.0, float(every[0].rows)
    for here, behind in pairwise(every):
        if behind.voltage_swing < least:
            share = (here.voltage_swing - least) / (here.voltage_swing - behind.voltage_swing)
            size = math.exp(math.log(here.rows) + share * math.log(behind.rows / here.rows))
            return size, float(here.rows), float(behind.rows)
    return float(every[-1].rows), float(every[-1].rows), math.inf


def _bare(crossbar: Crossbar, rows: int, cols: int) -> Crossbar:
    return crossbar.replace(rows=rows, cols=cols, per_cell={}, faults=Faults())


@dataclass(frozen=True)
class _Port:
    """A linear array at the end of the read bit line.

    Attributes:
        name, on: of the pattern.
        current: into the sense circuit [A].
        behind: conductance from the sense circuit's source into the array, the circuit included [S].
        slope: derivative of the current by the conductance of each cell [V].
    """

    name: str
    on: Pattern
    current: float
    behind: float
    slope: NDArray[np.float32]


class _Search:
    """The patterns of one cell's read."""

    def __init__(self, crossbar: Crossbar, asked: MarginParams, place: tuple[int, int]) -> None:
        self.bar, self.asked, self.place = crossbar, asked, place
        scale = Scale.nominal(crossbar, asked.voltage)
        self.g_on, self.g_off = asked.g_on or scale.high, asked.g_off or scale.low
        if self.g_on <= self.g_off:
            raise RequestError.for_value("g_on", self.g_on, unit="S", allowed=f"> g_off, {self.g_off:.4g}")
        self.real = asked.g_on == 0 and asked.g_off == 0
        self.bias = read_bias(asked.scheme, crossbar.shape, place[0], [place[1]], asked.voltage)
        volts = np.zeros(crossbar.cols)
        volts[place[1]] = 1.0
        self.back: Bias = replace(self.bias, word=np.zeros(crossbar.rows), bit=volts)
        driver = crossbar.driver
        amplifier = driver.r_feedback / (1 + driver.gain) if driver.sense == "tia" else 0.0
        self.r_circuit = driver.r_sense + amplifier
        self.r_pull = asked.r_pull or 1 / self.g_on

    def margins(self) -> Margins:
        ones, zeros = (list(self._candidates(bit)) for bit in (True, False))
        pairs = list(zip(ones, zeros, strict=True))
        swings = {one.name: current_margin(one.current, zero.current) for one, zero in pairs}
        worst, best = (pick(swings, key=lambda name: swings[name]) for pick in (min, max))

        def swing(resistance: float) -> float:
            volts = ((self._pulled(one, resistance), self._pulled(zero, resistance)) for one, zero in pairs)
            return min(voltage_margin(*pair, self.asked.voltage) for pair in volts)

        bounds = math.log(1e-6 / self.g_on), math.log(1e3 / self.g_off)
        top = optimize.minimize_scalar(lambda log: -swing(math.exp(log)), bounds=bounds, method="bounded")
        self._worsen(ones, bit=True)
        self._worsen(zeros, bit=False)
        least = self._extreme(min(ones, key=lambda p: p.current), bit=True)
        most = self._extreme(max(zeros, key=lambda p: p.current), bit=False)
        high, low = ([self._pulled(port, self.r_pull) for port in ports] for ports in (ones, zeros))
        return Margins(
            *self.bar.shape, *self.place, self.g_on, self.g_off, least, most,
            current_margin(least.current, most.current), swings[worst], worst, swings[best], best,
            self.r_pull, voltage_margin(high, low, self.asked.voltage), swing(self.r_pull), math.exp(top.x),
            -float(top.fun),
        )  # fmt: skip

    def _candidates(self, bit: bool) -> Iterator[_Port]:
        """The read of this bit, with the cells of its row, its column and the rest on or off."""
        row, col = self.place
        for in_row, in_col, rest in product((True, False), repeat=3):
            on = np.full(self.bar.shape, rest)
            on[row], on[:, col] = in_row, in_col
            regions = [("row", in_row, self.bar.cols > 1), ("column", in_col, self.bar.rows > 1)]
            regions.append(("rest", rest, min(self.bar.shape) > 1))
            there = [(name, state) for name, state, some in regions if some]
            if any(not some and state for _, state, some in regions):
                continue  # the same pattern as without
            words = {state for _, state in there}
            name = ", ".join(f"{name} {_word(state)}" for name, state in there)
            if len(words) == 1:
                name = f"all others {_word(words.pop())}"
            yield self._port(on, bit, name or "no others")

    def _worsen(self, ports: list[_Port], *, bit: bool) -> None:
        """Append patterns that are worse than any so far, a one's current being smaller and a zero's larger.

        From each pattern in turn, the worst first; cells whose derivative says so are turned together, or where that
        overshoots the half, quarter, ... of them that matters most.
        """
        sign, tries = (-1 if bit else 1), _TRIES
        # where only the lines of one side float, what one cell of a line does depends on the line's others: there the
        # worst of the eight is not always the one to begin with
        starts = len(ports) if self.asked.scheme.startswith("float-") else 1

        def gain(port: _Port) -> float:
            return sign * port.current

        for start in sorted(ports, key=gain, reverse=True)[:starts]:
            here = start
            while tries > 0:
                hopes = np.where(here.on, -1, 1) * sign * here.slope
                hopes[self.place] = 0.0
                order = np.argsort(hopes, axis=None)[::-1][: int((hopes > 0).sum())]
                found = here
                while len(order) and tries > 0 and gain(found) <= gain(here) + 1e-9 * abs(here.current):
                    turned = here.on.copy()
                    turned.flat[order] ^= True
                    found, tries = self._port(turned, bit, "by derivative"), tries - 1
                    order = order[: len(order) // 2]
                if gain(found) <= gain(here) + 1e-9 * abs(here.current):
                    break
                ports.append(found)
                here = found

    def _port(self, on: Pattern, bit: bool, name: str) -> _Port:
        on = on.copy()
        on[self.place] = bit
        g = np.where(on, self.g_on, self.g_off)
        read, back = solve_static(self.bar, self.bias, g), solve_static(self.bar, self.back, g)
        col = self.place[1]
        # reciprocity: what a current from word to bit line at a cell changes at the port
        slope = ((read.word - read.bit) * (back.bit - back.word)).astype(np.float32)
        return _Port(name, on, -float(read.bit_ends[col]), float(back.bit_ends[col]), slope)

    def _pulled(self, port: _Port, resistance: float) -> float:
        """Voltage over a resistor in place of the sense circuit [V], by Thevenin's theorem."""
        inside = 1 / port.behind - self.r_circuit
        return port.current / port.behind * resistance / (inside + resistance)

    def _extreme(self, port: _Port, *, bit: bool) -> Extreme:
        current = port.current
        if self.real:
            cells = self.bar.at_level(port.on.astype(float))
            current = -float(solve_operating_point(cells, self.bias).bit_ends[self.place[1]])
        others = int(port.on.sum()) - int(bit)
        return Extreme(port.name, others, current, 1 / (1 / port.behind - self.r_circuit))


def _word(state: bool) -> str:
    return "on" if state else "off"
