"""An installed package has no checkout beside it: the wheel carries models and decks."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_wheel_carries_code_models_and_decks(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("ag2s_crossbar-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("verilog_a", "netlists"):
        files = [path for path in (ROOT / folder).rglob("*") if path.suffix in {".va", ".lib", ".cir"}]
        assert files, f"{folder}/ is empty"
        for path in files:
            assert f"pyspice_models/_data/{path.relative_to(ROOT)}" in inside
    assert {"pyspice_models/errors.py", "pyspice_models/py.typed"} <= inside
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    assert not any(name.startswith(("tests/", "scripts/")) for name in inside)
