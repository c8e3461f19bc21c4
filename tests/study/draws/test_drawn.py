"""One drawn array as data and as a picture: its parts are those that its cells have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from pyspice_models.cli.main import app
from pyspice_models.errors import RequestError
from pyspice_models.report.campaign.drawn import chosen, maps_of, save_drawn_picture
from pyspice_models.study.draws.drawn import as_data, drawn_dataset
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.study.tables.variation import variation_from

TABLES: dict[str, Any] = {
    "array": {"rows": 3, "cols": 4}, "program": [{"do": "write"}],
    "variability": {
        "seed": 3, "lot_thickness": 0.02, "slope_thickness": 100, "tilt_mobility": 100, "field_thickness": 0.02,
        "field_length": "20 um", "line_driver": 0.1, "device_asymmetry": 0,
    },
}  # fmt: skip


def _drawn(**own: Any) -> xr.Dataset:
    tables = TABLES | {"variability": TABLES["variability"] | own}
    nominal = nominal_study(tables)
    variation = variation_from(tables, nominal.crossbar)
    assert variation is not None
    return drawn_dataset(nominal, variation)


def test_parts_add_up_to_what_the_cells_have() -> None:
    found = _drawn()
    whole = found["thickness"].sum("part")
    np.testing.assert_allclose(found["cell_thickness"], 200e-9 * np.exp(whole), rtol=1e-12)
    assert found["cell_thickness"].attrs["units"] == "m"
    assert found["thickness"].sel(part="gradient").values[0].tolist() == pytest.approx(
        [0, 1e-3, 2e-3, 3e-3], rel=1e-12, abs=0
    )
    assert np.ptp(found["thickness"].sel(part="lot").values) == 0
    assert "asymmetry" not in found
    assert found["own_r_driver"].dims == ("row",)
    assert "cell_w0" not in found


def test_numbers_for_json_and_maps_tell_the_parts_that_there_are() -> None:
    found = _drawn()
    told = as_data(found)
    assert told["seed"] == 3
    assert told["deviations"]["thickness"]["gradient"] == pytest.approx(3e-3, rel=1e-12, abs=0)
    assert told["deviations"]["area"]["lot"] == 0
    assert chosen(found) == ["thickness", "mobility"]
    assert list(maps_of(found["mobility"])) == ["each cell", "lot and gradient", "sum"]
    assert list(maps_of(found["area"])) == ["each cell"]


def test_a_picture_is_drawn_and_the_command_keeps_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_drawn_picture(_drawn(), tmp_path / "drawn.png")
    assert (tmp_path / "drawn.png").stat().st_size > 5000
    monkeypatch.setenv("AG2S_PICTURES", "none")
    study = tmp_path / "s.toml"
    study.write_text("[array]\nrows = 3\ncols = 4\n[[program]]\ndo = 'read'\n")
    call = ["drawn", str(study), "--json", "--out", str(tmp_path / "out"), "--set", "variability.seed=1"]
    done = CliRunner().invoke(app, call)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["deviations"]["area"]["each cell"] > 0
    assert (tmp_path / "out" / "drawn.nc").is_file()
    other = CliRunner().invoke(app, [*call, "--run", "4", "--force"])
    assert json.loads(other.stdout)["seed"] != 1


def test_nothing_drawn_and_a_corner_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"variability\.corner = 'slow' is refused"):
        _drawn(corner="slow")
    study = tmp_path / "s.toml"
    study.write_text("[array]\nrows = 3\ncols = 4\n[[program]]\ndo = 'read'\n")
    done = CliRunner().invoke(app, ["drawn", str(study), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert not (tmp_path / "out").exists()
