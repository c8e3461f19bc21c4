"""The nodal engine: its linear algebra against dense matrices, its transients against ngspice, what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nodal_cases import _agree, _both, _compare
from shipped import CASES, small

from pyspice_models.array import Crossbar, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.law import CONSTANTS
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.engine import engine
from pyspice_models.engine.nodal.crossings import own
from pyspice_models.engine.nodal.crossings.cells import PROBED_VOLTAGES, Cells
from pyspice_models.engine.nodal.linear.schur import Schur, Side
from pyspice_models.errors import RequestError
from pyspice_models.stimulus import Read, ReadAll, Write
from pyspice_models.stimulus.scheme import READ_SCHEMES, WRITE_SCHEMES
from pyspice_models.study import Study, run_study


def test_currents_whose_squares_are_hardly_numbers_are_solved() -> None:
    """The goal of the iterations was 0 then: they divided by zero, or came to no end."""
    random, shape = np.random.default_rng(3), (5, 7)
    cells = 10 ** random.uniform(-7, -4, shape)
    word, bit = (Side(0.5, random.uniform(1e-3, 1e-2, n), np.zeros(n), np.zeros(shape)) for n in shape)
    matrix, into = Schur(word, bit, cells), random.uniform(-1, 1, (2, *shape))
    large = np.array(matrix.solve(*into, 1e-4))
    # the energy that is left may be the smallest normal number, and a line's end takes 1 mS at least
    missed = (np.finfo(float).tiny / 1e-3) ** 0.5
    for scale in 10 ** np.arange(-166, -150, 0.01):
        found = np.array(matrix.solve(*(scale * into), 1e-4))
        assert np.abs(found - scale * large).max() <= 1e-3 * scale * np.abs(large).max() + missed, scale


@settings(max_examples=60)
@given(st.integers(1, 5), st.integers(1, 6), st.booleans(), st.booleans(), st.integers(0, 99))
def test_the_structured_matrix_is_that_of_the_network(rows, cols, ideal_word, ideal_bit, seed) -> None:
    """Lines with and without resistance, ends and shunts of any kind, against every node in a dense matrix."""
    random = np.random.default_rng(seed)

    def side(count: int, ideal: bool) -> Side:
        near, far = 1e-3 * random.random(count), 1e-4 * random.random(count)
        return Side(np.inf if ideal else 10 ** random.uniform(-3, 1), near, far, 1e-7 * random.random((rows, cols)))

    word, bit = side(rows, ideal_word), side(cols, ideal_bit)
    cells = 10 ** random.uniform(-8, -3, (rows, cols))
    into = random.standard_normal((2, rows, cols))
    found = Schur(word, bit, cells).solve(*into, 1e-13)
    # nodes of the dense matrix: one for a line without resistance
    numbers = np.arange(rows * cols).reshape(rows, cols)
    of_word = np.broadcast_to(np.arange(rows)[:, None], (rows, cols)) if ideal_word else numbers
    of_bit = of_word.max() + 1 + (np.broadcast_to(np.arange(cols)[None], (rows, cols)) if ideal_bit else numbers)
    dense, right = np.zeros((of_bit.max() + 1,) * 2), np.zeros(of_bit.max() + 1)

    def add(a: int, b: int | None, g: float) -> None:
        dense[a, a] += g
        if b is not None:
            dense[b, b] += g
            dense[a, b] -= g
            dense[b, a] -= g

    for r in range(rows):
        for c in range(cols):
            add(of_word[r, c], of_bit[r, c], cells[r, c])
            for lines, nodes, currents in ((word, of_word, into[0]), (bit, of_bit, into[1])):
                add(nodes[r, c], None, lines.shunts[r, c])
                right[nodes[r, c]] += currents[r, c]
            if c > 0 and not ideal_word:
                add(of_word[r, c], of_word[r, c - 1], word.g_segment)
            if r > 0 and not ideal_bit:
                add(of_bit[r, c], of_bit[r - 1, c], bit.g_segment)
        add(of_word[r, 0], None, word.near[r])
        add(of_word[r, -1], None, word.far[r])
    for c in range(cols):
        add(of_bit[-1, c], None, bit.near[c])
        add(of_bit[0, c], None, bit.far[c])
    wanted = np.linalg.solve(dense, right)
    for voltages, nodes in zip(found, (of_word, of_bit), strict=True):
        assert voltages == pytest.approx(wanted[nodes], rel=1e-6, abs=1e-8 * np.abs(wanted).max())


def test_compiled_cells_are_the_equations() -> None:
    """The formulas compiled for one cell at a time, with a spread of every parameter, against arrays in NumPy."""
    shape, random = (3, 4), np.random.default_rng(8)
    names = ("g_int_max", "rate_int_set", "rate_fil_reset", "v_nuc_fil", "area", "thickness", "v_int", "r_ion")
    spread = {name: getattr(CellParams(), name) * random.uniform(0.8, 1.2, shape) for name in names}
    spread |= {"w0": random.random(shape), "x0": random.random(shape)}
    bar = Crossbar(*shape, per_cell=spread, temperature=320.0)
    kernel = own.Own(bar, bar.populations[0], 1.0)
    cells, eq = kernel.cells, kernel.cells.equations
    table = cells.table()
    assert table.shape == (12,)
    assert table.dtype.names == (*CONSTANTS, "c_parallel")
    word, bit = random.uniform(-0.4, 0.4, shape), random.uniform(-0.1, 0.1, shape)
    step, q0 = 1e-7, random.uniform(-0.1, 0.1, shape)
    point, held, start = kernel.at_rest(), kernel.at_rest(), kernel.new_start()
    point.q[:] = q0.ravel()
    own.ahead(kernel.devices, 0, 3, step, 1.0, point, 0.0, point, start, held)
    flow_word, flow_bit, rest_word, rest_bit, on_word, on_bit = (np.full(shape, np.nan) for _ in range(6))
    for first, last in ((0, 2), (2, 3)):
        own.follow(
            kernel.devices, first, last, step, word, bit, start, held, flow_word, flow_bit, rest_word, rest_bit
        )  # fmt: skip
    v = word - bit
    before, after = ((held.w.reshape(shape), held.x.reshape(shape)) for held in (point, held))
    w, x, q = *after, held.q.reshape(shape)
    for state, was, rate, kept in zip(after, before, eq.rates(v, w, x), (held.rate_w, held.rate_x), strict=True):
        assert state == pytest.approx(was + step * rate, rel=0, abs=1e-9)
        assert kept.reshape(shape) == pytest.approx((state - was) / step, rel=1e-12, abs=0)
    assert q == pytest.approx(q0 + step / (eq.r_ion * eq.c_ion) * (v - q), rel=1e-12, abs=0)
    assert flow_bit == pytest.approx(eq.current(v, w, x) + (v - q) / eq.r_ion, rel=1e-12, abs=0)
    assert (flow_word == -flow_bit).all()
    assert held.power == pytest.approx(eq.power(v, q, w, x).ravel(), rel=1e-12, abs=0)
    own.stored(kernel.devices, 0, 3, word, bit, held, on_word, on_bit)
    assert on_word == pytest.approx((eq.c_geo + bar.wire.c_crossing) * v, rel=1e-12, abs=0)
    assert rest_bit == pytest.approx(flow_bit - on_bit / step, rel=1e-12, abs=0)
    assert rest_word == pytest.approx(flow_word - on_word / step, rel=1e-12, abs=0)


def test_no_state_that_moves_is_left_out_as_quiet() -> None:
    cells = Cells(Crossbar(2, 2))
    fastest = cells.fastest()
    for step in (1e-9, 1e-6, 1e-3):
        quiet = own.quiet_below(PROBED_VOLTAGES, fastest, step)
        assert quiet < 0.1
        rates = np.abs(cells.equations.rates(np.array([quiet, -quiet]), 0.5, 0.5))
        assert rates.max() * step < 1e-12
    assert own.quiet_below(PROBED_VOLTAGES, np.ones_like(fastest), 1.0) == 0.0


RANDOM = given(
    st.integers(2, 4), st.integers(2, 4), st.integers(0, 99), st.sampled_from(WRITE_SCHEMES),
    st.sampled_from(READ_SCHEMES), st.floats(0.15, 0.35), st.booleans(),
)  # fmt: skip


@settings(max_examples=4)
@RANDOM
def test_it_agrees_with_ngspice_on_random_arrays(rows, cols, seed, write_scheme, read_scheme, volt, reset) -> None:
    _compare_random(rows, cols, seed, write_scheme, read_scheme, volt, reset)


@pytest.mark.slow
@settings(max_examples=50)
@RANDOM
def test_it_agrees_with_ngspice_on_many(rows, cols, seed, write_scheme, read_scheme, volt, reset) -> None:
    _compare_random(rows, cols, seed, write_scheme, read_scheme, volt, reset)


def _compare_random(rows, cols, seed, write_scheme, read_scheme, volt, reset) -> None:
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


def test_lines_that_float_are_held_by_what_their_switches_leak() -> None:
    crossbar = Crossbar(3, 3, cell=CellParams(w0=0.3), driver=DriverParams(r_off=2e7))
    study = Study("leak", crossbar, [Read(0, 0, scheme="floating", duration=20e-6)])
    spice, nodal = (outcome.dataset.sel(time=15e-6, method="nearest") for outcome in _both(study))
    for name in ("v_word", "v_bit"):
        assert nodal[name].values == pytest.approx(spice[name].values, rel=1e-4, abs=0)
    # without leaks the two lines that float stand at two and three fifths of the read
    assert float(nodal.v_word[1].mean()) == pytest.approx(1.03e-3, rel=0.02, abs=0)


def test_it_agrees_where_filaments_form_and_dissolve() -> None:
    """A 10 ms pulse behind 1 kohm: the filament bridges, the cell's conductance changes by five decades."""
    crossbar = Crossbar(2, 2, cell=CellParams(w0=0.3))
    program = [Write(0, 0, width=10e-3, voltage=0.3, scheme="V/3"), Read(0, 0, duration=5e-3)]
    _compare(Study("filament", crossbar, program))


def test_a_per_cell_spread_is_felt() -> None:
    spread = {"w0": 0.3, "g_int_max": [[1e-7, 4e-7]], "rate_int_set": [[5e4, 9e4]]}
    _compare(Study("spread", Crossbar(1, 2, per_cell=spread), [Write(0, 0), Write(0, 1), Read(0)]))


@pytest.mark.parametrize(("path", "changes"), CASES)
def test_every_shipped_study_balances_its_books_and_is_the_same_or_refused_elsewhere(
    path: Path, changes: list[str]
) -> None:
    study = small(path, changes)
    outcome = run_study(study)
    measures = outcome.measures
    assert abs(measures["energy_imbalance"].value) < 1e-3
    assert measures["energy_source"].value == pytest.approx(
        measures["energy_dissipated"].value + measures["energy_stored"].value, rel=1e-3, abs=0
    )
    assert measures["energy_dissipated"].value > 0
    if study.ages:  # what ages is compared in tests/study/aging
        with pytest.raises(RequestError, match=r"engine ngspice .* or use engine nodal\."):
            run_study(replace(study, engine="ngspice"))
    elif engine("ngspice").lacks(study.crossbar, study.schedule(), study.form):
        with pytest.raises(RequestError, match=r"engine ngspice .* Use engine nodal\."):
            replace(study, engine="ngspice")
    elif not engine("nodal").lacks(study.crossbar, study.schedule(), study.form):
        spice, nodal = (
            outcome if name == study.engine else run_study(replace(study, engine=name)) for name in ("ngspice", "nodal")
        )
        _agree(spice, nodal)
    else:
        with pytest.raises(RequestError, match=r"engine nodal .* Use engine ngspice\."):
            replace(study, engine="nodal")
