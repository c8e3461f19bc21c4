"""Writes the golden netlists of every dialect: run it after a change that is meant, and read what git shows."""

from __future__ import annotations

from pathlib import Path

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
from pyspice_models.netlist import Deck, crossbar_deck, dialect, dialect_names
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.stimulus import Read, Vmm, Write, schedule
from pyspice_models.stimulus.cell_bench import CellBench, Drive

FOLDER = Path(__file__).parent / "dialects"


def goldens() -> dict[str, str]:
    """Name and text of every golden netlist: cell, lines, all selectors, limiter, amplifier, switch."""
    found = {}
    for name in dialect_names():
        write = dialect(name)
        for form in write.forms:
            for what, deck in _decks(name, form).items():
                found[f"{what}.{form}.{name}{write.suffix}"] = deck.text
    return found


def _decks(name: str, form: str) -> dict[str, Deck]:
    limited = DriverParams(compliance="smooth")
    threshold = Crossbar(2, 2, per_cell={"w0": [[0.1, 0.2], [0.3, 0.4]]}, selector=ThresholdParams(), driver=limited)
    transistor = Crossbar(1, 2, selector=TransistorParams(), driver=DriverParams(sense="tia"))
    remembers = Crossbar(1, 2, selector=SWITCHING)
    # everything between lines, at both ends: all lines and cells different
    own = {"w0": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], "area": [[1e-11, 2e-11, 3e-11], [4e-11, 5e-11, 6e-11]]}
    wire = WireParams(coupling=True, thickness_bl=80e-9, width=2e-6, pitch=3e-6, c_crossing=7e-16)
    places = {"open_words": ((1, 2),), "open_bits": ((0, 1),), "shorted_words": ((0, 2),), "shorted_bits": ((1, 0),)}
    lines = Crossbar(
        2, 3, per_cell=own, wire=wire, faults=Faults(**places, stuck_on=((0, 0),)),
        driver=DriverParams(both_ends=True, r_sense=1300.0), temperature=330.0,
    )  # fmt: skip
    program = [Write(1, 0, voltage=-0.25, scheme="V/3"), Read(0, 1, scheme="floating"), Vmm((0.5, -1.0))]
    drive = Drive().hold(1e-6).pulse(0.3, 1e-6, 10e-9)
    bench = CellBench(CellParams(), drive.times, drive.volts, i_limit=1e-4)
    other = CellBench(CellParams(w0=0.5), drive.times, drive.volts)
    options = {"form": form, "dialect_name": name}
    return {
        "threshold": crossbar_deck(
            threshold, schedule(threshold, [Write(1, 0), Read(0, 1, scheme="floating")]), standalone=True, **options
        ),
        "transistor": crossbar_deck(
            transistor, schedule(transistor, [Write(0, 1), Read(0, 1)]), standalone=True, **options
        ),
        "remembers": crossbar_deck(
            remembers, schedule(remembers, [Write(0, 1, voltage=0.5)]), standalone=True, **options
        ),
        "lines": crossbar_deck(lines, schedule(lines, program), accuracy=Accuracy().tighter(2), **options),
        "cell": cell_deck([bench, other], longest_step=1e-7, **options),
    }


if __name__ == "__main__":
    for old in FOLDER.glob("*"):
        old.unlink()
    for name, text in goldens().items():
        (FOLDER / name).write_text(text, encoding="ascii")
