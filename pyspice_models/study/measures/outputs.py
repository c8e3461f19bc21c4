"""What a vector-matrix product gives: its outputs, after subtraction, noise and conversion, and the ideal ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array.levels import highest
from pyspice_models.array.places import normal_at_places
from pyspice_models.measure.integral import at
from pyspice_models.measure.noise import Sensing
from pyspice_models.measure.read import conductances, sensed
from pyspice_models.result import windows
from pyspice_models.stimulus import Vmm, Window
from pyspice_models.stimulus.converter import Converter
from pyspice_models.study.study import Study

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Product:
    """Outputs of one product, one for each sensed line or difference of lines; all of shape (output,).

    Attributes:
        step: number of its step in the program.
        outputs: settled currents, of differences subtracted; scaled back where inputs were scaled [A].
        ideal: the same if every cell saw all of what its input asks, unscaled and not rounded [A].
        converted: `outputs` with noise and as converted, of the last reading of each; `outputs` without either [A].
        codes: of the converter; None without one.
        ideal_codes: what ideal outputs would be in the same reading, not rounded; None without a converter.
        readings: how often each was read until it did not clip; 1 for once.
        clips: whether it clips in its last reading.
    """

    step: int
    outputs: Array
    ideal: Array
    converted: Array
    codes: NDArray[np.int64] | None
    ideal_codes: Array | None
    readings: NDArray[np.int64]
    clips: NDArray[np.bool_]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found: dict[str, Any] = {"step": self.step, "outputs": self.outputs.tolist(), "ideal": self.ideal.tolist()}
        if self.converted is not self.outputs:
            found["converted"] = self.converted.tolist()
        if self.codes is not None:
            found |= {"codes": self.codes.tolist(), "readings": self.readings.tolist(), "clips": self.clips.tolist()}
        return found


def products(study: Study, dataset: xr.Dataset) -> list[Product]:
    """The products of a run, in the order of its program; none of a cell whose ideal outputs nobody can tell."""
    return list(_products(study, dataset)) if study.crossbar.solvable else []


def _products(study: Study, dataset: xr.Dataset) -> Iterator[Product]:
    by_step: dict[int, list[Window]] = {}
    for window in windows(dataset, "vmm"):
        by_step.setdefault(window.step, []).append(window)
    for number, readings in by_step.items():
        step = study.program[number]
        if isinstance(step, Vmm):
            yield _of_step(study, dataset, number, step, readings)
        else:  # a step of one's own: every window is a product
            for window in readings:
                source = "v_bit_source" if window.sensed[0] == "word" else "v_word_source"
                ideal = _ideal(study, dataset, window, at(dataset, source, window.settled))
                yield _plain(number, sensed(dataset, window), ideal)


def _plain(number: int, outputs: Array, ideal: Array) -> Product:
    never = np.zeros(len(outputs), dtype=bool)
    return Product(number, outputs, ideal, outputs, None, None, np.ones(len(outputs), dtype=np.int64), never)


def _of_step(study: Study, dataset: xr.Dataset, number: int, step: Vmm, readings: Sequence[Window]) -> Product:
    shape, first = study.crossbar.shape, readings[0]
    columns = None if step.transposed else step.differences(shape[1])

    def subtracted(currents: Array) -> Array:
        return currents if columns is None else columns.outputs(currents)

    scale = step.scale(shape)
    source = at(dataset, "v_bit_source" if step.transposed else "v_word_source", first.settled)
    # what is driven is what was asked, unless something stands between
    volts = step.voltage * step.asked(shape) if step.dac_bits or step.noise_management else source
    ideal = subtracted(_ideal(study, dataset, first, volts))
    plain = _plain(number, scale * subtracted(sensed(dataset, first)), ideal)
    if not (step.adc_bits or step.read_noise):
        return plain
    noisy = np.stack([
        subtracted(sensed(dataset, window) + _noise(study, dataset, number, step, window, halvings))
        for halvings, window in enumerate(readings)
    ])  # fmt: skip
    if not step.adc_bits:
        return Product(number, plain.outputs, ideal, scale * noisy[0], None, None, plain.readings, plain.clips)
    adc = Converter(step.adc_bits, adc_range(study, step))
    clips = adc.clips(noisy)
    # the first reading that does not clip, or else the last
    last = np.where(clips.all(axis=0), len(readings) - 1, clips.argmin(axis=0))
    chosen = last, np.arange(noisy.shape[1])
    codes, back = adc.codes(noisy)[chosen], scale * 2.0**last
    return Product(
        number, plain.outputs, ideal, back * adc.values(codes), codes, ideal / back / adc.step, last + 1, clips[chosen]
    )  # fmt: skip


def adc_range(study: Study, step: Vmm) -> float:
    """Output at the full scale of a step's converter [A]."""
    crossbar = study.crossbar
    lines = crossbar.cols if step.transposed else crossbar.rows
    return (
        step.adc_range or study.sensing.full_scale
        or lines * step.voltage * highest(crossbar, step.voltage)
    )  # fmt: skip


def _ideal(study: Study, dataset: xr.Dataset, window: Window, volts: Array) -> Array:
    """Currents into the sense circuits if every cell saw all of its input's voltage [A].

    Args:
        study, dataset: the run.
        window: of the product; states are those of its settled moment.
        volts: of the driven lines [V].
    """
    states = [at(dataset, name, window.settled) for name in study.crossbar.states]
    if window.sensed[0] == "word":
        return np.asarray(-study.crossbar.current(-volts[None, :], *states).sum(axis=1))
    return np.asarray(study.crossbar.current(volts[:, None], *states).sum(axis=0))


def _noise(
    study: Study, dataset: xr.Dataset, number: int, step: Vmm, window: Window, halvings: int
) -> Array | float:  # fmt: skip
    """Noise and offset of every sense circuit in this reading, shape of the sensed lines [A]; 0 where none is asked."""
    if not step.read_noise:
        return 0.0
    crossbar, axis = study.crossbar, 1 if step.transposed else 0
    g = conductances(crossbar, dataset, window.settled, step.voltage)
    volts = step.voltage * step.driven(crossbar.shape, halvings)
    # what one cell's current does by itself adds up by its squares
    own = np.sqrt(np.square(g * (volts[None, :] if step.transposed else volts[:, None])).sum(axis=axis))
    circuit = Sensing(study.sensing, crossbar.driver.r_feedback, crossbar.temperature, full_scale=0.0)
    noise = circuit.noise(own, g.sum(axis=axis))
    lines, side = (len(own),), window.sensed[0]
    offset = noise.offset * normal_at_places(step.seed, f"{side} line offset", lines)
    return np.asarray(
        offset + noise.each_read * normal_at_places(step.seed, f"noise of step {number}, reading {halvings}", lines)
    )
