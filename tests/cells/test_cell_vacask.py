"""The same OSDI object in a second, independent simulator."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.engine.toolchain.tools import find_vacask, require
from pyspice_models.engine.toolchain.verilog_a import compiled

_CIRCUIT = """one write pulse
load "ag2s.osdi"
model vsource vsource
model ag2s_cell ag2s
ground 0
v1 (a 0) vsource type="pulse" val0=0 val1=0.3 delay=1u rise=10n fall=10n width=0.99u
n1 (a 0) ag2s_cell w0=0.27
control
  options rawfile="ascii" temp=26.85 reltol=1e-4
  save p(n1,w) p(n1,g)
  analysis tran1 tran step=10n stop=4u maxstep=50n
endc
"""


def test_a_write_pulse_in_vacask_agrees_with_the_twin(tmp_path: Path) -> None:
    shutil.copyfile(compiled(verilog_a_source()), tmp_path / "ag2s.osdi")
    (tmp_path / "pulse.sim").write_text(_CIRCUIT)
    done = subprocess.run(
        [require(find_vacask()), "pulse.sim"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    head, _, numbers = (tmp_path / "tran1.raw").read_text().partition("Values:")
    count = int(head.partition("No. Variables:")[2].split()[0])
    names = [line.split("\t")[2] for line in head.partition("Variables:\n")[2].splitlines() if line.strip()]
    last = dict(zip(names, map(float, numbers.split()[-count:]), strict=True))
    twin = simulate(CellParams(w0=0.27), [0, 1e-6, 1.01e-6, 2e-6, 2.01e-6, 4e-6], [0, 0, 0.3, 0.3, 0, 0])
    assert last["time"] == pytest.approx(4e-6, rel=1e-6, abs=0)
    assert last["n1.w"] == pytest.approx(twin.w[-1], abs=0.0005)
    assert last["n1.w"] > 0.32  # it was written
