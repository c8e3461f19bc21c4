"""Thermal noise of the Verilog-A cell in an ngspice .noise run: fluctuation follows dissipation."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from scipy.constants import k as boltzmann

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.engine.toolchain.tools import find_ngspice, require
from pyspice_models.engine.toolchain.verilog_a import compiled
from pyspice_models.netlist.dialects import NGSPICE as write

# SPARSE: ngspice 46 refuses noise with KLU. The sense voltage is 1 V per ampere of the cell, without noise of its own.
_DECK = """* current noise of one cell without bias, into a short
{cell}
vb te 0 dc 0 ac 1
{instance}
vs be 0 0
h1 sense 0 vs 1
.options sparse gmin=1e-15 temp={celsius}
.control
pre_osdi {osdi}
noise v(sense) vb dec 1 {low} {high}
print noise1.onoise_spectrum
quit
.endc
.end
"""


def _densities(cell: CellParams, temperature: float, low: float, high: float, folder: Path) -> list[float]:
    """Spectral densities of the cell's current, one per decade [A^2/Hz]."""
    shutil.copyfile(compiled(verilog_a_source()), folder / write.module_file("ag2s"))
    deck = _DECK.format(
        cell=write.cell_definition("osdi", AG2S, cell), instance=write.cell("osdi", AG2S, "_0", ("te", "be"), {}),
        celsius=temperature - 273.15, osdi=write.module_file("ag2s"), low=low, high=high,
    )  # fmt: skip
    (folder / "noise.cir").write_text(deck, encoding="ascii")
    command = [require(find_ngspice()), "-n", "-b", "noise.cir"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    rows = re.findall(r"^\d+\s+\S+\s+(\d\S+)\s*$", done.stdout, re.MULTILINE)
    assert rows, done.stdout + done.stderr
    return [float(row) ** 2 for row in rows]


@pytest.mark.parametrize(("w", "x", "temperature"), [(0.6, 0.0, 300.0), (0.05, 0.8, 300.0), (0.6, 0.0, 350.0)])
def test_slow_noise_is_that_of_the_conducting_paths(w: float, x: float, temperature: float, tmp_path: Path) -> None:
    cell = CellParams(w0=w, x0=x)
    g = Equations(cell, temperature).conductance(0.0, w, x)
    assert _densities(cell, temperature, 1.0, 100.0, tmp_path) == pytest.approx(
        [4 * boltzmann * temperature * g] * 3, rel=1e-3, abs=0
    )


def test_fast_noise_sees_the_ionic_resistance_too(tmp_path: Path) -> None:
    cell = CellParams(w0=0.6)
    eq = Equations(cell)
    g = eq.conductance(0.0, 0.6, 0.0) + 1 / eq.r_ion
    assert _densities(cell, 300.0, 1e8, 1e9, tmp_path) == pytest.approx([4 * boltzmann * 300 * g] * 2, rel=1e-3, abs=0)
