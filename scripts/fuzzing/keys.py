"""What a study may say: the tables of declared parameters, and the keys beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspice_models.accuracy import Accuracy
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.program.algorithms.how import How
from pyspice_models.program.algorithms.registry import ALGORITHMS
from pyspice_models.program.programming import Budget
from pyspice_models.study.limits import Limits

Path = tuple[str, ...]
"""Names of tables, one in the other, and perhaps of a key."""


def parameters(sets: Mapping[Path, type[ParameterSet]]) -> list[Path]:
    """Paths of all quantities and choices that these tables declare."""
    return [(*table, name) for table, kind in sets.items() for name in (*kind.quantities(), *kind.choices())]


SETS: Mapping[Path, type[ParameterSet]] = {
    ("cell",): CellParams, ("wire",): WireParams, ("driver",): DriverParams, ("transistor",): TransistorParams,
    ("selector",): ThresholdParams, ("variability",): VariabilityParams, ("accuracy",): Accuracy,
    ("sensing",): SensingParams, ("aging",): AgingParams, ("fluctuation",): FluctuationParams, ("study",): Limits,
    ("write_verify",): Budget, ("programming",): How,
    **{("programming", name): kind for name, kind in ALGORITHMS.items()},
}  # fmt: skip

KEYS: Mapping[Path, tuple[Any, ...]] = {
    ("array", "temperature"): (200, 500, "27 degC", 199.9, 1e4), ("cell", "preset"): ("200nm-160C", "x", "x.toml", "."),
    ("accuracy", "error"): ("0.01 %", 1e-9, "1 %", 1, 0), ("study", "name"): ("a", "a/b", "..", "-x", "a" * 81),
    ("study", "form"): ("subckt", "osdi", "x"), ("study", "engine"): ("nodal", "vacask", "pyspice", "x"),
    ("montecarlo", "runs"): (1, 0, 10**6, 10**9), ("montecarlo", "vary"): (["lines"], ["cells", "x"], [], ["faults"]),
    ("montecarlo", "limits"): ({"energy": "<= 1 pJ"}, {"energy": "1"}, {"x": "> 1"}, {}, {"energy": ">= nan J"}),
    ("sweep", "over"): (
        ["array.rows=1,2"], ["array.rows=0:9e9:1e-9"], [""], ["study.name=a,b", "study.name=c"],
        [{"keys": ["array.temperature"], "values": ["300", "310 K"]}], [{"keys": [], "values": ["1"]}],
        [{"keys": ["a"]}],
    ),
    ("transistor", "model"): ("models/nch130.mod", "models/generic180.lib", "no.lib", "/dev/zero", "..", ""),
    ("transistor", "name"): ("nch130", "nfet180", "nch180", "d", ""), ("transistor", "section"): ("tt", "ss", "x", ""),
    ("transistor", "terminals"): ("d g s b", "s g d b", "d g s", "d d d d"),
    ("transistor", "instance"): ({"nf": 2}, {"nf": 0}, {"w": 1}, {"zz": 1}, {"a b": 1}, {"nf": "x"}),
    ("selector", "verilog_a"): ("models/my_selector.va", "no.va", "/dev/zero", "models", ""),
    ("selector", "module"): ("my_selector", "x", ""), ("selector", "terminals"): ("bottom top", "top", "top top"),
    ("selector", "parameters"): ({"v_on": "0.3 V"}, {"v_on": -1}, {"x": 1}, {"v_on": "x"}, {"c": 1e300}),
    ("cell", "verilog_a"): ("models/gap_cell.va", "models/my_selector.va", "no.va", "/dev/zero", "..", "", 3),
    ("cell", "subckt"): ("models/threshold_cell.sub", "models/generic180.lib", "no.sub", "/dev/zero", "models", ""),
    ("cell", "checked"): ("0123456789abcdef", "", 3),
    ("cell", "module"): ("gap_cell", "threshold_cell", "x", "", 1), ("cell", "dialect"): ("ltspice", "hspice", "x", 1),
    ("cell", "terminals"): (["top", "bottom"], ["bottom", "top"], ["top"], ["top", "top"], "top bottom", []),
    ("cell", "read_voltage"): ("50 mV", 0, "x", 1e300), ("cell", "level"): ("closed", "w", "x", ""),
    ("cell", "parameters"): ({"r_on": {"spread": 0.1}}, {"r_on": {"low": "1 Gohm"}}, {"x": {}}, {"r_on": 1}, []),
    ("cell", "states"): (
        {"w": {"node": "gap", "initial": "gap0"}}, {"w": {"node": "w", "initial": "w0"}}, {"w": {}},
        {"p": {"node": "gap"}},
        {"a b": {"node": "gap", "initial": "gap0"}}, {"w": {"node": "gap", "initial": "gap0", "zero": 1, "one": 1}}, 3,
    ),
    ("kinds", "corner"): (
        {"model": "gap"}, {"model": "ag2s", "area": "50 um^2"}, {"verilog_a": "models/gap_cell.va"}, {"model": "x"},
        {"verilog_a": "models/reference_cell.va", "r": "1 kohm"}, {"subckt": "models/threshold_cell.sub"}, {"v_on": 1},
        {}, 3,
    ),
    ("kinds", "cell"): ({"model": "gap"}, 3), ("kinds", "file"): ({"model": "gap"}, ""),
    ("array", "kinds", "corner"): (
        [[0, 0]], {"cols": ["first"]}, {"rows": [0], "cols": "last"}, {"rows": 1}, {"file": "no.npy"}, {"cols": []},
        [[0, 0], [0, 0]], [[9, 9]], [[0]], {"cols": [0.5]}, {"x": [0]}, {}, [], "first", 0,
    ),
    ("array", "kinds", "reference"): ([[0, 1]], {"rows": [0, 1, 2, 3, 4, 5]}, {"cols": [-1]}, "x"),
    ("array", "kinds", "file"): ("kinds.csv", "levels_8x8.csv", "no.csv", "/dev/zero", "models", "", 3),
    ("array", "cells", "corner"): ({"w0": 0.5}, {"v_on": "0.3 V"}, {"x": 1}, {"w0": [[0.5]]}, {}, 3),
    ("study", "amplitude"): (1.01, 0, "2 %", 101),
    ("study", "spice"): (
        ["R9 wl0_far 0 1meg"], ["R9 wl0_far x 1k", "C9 x 0 1p"], ["R9 nowhere 0 1"], ["rwl_0_0 wt_0 0 1"], [".control"],
        ["+"], ["x" * 3000], [], [3], "no.cir", "/dev/zero", "levels_8x8.csv", "", 3,
    ),
    ("array", "cells", "area"): ("20 um^2", 1e-30, [[2e-11, 3e-11]], {"file": "no.npy"}, {"file": "one_off.csv"}, {}),
    ("array", "cells", "w0"): (0.3, 1.1, {"file": "levels_8x8.csv"}, {"file": "/dev/zero"}, {"variable": "x"}),
    ("write_verify", "target"): ([[0.3, 0.5], [0.5, 0.3]], [[2]], {"file": "levels_8x8.csv"}, {}, [[0.3], [0.3, 0.5]]),
    ("write_verify", "ideal_reads"): (True, False, 1, "no"),
    ("write_verify", "conductances"): ({"file": "levels_8x8.csv"}, {"file": "no.csv", "unit": "nS"}, {"unit": 1}, 3),
    ("programming", "algorithm"): (*ALGORITHMS, "x", 1, ""),
    ("programming", "compare"): (["width", "ispp"], ["width", "width"], ["x"], "row", [], [1]),
    ("programming", "gentle"): ({"algorithm": "ispp", "top": "0.15 V"}, {"algorithm": "x"}, {}, {"start": 1}),
    ("sweep", "measures"): (["energy"], ["x"], [], ["energy", "energy"]),
    ("write_verify", "file"): ("levels_8x8.csv", "no.csv", "/dev/zero", ""), ("write_verify", "seed"): (0, -1, 2**65),
    ("write_verify", "quantity"): ("state", "conductance", "x"), ("write_verify", "pattern"): ("random", "x"),
    ("write_verify", "low"): (0.2, "1 uS", 0.9, -1), ("write_verify", "high"): (0.8, "1 S", 0.1, 2),
    ("write_verify", "levels"): (2, 1, 4096, 4097, [0.1, 0.5], [0.5, 0.5], []),
    ("array", "initial", "pattern"): ("random", "uniform", "gradient", "identity", "x"),
    ("array", "initial", "low"): (0, 1, -1e-9, "10 %"), ("array", "initial", "high"): (0, 1, 1 + 1e-9, 0.5),
    ("array", "initial", "seed"): (0, -1, 2**64), ("array", "initial", "voltage"): ("5 mV", 0, -1, 1.1),
}  # fmt: skip
"""Keys that no parameter set declares, and what may be meant by them; the others have changes of their own."""

FAULTS = ("stuck_on", "stuck_off", "open_cells", "open_words", "open_bits", "shorted_words", "shorted_bits")
