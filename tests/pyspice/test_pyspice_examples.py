"""What users are shown about PySpice runs as shown."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_writes_its_cell_and_reads_more_current(tmp_path: Path, capsys) -> None:
    spec = importlib.util.spec_from_file_location("example", ROOT / "scripts" / "examples" / "pyspice_crossbar.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    sys.modules["example"] = example
    spec.loader.exec_module(example)
    run = example.main(tmp_path)

    before, after = (run.at(moment, run.states) for moment in run.reads)
    assert after[0, 0] > before[0, 0] + 0.2
    # half-selected cells move less than a tenth of that, the unselected one not at all
    assert 0 < after[0, 1] - before[0, 1] < 0.1 * (after[0, 0] - before[0, 0])
    assert 0 < after[1, 0] - before[1, 0] < 0.1 * (after[0, 0] - before[0, 0])
    assert abs(after[1, 1] - before[1, 1]) < 1e-4
    old, new = (run.at(moment, run.current) for moment in run.reads)
    assert new[0] > 2 * old[0] > 0
    # the driver reaches its rail: word line 0 stands at the write voltage in a pulse's plateau
    assert abs(run.at(22.9e-6, run.word)[0] - example.V_WRITE) < 1e-3
    assert (tmp_path / "pyspice_crossbar.png").stat().st_size > 20_000
    assert "read current of bit line 0" in capsys.readouterr().out


def test_the_code_in_the_documentation_runs(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "pyspice.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", "".join(blocks)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    states, currents = done.stdout.splitlines()
    start, end = map(float, states.split(" -> "))
    assert abs(start - 0.1) < 1e-3
    assert end > start + 0.03
    left, right = map(float, currents.split())
    assert left > 3 * right > 0
