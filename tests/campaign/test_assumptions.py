"""What a study rests on: which parameters are varied, what follows them, the bars, the command."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from pyspice_models import CellParams, Crossbar, Study, Write, run_study
from pyspice_models.campaign.assumptions import Request, as_data, headlines, load_request, run_assumptions, tornado
from pyspice_models.campaign.assumptions.published import changed_cell
from pyspice_models.campaign.assumptions.request import EndTask
from pyspice_models.campaign.assumptions.subject import Subject, subject_of
from pyspice_models.campaign.assumptions.varied import parse_ranges, select
from pyspice_models.campaign.journal.folder import journal_in
from pyspice_models.campaign.runs import Answer
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.declare.quantity import Plausible
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.lab.measured import measured
from pyspice_models.report.campaign.tornado import save_tornado_pictures
from pyspice_models.study.tables.read import study_from

pytestmark = pytest.mark.usefixtures("no_pictures")

AG2S = Path(sys.executable).with_name("ag2s")
TABLES: dict[str, Any] = {
    "array": {"rows": 2, "cols": 2, "initial": {"pattern": "checkerboard"}},
    "program": [{"do": "write", "row": 0, "col": 1}],
}


def _subject(**tables: Any) -> Subject:
    return subject_of(TABLES | tables, name="s")


def _run(
    request: Request, folder: Path, change: Callable[[EndTask, Answer], Answer] | None = None
) -> xr.Dataset:  # fmt: skip
    """In this process; `change` has the last word about an answer."""

    def crew(function: Callable[[Any], Any], items: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
        for number, item in enumerate(items):
            answer = function(item)
            yield number, change(item, answer) if change else answer

    with journal_in(folder / "a", request.key, request.about) as journal:
        return run_assumptions(request, journal, crew)


def _request(subject: Subject, *only: str, ranges: Sequence[str] = (), measures: Sequence[str] = ()) -> Request:
    return Request(subject, *select(subject, only, parse_ranges(ranges, subject)), measures)


def test_all_that_can_act_is_varied_and_the_rest_says_why_not() -> None:
    varied, alone = select(_subject())
    keys = {one.key for one in varied}
    assert {"cell.v_nuc_int", "cell.alpha", "cell.c_ion", "wire.resistivity_wl", "driver.t_edge"} <= keys
    assert not keys & set(alone)
    assert keys | set(alone) == {
        f"{table}.{name}" for table, part in _subject().parts.items() for name in part.quantities()
    }
    assert all(alone.values())
    assert "Table S1" in alone["cell.area"]
    assert "cell.t_nom" in alone["cell.e_act"]
    assert "cell.e_act" in {one.key for one in select(_subject(array=TABLES["array"] | {"temperature": 350}))[0]}


def test_parameters_that_are_said_to_be_idle_move_nothing() -> None:
    subject = _subject(wire={"mean_free_path": 0})
    alone = [key for key, why in select(subject)[1].items() if why.startswith("acts")]
    assert len(alone) > 8
    declared = {f"{t}.{n}": q for t, part in subject.parts.items() for n, q in part.quantities().items()}
    nominal = run_study(subject.study).measures
    for end in ("low", "high"):
        values = {key: getattr(known, end) for key in alone if isinstance(known := declared[key].plausible, Plausible)}
        assert len(values) > 6
        assert run_study(subject.changed(values)).measures == nominal


@pytest.mark.parametrize(
    ("tables", "key", "why"),
    [
        ({"cell": {"c_ion": 1e-12}}, "cell.c_ion", "has 1 pF in this study, outside of the plausible range, 5 fF"),
        ({"wire": {"resistivity_wl": 0}}, "wire.resistivity_wl", "outside of the plausible range"),
        ({"wire": {"width": "8 um"}}, "wire.pitch", "cannot take its end 7e-06 in this study: wire.pitch"),
    ],
)
def test_what_the_study_says_otherwise_is_left_alone(tables: dict[str, Any], key: str, why: str) -> None:
    assert why in select(_subject(**tables))[1][key]


def test_what_a_preset_has_from_data_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ['name = "mine"', 'description = "fitted"', "[cell.alpha]", "value = 0.4", 'tag = "derived"',
             'source = "fitted to train.csv"']  # fmt: skip
    (tmp_path / "mine.toml").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    subject = subject_of(TABLES | {"cell": {"preset": "mine.toml"}})
    assert select(subject)[1]["cell.alpha"] == "is derived in preset mine: fitted to train.csv"


def test_a_parameter_that_differs_from_cell_to_cell_is_left_alone() -> None:
    bar = Crossbar(2, 2, per_cell={"v_int": [[0.2, 0.3], [0.3, 0.4]]})
    subject = subject_of(Study("s", bar, [Write(0, 1)], engine="nodal"))
    varied, alone = select(subject)
    assert "from cell to cell" in alone["cell.v_int"]
    assert "cell.c_ion" in {one.key for one in varied}
    assert subject.changed({"cell.c_ion": 5e-15, "wire.pitch": 7e-6}).crossbar.cell.c_ion == 5e-15


@pytest.mark.parametrize(
    ("only", "ranges", "message"),
    [
        (["cell.alpa"], [], "did you mean 'cell.alpha'"),
        (["cell.e_act"], [], "--vary cell.e_act: it is left alone, because it acts away from"),
        (["cell.area"], [], "because it is measured: Table S1"),
        (["cell.x0"], [], "because it is not varied: the initial state"),
        ([], ["cell.alpha"], "KEY=LOW:HIGH"),
        ([], ["cell.alpha=1:0.1"], "a low end below the high one"),
        ([], ["cell.alpha=0.1:1 V"], "cell.alpha = '0.1 V' is refused"),
        ([], ["cell.alpha=0:3"], "cell.alpha = 0"),
        ([], ["alpha=0.1:1"], "unknown key 'alpha'"),
    ],
)
def test_wrong_keys_and_ranges_are_refused(only: list[str], ranges: list[str], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        _request(_subject(), *only, ranges=ranges)


def test_a_range_of_ones_own_goes_before_the_declared_one() -> None:
    request = _request(_subject(), "cell.area", ranges=["cell.area=16 um^2:36 um^2"])
    assert [one.ends for one in request.varied] == [pytest.approx((16e-12, 36e-12), rel=1e-12, abs=0)]


def test_every_end_is_the_study_run_alone_and_the_study_s_own_value_needs_no_run(tmp_path: Path) -> None:
    request = _request(_subject(), "wire.resistivity_wl", "driver.r_sense")
    assert len(request.tasks) == 1 + 1 + 2  # silver's default is the low end of its range
    found = _run(request, tmp_path)
    for key, end, value in (("wire.resistivity_wl", "high", 4.65e-8), ("driver.r_sense", "low", 100.0)):
        table, name = key.split(".")
        alone = run_study(study_from(TABLES | {table: {name: value}, "study": {"engine": "nodal"}})).measures
        for measure, one in alone.items():
            assert float(found[measure].sel(parameter=key, end=end)) == one.value
    nominal = run_study(request.subject.study).measures["energy_per_switch"].value
    assert float(found["energy_per_switch"].sel(parameter="wire.resistivity_wl", end="low")) == nominal
    assert found["energy_per_switch"].attrs["nominal"] == nominal
    json.dumps(as_data(found), allow_nan=False)


def test_calibrated_parameters_follow_so_that_published_numbers_stay() -> None:
    cell = CellParams()
    held = changed_cell(cell, "c_ion", 5e-15, follow=True)
    assert set(held.values) == {"c_ion", "r_ion", "g_int_max", "g_int_min"}
    assert held.moved == {}
    after = cell.replace(**held.values)
    assert measured("recovery", after) == pytest.approx(5e-6, rel=0.0125, abs=0)
    assert measured("energy", after) == pytest.approx(15e-15, rel=0.0125, abs=0)


def test_what_does_not_follow_is_told_and_the_row_that_a_parameter_is_calibrated_to_moves() -> None:
    held = changed_cell(CellParams(), "r_ion", 23.14e6, follow=True)
    assert held.values["r_ion"] == 23.14e6
    before, after = held.moved["recovery"]
    assert before == pytest.approx(5e-6, rel=0.01, abs=0)
    assert after == pytest.approx(measured("recovery", CellParams(**held.values)), rel=1e-9, abs=0)
    assert after < 0.6 * before


def _energy(value: float) -> Callable[[EndTask, Answer], Answer]:
    """Answers in which the energy is proportional to the parameter, and the run of the high r_driver fails."""

    def change(task: EndTask, answer: Answer) -> Answer:
        if task.key == "driver.r_driver" and task.value > 1e3:
            return Answer(failure="no convergence")
        factor = {"": 1.0, "driver.r_sense": task.value / 1e3, "driver.r_driver": 0.9, "wire.pitch": 1.5}[task.key]
        one = answer.measures["energy_per_switch"]
        return replace(answer, measures={"energy_per_switch": replace(one, value=factor * value)})

    return change


def test_bars_stand_largest_first_and_failed_ends_are_told(tmp_path: Path) -> None:
    request = _request(_subject(), "driver.r_sense", "driver.r_driver", "wire.pitch")
    found = _run(request, tmp_path, _energy(1e-15))
    one = tornado(found, "energy_per_switch")
    assert [bar.parameter for bar in one.bars] == ["driver.r_sense", "wire.pitch", "driver.r_driver"]
    assert one.wide
    assert one.bars[0].at == pytest.approx((0.1e-15, 10e-15), rel=1e-12, abs=0)
    assert one.bars[0].span == pytest.approx(2.0, rel=1e-12, abs=0)
    assert (one.low, one.high) == pytest.approx((0.1e-15, 10e-15), rel=1e-12, abs=0)
    assert one.bars[2].failed == ("high",)
    assert math.isnan(one.bars[2].at[1])
    data = as_data(found)
    assert data["measures"]["energy_per_switch"]["bars"][2]["high"] is None
    assert {p["parameter"]: p["ends"]["high"]["failure"] for p in data["parameters"]}["driver.r_driver"]
    (picture,) = save_tornado_pictures([one], tmp_path)
    assert picture.stat().st_size > 10_000
    assert headlines(found, ["none"]) == ["energy_per_switch"]


def test_without_the_study_itself_or_a_measure_of_it_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    subject = _subject()
    with pytest.raises(SimulationError, match=r"the study as it is fails.*no convergence"):
        _run(_request(subject, "wire.pitch"), tmp_path / "1", lambda task, answer: Answer(failure="no convergence"))
    with pytest.raises(RequestError, match=r"no measure read_margin; it has: .*energy_per_switch"):
        _run(_request(subject, "wire.pitch", measures=["read_margin"]), tmp_path / "2")


def test_the_fast_solver_is_taken_where_nothing_else_is_asked_for() -> None:
    assert _subject().study.engine == "nodal"
    assert _subject(study={"engine": "ngspice"}).study.engine == "ngspice"
    assert _subject(transistor={}, driver={"kind": "rail"}).study.engine == "nodal"
    assert "transistor.kp" in {one.key for one in select(_subject(transistor={}))[0]}
    assert subject_of(TABLES, engine="vacask").study.engine == "vacask"


@pytest.mark.usefixtures("pictures")
def test_the_command_writes_json_netcdf_and_a_tornado(tmp_path: Path) -> None:
    study = tmp_path / "s.toml"
    study.write_text("[array]\nrows = 2\ncols = 2\n[[program]]\ndo = 'write'\nrow = 0\ncol = 1\n")
    words = [str(AG2S), "assumptions", str(study), "--vary", "wire.pitch", "--workers", "1",
             "--measure", "energy_per_switch", "--out", str(tmp_path / "o")]  # fmt: skip
    done = subprocess.run([*words, "--json"], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["engine"] == "nodal"
    (bar,) = data["measures"]["energy_per_switch"]["bars"]
    assert bar["low"] < data["measures"]["energy_per_switch"]["nominal"] < bar["high"]
    assert json.loads((tmp_path / "o" / "assumptions.json").read_text()) == data
    assert {"assumptions.nc", "tornado_energy_per_switch.png"} <= {path.name for path in (tmp_path / "o").iterdir()}
    again = load_request(tmp_path / "o" / "study.toml", only=["wire.pitch"], measures=["energy_per_switch"])
    assert again.key == load_request(study, only=["wire.pitch"]).key
    assert load_request(again.subject.study, only=["wire.pitch"]).key == again.key, "an object is its file"
    assert "cell.area: is measured" in " ".join(done.stderr.split()) or "not asked for" in done.stderr


def test_a_study_file_that_asks_for_all_is_laid_out(studies: Path) -> None:
    request = load_request(studies / "write_read.toml")
    assert len(request.varied) > 25
    assert len(request.tasks) > 50


@pytest.mark.parametrize("scheme", ["V/2", "V/3"])
def test_the_range_of_the_disturb_is_what_the_study_gives_with_other_kinetics(scheme: str) -> None:
    tables = TABLES | {
        "study": {"engine": "nodal"}, "program": [{"do": "write", "row": 0, "col": 1, "scheme": scheme}]
    }  # fmt: skip
    found = run_study(study_from(tables)).measures
    name = "disturb_half_selected"
    low, own, high = (found[f"{name}{end}"].value for end in ("_low", "", "_high"))
    assert "orders of magnitude: see ag2s assumptions" in found[name].about

    def with_kinetics(**values: float) -> float:
        cell = CellParams(**values)
        # the filament's rate at its threshold is published
        kept = float(Equations(CellParams()).rates(0.1, 0.5, 0.5)[1] / Equations(cell).rates(0.1, 0.5, 0.5)[1])
        rates = {key: kept * getattr(cell, key) for key in ("rate_fil_set", "rate_fil_reset")}
        return run_study(study_from(tables | {"cell": values | rates})).measures[name].value

    assert high == pytest.approx(with_kinetics(v_nuc_int=0.1, v_nuc_fil=0.5, alpha=0.1), rel=0.03, abs=0)
    # with slow kinetics of the interface the filament's own disturb is what is left; docs/assumptions.md: the low end
    # is not as sure as the high one, here within a factor of 1.5
    assert 1 / 1.5 < low / with_kinetics(v_nuc_int=2.0, v_nuc_fil=0.2, alpha=0.1) < 1.5
    assert low < own < high
    assert math.log10(high / low) > 2.5
