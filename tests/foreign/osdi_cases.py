"""Small Verilog-A texts for tests of evaluation."""

from __future__ import annotations

from pyspice_models.cells.sources import verilog_a_source
from pyspice_models.foreign.osdi import Compiled

AG2S = Compiled(verilog_a_source("ag2s"), "ag2s", "ag2s.va")

HEAD = '`include "constants.vams"\n`include "disciplines.vams"\n'


def written(body: str, name: str = "mine", ports: str = "a, c") -> Compiled:
    """A module of this body."""
    return Compiled(
        f"{HEAD}module {name}({ports});\n  inout {ports};\n  electrical {ports};\n{body}\nendmodule\n",
        name,
        f"{name}.va",
    )
