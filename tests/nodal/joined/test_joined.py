"""Crossings of several compiled objects in the nodal engine: against ngspice, and against their own books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from agreement import agree_by_window

from pyspice_models import foreign_cell, foreign_selector, foreign_transistor, load_study
from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.faults import Faults
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.gap.params import GapParams
from pyspice_models.cells.selectors.params import SWITCHING, ThresholdParams, TransistorParams
from pyspice_models.engine.nodal.joined.objects import Joined
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Read, Step, Write
from pyspice_models.study import Study, run_study
from pyspice_models.study.limits import Limits

MODELS = Path(__file__).parents[3] / "scripts" / "studies" / "models"
SHAPE = (2, 3)
STATES = {"w0": pattern("random", SHAPE, seed=3, low=0.2)}
GATED: list[Step] = [Write(1, 1, scheme="grounded", width=0.2e-6), Read(1, 1, scheme="grounded", duration=0.5e-6)]


def foundry(**more: Any) -> Any:
    """The shipped transistor in one of its corners."""
    return foreign_transistor(MODELS / "generic180.lib", "nfet180", **{"section": "tt", **more})


def _card(text: str) -> Any:
    """A transistor of a card alone."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mine.lib"
        path.write_text(f".model mine {text}\n", encoding="utf-8")
        return foreign_transistor(path, "mine")


def threshold_cell() -> Any:
    """The shipped subcircuit."""
    states = {"w": {"node": "w", "initial": "w0"}}
    return foreign_cell(MODELS / "threshold_cell.sub", dialect="ltspice", states=states)


def plain_cell() -> Any:
    """A subcircuit of ngspice's own functions: read as LTspice's, a deck has another exp(), in its selectors, too."""
    path = Path(__file__).parents[2] / "foreign" / "miniatures" / "ok_capacitor.sub"
    return foreign_cell(path, states={"s": {"node": "s", "initial": "x0"}})


Made = Callable[[], Crossbar]
CASES: dict[str, tuple[Made, list[Step]]] = {
    "a foundry's transistor": (
        lambda: Crossbar(*SHAPE, per_cell=STATES, selector=foundry(section="ss", instance={"nf": 2}),
                         faults=Faults(stuck_on=((1, 0),))),
        GATED,
    ),
    "a cell without own loops behind a transistor": (
        lambda: Crossbar(*SHAPE, cell=GapParams(), selector=TransistorParams(swing=0.08)),
        [Write(1, 1, voltage=1.0, scheme="grounded", width=0.2e-6), Read(1, 1, scheme="grounded", duration=0.5e-6)],
    ),
}  # fmt: skip
SLOW: dict[str, tuple[Made, list[Step]]] = {
    "a card of level 54": (
        lambda: Crossbar(*SHAPE, per_cell=STATES, selector=foreign_transistor(MODELS / "nch130.mod", "nch130")), GATED,
    ),
    "a card of level 49": (
        lambda: Crossbar(*SHAPE, per_cell=STATES, selector=_card("nmos level=49 version=3.3 tox=4n vth0=0.45 u0=350 "
                         "k1=0.5 vsat=9e4 cgso=3e-10 cgdo=3e-10")), GATED,
    ),
    "a foundry's transistor on rails": (
        lambda: Crossbar(*SHAPE, per_cell=STATES, selector=foundry(), driver=DriverParams(kind="rail")), GATED,
    ),
    "a selector of one's own": (
        lambda: Crossbar(*SHAPE, per_cell=STATES, selector=foreign_selector(MODELS / "my_selector.va")),
        [Write(1, 1, voltage=0.6, width=0.2e-6), Read(1, 1, voltage=0.25, duration=0.3e-6)],
    ),
    "a subcircuit behind a selector": (
        lambda: Crossbar(*SHAPE, cell=plain_cell(), selector=ThresholdParams()),
        [Write(1, 1, voltage=0.8, width=0.5e-6)],
    ),
    "a subcircuit behind a selector with a memory": (
        lambda: Crossbar(*SHAPE, cell=plain_cell(), selector=SWITCHING), [Write(1, 1, voltage=0.8, width=0.5e-6)],
    ),
    "a subcircuit behind a transistor": (
        lambda: Crossbar(*SHAPE, cell=threshold_cell(), selector=TransistorParams()),
        [Write(1, 1, voltage=0.4, scheme="grounded", width=0.5e-6)],
    ),
}  # fmt: skip


def _case(made: Made, program: list[Step]) -> None:
    bar = made()
    form = bar.populations[0].model.forms[0]
    # the first one on a machine compiles, which takes a busy one long
    study = Study("small", bar, program, accuracy=Accuracy().tighter(3), form=form, limits=Limits(time_limit=3600))
    agree_by_window(run_study(study), run_study(replace(study, engine="nodal")), 3e-3)


@pytest.mark.parametrize("name", CASES)
def test_small_arrays_agree_with_ngspice(name: str) -> None:
    _case(*CASES[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOW)
def test_more_arrays_agree_with_ngspice(name: str) -> None:
    _case(*SLOW[name])


@pytest.mark.parametrize(
    ("study", "size"),
    [("own_subckt", 3), pytest.param("own_subckt", 8, marks=pytest.mark.slow),
     pytest.param("write_read_1t1r_foundry", 8, marks=pytest.mark.slow)],
)  # fmt: skip
def test_shipped_studies_agree_with_ngspice(studies: Path, study: str, size: int) -> None:
    changes = [f"array.rows={size}", f"array.cols={size}"]
    if size < 8:
        changes += ["program.0.row=1", "program.0.col=2", "program.1.row=1"]
    asked = load_study(studies / f"{study}.toml", [*changes, "study.time_limit=3600"])
    agree_by_window(run_study(asked), run_study(replace(asked, engine="nodal")), 5e-3)


@pytest.mark.slow
def test_the_packages_own_subcircuit_gives_what_its_own_loops_give(tmp_path: Path) -> None:
    """150 lines of functions and sources, handed over as a user's file."""
    text = (MODELS.parents[2] / "netlists" / "ag2s.lib").read_text(encoding="utf-8")
    (tmp_path / "film.sub").write_text(text.replace("subckt ag2s ", "subckt film ").replace("ends ag2s", "ends film"))
    program = [Write(1, 1), Read(1, 1), Write(1, 1, voltage=-0.3)]
    found = [
        run_study(Study("same", Crossbar(*SHAPE, cell=cell), program, engine="nodal", form=form))
        for cell, form in ((CellParams(), "osdi"), (foreign_cell(tmp_path / "film.sub"), "subckt"))
    ]
    for name in ("energy_source", "energy_drivers", "read_current"):  # what a subcircuit stores counts as lost
        own, other = (outcome.measures[name].value for outcome in found)
        assert other == pytest.approx(own, rel=1e-3, abs=0), name


def test_currents_of_all_objects_add_up_at_each_inner_node() -> None:
    """After a stage: charge / stage + current = what it started from, as each object says by itself."""
    bar, stage, random = Crossbar(*SHAPE, per_cell=STATES, selector=foundry()), 1e-9, np.random.default_rng(4)
    kernel = Joined(bar, bar.populations)
    call, devices = kernel.functions, kernel.devices
    word, bit, out = random.uniform(0, 0.3, SHAPE), random.uniform(0, 0.1, SHAPE), [np.zeros(SHAPE) for _ in range(4)]
    rest, held, start = kernel.at_rest(), kernel.at_rest(), kernel.new_start()
    held.gates[0] = random.uniform(0, 1.2, SHAPE)
    call.ahead(devices, 0, 2, stage, 1.0, rest, 0.0, rest, start, held)
    held.gates[0] = random.uniform(0, 1.2, SHAPE)
    call.follow(devices, 0, 2, stage, word, bit, start, held, *out)
    for n in range(6):
        (stack,) = kernel._stacks
        f, q = (np.zeros(len(stack.names) + 1) for _ in range(2))
        for part in stack.parts:
            one, two = _alone(part, n, held.v[n])
            f, q = f + one, q + two
        inner = list(stack.inner)
        left = f[inner] + (q[inner] - start.q[n, inner]) / stage
        # within what counts as near an exponential bends by 3e-7 of itself
        assert np.abs(left).max() < 1e-6 * np.abs(f).max()
        row, col = divmod(n, 3)
        assert -out[0][row, col] == pytest.approx(f[0], rel=1e-6, abs=1e-15)
        assert -out[1][row, col] == pytest.approx(f[1], rel=1e-6, abs=1e-15)
        rates = (q[:3] - start.q[n, :3]) / stage
        assert held.rates[n] == pytest.approx(rates, rel=1e-6, abs=1e-12)
        assert held.gates[4, row, col] == pytest.approx(f[2] + rates[2], rel=1e-6, abs=1e-12)
        through = f[0] + rates[0]
        taken = held.v[n, 3] * through + held.v[n, 1] * (f[1] + rates[1]) + held.v[n, 2] * (f[2] + rates[2])
        assert held.beside[n] == pytest.approx(taken, rel=1e-6, abs=1e-15)


def _alone(part: Any, n: int, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from pyspice_models.engine.osdi.calls import added
    from pyspice_models.engine.osdi.layout import IN_TIME

    f, q, info = np.zeros_like(v), np.zeros_like(v), part.library.info()
    calls, given = part.library.calls, np.ascontiguousarray(v)
    added(calls, info, info.view(np.float64), int(part.inst[n]), int(part.model[n]), IN_TIME, 1.0, given, f, q)
    return f, q


def test_what_has_no_object_is_refused_by_name_and_line(tmp_path: Path) -> None:
    for text, reason in (
        (".model mine nmos level=1", r"line 1.*level 1 has no object here"),
        (".model mine nmos level=54 version=4.5", r"line 1.*version 4\.5 of level 54 has no object here; 4\.8 has"),
        (".subckt mine d g s b w=1u l=1u\nm0 d g s b n w={w} l={l}\n.model n nmos level=54\nd1 s d dd\n"
         ".model dd d\n.ends", r"line 4.*d1 is a device that has no object here"),
    ):  # fmt: skip
        (tmp_path / "mine.lib").write_text(text, encoding="utf-8")
        selector = foreign_transistor(tmp_path / "mine.lib", "mine")
        with pytest.raises(RequestError, match=f"engine nodal solves the transistor 'mine' by compiled.*{reason}"):
            Study("refused", Crossbar(2, 2, selector=selector), GATED, engine="nodal")
    (tmp_path / "mine.lib").write_text(".model mine nmos level=54 zzz=1", encoding="utf-8")
    study = Study("x", Crossbar(1, 1, selector=foreign_transistor(tmp_path / "mine.lib", "mine")), [Read(0, 0)])
    with pytest.raises(RequestError, match=r"engine nodal: .*line 1: the compiled sp_bsim4v8 has no parameter zzz"):
        Joined(study.crossbar, study.crossbar.populations)
    (tmp_path / "mine.sub").write_text(".subckt mine a b\nr1 a b 1k\nd1 a b dd\n.model dd d\n.ends", encoding="utf-8")
    cell = foreign_cell(tmp_path / "mine.sub")
    with pytest.raises(RequestError, match=r"engine nodal solves a subcircuit .*mine\.sub, line 3.*element d1"):
        Study("refused", Crossbar(2, 2, cell=cell), [Read(0, 0)], engine="nodal", form="subckt")
