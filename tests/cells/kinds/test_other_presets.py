"""Presets of the cells beside Ag2S."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pyspice_models.cells.presets import format_preset, load_preset, parse_preset, preset, preset_names, write_preset
from pyspice_models.cells.registry import MODELS, model_named, model_names
from pyspice_models.cells.vteam.params import VteamParams
from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.study.tables.read import study_from

OTHERS = [(model, name) for model in model_names() if model != "ag2s" for name in preset_names(model)]


def test_every_cell_has_presets_and_one_is_its_defaults() -> None:
    for model in MODELS.values():
        cells = [preset(name, model.name).cell for name in preset_names(model.name)]
        assert all(type(cell) is model.parameters for cell in cells)
        default = model.parameters().as_dict()
        assert any(cell.as_dict() == pytest.approx(default, rel=1e-9, abs=0) for cell in cells), model.name


@pytest.mark.parametrize(("model", "name"), OTHERS)
def test_a_preset_says_where_every_changed_number_comes_from_and_reads_back(
    model: str, name: str, tmp_path: Path
) -> None:  # fmt: skip
    found = preset(name, model)
    default = model_named(model).parameters()
    differing = {key for key, value in found.cell.as_dict().items() if not math.isclose(value, getattr(default, key))}
    assert differing <= set(found.provenance)
    assert all(origin.source for origin in found.provenance.values())
    again = load_preset(write_preset(found, tmp_path / "again.toml"))
    assert again == found
    assert preset(tmp_path / "again.toml", model).cell == found.cell


def test_the_energies_of_table_s1_are_what_the_vteam_presets_say() -> None:
    """A state that moves evenly from off to on, by the exponential law: mean (1/r_on - 1/r_off)/ln(r_off/r_on)."""
    for name, volts, seconds, joules in (
        ("hfse2-crossbar", 0.8, 50e-9, 0.82e-12),
        ("wse2-crossbar", 0.5, 1e-6, 2.9e-12),
    ):
        cell = preset(name, "vteam").cell
        assert isinstance(cell, VteamParams)
        mean = (1 / cell.r_on - 1 / cell.r_off) / math.log(cell.r_off / cell.r_on)
        assert mean * volts**2 * seconds == pytest.approx(joules, rel=0.01, abs=0)
        crossed = cell.k_on / cell.length * (volts / cell.v_on - 1) ** cell.alpha_on * seconds
        assert crossed == pytest.approx(1.0, rel=0.01, abs=0)


def test_a_study_file_takes_the_preset_of_its_cell(tmp_path: Path) -> None:
    def cell(**table: object) -> VteamParams:
        tables = {"array": {"rows": 1, "cols": 1}, "cell": table, "program": [{"do": "read"}]}
        found = study_from(tables, folder=tmp_path).crossbar.cell
        assert isinstance(found, VteamParams)
        return found

    assert cell(model="vteam", preset="wse2-crossbar", v_on="0.3 V").r_on == 18.5e3
    write_preset(preset("memtorch", "vteam"), tmp_path / "mine.toml")
    assert cell(model="vteam", preset="mine.toml").r_on == 50.0
    with pytest.raises(RequestError, match=r"unknown key 'hfox' in \[presets of vteam\]"):
        cell(model="vteam", preset="hfox")
    write_preset(preset("hfox", "gap"), tmp_path / "gap.toml")
    with pytest.raises(RequestError, match=r"gap\.toml.* is of the cell 'gap', and asked is 'vteam'"):
        cell(model="vteam", preset="gap.toml")


def test_what_is_said_of_films_and_of_no_cell_is_refused() -> None:
    text = format_preset(preset("hfox", "gap"))
    with pytest.raises(RequestError, match=r"anneal is said of films of Ag2S alone, .* of the cell 'gap'"):
        parse_preset('anneal = "160 C"\n' + text, where="x")
    with pytest.raises(RequestError, match=r"x: model = 'gas' is refused; allowed: one of ag2s, vteam, gap, threshold"):
        parse_preset(text.replace('model = "gap"', 'model = "gas"'), where="x")
    with pytest.raises(RequestError, match=r"the preset 'hfox' is of the cell 'gap', .* Use a preset of Ag2S"):
        _ = preset("hfox", "gap").film


def test_the_command_lists_cells_and_presets() -> None:
    run = CliRunner()
    told = run.invoke(app, ["presets", "--json"])
    listed = json.loads(told.stdout)
    assert list(listed) == list(model_names())
    assert {(model, name) for model, names in listed.items() for name in names} >= set(OTHERS)
    one = run.invoke(app, ["presets", "--cell", "gap"]).stdout
    assert re.search(r"gap: HfOx gap.*hfox: .*stanford-1\.0\.0", one, re.DOTALL)
    assert "vteam" not in one
    shown = run.invoke(app, ["presets", "--cell", "gap", "--show", "hfox"]).stdout
    assert parse_preset(shown, where="shown") == preset("hfox", "gap")
    assert run.invoke(app, ["presets", "--cell", "gap", "--show", "none"]).exit_code == 2
