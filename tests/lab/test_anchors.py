"""Anchors: each has an answer, the answers are the model's, and the page says what the command says."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from scipy.constants import Boltzmann, elementary_charge
from typer.testing import CliRunner

from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.ag2s.twin import simulate
from pyspice_models.cli.commands import anchors as command
from pyspice_models.cli.main import app
from pyspice_models.lab.anchors import ANCHORS, Anchor
from pyspice_models.lab.characterize.anchors import Anchors, Compared, compare_anchors
from pyspice_models.lab.characterize.anchors_text import markdown
from pyspice_models.lab.characterize.pulses import train_bench
from pyspice_models.lab.measured import measured
from pyspice_models.lab.published import PEERS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Anchors:
    return compare_anchors("twin", tmp_path_factory.mktemp("twin"))


def only(compared: Anchors, name: str) -> float:
    """The model's number for an anchor that has one."""
    (row,) = [row for row in compared.rows if row.anchor.id == name]
    assert row.simulated is not None
    assert row.simulated[0] == row.simulated[1]
    return row.simulated[0]


# ---- the table


def test_each_anchor_has_a_source_that_can_be_looked_up_and_a_tag() -> None:
    assert len({anchor.id for anchor in ANCHORS}) == len(ANCHORS)
    for anchor in ANCHORS:
        assert re.search(r"doi:10\.\d{4}/\S+$|arXiv:\d{4}\.\d{4,5}$", anchor.source), anchor.id
        assert anchor.tag.startswith("other device"), anchor.id
        assert anchor.published[0] <= anchor.published[1], anchor.id


def test_what_is_calibrated_on_an_anchor_is_said_and_no_parameter_says_otherwise() -> None:
    """Nothing but the nucleation voltages, which keep a state for 10^4 s."""
    assert {anchor.id: anchor.calibrated for anchor in ANCHORS if anchor.calibrated} == {
        "retention": ("v_nuc_int", "v_nuc_fil")
    }
    names = {anchor.id for anchor in ANCHORS} - {"retention"}
    assert not {declared.calibrated_to for declared in CellParams.quantities().values()} & names


# ---- the answers, by other ways


def test_activation_energies_and_slopes_are_those_of_the_declared_rates(twin: Anchors) -> None:
    def log_rate(voltage: float, kelvin: float = 300.0) -> float:
        return math.log(Equations(CellParams(), kelvin).kinetic_factors(voltage)[1])

    per_energy = [elementary_charge / (Boltzmann * kelvin) for kelvin in (290.0, 310.0)]
    energy, slope = {}, {}
    for voltage in (0.1, 1.0):
        energy[voltage] = (log_rate(voltage, 310.0) - log_rate(voltage, 290.0)) / (per_energy[0] - per_energy[1])
        rise = log_rate(1.05 * voltage) - log_rate(0.95 * voltage)
        slope[voltage] = 0.1 * voltage / (rise / math.log(10))
    # beside the rate, the filament's own conductance depends on the temperature a little: how far it has to grow
    assert only(twin, "activation_low") == pytest.approx(energy[0.1], abs=0.005)
    assert only(twin, "activation_high") == pytest.approx(energy[1.0], abs=0.005)
    assert only(twin, "steepness_trend") == pytest.approx(slope[1.0] / slope[0.1], rel=0.01, abs=0)


def burnt_by(count: int) -> float:
    """Energy of so many pulses, and the waits after each, on an ideal source [J]."""
    bench = train_bench(CellParams(w0=0.0), [0.3] * count)
    run = simulate(bench.cell, bench.times, bench.volts)
    return float(run.loss[-1])


def test_thresholds_and_energies_are_those_of_the_calibration(twin: Anchors) -> None:
    answers = {row.anchor.id: row for row in twin.rows}
    threshold, energy = answers["threshold"].simulated, answers["interface_energy"].simulated
    assert threshold is not None
    assert energy is not None
    assert threshold[1] == pytest.approx(-measured("vth_200", CellParams()), rel=1e-3, abs=0)
    assert threshold[0] < threshold[1]
    # the mean is the calibrated number, and each pulse finds a larger conductance than the one before
    assert energy[0] < measured("energy", CellParams()) < energy[1]
    first, thirty = (burnt_by(count) for count in (1, 30))
    assert energy == pytest.approx((first, thirty - burnt_by(29)), rel=2e-3, abs=0)


def test_the_forms_agree(twin: Anchors, tmp_path: Path) -> None:
    for form in ("osdi", "subckt"):
        other = compare_anchors(form, tmp_path / form)
        for mine, theirs in zip(other.rows, twin.rows, strict=True):
            assert mine.verdict.split()[-2:] == theirs.verdict.split()[-2:], mine.anchor.id
            assert mine.simulated == (theirs.simulated and pytest.approx(theirs.simulated, rel=0.01, abs=0))
        for one, two in zip(other.peers, twin.peers, strict=True):
            assert one.energy == (two.energy and pytest.approx(two.energy, rel=0.01, abs=0))
            assert one.change == (two.change and pytest.approx(two.change, rel=0.01, abs=0))


def test_table_s1_is_all_there(twin: Anchors) -> None:
    assert [row.peer for row in twin.peers] == list(PEERS)
    for row in twin.peers:
        assert (row.energy is None) == bool(row.note.startswith(("no pulse", "above"))), row.peer.device


def test_a_cell_that_does_not_switch_has_no_number(tmp_path: Path) -> None:
    compared = compare_anchors("twin", tmp_path, cell=CellParams().replace(rate_fil_set=1e-8))
    answers = {row.anchor.id: row for row in compared.rows}
    for name in ("activation_low", "activation_trend", "steepness_trend", "threshold", "fastest"):
        assert answers[name].simulated is None, name
        assert answers[name].note
        assert not answers[name].agrees
    json.dumps(compared.as_dict(), allow_nan=False)


# ---- verdicts


@pytest.mark.parametrize(
    ("relation", "published", "simulated", "verdict"),
    [
        ("value", (1.0, 2.0), (1.5, 1.5), "consistent"),
        ("value", (1.0, 1.0), (0.5, 1.5), "consistent"),
        ("value", (1.0, 2.0), (0.1, 0.5), "0.5 of it"),
        ("value", (1.0, 2.0), (8.0, 9.0), "4 times it"),
        ("ratio", (2.0, 2.0), (0.5, 0.5), "opposite trend"),
        ("ratio", (1.0, math.inf), (3.0, 3.0), "same trend"),
        ("at least", (1e4, 1e4), (1e4, 1e4), "reached"),
        ("at least", (1e4, 1e4), (1e3, 1e3), "0.1 of it"),
        ("value", (1.0, 1.0), None, "not in the model"),
    ],
)
def test_verdicts(
    relation: str, published: tuple[float, float], simulated: tuple[float, float] | None, verdict: str
) -> None:
    anchor = Anchor("a", "b", published, "", relation, "other device", "c", "d")  # type: ignore[arg-type]
    compared = Compared(anchor, simulated)
    assert compared.verdict == verdict
    assert compared.agrees == (verdict in ("consistent", "same trend", "reached"))


# ---- page and command


def test_the_page_holds_the_tables_and_what_its_text_says_is_so(twin: Anchors) -> None:
    page = (ROOT / "docs" / "anchors.md").read_text()
    assert markdown(twin) in page
    verdicts = {row.anchor.id: row.verdict for row in twin.rows}
    assert ("**The activation energy has the wrong trend**" in page) == (
        verdicts["activation_trend"] == "opposite trend"
    )
    assert verdicts["noise"] == verdicts["endurance"] == "not in the model"


@pytest.mark.parametrize("width", ["80", "160"])
def test_the_command_prints_every_anchor_with_its_source(
    twin: Anchors, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setattr(command, "compare_anchors", lambda form, folder, progress: twin)
    done = CliRunner(env={"COLUMNS": width}).invoke(app, ["anchors", "--form", "twin"])
    assert done.exit_code == 0, done.stderr
    text = re.sub(r"[\s│]", "", done.stdout)
    for anchor in ANCHORS:
        assert anchor.source.rpartition(" ")[2][:12] in text, anchor.id
    assert "of 11 anchors consistent" in " ".join(done.stderr.split())


def test_json_alone_on_standard_output(twin: Anchors) -> None:
    done = CliRunner().invoke(app, ["anchors", "--json"])
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["form"] == "osdi"
    assert [row["verdict"] for row in told["anchors"]] == [row.verdict for row in twin.rows]
    for row in told["anchors"]:
        assert {"id", "published", "simulated", "unit", "verdict", "tag", "source", "calibrated"} <= set(row)


def test_an_unknown_form_is_refused() -> None:
    done = CliRunner().invoke(app, ["anchors", "--form", "spice"])
    assert done.exit_code == 2
    assert "spice" in done.stderr
