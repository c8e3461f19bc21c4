"""An installed package has no checkout beside it: the wheel carries models, decks and studies."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_wheel_carries_code_models_and_decks(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("ag2s_crossbar-*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("verilog_a", "netlists", "scripts/studies", "scripts/examples"):
        kept = {".va", ".lib", ".cir", ".toml", ".csv", ".sub", ".mod", ".inc", ".py"}
        files = [path for path in (ROOT / folder).rglob("*") if path.suffix in kept]
        assert files, f"{folder}/ is empty"
        for path in files:
            assert f"pyspice_models/_data/{path.relative_to(ROOT)}" in inside
    assert {"pyspice_models/errors.py", "pyspice_models/py.typed"} <= inside
    assert any(name.endswith("licenses/LICENSE") for name in inside)
    assert not any(name.startswith(("tests/", "scripts/")) for name in inside)
    # as pip unpacks it, far from the checkout
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pyspice_models", "init", "begin"], cwd=tmp_path, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")}, check=True, timeout=60,
    )  # fmt: skip
    assert "ag2s simulate studies/write_read.toml" in done.stderr
    for path in (ROOT / "scripts" / "studies").rglob("*.toml"):
        assert (tmp_path / "begin" / "studies" / path.name).read_bytes() == path.read_bytes()


def test_source_distribution_carries_what_the_wheel_is_made_of(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path], cwd=ROOT, check=True)
    (archive,) = tmp_path.glob("ag2s_crossbar-*.tar.gz")
    with tarfile.open(archive) as opened:
        inside = {name.partition("/")[2] for name in opened.getnames()}
    assert {
        "scripts/studies/write_read.toml",
        "scripts/studies/models/gap_cell.va",
        "scripts/studies/one_off.csv",
    } <= inside
    assert {"scripts/examples/live_array.py", "verilog_a/ag2s.va", "netlists/ag2s.lib"} <= inside
