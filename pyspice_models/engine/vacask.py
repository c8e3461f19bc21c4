"""VACASK as a process of its own: an independent simulator for the same compiled Verilog-A."""

from __future__ import annotations

import re
from pathlib import Path

from pyspice_models.array import Crossbar
from pyspice_models.engine.program import Program
from pyspice_models.engine.toolchain.tools import Tool, find_vacask, require
from pyspice_models.netlist import Deck, dialect
from pyspice_models.stimulus.outline import Extent

_SETTINGS = ".vacaskrc.toml"


class Vacask(Program):
    """Shares with ngspice the compiled cell and nothing else: what both agree on is not one simulator's doing."""

    name = "vacask"
    method = "KLU, one thread, trapezoids"
    dialect = "vacask"
    edges = 1.2e11  # measured: it gives up from 3e11 on with transistors, with lines alone from 2e12
    empty_files = (_SETTINGS,)
    deck_name = "deck.sim"
    log_name = "vacask.log"
    trouble = re.compile(
        r"error|fail|not found|out of bounds|too small|abort|singular|converge|exceed|unknown|cannot", re.IGNORECASE
    )
    error = re.compile(r"\s*(fatal|error\b|failed)|.*\b(failed|aborted)\b", re.IGNORECASE)

    def lacks(self, crossbar: Crossbar, schedule: Extent, form: str) -> str:
        """See `Engine.lacks`."""
        if form not in dialect(self.dialect).forms:
            return f"takes no cell of form {form}"
        if crossbar.driver.compliance == "mos":
            return "has no current limiter of two transistors (driver.compliance = 'mos')"
        return super().lacks(crossbar, schedule, form)

    def tool(self) -> Tool:
        """See `Program.tool`."""
        return find_vacask()

    def checked(self, tool: Tool, deck: Deck) -> Path:
        """See `Program.checked`."""
        return require(tool)

    def command(self, program: Path, deck: Deck) -> list[str]:
        """See `Program.command`."""
        # --tomlfile: settings of the user or of the machine must not change a result; -n: one thread
        return [str(program), "-qp", "-n", "1", "--tomlfile", _SETTINGS, self.deck_name]
