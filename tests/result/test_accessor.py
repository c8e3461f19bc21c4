"""`dataset.ag2s`: waves and energies by cell and line, with units, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import xarray as xr

from pyspice_models import (
    Crossbar,
    DriverParams,
    Faults,
    Read,
    RequestError,
    Study,
    WireParams,
    Write,
    current_paths,
    energy_split,
    pattern,
    run_study,
    windows,
)
from pyspice_models.study.run import Outcome

ROW, COL = 1, 2


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    bar = Crossbar(3, 4, per_cell={"w0": pattern("checkerboard", (3, 4))})
    return run_study(Study("waves", bar, [Write(ROW, COL), Read(ROW, COL, duration=6e-5)]))


@pytest.fixture(scope="module")
def waves(outcome: Outcome) -> xr.Dataset:
    return outcome.dataset


def test_voltage_of_a_cell_and_of_lines(waves: xr.Dataset) -> None:
    across = waves.ag2s.voltage(ROW, COL)
    assert across.dims == ("time",)
    assert across.attrs == {"units": "V", "long_name": "voltage across the cell (1, 2)"}
    write = windows(waves, "write")[0]
    top, into, out_of = (
        float(wave.interp(time=write.settled))
        for wave in (across, waves["i_word_source"].sel(row=ROW), waves["i_bit_source"].sel(col=COL))
    )
    in_lines = 0.3 - top - 1010.0 * (into - out_of)  # a driver and a contact at each end
    assert 0 < in_lines < 7 * 1.2 * (into - out_of), "of at most seven segments of 0.9 and 1.1 ohm"
    assert waves.ag2s.voltage(row=ROW).equals(waves["v_word_terminal"].sel(row=ROW))
    assert waves.ag2s.voltage(col=COL).attrs["units"] == "V"
    assert waves.ag2s.voltage(col=COL).values == pytest.approx(waves["v_bit_terminal"].values[:, COL], abs=0)


def test_current_of_a_cell_keeps_kirchhoffs_law_and_the_balance_of_power(outcome: Outcome, waves: xr.Dataset) -> None:
    current = waves.ag2s.current(ROW, COL)
    assert current.attrs == {"units": "A", "long_name": "current into the cell (1, 2)"}
    read = windows(waves, "read")[0]
    settled = {
        (row, col): float(waves.ag2s.current(row, col).interp(time=read.settled))
        for row in range(3) for col in range(4)
    }  # fmt: skip
    # by equations and states, of all cells
    law = current_paths(waves, read)["cells"].values
    for place, amperes in settled.items():
        assert amperes == pytest.approx(law[place], rel=2e-3, abs=2e-13)
    assert sum(settled[row, COL] for row in range(3)) == pytest.approx(
        float(waves.ag2s.current(col=COL).interp(time=read.settled)), rel=1e-3, abs=0
    )
    # in the pulse: what flows in at this voltage is lost or stored in the cell
    write = windows(waves, "write")[0]
    part = waves.sel(time=slice(write.start + 3e-7, write.settled))
    energy = float((waves.ag2s.voltage(ROW, COL) * current).sel(time=part["time"]).integrate("time"))
    lost = float(part["p"].isel(row=ROW, col=COL).integrate("time"))
    stored = float(part["es"].isel(row=ROW, col=COL, time=-1) - part["es"].isel(row=ROW, col=COL, time=0))
    assert energy == pytest.approx(lost + stored, rel=0.01, abs=0)
    assert np.isfinite(current.values).all()


def test_current_of_lines(outcome: Outcome, waves: xr.Dataset) -> None:
    read = windows(waves, "read")[0]
    assert float(waves.ag2s.current(col=COL).interp(time=read.settled)) == pytest.approx(
        outcome.measures["read_current"].value, rel=1e-6, abs=0
    )
    assert waves.ag2s.current(row=ROW).equals(waves["i_word_source"].sel(row=ROW))


def _network(**how: object) -> xr.Dataset:
    """A read of 2 x 3 cells whose lines are shorted or held at both ends, or have resistance on one side alone."""
    w = [[0.9, 0.1, 0.5], [0.2, 0.8, 0.4]]
    bar = Crossbar(2, 3, **how).with_states(w=w)
    return run_study(Study("lines", bar, [Read(0, 1, duration=4e-5)])).dataset


@pytest.mark.parametrize(
    "how",
    [
        {"faults": Faults(shorted_words=((0, 1),), open_bits=((0, 2),))},
        {"driver": DriverParams(both_ends=True)},
        {"wire": WireParams(r_segment_word=0.0, r_segment_bit=2.0)},
    ],
    ids=["shorted and open", "both ends", "bit lines alone"],
)
def test_currents_of_lines_of_every_kind_are_those_of_their_cells(how: dict[str, object]) -> None:
    waves = _network(**how)
    read = windows(waves, "read")[0]
    law = current_paths(waves, read)["cells"].values
    for row in range(2):
        for col in range(3):
            here = float(waves.ag2s.current(row, col).interp(time=read.settled))
            assert here == pytest.approx(law[row, col], rel=5e-3, abs=2e-13), (row, col)


def test_lines_without_resistance_do_not_tell_their_cells_apart() -> None:
    waves = _network(wire=WireParams(r_segment=0.0))
    with pytest.raises(RequestError, match="lines without resistance are single nodes"):
        waves.ag2s.current(0, 0)
    assert waves.ag2s.current(row=0).attrs["units"] == "A"


def test_state_of_a_cell_by_name_or_the_one_that_writes_set(waves: xr.Dataset) -> None:
    w = waves.ag2s.state(ROW, COL)
    assert w.equals(waves.ag2s.state(ROW, COL, "w").rename("w"))
    assert w.attrs == {"units": "1", "long_name": "state w of the cell (1, 2)"}
    assert float(w[-1]) > float(w[0])
    assert waves.ag2s.state(ROW, COL, "x").name == "x"
    with pytest.raises(RequestError, match=r"name = 'v'.*one of w, x"):
        waves.ag2s.state(ROW, COL, "v")


def test_energy_is_that_of_the_measures_and_adds_up(waves: xr.Dataset) -> None:
    write = windows(waves, "write")[0]
    split = energy_split(waves, write.start, write.stop)
    cells = waves.ag2s.energy((write.start, write.stop))
    assert cells.dims == ("row", "col")
    assert cells.attrs["units"] == "J"
    assert cells.values == pytest.approx(split.cells.values, rel=1e-12, abs=0)
    one = waves.ag2s.energy((write.start, write.stop), of=(ROW, COL))
    assert float(one) == pytest.approx(float(cells[ROW, COL]), rel=1e-12, abs=0)
    whole = {name: float(waves.ag2s.energy(of=name)) for name in ("source", "dissipated", "stored")}
    assert whole["source"] == pytest.approx(whole["dissipated"] + whole["stored"], rel=1e-3, abs=0)
    parts = sum(float(waves.ag2s.energy(of=name)) for name in ("selectors", "lines", "drivers"))
    assert parts + float(waves.ag2s.energy().sum()) == pytest.approx(whole["dissipated"], rel=1e-9, abs=0)
    for name in ("source", "lines"):
        assert waves.ag2s.energy(of=name).attrs["units"] == "J"
    halves = [waves.ag2s.energy(between) for between in ((0, write.stop), (write.stop, float(waves["time"][-1])))]
    assert sum(float(one.sum()) for one in halves) == pytest.approx(float(waves.ag2s.energy().sum()), rel=1e-9, abs=0)


def test_moments_are_numbers_or_text_and_snap_to_samples(waves: xr.Dataset) -> None:
    found = waves.ag2s.energy(("0.2 us", "0.9 us"))
    time = waves["time"].values
    assert found.attrs["start"] in time
    assert found.attrs["stop"] in time
    assert abs(found.attrs["start"] - 2e-7) <= np.diff(time).max()
    assert found.equals(waves.ag2s.energy((2e-7, 9e-7)))


def test_a_part_of_a_run_knows_its_lines_by_their_numbers(waves: xr.Dataset) -> None:
    part = waves.isel(row=slice(1, 3))
    assert part.ag2s.state(ROW, COL).equals(waves.ag2s.state(ROW, COL))
    with pytest.raises(RequestError, match=r"row = 0.*1 to 2"):
        part.ag2s.state(0, COL)
    with pytest.raises(RequestError, match="ask the whole run"):
        part.ag2s.current(ROW, COL)


@pytest.mark.parametrize(
    ("ask", "match"),
    [
        (lambda a: a.current(3, 0), "row = 3.*from 0 to 2"),
        (lambda a: a.voltage(0, 4), "col = 4.*from 0 to 3"),
        (lambda a: a.voltage(-1, 0), "row = -1.*from 0 to 2"),
        (lambda a: a.state(0.5, 0), "row = 0.5"),
        (lambda a: a.state("0", 0), "row = '0'"),
        (lambda a: a.voltage(), "Give row and col for a cell"),
        (lambda a: a.energy((0, 1)), "between = .*s is not allowed|between"),
        (lambda a: a.energy((2e-6, 1e-6)), "start < stop"),
        (lambda a: a.energy(("1 V", "2 us")), r"between\[0\] = '1 V'"),
        (lambda a: a.energy((0,)), "two moments of the run"),
        (lambda a: a.energy((1e-6, 1.0000001e-6)), "a span with two samples"),
        (lambda a: a.energy((float("nan"), 1e-6)), "between"),
        (lambda a: a.energy(of="cell"), "of = 'cell'.*cells, selectors"),
        (lambda a: a.energy(of=(9, 0)), "row = 9"),
        (lambda a: a.energy(of=(1, 2, 3)), "a pair"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused(ask, match: str, waves: xr.Dataset) -> None:
    with pytest.raises(RequestError, match=match):
        ask(waves.ag2s)


def test_another_dataset_has_no_waves() -> None:
    other = xr.Dataset({"a": ("b", [1.0])})
    assert other.ag2s.kind == "other"
    assert repr(other.ag2s) == "<Dataset: 1 b>"
    for ask in (lambda: other.ag2s.current(0, 0), lambda: other.ag2s.energy()):
        with pytest.raises(RequestError, match="holds no waves of an array"):
            ask()


def test_the_accessor_comes_with_results_and_not_with_the_package() -> None:
    code = (
        "import sys, pyspice_models\n"
        "assert 'xarray' not in sys.modules\n"
        "from pyspice_models import load\n"
        "import xarray as xr\n"
        "assert repr(xr.Dataset().ag2s) == '<Dataset: >', repr(xr.Dataset().ag2s)\n"
        "assert 'matplotlib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
