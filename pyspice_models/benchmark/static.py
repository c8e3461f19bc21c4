"""Static solutions: against badcrossbar, against size, and for many inputs."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.benchmark.speed_figure import SpeedFigure, megabytes, seconds
from pyspice_models.engine.nodal.static.products import solve_products
from pyspice_models.engine.nodal.static.sensitivity import Sensitivity, adjoint_map
from pyspice_models.engine.nodal.static.solve import solve_static
from pyspice_models.engine.nodal.static.solver import StaticSolver
from pyspice_models.errors import ToolError
from pyspice_models.stimulus.scheme import Bias, vector_bias

Array = NDArray[np.float64]

_IDEAL = DriverParams(r_driver=1e-9, r_sense=1e-9, r_contact=0.0)


def array(size: int, r_segment: float, seed: int = 0, *, all_on: bool = False) -> tuple[Crossbar, Bias, Array]:
    """A square array of 1 kohm to 100 kohm cells, or of 1 kohm alone, and random inputs."""
    wire = WireParams(r_segment=r_segment)
    random = np.random.default_rng(seed)
    g = np.full((size, size), 1e-3) if all_on else 10 ** -random.uniform(3, 5, (size, size))
    inputs = random.uniform(-0.3, 0.3, size).tolist()
    return Crossbar(size, size, wire=wire, driver=_IDEAL), vector_bias(inputs, [0.0] * size), g


def badcrossbar() -> Any:
    """The peer's module; it lies beside the environment because its pictures, which nobody needs here, need cairo.

    Raises:
        ToolError: it is not installed.
    """
    peers = str(Path(os.environ.get("AG2S_PEERS") or Path(sys.prefix) / "peers"))
    if peers not in sys.path:
        sys.path.append(peers)
    root, own = logging.getLogger(), logging.getLogger("badcrossbar")
    own.setLevel(logging.CRITICAL)  # it logs every step
    nothing = logging.NullHandler()
    root.addHandler(nothing)  # or it would send what all the process logs to standard output
    try:
        with warnings.catch_warnings(record=True):  # which it asks for itself
            return import_module("badcrossbar")
    except ImportError:
        raise ToolError(
            f"badcrossbar is not in {peers}: run scripts/setup, or pip install --no-deps --target {peers} "
            "badcrossbar==1.1.0 pathvalidate==3.3.1"
        ) from None
    finally:
        root.removeHandler(nothing)


def against_badcrossbar(size: int, target: float | None) -> SpeedFigure:
    """The same array by both, to 1e-8."""
    peer = badcrossbar()
    bar, bias, g = array(size, 2.0)
    solve_static(bar, bias, g)  # compiled by now
    ours, found = seconds(lambda: solve_static(bar, bias, g), 3)
    theirs, other = seconds(lambda: peer.compute(bias.word[:, None], 1 / g, r_i=2.0))
    top = float(np.abs(bias.word).max())
    apart = {
        side: float(np.abs(getattr(found, side) - getattr(other.voltages, f"{side}_line")).max()) / top
        for side in ("word", "bit")
    }
    return SpeedFigure(
        "static_badcrossbar", f"static read, {size} x {size}, 1 k to 100 k, 2 ohm segments", ours, theirs,
        "badcrossbar", theirs / ours, target,
        details={"largest_difference_of_voltages": max(apart.values()), "to": 1e-8, "method": found.method},
    )  # fmt: skip


def one_size(size: int, target: float | None, *, memory: float | None = None) -> SpeedFigure:
    """Seconds of one solution."""
    bar, bias, g = array(size, 2.0)
    solve_static(*array(128, 2.0))
    ours, found = seconds(lambda: solve_static(bar, bias, g).bit_ends, 2)
    del found
    return SpeedFigure(
        f"static_{size}", f"static read, {size} x {size}, 1 k to 100 k, 2 ohm segments", ours, figure=ours,
        target=target, wanted="at most", unit="s",
        details={"MB": megabytes(), "MB_allowed": memory, "method": solve_static(bar, bias, g).method},
    )  # fmt: skip


def growth(sizes: list[int], target: float | None) -> SpeedFigure:
    """Exponent of the time over the number of cells, and the series for the picture."""
    solve_static(*array(128, 2.0))
    structured, direct, peer = [], [], []
    compute = badcrossbar().compute
    for size in sizes:
        bar, bias, g = array(size, 2.0)
        structured.append([size, seconds(partial(solve_static, bar, bias, g), 3)[0]])
        if size <= 256:
            direct.append([size, seconds(partial(solve_static, bar, bias, g, method="direct"))[0]])
            peer.append([size, seconds(partial(compute, bias.word[:, None], 1 / g, r_i=2.0))[0]])
    (first, fast), (last, slow) = structured[-min(4, len(structured))], structured[-1]
    exponent = float(np.log(slow / fast) / np.log((last / first) ** 2))
    return SpeedFigure(
        "static_growth", f"exponent of the time over the number of cells, {first:g} to {last:g}", figure=exponent,
        target=target, wanted="at most", unit="",
        series={
            "static, structured": structured, "static, all nodes factored": direct, "static, badcrossbar": peer,
        },
    )  # fmt: skip


def many_inputs(size: int, vectors: int, target: float | None) -> SpeedFigure:
    """Products of many vectors on one array, against as many single solutions (some of them, scaled)."""
    bar, bias, g = array(size, 2.0)
    inputs = np.random.default_rng(1).uniform(-0.3, 0.3, (vectors, size))
    solve_static(bar, bias, g)
    solve_products(bar, g[:, :], inputs[:1])
    ours, found = seconds(lambda: solve_products(bar, g, inputs), 2)
    sample = min(vectors, 25)

    def singly() -> Array:
        biases = (vector_bias(v.tolist(), [0.0] * size) for v in inputs[:sample])
        return np.stack([-solve_static(bar, bias, g).bit_ends for bias in biases])

    some, single = seconds(singly)
    apart = float(np.abs(found[:sample] - single).max() / np.abs(single).max())
    theirs = some * vectors / sample
    return SpeedFigure(
        "many_inputs", f"{vectors} input vectors on one {size} x {size} array", ours, theirs, "single solutions",
        theirs / ours, target, details={"largest_difference_of_currents": apart, "singles_measured": sample},
    )  # fmt: skip


def worst_case(size: int, target: float | None) -> SpeedFigure:
    """Good cells on bad wires."""
    bar, bias, g = array(size, 10.0, all_on=True)
    solve_static(*array(128, 2.0))
    ours, found = seconds(lambda: solve_static(bar, bias, g), 2)
    other = solve_static(bar, bias, g, method="direct")
    return SpeedFigure(
        "static_worst", f"static read, {size} x {size}, all cells 1 kohm, 10 ohm segments", ours, figure=ours,
        target=target, wanted="at most", unit="s",
        details={
            "method": found.method, "difference_to_all_nodes_factored": float(np.abs(found.bit - other.bit).max())
        },
    )  # fmt: skip


def adjoint_of_one_output(size: int, target: float | None) -> SpeedFigure:
    """The derivatives of one sense current by every cell and segment, against the solution of the network itself."""
    bar, bias, g = array(size, 2.0)
    bar = bar.replace(driver=DriverParams(r_driver=100.0, r_sense=100.0))
    solve_static(*array(128, 2.0))  # compiled by now
    factoring, solver = seconds(lambda: StaticSolver.init(bar, g), 3)
    once, found = seconds(lambda: solver.compute(bias.word), 3)

    def mapped() -> Sensitivity:
        one = adjoint_map(solver, found, f"bit {size // 2}")
        for derivatives in (one.cells, one.word_segments, one.bit_segments):
            assert derivatives is not None
        return one

    ours, one = seconds(mapped, 3)
    bounding, bound = seconds(lambda: one.error)
    return SpeedFigure(
        "adjoint_map", f"derivatives of one current by all cells and segments, {size} x {size}", ours, factoring + once,
        "one static solution", ours / (factoring + once), target, wanted="at most",
        details={
            "solution_once_factored": once, "bound_of_all_currents": bounding,
            "bound_over_current": bound / abs(one.current), "method": found.method,
        },
    )  # fmt: skip
