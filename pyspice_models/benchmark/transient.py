"""Transients: the package's deck against the plain way, and the nodal engine against ngspice."""

from __future__ import annotations

import re
import resource
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.benchmark.speed_figure import SpeedFigure, megabytes
from pyspice_models.engine import Waves, engine, netlist_engine
from pyspice_models.errors import SimulationError
from pyspice_models.measure import energy_split
from pyspice_models.netlist import Deck, crossbar_deck
from pyspice_models.passing import passing_folder
from pyspice_models.result import to_dataset
from pyspice_models.simulation import Simulation
from pyspice_models.stimulus import Read, Step, Wait, Write
from pyspice_models.study.measures.every import study_measures
from pyspice_models.study.study import Study

_LIMIT = 3600.0  # [s]
_COMPARED = ("energy_per_switch", "energy_selected_cell", "energy_dissipated", "read_current")


def study(size: int, program: Sequence[Step], name: str = "benchmark") -> Study:
    """A random pattern, written and read in the far corner."""
    states = pattern("random", (size, size), seed=3)
    return Study(name, Crossbar(size, size, per_cell={"w0": states}), program)


def corner(size: int, then: Step | None = None) -> list[Step]:
    """A write of 1 us, and what follows."""
    write = Write(size - 1, 0)
    return [write, then or Read(size - 1, 0, duration=9e-6)]


@dataclass(frozen=True)
class Ran:
    """What a run took and found."""

    seconds: float
    numbers: dict[str, float]
    points: int
    engine: str


def ran(asked: Study, deck: Deck) -> Ran:
    """Run a deck in ngspice and measure it."""
    with passing_folder("bench") as scratch:
        waves = netlist_engine("ngspice").run_deck(deck, scratch, time_limit=_LIMIT)
    return _measured(asked, waves, deck.form)


def solved(asked: Study) -> Ran:
    """Run the nodal engine and measure it."""
    with passing_folder("bench") as scratch:
        waves = engine("nodal").run(Simulation(asked.crossbar, asked.schedule()), scratch, time_limit=_LIMIT)
    return _measured(asked, waves, "osdi")


def _measured(asked: Study, waves: Waves, form: str) -> Ran:
    plan = asked.schedule()
    data = to_dataset(asked.crossbar, plan, waves)
    found = study_measures(asked, data.assign_attrs(title="", form=form))
    numbers = {key: found[key].value for key in _COMPARED if key in found}
    numbers["delivered"] = energy_split(data, 0.0, plan.stop).source
    return Ran(waves.seconds, numbers, len(waves.time), waves.engine)


def deck_of(asked: Study, accuracy: Accuracy | None = None, form: str = "osdi", **more: Any) -> Deck:
    """The package's deck."""
    return crossbar_deck(asked.crossbar, asked.schedule(), form=form, accuracy=accuracy, **more)


def plain(asked: Study, step: float) -> Deck:
    """What one writes by oneself: behavioural cells, the default solver, all nodes saved, the print step as step.

    The tolerances are the package's: with those of the simulator picoamperes are noise. The subcircuit is the
    package's, too.
    """
    deck = deck_of(asked, form="subckt")
    text = deck.text
    text = re.sub(r"^\.options klu ", ".options ", text, flags=re.MULTILINE)
    text = re.sub(r"^\.tran .*$", f".tran {step:g} {deck.stop:.15g}", text, flags=re.MULTILINE)
    text = re.sub(r"^vrestart (.*\n)(\+.*\n)*", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\.save .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?s)^\.control.*?^\.endc\n", "", text, flags=re.MULTILINE)
    corners = asked.schedule().corners
    return replace(deck, pieces=lambda: [text.replace("\n.end\n", "\n.save all\n.end\n")], breakpoints=corners)


def apart(one: Ran, reference: Ran) -> float:
    """Largest relative difference of what both measured."""
    return max(abs(one.numbers[key] / value - 1) for key, value in reference.numbers.items())


def against_the_plain_way(size: int, target: float | None) -> SpeedFigure:
    """A write transient, both within 0.5 % of a run with tolerances and steps ten times smaller."""
    asked = study(size, corner(size, Wait(1e-6)))
    reference = ran(asked, deck_of(asked, Accuracy().tighter()))
    ours = ran(asked, deck_of(asked))
    step, theirs = 20e-9, None
    while theirs is None or (apart(theirs, reference) > 5e-3 and step > 1e-9):
        theirs = ran(asked, plain(asked, step))
        used, step = step, step / 2
    return SpeedFigure(
        "deck_plain", f"{size} x {size} write transient in ngspice", ours.seconds, theirs.seconds,
        "behavioural cells, default solver, print step as step", theirs.seconds / ours.seconds, target,
        details={
            "our_error": apart(ours, reference), "plain_error": apart(theirs, reference), "plain_step": used,
            "our_points": ours.points, "plain_points": theirs.points, "engine": ours.engine,
        },
    )  # fmt: skip


def ngspice_and_nodal(size: int, spice_target: float | None, ratio_target: float | None) -> list[SpeedFigure]:
    """A write and a read of 10 us in both, and how far apart they are."""
    asked = study(size, corner(size))
    _warm()
    spice = ran(asked, deck_of(asked))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory, worked = megabytes(resource.RUSAGE_CHILDREN), used.ru_utime + used.ru_stime
    nodal = solved(asked)
    what = f"{size} x {size} write and read, 10 us"
    return [
        SpeedFigure(
            "ngspice_transient", f"{what}, compiled cells, ngspice", spice.seconds, figure=spice.seconds,
            target=spice_target, wanted="at most", unit="s",
            details={
                "MB": memory, "MB_allowed": 500.0, "points": spice.points, "engine": spice.engine,
                "cpu_seconds": worked,  # on a machine with other work the clock tells less
            },
        ),
        SpeedFigure(
            "nodal_transient", f"{what}, nodal", nodal.seconds, spice.seconds, "ngspice",
            spice.seconds / nodal.seconds, ratio_target,
            details={"largest_difference": apart(nodal, spice), "points": nodal.points},
        ),
    ]  # fmt: skip


def large_transient(size: int, target: float | None) -> SpeedFigure:
    """What ngspice does not do any more."""
    asked = study(size, corner(size))
    _warm()
    nodal = solved(asked)
    return SpeedFigure(
        "nodal_large", f"{size} x {size} write and read, 10 us, nodal", nodal.seconds, figure=nodal.seconds,
        target=target, wanted="at most", unit="s",
        details={"MB": megabytes(), "MB_allowed": 4000.0, "points": nodal.points},
    )  # fmt: skip


def transient_growth(sizes: Sequence[int]) -> SpeedFigure:
    """Times of both engines, for the picture."""
    series: dict[str, list[list[float]]] = {"transient, ngspice": [], "transient, nodal": []}
    _warm()
    for size in sizes:
        asked = study(size, corner(size))
        series["transient, ngspice"].append([size, ran(asked, deck_of(asked)).seconds])
        series["transient, nodal"].append([size, solved(asked).seconds])
    return SpeedFigure("transient_growth", "write and read of 10 us against size, both engines", series=series)


def _warm() -> None:
    """Compile what the nodal engine compiles once."""
    asked = study(4, corner(4))
    try:
        solved(asked)
    except SimulationError as error:
        raise SimulationError(f"the nodal engine does not even run a 4 x 4 array: {error}") from None
