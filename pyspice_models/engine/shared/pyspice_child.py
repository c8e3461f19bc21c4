"""Runs one deck in libngspice through PySpice: the body of the process that the engine `pyspice` starts."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from PySpice.Spice.NgSpice.Shared import NgSpiceCircuitError, NgSpiceCommandError

from pyspice_models.engine.shared import pyspice_shared, pyspice_simulator


class _Talking(pyspice_shared.SharedNgspice):
    """Prints what ngspice says: the parent keeps it as the log."""

    def send_char(self, message: str, ngspice_id: int) -> int:
        print(message.partition(" ")[2] if message.startswith(("stdout ", "stderr ")) else message, flush=True)  # noqa: T201
        return 0


def main() -> int:
    """Run `child LIBRARY DECK RAW` in the current folder; exit status 0 if ngspice finished, else 1."""
    library, deck, raw = sys.argv[1:]
    os.environ[pyspice_shared.VARIABLE] = library
    pyspice_simulator.install()
    ngspice = _Talking.new_instance()
    try:
        ngspice.load_circuit(Path(deck).read_text(encoding="ascii"))
        # not `run FILE`, which crashes in the library of ngspice 46
        ngspice.run()
        status = 0
    except (NgSpiceCircuitError, NgSpiceCommandError):
        status = 1
    # After a failure too: how far it came is part of the story, the log holds the reason. "const" is no run's plot.
    if ngspice.last_plot != "const":
        with contextlib.suppress(NgSpiceCommandError):
            ngspice.exec_command("set filetype=binary")
            ngspice.exec_command(f"write {raw}")
    return status
