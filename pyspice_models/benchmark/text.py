"""Netlist text: the package's writer against PySpice's."""

from __future__ import annotations

from pyspice_models.array import Crossbar, nodes, pattern
from pyspice_models.benchmark.speed_figure import SpeedFigure, megabytes, seconds
from pyspice_models.benchmark.transient import study
from pyspice_models.netlist import crossbar_deck
from pyspice_models.passing import passing_folder
from pyspice_models.stimulus import Write

_PER_CROSSING = 6  # cell, two segments, two line capacitances, the crossing's


def writers(size: int, peer_size: int, target: float | None) -> SpeedFigure:
    """Elements a second into a file; PySpice on a smaller array, and its rate is taken for all sizes."""
    asked = study(size, [Write(0, 0)])
    plan = asked.schedule()

    def ours() -> int:
        with passing_folder("bench") as scratch:
            file = scratch / "deck.cir"
            crossbar_deck(asked.crossbar, plan).write(file)
            return file.stat().st_size

    taken, length = seconds(ours, 2)
    elements = _PER_CROSSING * size * size
    theirs, count = seconds(lambda: _by_pyspice(peer_size))
    rate, peer_rate = elements / taken, count / theirs
    return SpeedFigure(
        "writer", f"netlist text, {size} x {size}, {length / 1e6:.0f} MB", taken, elements / peer_rate,
        f"PySpice (its rate at {peer_size} x {peer_size})", rate / peer_rate, target,
        details={
            "elements_per_second": rate, "elements_per_second_wanted": 1e6, "pyspice_elements_per_second": peer_rate,
            "MB": megabytes(),
        },
    )  # fmt: skip


def _by_pyspice(size: int) -> int:
    """The same lines and cells as PySpice objects, and their text; gives the number of elements."""
    from PySpice.Spice.Netlist import Circuit  # a quarter of a second that only this figure needs

    crossbar = Crossbar(size, size, per_cell={"w0": pattern("random", (size, size), seed=3)})
    circuit, count = Circuit("crossbar"), 0
    for r, c in crossbar.crossings():
        name, word, bit = f"{r}_{c}", crossbar.word_node(r, c), crossbar.bit_node(r, c)
        before = nodes.word_terminal(r) if c == 0 else crossbar.word_node(r, c - 1)
        after = nodes.bit_terminal(c) if r == size - 1 else crossbar.bit_node(r + 1, c)
        circuit.X(name, "ag2s_cell", word, bit, w0=float(crossbar.values("w0")[r, c]))
        circuit.R(f"wl_{name}", before, word, crossbar.r_word)
        circuit.R(f"bl_{name}", bit, after, crossbar.r_bit)
        circuit.C(f"wl_{name}", word, circuit.gnd, crossbar.c_word)
        circuit.C(f"bl_{name}", bit, circuit.gnd, crossbar.c_bit)
        circuit.C(f"x_{name}", word, bit, crossbar.wire.c_crossing)
        count += _PER_CROSSING
    assert len(str(circuit)) > 10 * count
    return count
