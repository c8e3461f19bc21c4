"""ngspice as a process of its own, in a folder of its own."""

from __future__ import annotations

import re
from pathlib import Path

from pyspice_models.engine.base import Progress, Waves
from pyspice_models.engine.foreign_log import unknown_parameter
from pyspice_models.engine.program import RAW, Program
from pyspice_models.engine.toolchain.tools import NGSPICE_NEEDED, Tool, find_ngspice, require
from pyspice_models.errors import SimulationError
from pyspice_models.netlist import Deck
from pyspice_models.simulation import Simulation


class Ngspice(Program):
    """The default engine."""

    name = "ngspice"
    method = "KLU, one thread, trapezoids"
    dialect = "ngspice"
    changes = True
    edges = 1.2e10  # measured: right for 2e10; 100 s of waiting for edges of 10 ns
    deck_name = "deck.cir"
    log_name = "ngspice.log"
    trouble = re.compile(
        r"timestep too small|aborted|singular matrix|fatal|error|no such|couldn't|can't|unknown parameter"
        r"|out of memory",
        re.IGNORECASE,
    )
    error = re.compile(r"\s*(fatal )?error\b", re.IGNORECASE)

    def tool(self) -> Tool:
        """See `Program.tool`."""
        return find_ngspice()

    def run(
        self,
        asked: Simulation,
        folder: Path,
        *,
        time_limit: float,
        spent: float = 0.0,
        progress: Progress | None = None,
        building: Progress | None = None,
    ) -> Waves:
        """See `Engine.run`; a parameter that the user's own model does not have is his to correct."""
        try:
            return super().run(
                asked, folder, time_limit=time_limit, spent=spent, progress=progress, building=building
            )  # fmt: skip
        except SimulationError as error:
            if refused := unknown_parameter(asked.crossbar, error):
                raise refused from error
            raise

    def checked(self, tool: Tool, deck: Deck) -> Path:
        """See `Program.checked`; the behavioural subcircuit runs in old versions too."""
        if deck.form == "osdi":
            require(tool, version=NGSPICE_NEEDED)
            return require(tool, capability="OSDI")
        return require(tool)

    def command(self, program: Path, deck: Deck) -> list[str]:
        """See `Program.command`."""
        # -n: a user's own .spiceinit must not change a result; -r: waves go to disk as they come
        read_as = ["-D", f"ngbehavior={deck.behaviour}"] if deck.behaviour else []
        return [str(program), "-n", "-b", *read_as, "-r", RAW, self.deck_name]
