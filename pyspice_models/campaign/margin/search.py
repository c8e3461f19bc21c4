"""Read margins over data patterns: the least current of a one, the largest of a zero, and their voltages on a pull-up.

The current of a resistive network is monotone in each conductance, the others held: whatever cells between on and off
hold, the extremes are at patterns of cells that are on or off. Looked at are all eight in which the other cells of the
row, those of the column and the rest are on or off; from the worst of these on, each cell is turned to where the
current's derivative by its conductance points (by reciprocity one more solution), as long as that makes it worse.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import scipy  # loads scipy.optimize where it is first used
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.levels import Scale
from pyspice_models.campaign.margin.margins import Extreme, MarginParams, Margins
from pyspice_models.engine.nodal.static.solve import solve_operating_point, solve_static
from pyspice_models.errors import RequestError
from pyspice_models.measure import current_margin, voltage_margin
from pyspice_models.stimulus.scheme import Bias, read_bias

Pattern = NDArray[np.bool_]

_TRIES = 24  # patterns that are tried beyond the eight


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


class Search:
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
        top = scipy.optimize.minimize_scalar(lambda log: -swing(math.exp(log)), bounds=bounds, method="bounded")
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
