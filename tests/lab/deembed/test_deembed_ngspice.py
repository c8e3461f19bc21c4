"""Currents by ngspice, cells by de-embedding: two programs that share nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from deembed_cases import BIT_SEGMENT, END, KNOWN, UNKNOWN, WORD_SEGMENT, cells

from pyspice_models.array import nodes
from pyspice_models.engine import engine
from pyspice_models.lab.deembed import Noise, Readings, deembed
from pyspice_models.lab.deembed.readings import BIT, OWN, WORD
from pyspice_models.netlist import Deck
from pyspice_models.netlist.dialects import NGSPICE as write

VOLT = 0.1  # [V]


def currents(g: np.ndarray, folder: Path) -> Readings:
    """One line after the other is driven, in one run of resistors and stepped sources: a nanosecond each."""
    rows, cols = g.shape
    lines, terminals = ["* resistors"], []
    for r, c in np.ndindex(g.shape):
        lines.append(write.resistor(f"x_{r}_{c}", nodes.word_node(r, c), nodes.bit_node(r, c), float(1 / g[r, c])))
        before = nodes.word_terminal(r) if c == 0 else nodes.word_node(r, c - 1)
        after = nodes.bit_terminal(c) if r == rows - 1 else nodes.bit_node(r + 1, c)
        lines.append(write.resistor(f"w_{r}_{c}", before, nodes.word_node(r, c), WORD_SEGMENT))
        lines.append(write.resistor(f"b_{r}_{c}", nodes.bit_node(r, c), after, BIT_SEGMENT))
    for number in range(rows + cols):
        terminal = nodes.word_terminal(number) if number < rows else nodes.bit_terminal(number - rows)
        at = [(0.0, 0.0), (number + 0.1, 0.0), (number + 0.2, VOLT), (number + 0.8, VOLT), (number + 0.9, 0.0)]
        wave = " ".join(f"{time:g}n {volts:g}" for time, volts in at)
        lines += [f"v{number} s{number} 0 pwl({wave})", write.resistor(f"e{number}", f"s{number}", terminal, END)]
        terminals.append(terminal)
    stop = rows + cols
    options = ".options klu reltol=1e-9 vntol=1e-14 abstol=1e-19 gmin=1e-20"
    saves = "\n".join(write.saves(f"v({name})" for name in terminals))
    text = "\n".join(["* array", *lines, options, saves, f".tran 0.05n {stop}n", write.control([]), ".end"])
    probes = {name: [f"v({name})"] for name in terminals}
    deck = Deck(lambda: [text], "subckt", stop * 1e-9, probes, dict.fromkeys(terminals, (1,)))
    waves = engine("ngspice").run_deck(deck, folder, time_limit=60)
    times = np.array([1e-9 * (number + 0.5) for number in range(stop)])
    volts = np.array([[np.interp(t, waves.time, waves.values[name][:, 0]) for name in terminals] for t in times])
    out = volts / END
    own = (VOLT - volts.diagonal()) / END
    found = [(WORD, r, OWN, own[r]) for r in range(rows)] + [(BIT, c, OWN, own[rows + c]) for c in range(cols)]
    found += [(WORD, r, c, out[r, rows + c]) for r in range(rows) for c in range(cols)]
    side, driven, sensed = np.array([entry[:3] for entry in found], dtype=np.intp).T
    current = np.array([one[3] for one in found])
    return Readings("ngspice", rows, cols, side, driven, sensed, np.full(len(found), VOLT), current)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Readings:
    """Of 5 x 4 cells."""
    return currents(cells(5, 4), tmp_path_factory.mktemp("ngspice"))


def test_cells_are_those_of_the_deck(measured: Readings) -> None:
    found = deembed(measured, KNOWN, noise=Noise(1e-6, stated=True))
    assert found.conductances == pytest.approx(cells(5, 4), rel=1e-6, abs=0)


def test_segments_are_those_of_the_deck(measured: Readings) -> None:
    found = deembed(measured, UNKNOWN, noise=Noise(1e-8, stated=True))
    assert [one.value for one in found.segments] == pytest.approx([WORD_SEGMENT, BIT_SEGMENT], rel=2e-3, abs=0)
    assert found.conductances == pytest.approx(cells(5, 4), rel=1e-5, abs=0)


def test_a_wrong_end_is_noticed(measured: Readings) -> None:
    """Twice as many readings, so that the data tell their noise: no array behind other ends gives these currents."""
    twice = measured.joined(measured)
    found = deembed(twice, replace(KNOWN, word_end=80.0), noise=Noise(1e-4, stated=True))
    assert "do not fit the array as described" in found.warnings[0]
