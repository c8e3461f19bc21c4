"""Lines and what stands at their ends: size effect, couplings, contacts, both ends, transimpedance amplifiers."""

from __future__ import annotations

import numpy as np
import pytest

from pyspice_models.array import Crossbar, geometry, pattern
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.resistivity import grain_factor, surface_factor
from pyspice_models.array.variability import VariabilityParams, sample_crossbar
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError
from pyspice_models.measure import ir_drop, sense_current
from pyspice_models.result import windows
from pyspice_models.stimulus import Read, ReadAll, Write
from pyspice_models.study import Study, load_study, run_study, study_from, write_study


def _run(program, *, driver: DriverParams | None = None, wire: WireParams | None = None, shape=(4, 5), low=0.3):
    cells = {"w0": pattern("random", shape, seed=3, low=low)}
    crossbar = Crossbar(*shape, per_cell=cells, driver=driver or DriverParams(), wire=wire or WireParams())
    return run_study(Study("lines", crossbar, program))


def test_thin_and_narrow_lines_are_more_resistive_than_their_geometry() -> None:
    wire = WireParams()
    film = geometry.size_effect(wire, 50e-9)
    assert film == pytest.approx(1, abs=5e-3), "the resistivity is given for a film of this thickness"
    assert geometry.size_effect(wire, 20e-9) > 1.3
    assert geometry.size_effect(wire.replace(width=50e-9), 50e-9) > 1.2
    assert geometry.size_effect(wire, 1e-6) < 0.8
    assert geometry.size_effect(wire.replace(mean_free_path=0), 20e-9) == 1
    assert geometry.size_effect(wire.replace(specularity=1), 20e-9) == 1


def test_scattering_follows_the_published_limits() -> None:
    """Thick films: Sondheimer's 1 + 3/8 (1 - p) l/t. Few boundaries: Mayadas and Shatzkes' 1 + 3/2 a; many: 4/3 a."""
    for p in (0.0, 0.4):
        assert surface_factor(1e-5, 4e-8, p) - 1 == pytest.approx(0.375 * (1 - p) * 4e-3, rel=0.01, abs=0)
    assert surface_factor(2e-8, 42.8e-9, 0.0) == pytest.approx(1.97644955, rel=1e-6, abs=0)  # summed outside
    assert surface_factor(1e-9, 1e-6, 0.0) > 100
    assert grain_factor(5e-8, 42.8e-9, 0.2) == pytest.approx(1.30658044, rel=1e-6, abs=0)  # summed outside
    assert grain_factor(1e-5, 4e-8, 0.2) - 1 == pytest.approx(1.5e-3, rel=0.01, abs=0)
    assert grain_factor(1e-9, 1e-6, 0.5) == pytest.approx(4000 / 3, rel=2e-3, abs=0)
    assert grain_factor(5e-8, 42.8e-9, 0.0) == 1.0
    below, above = grain_factor(4e-10, 99.9e-9 * 0.4, 0.5), grain_factor(4e-10, 100.1e-9 * 0.4, 0.5)
    assert above / below == pytest.approx(100.1 / 99.9, rel=1e-4, abs=0), "no step where the closed form is left"


def test_a_thin_line_heats_up_its_resistance_less_than_the_bulk() -> None:
    """What surfaces and grains add does not grow with it: 2.15e-3 /K of the bulk's 3.7e-3, summed outside."""
    wire = WireParams()
    assert geometry.line_tcr(wire, 50e-9) == pytest.approx(0.002152516 / 1.001894373, rel=1e-4, abs=0)
    assert geometry.line_tcr(wire.replace(mean_free_path=0), 50e-9) == pytest.approx(wire.tcr, rel=1e-9, abs=0)
    assert geometry.line_tcr(wire, 10e-9) < geometry.line_tcr(wire, 50e-9) < geometry.line_tcr(wire, 1e-6) < wire.tcr


def test_coupling_falls_with_distance_and_can_be_left_out() -> None:
    wire = WireParams(coupling=True)
    near, far = geometry.word_coupling(wire), geometry.word_coupling(wire.replace(pitch=20e-6))
    assert 0 < far / 2 < near  # twice the pitch is twice the length of a segment as well
    assert geometry.word_coupling(wire.replace(coupling=False)) == 0
    with pytest.raises(RequestError, match=r"wire\.pitch = 5e-06 m is refused; allowed: > wire\.width, 5e-06 m"):
        wire.replace(pitch=5e-6)


def test_contradictory_ends_are_refused() -> None:
    with pytest.raises(RequestError, match=r"driver\.both_ends = true contradicts driver\.sense = 'tia'"):
        DriverParams(both_ends=True, sense="tia")
    with pytest.raises(RequestError, match=r"sense = 'current' is refused; allowed: one of resistor, tia"):
        DriverParams(sense="current")
    with pytest.raises(RequestError, match=r"driver\.both_ends = 1 is refused; allowed: one of false, true"):
        DriverParams.from_mapping({"both_ends": 1}, where="driver")


@pytest.mark.parametrize(
    ("driver", "wire"),
    [
        (DriverParams(both_ends=True), WireParams()),
        (DriverParams(sense="tia"), WireParams()),
        (DriverParams(sense="tia", r_contact=5e3), WireParams(resistivity_wl=0, resistivity_bl=0)),
        (DriverParams(r_contact=0), WireParams(pitch=5.2e-6, c_crossing=20e-15, coupling=True)),
        (DriverParams(), WireParams(c_crossing=0)),
    ],
    ids=["both ends", "tia", "tia on ideal lines", "strong coupling", "no coupling"],
)
def test_the_books_balance_with_every_end_and_coupling(driver: DriverParams, wire: WireParams) -> None:
    program = [Write(1, 1), Read(1, 1), Write(2, 2, voltage=-0.3), Read(2, 2, scheme="floating")]
    measures = _run(program, driver=driver, wire=wire).measures
    assert abs(measures["energy_imbalance"].value) < 1e-3


def test_an_amplifier_reads_what_a_resistor_reads() -> None:
    program = [ReadAll(duration=20e-6)]
    currents = [
        np.array([sense_current(o.dataset, w).values for w in windows(o.dataset, "read")])
        for o in (_run(program), _run(program, driver=DriverParams(sense="tia")))
    ]
    assert currents[1] == pytest.approx(currents[0], rel=5e-3, abs=0)


def test_a_slow_amplifier_settles_late() -> None:
    def settling(gbw: float) -> float:
        driver = DriverParams(sense="tia", gbw=gbw, c_feedback=1e-15)
        outcome = _run([Read(1, 1, duration=40e-6)], driver=driver)
        sensed = outcome.dataset["i_sense"].sel(col=1)
        final = float(sensed.interp(time=40e-6))
        away = np.abs(sensed.values - final) > 0.05 * abs(final)
        before_the_end = outcome.dataset["time"].values < 40e-6
        return float(outcome.dataset["time"].values[away & before_the_end].max())

    assert settling(3e4) > 3 * settling(1e9), "beside the 0.7 us of the cell itself"


def test_driving_both_ends_halves_the_worst_ir_drop() -> None:
    wire = WireParams(resistivity_wl=2e-5, resistivity_bl=0.0)

    def worst(both: bool) -> float:
        driver = DriverParams(r_driver=1e-3, r_sense=1e-3, r_contact=0, both_ends=both)
        outcome = _run([Write(1, 7)], driver=driver, wire=wire, shape=(2, 8), low=0.95)
        return float(ir_drop(outcome.dataset, windows(outcome.dataset)[0]).max())

    # a line with even loads: n(n+1)/2 segments of drop from one end, a quarter of that from both
    assert 2 < worst(False) / worst(True) < 6


@pytest.mark.parametrize("limiter", ["smooth", "mos"])
def test_a_limited_driver_limits_the_filament_it_sets(limiter: str) -> None:
    """10 ms at 0.3 V: without a limit the driver's 1 kohm alone ends the growth, with one the current does."""

    def after(compliance: str) -> tuple[float, float]:
        driver = DriverParams(compliance=compliance, i_limit=10e-6)
        crossbar = Crossbar(1, 2, cell=CellParams(w0=0.3), driver=driver)
        outcome = run_study(Study("limit", crossbar, [Write(0, 0, width=10e-3, scheme="V/3")]))
        assert abs(outcome.measures["energy_imbalance"].value) < 1e-3
        last = outcome.dataset.isel(time=-1)
        return float(outcome.dataset["i_word_source"].max()), float(last["x"].sel(row=0, col=0))

    free, limited = after("none"), after(limiter)
    assert free[0] > 100e-6
    assert limited[0] < 12e-6
    assert 0.5 < limited[1] < free[1] - 0.1


def test_a_limiter_at_one_end_of_two_is_refused() -> None:
    with pytest.raises(RequestError, match=r"driver\.both_ends = true contradicts driver\.compliance"):
        DriverParams(both_ends=True, compliance="mos")


# ---- resistance and capacitance of a segment, as they are known


def test_a_stated_resistance_is_taken_as_it_is_at_every_temperature() -> None:
    wire = WireParams(r_segment=2.5, c_segment_word=3e-15)
    for kelvin in (250.0, 300.0, 400.0):
        bar = Crossbar(2, 3, wire=wire, temperature=kelvin)
        assert (bar.r_word, bar.r_bit, bar.c_word) == (2.5, 2.5, 3e-15)
        assert bar.c_bit == geometry.bit_segment_capacitance(WireParams())
    one = Crossbar(2, 2, wire=WireParams(r_segment_bit=0.0, c_segment=1e-15))
    assert (one.r_bit, one.c_word, one.c_bit) == (0, 1e-15, 1e-15)
    assert one.r_word == Crossbar(2, 2).r_word
    assert one.bit_node(0, 1) == "bt_1", "a line of 0 ohm is one node"


def test_stated_values_give_what_the_same_geometry_gives() -> None:
    """Study for study, in the deck and in the solver of the package: r_segment is the number, not another model."""
    plain = Crossbar(4, 5, per_cell={"w0": pattern("random", (4, 5), seed=3, low=0.3)})
    stated = plain.replace(
        wire=WireParams(
            r_segment_word=plain.r_word, r_segment_bit=plain.r_bit, c_segment_word=plain.c_word,
            c_segment_bit=plain.c_bit,
        )
    )  # fmt: skip
    program = [Write(1, 2), Read(1, 2)]
    for engine in ("ngspice", "nodal"):
        one, other = (run_study(Study("lines", bar, program, engine=engine)) for bar in (plain, stated))
        for name, measure in one.measures.items():
            assert other.measures[name].value == pytest.approx(measure.value, rel=1e-9, abs=0), (engine, name)
        assert other.dataset.attrs["r_word"] == plain.r_word


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"r_segment": 2, "r_segment_bit": 1}, r"wire\.r_segment_bit contradicts wire\.r_segment, which is for both"),
        ({"c_segment": 1e-15, "c_segment_word": 1e-15}, r"wire\.c_segment_word contradicts wire\.c_segment"),
        ({"r_segment": 2, "width": "1 um"}, r"wire\.width contradicts wire\.r_segment, which stands in the place"),
        ({"r_segment": 2, "resistivity_wl": 2.2e-8}, r"wire\.resistivity_wl contradicts wire\.r_segment"),
        ({"r_segment_word": 2, "thickness_wl": "40 nm"}, r"wire\.thickness_wl contradicts wire\.r_segment_word"),
        ({"r_segment_word": 2, "r_segment_bit": 1, "tcr": 0}, r"wire\.tcr contradicts wire\.r_segment_word and"),
        ({"c_segment": "1 fF", "oxide_eps_r": 3.9}, r"wire\.oxide_eps_r contradicts wire\.c_segment"),
        ({"r_segment": "2 V"}, r"r_segment"),
        ({"r_segment": -1}, r"wire\.r_segment = -1\.0 ohm is refused; allowed: >= 0"),
        ({"c_segment": 0}, r"wire\.c_segment = 0\.0 F is refused; allowed: > 0"),
        ({"r_segment": 1, "pitch": "100 nm"}, r"wire\.pitch = 1e-07 m is refused.*beside both r_segment and c_segment"),
    ],
)  # fmt: skip
def test_what_is_stated_twice_is_refused(values: dict[str, object], reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        WireParams.from_mapping(values, where="wire")


def test_what_still_acts_may_stand_beside_a_stated_value() -> None:
    WireParams.from_mapping({"r_segment_word": 2, "width": "4 um", "resistivity_bl": 3e-8})
    WireParams.from_mapping({"r_segment": 2, "oxide_thickness": "200 nm", "pitch": "12 um"})
    close = {"r_segment": 2, "c_segment": "1 fF", "coupling": True, "width": "100 nm", "pitch": "200 nm"}
    assert geometry.word_coupling(WireParams.from_mapping(close)) > 0
    assert WireParams(r_segment=2, c_segment=1e-16, pitch=100e-9).pitch == 100e-9, "no width counts any more"


def test_a_stated_resistance_spreads_as_a_film_would() -> None:
    spread = VariabilityParams()
    bar = Crossbar(2, 2, wire=WireParams(r_segment=5.0))
    plain = Crossbar(2, 2, wire=WireParams(mean_free_path=0))
    for seed in range(3):
        stated, film = (
            bar_.replace(
                wire=sample_crossbar(bar_.cell, {}, (2, 2), bar_.wire, bar_.driver, seed, spread).wire
            )
            for bar_ in (bar, plain)
        )  # fmt: skip
        assert stated.r_word / 5.0 == pytest.approx(film.r_word / plain.r_word, rel=1e-9, abs=0)
        assert stated.r_bit / 5.0 == pytest.approx(film.r_bit / plain.r_bit, rel=1e-9, abs=0)
        assert stated.r_word != 5.0


def test_stated_values_come_back_from_a_study_file(tmp_path) -> None:
    study = Study("stated", Crossbar(2, 2, wire=WireParams(r_segment=2.5, c_segment=1e-15, pitch=1e-7)), [Read(0, 0)])
    file = write_study(study, tmp_path)
    assert load_study(file) == study
    assert "resistivity" not in file.read_text()
    assert load_study(file, ["wire.r_segment=4 ohm"]).crossbar.r_bit == 4
    with pytest.raises(RequestError, match=r"wire\.width contradicts wire\.r_segment"):
        load_study(file, ["wire.width=50 nm"])


def test_more_resistance_drops_more_voltage() -> None:
    def energy_of_lines(ohms: float) -> float:
        tables = {
            "study": {"engine": "nodal"},
            "array": {"rows": 8, "cols": 8},
            "wire": {"r_segment": ohms, "c_segment": "2 fF"},
            "program": [{"do": "write", "row": "last", "col": "last"}],
        }
        return run_study(study_from(tables)).measures["energy_lines"].value

    assert 0 == energy_of_lines(0) < energy_of_lines(5) < energy_of_lines(50)
