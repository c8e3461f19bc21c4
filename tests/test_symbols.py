"""Symbols in the programs they are drawn for, or in a library that reads their files."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from kiutils.symbol import SymbolLib
from spicelib.editor.asy_reader import AsyReader

from pyspice_models.device import simulate
from pyspice_models.engine.tools import find_ngspice, require
from pyspice_models.params import CellParams

ROOT = Path(__file__).parent.parent
SYMBOLS = ROOT / "netlists" / "symbols"


def _ports_and_parameters() -> tuple[list[str], set[str]]:
    """Of the subcircuit that every symbol stands for."""
    text = (ROOT / "netlists" / "ag2s.lib").read_text()
    match = re.search(r"^\.subckt ag2s (.*?) params:\n((?:\+ .*\n)+)", text, re.MULTILINE)
    assert match
    return match[1].split(), set(re.findall(r"^\+ (\w+)=", match[2], re.MULTILINE))


def test_xschem_netlists_the_example_and_ngspice_runs_it(tmp_path: Path) -> None:
    xschem = shutil.which("xschem")
    assert xschem, "xschem is not installed (Debian: package xschem); run scripts/setup"
    shutil.copytree(ROOT / "netlists", tmp_path / "netlists")
    folder = tmp_path / "netlists" / "symbols"
    done = subprocess.run(
        [xschem, "--rcfile", "xschemrc", "-q", "-n", "-s", "-x", "-r", "ag2s_example.sch"],
        cwd=folder, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "PWD": str(folder)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    netlist = folder / "ag2s_example.spice"
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^x1 top 0 ag2s w0=0\.27 x0=0", netlist.read_text(), re.MULTILINE | re.IGNORECASE)
    run = subprocess.run(
        [require(find_ngspice()), "-n", "-b", netlist.name], cwd=folder, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    found = dict(re.findall(r"^(w_\w+) += +(\S+)", run.stdout, re.MULTILINE))
    twin = simulate(
        CellParams(w0=0.27), [0, 1e-6, 1.01e-6, 2e-6, 2.01e-6, 4e-6], [0, 0, 0.3, 0.3, 0, 0], series_resistance=1e3
    )
    assert float(found["w_before"]) == pytest.approx(0.27, abs=1e-4)
    assert float(found["w_after"]) == pytest.approx(twin.w[-1], abs=0.0005), run.stdout + run.stderr


def test_kicads_symbol_is_bound_to_the_library() -> None:
    """Read by kiutils: KiCad's own command came with KiCad 7, which Debian 12 has not."""
    ports, parameters = _ports_and_parameters()
    (symbol,) = SymbolLib.from_file(str(SYMBOLS / "ag2s.kicad_sym")).symbols
    fields = {field.key: field.value for field in symbol.properties}
    assert (SYMBOLS / fields["Sim.Library"]).resolve() == ROOT / "netlists" / "ag2s.lib"
    assert fields["Sim.Name"] == "ag2s"
    assert fields["Sim.Device"] == "SUBCKT"
    pins = {pin.number: pin.name for unit in symbol.units for pin in unit.pins}
    assert dict(pair.split("=") for pair in fields["Sim.Pins"].split()) == pins
    assert list(pins.values()) == ports
    assert {pair.split("=")[0] for pair in fields["Sim.Params"].split()} <= parameters


def test_ltspices_symbol_is_bound_to_the_library() -> None:
    ports, parameters = _ports_and_parameters()
    symbol = AsyReader(SYMBOLS / "ag2s.asy")
    assert symbol.symbol_type == "CELL"
    assert symbol.attributes["Prefix"] == "X"
    assert symbol.attributes["Value"] == "ag2s"
    assert symbol.attributes["ModelFile"] == "ag2s.lib"
    assert {pair.split("=")[0] for pair in symbol.attributes["SpiceLine"].split()} <= parameters
    text = (SYMBOLS / "ag2s.asy").read_text()
    order = re.findall(r"PINATTR PinName (\w+)\nPINATTR SpiceOrder (\d)", text)
    assert [name for name, _ in sorted(order, key=lambda pin: int(pin[1]))] == ports


def test_xschems_symbol_has_the_ports_in_order() -> None:
    ports, parameters = _ports_and_parameters()
    text = (SYMBOLS / "ag2s.sym").read_text()
    assert re.findall(r"^B 5 .* \{name=(\w+) dir=inout\}", text, re.MULTILINE) == ports
    assert set(re.findall(r"(\w+)=@(\w+)", text)) == {(p, p) for p in ("w0", "x0")}
    assert {"w0", "x0"} <= parameters
