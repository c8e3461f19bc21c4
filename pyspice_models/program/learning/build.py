"""From a study and what is asked of it to the layers of a network: arrays, references, symmetric points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.fluctuation import fluctuation_of
from pyspice_models.array.levels import Scale
from pyspice_models.array.places import stream_of
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED
from pyspice_models.program.learning.ledger import SYMMETRIC, Ledger
from pyspice_models.program.learning.request import Learning
from pyspice_models.program.learning.rules.floating import Floating, FloatingParams
from pyspice_models.program.learning.rules.rule import Rule, first_weights
from pyspice_models.program.learning.rules.sgd import Sgd, SgdParams
from pyspice_models.program.learning.rules.transfer import Transfer, TransferParams
from pyspice_models.program.learning.streams import Trains
from pyspice_models.program.learning.symmetric import match, steps, symmetric_points
from pyspice_models.program.learning.tile import Tile
from pyspice_models.program.learning.tiles.audit import AuditedTile
from pyspice_models.program.learning.tiles.circuit_tile import CircuitTile
from pyspice_models.program.learning.tiles.fluctuating import Fluctuating
from pyspice_models.program.learning.tiles.grid import Grid
from pyspice_models.program.learning.tiles.steady import Steady
from pyspice_models.program.learning.tiles.table_tile import TableTile
from pyspice_models.program.learning.weights import Reference, Weights
from pyspice_models.stimulus import Wait
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation, vary

Array = NDArray[np.float64]

_POINTS = 51
"""Levels at which the response is told."""
_NOTHING = (Wait(1e-6),)
"""A study has a program; what is done to the array here is none."""


@dataclass(frozen=True)
class Builder:
    """Makes the layers of one network.

    Attributes:
        study: whose array, as designed, the layers are made of.
        variation: how arrays differ; None for none.
        asked: see `Learning`.
        method, seed: of the network.
        audited: tiles of its arrays whose updates may be repeated as transients; see `AuditedTile`.
    """

    study: Study
    variation: Variation | None
    asked: Learning
    method: str
    seed: int
    audited: list[AuditedTile] = field(default_factory=list)

    def layer(self, number: int, inputs: int, outputs: int, ledger: Ledger) -> Rule:
        """One layer with its first weights; `inputs` count the bias.

        Raises:
            RequestError: it does not fit the study's array, and may not be split; a cell without equations.
        """
        first = first_weights(inputs, outputs, self._generator(f"first weights of layer {number}"))
        rules = self.asked.rules[self.method]
        if isinstance(rules, FloatingParams):
            return Floating(first, rules.rate)
        assert isinstance(rules, SgdParams | TransferParams)
        if number == 0 and rules.first_scale is not None:
            rules = rules.replace(scale=rules.first_scale)
        trains = self._trains()
        nominal, step = self._nominal(trains)
        if isinstance(rules, SgdParams):
            slow = self._weights(f"layer {number}, C", (inputs, outputs), rules.scale, rules.reference, ledger)
            slow.put(first)
            return Sgd(slow, trains, rules.rate, step)
        params = self.asked.params
        transfers = replace(
            trains, voltage=params.transfer_voltage, width=params.transfer_width, scheme=params.transfer_scheme
        )
        slow = self._weights(f"layer {number}, C", (inputs, outputs), rules.scale, nominal, ledger)
        slow.put(first)
        fast = self._fast(f"layer {number}, A", (inputs, outputs), rules, nominal, ledger)
        parts = fast.tile.word_parts if isinstance(fast.tile, Grid) else ()
        return Transfer(self.method, rules, fast, slow, trains, transfers, step, self._nominal(transfers)[1], parts)

    def response(self) -> tuple[Array, Array, Array, float]:
        """Of nominal cells: levels, their changes by a whole set and a whole reset pulse, and the symmetric point."""
        trains = self._trains()
        return *steps(self._alone(_POINTS), self._level, trains), self._nominal(trains)[0]

    def _fast(
        self, name: str, shape: tuple[int, int], rules: TransferParams, nominal: float, ledger: Ledger
    ) -> Weights:  # fmt: skip
        """A at its reference: symmetric points, found by alternating pulses, or a stated level."""
        if rules.symmetric in ("nominal", "level"):
            level = nominal if rules.symmetric == "nominal" else rules.reference
            fast = self._weights(name, shape, rules.scale, level, ledger)
            fast.put(np.zeros(shape))
            return fast
        tile = self._tile(name, shape, audited=True)
        points, _, spent = symmetric_points(tile, self._level, self._trains())
        for one in spent:
            ledger.spend(SYMMETRIC, one)
        if rules.symmetric == "array":
            return self._with(name, tile, self._lines(name, shape, float(points.mean())), rules.scale, ledger)
        beside = self._tile(f"{name}'s reference", shape)
        beside.program({self._level: points})
        match(tile, beside, self._level, self.asked.params.read_voltage, self._window)
        steady = Steady(beside, self.asked.params.read_voltage)
        return self._with(name, tile, Reference(steady.forward, steady.backward, points), rules.scale, ledger)

    def _weights(self, name: str, shape: tuple[int, int], scale: float, level: float, ledger: Ledger) -> Weights:
        """An array with one reference level for all cells."""
        tile = self._tile(name, shape, audited=True)
        return self._with(name, tile, self._lines(name, shape, level), scale, ledger)

    def _with(self, name: str, tile: Tile, reference: Reference, scale: float, ledger: Ledger) -> Weights:
        params, own = self.asked.params, self.study.fluctuation
        named = fluctuation_of(own, f"network {self.seed}")
        fluctuating = Fluctuating(named, name, tile, params.read_voltage) if own.acts else None
        return Weights(
            name, tile, reference, self._level, scale, self._window, params.read_voltage, self.asked.converters,
            self._generator("nothing yet"), ledger, params.cycle_spread, fluctuating,
        )  # fmt: skip

    def _lines(self, name: str, shape: tuple[int, int], level: float) -> Reference:
        """One bit line and one word line of cells at a level."""
        lines = [self._tile(f"{name}'s reference {what}", size) for what, size in (
            ("bit line", (shape[0], 1)), ("word line", (1, shape[1])),
        )]  # fmt: skip
        for line in lines:
            line.program({self._level: np.full(line.shape, level)})
        column, row = (Steady(line, self.asked.params.read_voltage) for line in lines)
        return Reference(column.forward, row.backward, np.full(shape, level))

    def _tile(self, name: str, shape: tuple[int, int], *, audited: bool = False) -> Tile:
        """A crossbar of this shape, or several, drawn as the study's `[variability]` says."""
        largest = self.study.crossbar.shape
        if shape[0] <= largest[0] and shape[1] <= largest[1]:
            return self._one(name, shape, audited)
        check_layer(self.study, self.asked, name, shape)
        return Grid(shape, largest, lambda size, place: self._one(f"{name}, from {place}", size, audited))

    def _one(self, name: str, shape: tuple[int, int], audited: bool) -> Tile:
        params, bar = self.asked.params, self.study.crossbar
        plain = replace(self.study, crossbar=replace(bar, rows=shape[0], cols=shape[1], per_cell={}), program=_NOTHING)
        if self.variation is not None:
            seed = int(self._generator(f"array {self.variation.seed}, {name}").integers(MAX_SEED))
            plain = vary(plain, replace(self.variation, seed=seed))[0]
        tile = tile_of(plain, params.way, self._bounds(), params.rest, params.read_duration)
        if not (audited and params.audit and params.way == "table"):
            return tile
        self.audited.append(AuditedTile(tile, params.audit, self.seed, name))
        return self.audited[-1]

    def _nominal(self, trains: Trains) -> tuple[float, float]:
        """Symmetric point and step of a nominal cell under these pulses."""
        tile = self._alone(1)
        points, steps, _ = symmetric_points(tile, self._level, trains)
        return float(points[0, 0]), float(steps[0, 0])

    def _alone(self, cols: int) -> Tile:
        """Nominal cells on one word line."""
        bar, params = self.study.crossbar, self.asked.params
        alone = Crossbar(1, cols, cell=bar.cell, wire=bar.wire, driver=bar.driver, temperature=bar.temperature)
        study = replace(self.study, crossbar=alone, program=_NOTHING)
        return tile_of(study, params.way, {}, params.rest, params.read_duration)

    def _bounds(self) -> dict[str, float]:
        """Of states beside the level: where they add a share of the window to the conductance of a cell."""
        bar, params = self.study.crossbar, self.asked.params
        cell = bar.model.solved(bar.cell, bar.temperature, asked="training")
        allowed = float(self._window.difference(params.bridge))
        found = {}
        for number, state in enumerate(bar.model.states):
            if state.name != self._level:
                rest = bar.model.at_level(0.0)

                def excess(value: float, place: int = number, rest: tuple[float, ...] = rest) -> float:
                    states = [value if n == place else held for n, held in enumerate(rest)]
                    return float(cell.conductance(params.read_voltage, *states)) - self._window.low - allowed

                if excess(1.0) > 0:
                    low, high = 0.0, 1.0
                    for _ in range(60):
                        middle = (low + high) / 2
                        low, high = (low, middle) if excess(middle) > 0 else (middle, high)
                    found[state.name] = high
        return found

    def _trains(self) -> Trains:
        params = self.asked.params
        return Trains(params.voltage, params.width, params.update_scheme, params.longest_train, params.streams)

    def _generator(self, what: str) -> np.random.Generator:
        """The same for all methods: they begin with the same weights on the same cells."""
        return np.random.Generator(stream_of(self.seed, f"learning: {what}"))

    @property
    def _level(self) -> str:
        return self.study.crossbar.model.level

    @property
    def _window(self) -> Scale:
        return Scale.nominal(self.study.crossbar, self.asked.params.read_voltage)


def tile_of(study: Study, way: str, bounds: Mapping[str, float], rest: float, read_duration: float) -> Tile:
    """A tile of a study's crossbar, by the way that is asked for."""
    bar = study.crossbar
    if way == "table":
        return TableTile(bar, bounds=bounds, rest=rest, read_duration=read_duration)
    return CircuitTile(bar, bounds=bounds, rest=rest, read_duration=read_duration, engine=study.engine,
                       accuracy=study.accuracy)  # fmt: skip


def check_layer(study: Study, asked: Learning, name: str, shape: tuple[int, int]) -> None:
    """Refuse a layer that does not fit the study's array and may not be split.

    Raises:
        RequestError: see above.
    """
    rows, cols = study.crossbar.shape
    if not asked.params.split and (shape[0] > rows or shape[1] > cols):
        raise RequestError.for_value(
            f"size of {name}", f"{shape[0]} x {shape[1]}", allowed=f"<= {rows} x {cols}",
            advice="That is the study's array, and one word line more than inputs is for the bias. Enlarge array.rows "
            "and array.cols, or set learning.split = true for several arrays.",
        )  # fmt: skip


def check_array(study: Study) -> None:
    """Refuse an array that training has no use for.

    Raises:
        RequestError: selectors; parameters that differ from cell to cell, or faults by place: layers have other sizes.
    """
    bar = study.crossbar
    bar.check_one_kind("a network on crossbars")
    if bar.selector is not None:
        raise RequestError(
            f"training drives all cells at once, and the array is {bar.kind}: its selectors would have to be open. "
            "Leave out the [transistor] or [selector] table."
        )
    if bar.per_cell and any(np.ptp(np.asarray(values)) for values in bar.per_cell.values()):
        raise RequestError(
            "the study's array has parameters that differ from cell to cell, and layers have sizes of their own. Leave "
            "out [array.cells] and [array.initial]; a [variability] table draws cells for every layer."
        )
    if bar.faults != Faults():
        raise RequestError(
            "the study's array has faults by place, and layers have sizes of their own. With a [variability] table and "
            "odds in [faults] every layer gets its own."
        )
