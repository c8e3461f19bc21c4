"""Cells of one array that hold a block of weights: written or set, left alone for a while, and then read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.fluctuation import fluctuation_of
from pyspice_models.array.levels import Scale, window
from pyspice_models.array.places import stream_of
from pyspice_models.engine.nodal.static.products import transfer_matrix
from pyspice_models.errors import RequestError
from pyspice_models.numeric import MAX_SEED
from pyspice_models.program.held import held
from pyspice_models.program.inference.causes import DRIFT, IR_DROP, SPREAD, WRITING, Condition, variation_of
from pyspice_models.program.inference.mapping import Block
from pyspice_models.program.inference.request import Inference
from pyspice_models.program.programming import Programming
from pyspice_models.program.write_verify import write_verify
from pyspice_models.stimulus import Wait
from pyspice_models.study.study import Study
from pyspice_models.study.variation import Variation, vary

Array = NDArray[np.float64]

_SHARE = 1e-4
"""Of all resistances that is left where IR drop is switched off and lines are broken: they need segments."""


@dataclass(frozen=True, eq=False)
class Answering:
    """What an array answers with.

    Attributes:
        through: current into every bit line for a volt on every word line, shape (cols, rows) [S].
        loads: conductance of all cells of each bit line together, shape (cols,) [S].
        voltage: of a read, as it really is [V].
        states: of the cells, by name, shape (rows, cols).
    """

    through: Array
    loads: Array
    voltage: float
    states: Mapping[str, Array]


@dataclass(frozen=True)
class Maker:
    """Makes the arrays of one network.

    Attributes:
        study: whose array is the largest that a block may be on.
        variation: how arrays differ; None for none.
        asked: see `Inference`.
        seed: of the arrays.
    """

    study: Study
    variation: Variation | None
    asked: Inference
    seed: int

    @property
    def scale(self) -> Scale:
        """What levels are as conductances."""
        return Scale.nominal(self.study.crossbar, self.asked.params.read_voltage)

    def answering(self, block: Block, condition: Condition) -> Answering:
        """The array of a block under the causes that act.

        Raises:
            RequestError: a draw that leaves a parameter's range.
            SimulationError, ToolError: write-verify failed.
        """
        params, bar = self.asked.params, self.study.crossbar
        plain, variation = self.plain(block), self.variation_of_block(block, condition)
        drawn = plain if variation is None else vary(plain, variation)[0]
        crossbar = drawn.crossbar.with_states(**self._states(plain, drawn.crossbar, variation, block, condition))
        if condition.has(DRIFT):
            crossbar = waited(crossbar, params.wait, params.wait_voltage)
        g = crossbar.conductance(params.read_voltage, *crossbar.initial_states)
        through = _through(crossbar, g, ideal=not condition.has(IR_DROP))
        names = (state.name for state in bar.model.states)
        states = dict(zip(names, crossbar.initial_states, strict=True))
        return Answering(through, g.sum(axis=0), params.read_voltage * drawn.amplitude, states)

    def plain(self, block: Block) -> Study:
        """The study on an array of a block's size, as designed."""
        rows, cols = block.levels.shape
        return replace(
            self.study, crossbar=replace(self.study.crossbar, rows=rows, cols=cols, per_cell={}), program=(Wait(1e-6),),
            amplitude=1.0, fluctuation=fluctuation_of(self.study.fluctuation, f"inference {self.seed}, {block.name}"),
        )  # fmt: skip

    def variation_of_block(self, block: Block, condition: Condition) -> Variation | None:
        """Which array the block is on, with its own seed; None where nothing is drawn."""
        seed = int(np.random.Generator(stream_of(self.seed, f"inference: {block.name}")).integers(MAX_SEED))
        return variation_of(self.variation, condition.on, seed)

    def _states(
        self, plain: Study, drawn: Crossbar, variation: Variation | None, block: Block, condition: Condition
    ) -> Mapping[str, Array]:  # fmt: skip
        """What cells hold when they have been written, by name."""
        model, levels = drawn.model, block.levels
        if self.asked.params.writing == "write-verify" and condition.has(WRITING):
            budget = self.asked.budget.replace(read_voltage=self.asked.params.read_voltage)
            done, _ = write_verify(Programming(plain, levels, budget, variation=variation))
            return done.states
        if self.asked.params.writing == "write-verify" and condition.has(SPREAD):
            # perfect writing: each cell has the conductance of its level, as far as its own window goes
            low, high = window(drawn, self.asked.params.read_voltage)
            levels = np.clip((self.scale.conductances(levels) - low) / (high - low), 0.0, 1.0)
        shown = zip((state.name for state in model.states), model.at_level(levels), strict=True)
        return {name: np.broadcast_to(np.asarray(values, dtype=float), levels.shape) for name, values in shown}


def waited(crossbar: Crossbar, duration: float, voltage: float) -> Crossbar:
    """The crossbar after all its cells have been at a voltage [V] for a while [s].

    Cells follow their own equations, each alone; broken ones stay as they are.

    Raises:
        RequestError: a cell without equations that say what an imposed voltage does.
    """
    model = crossbar.model
    if model.alone is None:
        raise RequestError(
            f"a wait needs the cell's equations in Python, and {model.name!r} has none. Set inference.wait = 0."
        )
    own = {name: np.asarray(values).ravel() for name, values in crossbar.per_cell.items()}
    own |= {name: crossbar.values(name).ravel() for name in model.initial}
    changes = model.alone(
        crossbar.cell, own, [0.0, duration], [voltage, voltage], temperature=crossbar.temperature
    )  # fmt: skip
    equations = crossbar.equations
    found = {}
    for state, before, change in zip(model.states, crossbar.initial_states, changes, strict=True):
        moved = np.asarray(change).reshape(crossbar.shape)
        after = held(equations, np.asarray(equations.clip(before)) + moved)
        found[state.name] = np.where(moved == 0, before, after)
    return crossbar.with_states(**found)


def _through(crossbar: Crossbar, g: Array, *, ideal: bool) -> Array:
    if not ideal:
        return transfer_matrix(crossbar, g)
    if not crossbar.faults.on_lines:
        return np.asarray(g.T)
    wire, driver = crossbar.wire, crossbar.driver
    amplifier = driver.r_feedback / (1 + driver.gain) if driver.sense == "tia" else 0.0
    sense = (driver.r_sense + amplifier) * _SHARE
    nearly = crossbar.replace(
        wire=wire.scaled(_SHARE, _SHARE), instances={},
        driver=replace(driver, r_driver=driver.r_driver * _SHARE, r_sense=sense, sense="resistor"),
    )  # fmt: skip
    return transfer_matrix(nearly, g)
