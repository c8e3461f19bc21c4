"""An axis of named variants: each sets several keys, as technologies in one array do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sweep_cases import TABLES, _run

from pyspice_models.campaign.axis import axis_from, check_axes
from pyspice_models.campaign.sweep import load_sweep, points_of
from pyspice_models.cells.presets import preset, write_preset
from pyspice_models.errors import RequestError

SHIPPED = Path(__file__).parents[2] / "scripts" / "studies" / "technologies.toml"
VARIANTS = {
    "name": "technology",
    "variants": {
        "Ag2S": ["cell.model=ag2s", "program.0.width=1 us"],
        "WSe2": ["cell.model=vteam", "cell.preset=wse2-crossbar", "program.0.voltage=0.5 V", "program.0.width=1 us"],
    },
}


def _asked(**over: Any) -> Any:
    array = {"rows": 2, "cols": 2, "initial": {"pattern": "uniform", "low": 0.1}}
    return load_sweep({**TABLES, "array": array, "sweep": {"over": [{**VARIANTS, **over}]}})


def test_every_variant_is_the_study_with_what_it_sets(tmp_path: Path) -> None:
    dataset = _run(_asked(), tmp_path / "sweep")
    assert dataset["technology"].values.tolist() == ["Ag2S", "WSe2"]
    assert dataset["failure"].values.tolist() == ["", ""]
    ag2s, wse2 = dataset["energy_selected_cell"].values
    assert 1e-15 < ag2s < 30e-15
    assert 0.5e-12 < wse2 < 3e-12, "Table S1: 2.9 pJ, less what the ends of the line take"
    assert dataset["state_change"].values[1] > 0.5


def test_a_written_sweep_of_variants_asks_the_same_and_takes_its_files_along(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    write_preset(preset("memtorch", "vteam"), tmp_path / "own" / "mine.toml")
    (tmp_path / "own" / "study.toml").write_text(
        '[array]\nrows = 1\ncols = 1\n[[program]]\ndo = "read"\n[[sweep.over]]\nname = "technology"\n'
        '[sweep.over.variants]\na = ["cell.model=vteam", "cell.preset=mine.toml"]\nb = ["cell.model=gap"]\n'
    )
    asked = load_sweep(tmp_path / "own" / "study.toml")
    (tmp_path / "kept").mkdir()
    asked.write(tmp_path / "kept")
    again = load_sweep(tmp_path / "kept" / "study.toml")
    assert points_of(again).key == points_of(asked).key
    assert (tmp_path / "kept" / "study-inputs" / "mine.toml").is_file()


def test_the_shipped_comparison_is_of_the_pulses_of_table_s1() -> None:
    points = points_of(load_sweep(SHIPPED))
    pulses = {}
    for task in points.tasks.values():
        step: Any = task.study.program[0]
        pulses[task.where.rpartition("technology=")[2]] = (step.voltage, step.width, task.study.crossbar.model.name)
    assert pulses == {
        "Ag2S": (0.3, 1e-6, "ag2s"), "HfSe2": (0.8, 50e-9, "vteam"), "WSe2": (0.5, 1e-6, "vteam"),
        "HfOx": (2.5, 5e-9, "gap"), "volatile": (0.5, 1e-6, "threshold"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"name": "a b"}, r"sweep\.over\.name = 'a b' is refused; allowed: a word of letters"),
        ({"variants": []}, r'sweep\.over technology\.variants = \[\] is refused; allowed: a table of lists'),
        ({"variants": {}}, r"--over technology = \[\] is refused; allowed: at least one value"),
        ({"variants": {"a": ["cell.model"]}}, r"sweep\.over technology\.a = \['cell\.model'\] is refused; .* one at"),
        ({"variants": {"a": [3]}}, r"sweep\.over technology\.variants = .* is refused"),
        ({"values": ["1"]}, r"sweep\.over = .* is refused; allowed: a list of texts, or of tables"),
    ],
)  # fmt: skip
def test_what_is_no_axis_of_variants_is_refused(entry: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        axis_from({**VARIANTS, **entry})


def test_a_variant_that_is_no_study_or_sets_what_another_axis_sets_is_refused_by_name() -> None:
    with pytest.raises(RequestError, match=r"at technology=a: .*cell\.model = 'gas' is refused"):
        points_of(_asked(variants={"a": ["cell.model=gas"]}))
    with pytest.raises(RequestError, match=r"--over = 'program\.0\.width' is refused; allowed: each key in one axis"):
        check_axes([axis_from(VARIANTS), axis_from("program.0.width=1us,2us")])
