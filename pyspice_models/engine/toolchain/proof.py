"""Proves that the tools work together: compiles a Verilog-A resistor and measures it in a simulator.

A version number says what a tool should do; a current of 2 mA says that it does.
"""

from __future__ import annotations

import re
from pathlib import Path

from pyspice_models.engine.toolchain import tools
from pyspice_models.engine.toolchain.log import last_lines
from pyspice_models.engine.toolchain.process import output_of
from pyspice_models.errors import Ag2sError, SimulationError, ToolError
from pyspice_models.passing import passing_folder

_MODEL = """`include "disciplines.vams"
module ag2s_proof(a, c);
  inout a, c;
  electrical a, c;
  parameter real r = 1000.0 from (0:inf);
  analog I(a, c) <+ V(a, c) / r;
endmodule
"""
_NGSPICE_DECK = """proof
.control
pre_osdi proof.osdi
op
print i(v1)
quit
.endc
v1 a 0 1
n1 a 0 proof
.model proof ag2s_proof r=500
.end
"""
_VACASK_DECK = """proof
load "proof.osdi"
model vsource vsource
model proof ag2s_proof r=500
ground 0
v1 (a 0) vsource dc=1
n1 (a 0) proof
control
  options rawfile="ascii"
  analysis op1 op
endc
"""
_CURRENT = -2e-3  # [A] 1 V over 500 ohm, counted into the source as both simulators do
_TIME_LIMIT = 60.0  # [s] the runs take 0.1 s


def prove(simulator: str) -> str:
    """Why a Verilog-A model cannot be simulated here by `simulator` (ngspice or VACASK); empty if it can."""
    try:
        with passing_folder("proof") as folder:
            current = _measure(simulator, folder)
    except (Ag2sError, OSError) as error:  # OSError: the temporary folder is full, or cannot be written
        return str(error)
    return "" if abs(current / _CURRENT - 1.0) < 1e-6 else f"{simulator} computes {current} A instead of {_CURRENT} A."


def _measure(simulator: str, folder: Path) -> float:
    openvaf = tools.require(tools.find_openvaf())
    tools.require(tools.find_linker())
    (folder / "proof.va").write_text(_MODEL)
    _run([openvaf, "proof.va", "-o", "proof.osdi"], folder)
    if simulator == "ngspice":
        ngspice = tools.require(tools.find_ngspice(), version=tools.NGSPICE_NEEDED, capability="OSDI")
        (folder / "proof.cir").write_text(_NGSPICE_DECK)
        words = _run([ngspice, "-n", "-b", "proof.cir"], folder)
        match = re.search(r"i\(v1\) = (\S+)", words)
    else:
        (folder / "proof.sim").write_text(_VACASK_DECK)
        (folder / "none.toml").touch()
        words = _run([tools.require(tools.find_vacask()), "--tomlfile", "none.toml", "proof.sim"], folder)
        raw = folder / "op1.raw"
        found = raw.read_text(errors="replace") if raw.is_file() else ""
        match = re.search(r"Values:\s+0\s+\S+\s+(\S+)", found)
    try:
        return float(match[1] if match else "")
    except ValueError:
        raise SimulationError(f"{simulator} ran, but gave no operating point", log_tail=last_lines(words)) from None


def _run(command: list[str | Path], folder: Path) -> str:
    """Output of one tool; ToolError if it does not end well."""
    status, words = output_of(command, folder, seconds=_TIME_LIMIT)
    if status != 0:
        raise ToolError(f"{command[0]} ended with status {status}: {last_lines(words)}")
    return words
