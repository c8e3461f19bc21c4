"""The nodal engine: its linear algebra against dense matrices, its transients against ngspice, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyspice_models.array import Crossbar, pattern
from pyspice_models.bench import Read, ReadAll, Write, schedule
from pyspice_models.deck import Accuracy, Deck, crossbar_deck
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.lines import Lines
from pyspice_models.engine.nodal.network import Network
from pyspice_models.engine.nodal.transient import Transient
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.params import CellParams, DriverParams, ThresholdParams, WireParams
from pyspice_models.study import Study, load_study, run_study

ENERGIES = ("energy_per_switch", "energy_selected_cell", "energy_half_selected", "energy_drivers", "energy_dissipated")


def _both(study: Study):
    return run_study(study), run_study(replace(study, engine="nodal"))


def _compare(study: Study) -> None:
    """Issue of agreement: energies, currents and final states within 0.5 %."""
    spice, nodal = _both(study)
    for name in set(ENERGIES) & set(spice.measures):
        assert nodal.measures[name].value == pytest.approx(spice.measures[name].value, rel=5e-3, abs=0), name
    if "read_current" in spice.measures:
        assert nodal.measures["read_current"].value == pytest.approx(
            spice.measures["read_current"].value, rel=5e-3, abs=0
        )
    for state in ("w", "x"):
        ends = [outcome.dataset[state].isel(time=-1).values for outcome in (spice, nodal)]
        assert np.abs(ends[0] - ends[1]).max() < 5e-3
    assert abs(nodal.measures["energy_imbalance"].value) < 1e-3


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 6), st.booleans(), st.booleans(), st.integers(0, 99))
def test_the_matrix_is_symmetric_and_its_solution_solves_it(rows, cols, ideal_word, ideal_bit, seed) -> None:
    wire = WireParams(
        resistivity_wl=0.0 if ideal_word else 2e-6,
        resistivity_bl=0.0 if ideal_bit else 3e-5,
        pitch=5.2e-6,
        coupling=True,
    )
    bar = Crossbar(rows, cols, wire=wire)
    random = np.random.default_rng(seed)
    net = Network(bar)
    ends = (np.zeros(bar.shape), np.zeros(bar.shape))
    ends[0][:, 0] = 1e-3 * random.random(rows)
    ends[1][-1, :] = 1e-3 * random.random(cols)
    solver = net.solver(ends, 10 ** random.uniform(-8, -3, bar.shape), 1e9, 10 ** random.uniform(-15, -13, bar.shape))
    shapes = [part.shape for part in net.zeros()]
    sizes = [int(np.prod(shape)) for shape in shapes]

    def pair(flat: np.ndarray):
        return flat[: sizes[0]].reshape(shapes[0]), flat[sizes[0] :].reshape(shapes[1])

    def flat(both) -> np.ndarray:
        return np.concatenate([part.ravel() for part in both])

    dense = np.stack([flat(solver.apply(pair(unit))) for unit in np.eye(sum(sizes))], axis=1)
    assert dense == pytest.approx(dense.T, rel=1e-12, abs=1e-18)
    currents = random.standard_normal(sum(sizes))
    solved = flat(solver.solve(pair(currents), 1e-12))
    assert solved == pytest.approx(np.linalg.solve(dense, currents), rel=1e-6, abs=1e-9 * np.abs(solved).max())


def test_a_line_connected_to_nothing_is_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError, match="connected to nothing"):
        Lines(2, 3, 1.0).factor(np.array([[1.0, 0, 0], [-1.0, 0, 0]]))


@settings(max_examples=5, deadline=None)
@given(
    st.integers(1, 4), st.integers(1, 4), st.integers(0, 99), st.sampled_from(["V/2", "V/3"]),
    st.sampled_from(["grounded", "floating"]), st.floats(0.15, 0.35), st.booleans(),
)  # fmt: skip
def test_it_agrees_with_ngspice_on_random_arrays(rows, cols, seed, write_scheme, read_scheme, volt, reset) -> None:
    random = np.random.default_rng(seed)
    row, col = int(random.integers(rows)), int(random.integers(cols))
    crossbar = Crossbar(rows, cols, per_cell={"w0": random.uniform(0.05, 0.95, (rows, cols))})
    program = [
        Write(row, col, voltage=-volt if reset else volt, scheme=write_scheme),
        Read(row, col, scheme=read_scheme, duration=20e-6),
    ]
    _compare(Study("random", crossbar, program))


@pytest.mark.parametrize(
    ("driver", "wire"),
    [
        (DriverParams(both_ends=True), WireParams(resistivity_wl=2e-6)),
        (DriverParams(), WireParams(resistivity_wl=0.0, resistivity_bl=0.0)),
        (DriverParams(r_contact=0), WireParams(pitch=5.2e-6, c_crossing=20e-15, coupling=True)),
    ],
    ids=["both ends", "ideal lines", "strong coupling"],
)
def test_it_agrees_with_every_kind_of_line_and_end(driver: DriverParams, wire: WireParams) -> None:
    crossbar = Crossbar(4, 3, per_cell={"w0": pattern("random", (4, 3), seed=1)}, driver=driver, wire=wire)
    _compare(Study("ends", crossbar, [Write(1, 1, pulses=2, gap=1e-7), Read(1, 1), ReadAll()]))


def test_it_agrees_where_filaments_form_and_dissolve() -> None:
    """A 10 ms pulse behind 1 kohm: the filament bridges, the cell's conductance changes by five decades."""
    crossbar = Crossbar(2, 2, cell=CellParams(w0=0.3))
    program = [Write(0, 0, width=10e-3, voltage=0.3, scheme="V/3"), Read(0, 0, duration=5e-3)]
    _compare(Study("filament", crossbar, program))


def test_a_per_cell_spread_is_felt() -> None:
    spread = {"w0": 0.3, "g_int_max": [[1e-7, 4e-7]], "rate_int_set": [[5e4, 9e4]]}
    _compare(Study("spread", Crossbar(1, 2, per_cell=spread), [Write(0, 0), Write(0, 1), Read(0)]))


@pytest.mark.slow
def test_it_agrees_on_a_shipped_study(studies: Path) -> None:
    _compare(load_study(studies / "write_read_32.toml"))


def test_half_the_step_gives_the_same_energy() -> None:
    study = Study("step", Crossbar(3, 3), [Write(1, 1), Read(1, 1)], engine="nodal")
    plain, tight = (run_study(replace(study, accuracy=a)).measures for a in (Accuracy(), Accuracy().tighter(8)))
    for name in (*ENERGIES, "read_current", "recovery_time"):
        assert plain[name].value == pytest.approx(tight[name].value, rel=2e-3, abs=0), name


def test_what_it_cannot_do_it_refuses_by_name(tmp_path: Path) -> None:
    nodal = engine("nodal")
    plain = Deck("* nothing\n.end\n", "subckt", 1.0, {}, {})
    with pytest.raises(RequestError, match="engine nodal runs crossbars only"):
        nodal.run(plain, tmp_path, time_limit=10)
    for crossbar, message in (
        (Crossbar(2, 2, driver=DriverParams(sense="tia")), "no transimpedance amplifier"),
        (Crossbar(2, 2, driver=DriverParams(compliance="mos")), "no current limiter"),
        (Crossbar(2, 2, selector=ThresholdParams()), "without selectors, not 1S1R"),
    ):
        deck = crossbar_deck(crossbar, schedule(crossbar, [Read(0, 0)]))
        with pytest.raises(RequestError, match=message):
            nodal.run(deck, tmp_path, time_limit=10)
    assert not list(tmp_path.iterdir())


def test_its_time_limit_is_kept(tmp_path: Path) -> None:
    crossbar = Crossbar(20, 20)
    deck = crossbar_deck(crossbar, schedule(crossbar, [Write(0, 0), ReadAll()]))
    with pytest.raises(SimulationError, match="reached its time limit at"):
        engine("nodal").run(deck, tmp_path, time_limit=0.05)


def test_points_come_in_order_and_end_at_the_stop() -> None:
    crossbar = Crossbar(2, 3)
    plan = schedule(crossbar, [Write(0, 0), Read(1)])
    times: list[float] = []
    Transient(crossbar, plan, Accuracy()).run(np.inf, None, lambda point: times.append(point.time))
    assert times[0] == 0
    assert times[-1] == plan.stop
    assert (np.diff(times) > 0).all()
    assert set(plan.corners) <= set(times)
