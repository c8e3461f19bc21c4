"""ngspice as a shared library, driven through PySpice, in a process of its own."""

from __future__ import annotations

from pathlib import Path

from pyspice_models.array import Crossbar
from pyspice_models.engine.ngspice import Ngspice
from pyspice_models.engine.program import RAW
from pyspice_models.engine.toolchain.surroundings import python
from pyspice_models.engine.toolchain.tools import Tool, find_libngspice
from pyspice_models.netlist import Deck
from pyspice_models.stimulus.outline import Extent

_CHILD = "from pyspice_models.engine.shared.pyspice_child import main; sys.exit(main())"


class LibNgspice(Ngspice):
    """The simulator that runs a user's PySpice circuits, with the time limit and the checks of the default engine.

    The library runs in a child process: it can crash, and it cannot be stopped. Waves reach the disk at the end, so
    progress is not reported before it.
    """

    name = "pyspice"
    method = "KLU, one thread, trapezoids"
    changes = False

    def lacks(self, crossbar: Crossbar, schedule: Extent, form: str) -> str:
        """See `Engine.lacks`."""
        for model in (one.model for one in crossbar.populations):
            if model.behaviour:
                return (
                    f"cannot be told to read a deck as another simulator does ({model.behaviour}), and the "
                    f"subcircuit {model.name} was written for one: use engine ngspice"
                )
        return super().lacks(crossbar, schedule, form)

    def tool(self) -> Tool:
        """The shared library."""
        return find_libngspice()

    def command(self, program: Path, deck: Deck) -> list[str]:
        """A Python that loads the library `program`."""
        return python(_CHILD, str(program), self.deck_name, RAW)
