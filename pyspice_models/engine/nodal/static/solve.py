"""Static solutions of a crossbar: of given conductances, of real cells at their states, and for many inputs at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.network import ResistiveNetwork
from pyspice_models.engine.nodal.static import direct, structured
from pyspice_models.engine.nodal.static.direct import Direct
from pyspice_models.engine.nodal.static.solution import StaticSolution
from pyspice_models.engine.nodal.static.structured import Structured, why_not_structured
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.numeric import real_array
from pyspice_models.stimulus.scheme import Bias

Array = NDArray[np.float64]
Factored = direct.Factored | structured.Factored

METHODS = ("auto", "direct", "structured")

_SLOPE = 1e-6  # [V] for derivatives of cells; it decides how fast Newton converges, not where to
_ITERATIONS = 60
_SERVES = 0.1  # of the correction before: a matrix whose corrections shrink like that is kept


def solve_static(crossbar: Crossbar, bias: Bias, conductances: ArrayLike, method: str = "auto") -> StaticSolution:
    """Solve the resistive network of a crossbar for one bias.

    A transimpedance amplifier is its static input resistance, r_feedback/(1 + gain).

    Args:
        crossbar: lines, their faults, and ends; all its cells, faulty ones too, are replaced by `conductances`.
        bias: voltages of the sources, and which lines float (through r_off).
        conductances: of the cells with whatever is in series with them, shape (rows, cols) [S], >= 0.
        method: "structured" (see `schur.py`), "direct" (see `direct.py`), or "auto", which takes the first for large
            arrays with sound lines; the solution's `method` says what was done.

    Raises:
        RequestError: conductances of the wrong shape or negative, a bias for another number of lines, drivers with a
            current limiter, an unknown method or one that cannot do this array.
    """
    g = checked_conductances(crossbar, conductances)
    solver = network_of(crossbar, bias, g, method)
    voltages = solver.solve(g, np.zeros(crossbar.shape))
    return StaticSolution(solver.network, bias, voltages, g * _across(solver.network, voltages), solver.method, g)


def solve_operating_point(
    crossbar: Crossbar, bias: Bias, tolerance: float = 1e-12, method: str = "auto"
) -> StaticSolution:
    """Solve a crossbar of real cells at their initial states, faulty ones as resistors, by Newton's method.

    Args:
        crossbar: without selectors.
        bias: as in `solve_static`.
        tolerance: of the voltages, relative to the largest of a source.
        method: as in `solve_static`.

    Raises:
        RequestError: a crossbar with selectors, or what `solve_static` refuses.
        SimulationError: no convergence.
    """
    return OperatingPoints(crossbar, method=method).solve(bias, tolerance)


class OperatingPoints:
    """Those of one crossbar, one bias after another: what they share is laid out and factored once."""

    def __init__(self, crossbar: Crossbar, *states: ArrayLike, method: str = "auto") -> None:
        """Of cells in these states, in the order of `Crossbar.states`, by default in the initial ones.

        Raises:
            RequestError: a crossbar with selectors.
        """
        if crossbar.selector is not None:
            raise RequestError.for_value("the crossbar's kind", crossbar.kind, allowed="1R for an operating point")
        self._crossbar, self._method = crossbar, method
        self._current = crossbar.current_at(*(states or crossbar.initial_states))
        self._slopes = slopes_at(self._current, np.zeros(crossbar.shape))
        self._last: tuple[Bias, Direct | Structured, Factored] | None = None

    def solve(self, bias: Bias, tolerance: float = 1e-12) -> StaticSolution:
        """By Newton's method; see `solve_operating_point`."""
        current, slopes, (solver, factored) = self._current, self._slopes, self._begun(bias)
        sources, v, before = np.concatenate([bias.word, bias.bit]), np.zeros(self._crossbar.shape), np.inf
        scale = max(float(np.abs(sources).max()), 1e-3)
        for _ in range(_ITERATIONS):
            voltages = factored.solve(sources, current(v) - slopes * v)
            across = _across(solver.network, voltages)
            moved = float(np.abs(across - v).max())
            v = across
            if moved < tolerance * scale:
                return StaticSolution(solver.network, bias, voltages, current(v), f"{solver.method}, Newton's method")
            # where a matrix is dear and one more solution is not, it stays as long as it serves
            if not isinstance(solver, Direct) or moved > _SERVES * before:
                slopes = slopes_at(current, v)
                factored = solver.factor(slopes)
            before = moved
        raise SimulationError(f"the operating point still moves by {moved:.3g} V after {_ITERATIONS} iterations")

    def _begun(self, bias: Bias) -> tuple[Direct | Structured, Factored]:
        """The network, and it factored with the cells at 0 V: as before for a bias that drives the same lines."""
        if self._last is not None:
            other, solver, factored = self._last
            bias.check(self._crossbar.shape)
            if np.array_equal(other.word_driven, bias.word_driven) and np.array_equal(
                other.bit_driven, bias.bit_driven
            ):
                return solver, factored
        solver = network_of(self._crossbar, bias, self._slopes, self._method)
        factored = solver.factor(self._slopes)
        self._last = bias, solver, factored
        return solver, factored


def slopes_at(current: Callable[[Array], Array], v: Array) -> Array:
    """Slopes of cells whose current is this function of the voltage, at voltages `v`, shape (rows, cols) [S]."""
    return np.asarray((current(v + _SLOPE) - current(v - _SLOPE)) / (2 * _SLOPE))


def checked_conductances(crossbar: Crossbar, conductances: ArrayLike) -> Array:
    """As floats.

    Raises:
        RequestError: another shape than the array's, or what is not finite or negative.
    """
    g = real_array(conductances, "S", name="conductances")
    if g.shape != crossbar.shape or not (np.isfinite(g) & (g >= 0)).all():
        raise RequestError.for_value("conductances' shape", g.shape, allowed=f"{crossbar.shape}, finite and >= 0 S")
    return g


def network_of(crossbar: Crossbar, bias: Bias, g: Array, method: str) -> Direct | Structured:
    """The network and how it is solved, see `solve_static`, which also says what is refused."""
    if method not in METHODS:
        raise RequestError.for_value("method", method, allowed=f"one of {', '.join(METHODS)}")
    if crossbar.driver.compliance != "none":
        raise RequestError("driver.compliance is no resistor: the static solution knows drivers without a limiter")
    bias.check(crossbar.shape)
    reason = why_not_structured(crossbar, g, method)
    if method == "structured" and reason:
        raise RequestError(f"method 'structured' cannot do this array: {reason}. Use 'auto' or 'direct'.")
    network = ResistiveNetwork(crossbar)
    return Direct(network, bias) if method == "direct" or reason else Structured(network, bias)


def _across(network: ResistiveNetwork, voltages: Array) -> Array:
    """Voltage from word to bit line at every crossing."""
    return np.asarray(voltages[network.words] - voltages[network.bits])
