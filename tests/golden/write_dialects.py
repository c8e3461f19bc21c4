"""Writes the golden netlists of every dialect: run it after a change that is meant, and read what git shows."""

from __future__ import annotations

from pathlib import Path

from pyspice_models.array import Crossbar
from pyspice_models.bench import Read, Write, schedule
from pyspice_models.bench.cell_bench import CellBench, Drive
from pyspice_models.deck import Deck, crossbar_deck, dialect, dialect_names
from pyspice_models.deck.cell import cell_deck
from pyspice_models.params import CellParams, DriverParams, ThresholdParams, TransistorParams

FOLDER = Path(__file__).parent / "dialects"


def goldens() -> dict[str, str]:
    """Name and text of every golden netlist: cell, both selectors, limiter, amplifier and switch in each dialect."""
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
        "cell": cell_deck([bench, other], longest_step=1e-7, **options),
    }


if __name__ == "__main__":
    for old in FOLDER.glob("*"):
        old.unlink()
    for name, text in goldens().items():
        (FOLDER / name).write_text(text, encoding="ascii")
