"""Symbols in the programs they are drawn for, or in a library that reads their files."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from kiutils.schematic import Schematic
from kiutils.symbol import SymbolLib
from spicelib.editor.asy_reader import AsyReader

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.engine.toolchain.tools import find_ngspice, require

ROOT = Path(__file__).parents[2]
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
    """Read by kiutils; see the slow test below for KiCad itself."""
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
    (drawn,) = [s for s in Schematic.from_file(str(SYMBOLS / "ag2s_example.kicad_sch")).schematicSymbols
                if s.libraryNickname == "ag2s" and s.entryName == symbol.entryName]  # fmt: skip
    on_sheet = {field.key: field.value for field in drawn.properties}
    for key in ("Sim.Library", "Sim.Name", "Sim.Device", "Sim.Pins"):
        assert on_sheet[key] == fields[key]


@pytest.mark.slow
def test_kicad_netlists_the_example_and_ngspice_runs_it(tmp_path: Path) -> None:
    """Not among the usual tests: Debian 12 has a KiCad without this command, and it takes half a gigabyte."""
    kicad = shutil.which("kicad-cli")
    assert kicad, "kicad-cli is not installed: it comes with KiCad 7 (Debian 12: kicad/bookworm-backports)"
    shutil.copytree(ROOT / "netlists", tmp_path / "netlists")
    folder = tmp_path / "netlists" / "symbols"
    command = [kicad, "sch", "export", "netlist", "--format", "spice", "-o", "out.cir", "ag2s_example.kicad_sch"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (folder / "out.cir").read_text()
    assert re.search(r"^X1 /drive GND ag2s w0=0\.27 x0=0", text, re.MULTILINE)
    control = ".control\nrun\nmeas tran w_after find v(x1.w) at=3.5u\nquit\n.endc\n.end\n"
    (folder / "run.cir").write_text(text.replace(".end\n", control))
    command = [str(require(find_ngspice())), "-n", "-b", "run.cir"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    found = re.search(r"^w_after += +(\S+)", run.stdout, re.MULTILINE)
    assert found, run.stdout + run.stderr
    twin = simulate(CellParams(w0=0.27), [0, 1e-6, 1.01e-6, 2e-6, 2.01e-6, 4e-6], [0, 0, 0.3, 0.3, 0, 0])
    assert float(found[1]) == pytest.approx(twin.w[-1], abs=0.0005)


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
