"""The ngspice dialect: how each element is written. Plain numbers only, because SPICE reads M as milli."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from pyspice_models.bench import Waveform
from pyspice_models.deck.accuracy import Accuracy
from pyspice_models.device import sources
from pyspice_models.params import CellParams

FORMS = ("osdi", "subckt")


def number(value: float) -> str:
    """Twelve significant digits, no suffix."""
    return f"{value:.12g}"


def resistor(name: str, a: str, b: str, value: float) -> str:
    """Resistor [ohm]."""
    return f"r{name} {a} {b} {number(value)}"


def capacitor(name: str, a: str, b: str, value: float) -> str:
    """Capacitor [F]."""
    return f"c{name} {a} {b} {number(value)}"


def source(name: str, a: str, b: str, wave: Waveform) -> str:
    """Voltage source that follows `wave`."""
    if wave.is_constant:
        return f"v{name} {a} {b} {number(wave.rest)}"
    corners = list(zip(wave.times, wave.values, strict=True))
    if corners[0][0] > 0:
        corners.insert(0, (0.0, wave.rest))
    lines = [" ".join(f"{t:.15g} {number(v)}" for t, v in corners[i : i + 6]) for i in range(0, len(corners), 6)]
    return f"v{name} {a} {b} pwl(" + "\n+ ".join(lines) + ")"


def restarts(times: Iterable[float]) -> str:
    """A source that does nothing but make the simulator restart its integration at `times` [s]."""
    return source("restart", "restart", "0", Waveform(times=list(times), values=[0.0] * len(list(times))))


def gated_resistor(name: str, a: str, b: str, gate: str, r_on: float, r_off: float) -> str:
    """Resistor that conducts as `r_on` where the node `gate` is at 1 V, as `r_off` where it is at 0 V."""
    on, off = 1 / r_on, 1 / r_off
    return f"b{name} {a} {b} i=v({a},{b})*({number(off)}+{number(on - off)}*v({gate}))"


def amplifier(
    name: str, plus: str, minus: str, out: str, *, gain: float, gbw: float, r_feedback: float, c_feedback: float
) -> Iterator[str]:  # fmt: skip
    """Transimpedance amplifier: one pole at gbw/gain [Hz], an ideal output stage, feedback from `out` to `minus`."""
    pole = 1e6  # any resistance does: only its product with the capacitance counts
    yield f"g{name} 0 {name} {plus} {minus} {number(gain / pole)}"
    yield f"r{name} {name} 0 {number(pole)}"
    yield f"c{name} {name} 0 {number(gain / (2 * math.pi * gbw * pole))}"
    yield f"e{name} {out} 0 {name} 0 1"
    yield f"rf{name} {out} {minus} {number(r_feedback)}"
    yield f"cf{name} {out} {minus} {number(c_feedback)}"


def cell(form: str, name: str, te: str, be: str, differing: Mapping[str, float]) -> str:
    """One cell; `differing` are the parameters that are its own."""
    own = "".join(f" {key}={number(value)}" for key, value in differing.items())
    return f"{'n' if form == 'osdi' else 'x'}{name} {te} {be} ag2s_cell{own}"


def cell_definition(form: str, params: CellParams) -> str:
    """The model card or the subcircuit that all cells refer to."""
    if form == "osdi":
        values = [f"+ {name}={number(value)}" for name, value in params.as_dict().items()]
        return "\n".join([".model ag2s_cell ag2s", *values])
    text = sources.subcircuit_source(params)
    return (
        text.replace(".subckt ag2s te be", ".subckt ag2s_cell te be").replace(".ends ag2s", ".ends ag2s_cell").rstrip()
    )


def cell_vector(form: str, name: str, quantity: str) -> str:
    """Name of the vector that holds w, x, g, p or es of a cell."""
    return f"@n{name}[{quantity}]" if form == "osdi" else f"v(x{name}.{quantity})"


def cell_scale(form: str, quantity: str) -> float:
    """Factor from such a vector to SI: the subcircuit shows g in microsiemens and es in femtojoules."""
    return 1.0 if form == "osdi" else {"g": 1e-6, "es": 1e-15}.get(quantity, 1.0)


def options(accuracy: Accuracy, temperature: float) -> str:
    """Solver, integration, tolerances, temperature [K].

    KLU: the default solver is a hundred times slower at 128 x 128. Trapezoids conserve energy where the Gear method
    dissipates some at every edge; what they leave ringing, `restarts` ends.
    """
    return (
        f".options klu method=trap reltol={number(accuracy.reltol)} abstol={number(accuracy.abstol)}"
        f" vntol={number(accuracy.vntol)} chgtol={number(accuracy.chgtol)} gmin=1e-15"
        f" temp={number(temperature - 273.15)}"
    )


def saves(vectors: Iterable[str]) -> str:
    """Save these vectors and nothing else."""
    names = list(vectors)
    return "\n".join(".save " + " ".join(names[i : i + 8]) for i in range(0, len(names), 8))


def osdi_file(model: str) -> str:
    """Name of the compiled form of a Verilog-A module beside a deck."""
    return f"{model}.osdi"


def control(form: str, commands: Iterable[str] = (), models: Iterable[str] = ("ag2s",)) -> str:
    """Commands around the run. One thread: on a crossbar OpenMP costs more than it gives."""
    load = [f"pre_osdi {osdi_file(model)}" for model in models] if form == "osdi" else []
    return "\n".join([".control", *load, "set num_threads=1", *commands, ".endc"])


def transient(first_step: float, stop: float, longest_step: float) -> str:
    """Transient analysis [s]."""
    return f".tran {number(first_step)} {stop:.15g} 0 {number(longest_step)}"
