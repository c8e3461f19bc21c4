"""A threshold selector with a hold voltage and a delay: one law in three forms, and what it does to a 1S1R array."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pyspice_models.bench import Waveform
from pyspice_models.deck import Accuracy, Deck
from pyspice_models.deck.dialects import dialect
from pyspice_models.deck.dialects.base import Transient
from pyspice_models.device.selector import threshold_conductance, threshold_current, threshold_rate
from pyspice_models.engine import engine
from pyspice_models.params import SWITCHING, ThresholdParams

FORMS = [("ngspice", "osdi"), ("ngspice", "subckt"), ("vacask", "osdi")]


@dataclass(frozen=True)
class Run:
    """Times [s], voltage of the source and across the selector [V], current [A], state, dissipated power [W]."""

    time: np.ndarray
    source: np.ndarray
    v: np.ndarray
    i: np.ndarray
    s: np.ndarray
    p: np.ndarray


def _simulated(
    tool: str, form: str, selector: ThresholdParams, wave: Waveform, series: float, folder: Path
) -> Run:  # fmt: skip
    """A selector behind a resistor [ohm], driven by a source that follows the wave."""
    write, stop = dialect(tool), float(wave.times[-1])
    models = ("threshold_switch",) if form == "osdi" else ()
    vectors = {
        "source": [write.voltage("in")], "v": [write.voltage("a")], "i": [write.source_current("vin")],
        "s": [write.cell_vector(form, "s1", "s")], "p": [write.cell_vector(form, "s1", "p")],
    }  # fmt: skip
    run = Transient(stop, 1e-10, stop / 200, Accuracy().tighter(2), 300.0)
    text = "\n".join([
        *write.title("a threshold switch behind a resistor"), *write.loading(models),
        write.threshold_definition(form, selector), write.threshold(form, "1", "a", "0"),
        write.resistor("1", "in", "a", series), write.source("in", "in", "0", wave),
        *write.analysis(run, [name for names in vectors.values() for name in names], models, None),
    ])  # fmt: skip
    deck = Deck(lambda: [text], form, stop, vectors, dict.fromkeys(vectors, (1,)), models=models, dialect=tool)
    waves = engine(tool).run(deck, folder, time_limit=60)
    got = {name: values[:, 0] for name, values in waves.values.items()}
    return Run(waves.time, got["source"], got["v"], -got["i"], got["s"], got["p"])


def _by_the_law(selector: ThresholdParams, wave: Waveform, series: float) -> Run:
    """The same circuit by the law in Python and SciPy's integrator."""
    def slope(t: float, state: np.ndarray) -> list[float]:
        v, s = state
        into = (float(wave.at(t)) - v) / series - threshold_current(selector, v, s)
        return [into / selector.c_sel, float(threshold_rate(selector, v, s))]

    stop = float(wave.times[-1])
    found = solve_ivp(slope, (0, stop), [0.0, 0.0], "Radau", rtol=1e-7, atol=1e-10, max_step=stop / 200)
    v, s = found.y
    source = np.asarray(wave.at(found.t))
    return Run(found.t, source, v, (source - v) / series, s, v * threshold_current(selector, v, s))
