"""Pictures: those of the documents are what would be made now, and all keep to one style."""

from __future__ import annotations

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from pyspice_models.report import maps, style
from pyspice_models.report.blank import blank
from pyspice_models.report.campaign.sweep import sweep_figure
from pyspice_models.report.page.colours import CURVES
from pyspice_models.report.study import maps_figure, paths_figure, write_read_figure
from pyspice_models.result import load, windows

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "pictures"), run_name="pictures")
QUICK = [name for name, recipe in SCRIPT["RECIPES"].items() if not recipe.long]


def test_no_picture_of_the_documents_is_stale() -> None:
    """After a change that is meant: scripts/pictures NAME..., and look at each. Of those that wait, all are stale."""
    waiting = json.loads(SCRIPT["MADE"].read_text())[SCRIPT["WAITING"]]
    assert sorted(SCRIPT["stale"]()) == sorted(waiting)


def test_a_changed_study_and_a_changed_drawing_are_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recipe = SCRIPT["RECIPES"]["write_read_maps"]
    digests = SCRIPT["digests"]
    before = digests(recipe)
    assert "maps.py" in {path.name for path in SCRIPT["drawing"]("study")}
    study = tmp_path / "write_read.toml"
    study.write_text((ROOT / "scripts" / "studies" / "write_read.toml").read_text().replace("0.3 V", "0.31 V"))
    monkeypatch.setitem(digests.__globals__, "studies_of", lambda command: [study])
    changed = digests(recipe)
    assert changed["asked"] != before["asked"]
    assert changed["drawn"] == before["drawn"]
    code = SCRIPT["_code"].__wrapped__
    (tmp_path / "one.py").write_text('"""About."""\nx = 1  # a comment\n')
    (tmp_path / "two.py").write_text('"""Other words."""\nx = 1\n')
    (tmp_path / "three.py").write_text("x = 2\n")
    assert code(tmp_path / "one.py") == code(tmp_path / "two.py") != code(tmp_path / "three.py")


def texts(figure: Figure) -> Iterator[str]:
    figure.canvas.draw()
    for artist in figure.findobj(lambda one: hasattr(one, "get_text")):
        yield artist.get_text()  # type: ignore[attr-defined]


def check_style(figure: Figure) -> None:
    """No micro as u, units in round brackets, no panel without content, no wider than a page."""
    assert figure.get_figwidth() <= 7.2
    for text in texts(figure):
        assert not re.search(r"\d ?u[smASVWFJH]?\b|\(u[smASVWFJ]\)|\[[A-Za-zµ%]", text), text
        assert "ohm" not in text
    for ax in figure.axes:
        assert ax.has_data(), ax.get_title()


@pytest.fixture(scope="module")
def study(results: Path) -> xr.Dataset:
    return load(results / "study" / "result.nc")


def test_waves_share_their_time(study: xr.Dataset) -> None:
    with style.house_style():
        figure = write_read_figure(study, windows(study, "write")[0])
        check_style(figure)
    voltage, state, current = figure.axes
    assert voltage.get_xlim() == state.get_xlim() == current.get_xlim()
    assert state.get_shared_x_axes().joined(voltage, current)


def test_maps_have_ticks_at_lines_and_no_blank_panel(study: xr.Dataset) -> None:
    write, read = windows(study, "write")[0], windows(study, "read")[0]
    with style.house_style():
        for figure, panels in (
            (maps_figure(study, write), 6), (maps_figure(study, read), 5), (paths_figure(study, [read]), 1),
        ):  # fmt: skip
            check_style(figure)
            shown = [ax for ax in figure.axes if ax.get_xlabel() == "bit line"]
            assert len(shown) == panels
            for ax in shown:
                assert set(ax.get_xticks()) | set(ax.get_yticks()) <= set(range(16))


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ((0.0, 0.3), (0, 300)),
        ((-0.2, 0.0), (-200, 0)),
        ((-0.2, 0.3), (-300, 300)),
        ((5.0, 5.2), (5000, 5200)),
    ],
)
def test_a_scale_has_no_half_that_nothing_takes(values: tuple[float, ...], ends: tuple[float, float]) -> None:
    ax = drawn(maps.draw_voltage_map, values)
    assert ax.images[0].get_clim() == pytest.approx(ends, rel=1e-9, abs=1e-9)


def drawn(draw: object, values: tuple[float, ...]) -> Axes:
    ax: Axes = blank(layout=None).subplots()
    draw(ax, xr.DataArray(np.array([values]), dims=("row", "col"), name="w"))  # type: ignore[operator]
    return ax


def test_energies_take_the_decades_that_there_are() -> None:
    assert drawn(maps.draw_energy_map, (1e-15, 1e-13)).images[0].get_clim() == pytest.approx((1, 100), rel=1e-9, abs=0)
    low, high = drawn(maps.draw_energy_map, (0.0, 1e-13)).images[0].get_clim()
    assert high / low == pytest.approx(1e6, rel=1e-9, abs=0)


def test_one_palette_and_engineering_notation() -> None:
    assert {colour.lower() for colour in style.LINES[:6]} <= {colour.lower() for colour in CURVES}
    assert style.told(1e-6, "s") == "1 µs"
    assert style.told(142e3, "1/s", 3) == "142 × 10³ 1/s"
    assert style.told(2.5e-13, "m^2", 3) == "0.25 µm²"
    assert style.told(1e4, "ohm") == "10 kΩ"
    area = xr.DataArray([2.5e-13, 2.5e-12], dims="cell.area", attrs={"units": "m^2"})
    values = xr.DataArray(
        [1e-15, 2e-15], dims="cell.area", coords={"cell.area": area}, name="energy", attrs={"units": "J"}
    )
    with style.house_style():
        figure = sweep_figure([values])
        check_style(figure)
        (ax,) = figure.axes
        assert to_hex(ax.lines[0].get_color()).upper() == style.BLUE
    assert ax.get_xlabel() == "area (µm²)"
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0.25", "2.5"]


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_pictures_made_again_are_the_same(name: str, tmp_path: Path) -> None:
    """Pixels, but for what another version of a simulator moves by its rounding."""
    recipe = SCRIPT["RECIPES"][name]
    SCRIPT["run"](recipe, tmp_path / "again")
    again, kept = (
        np.asarray(Image.open(path).convert("L"), dtype=float)
        for path in (tmp_path / "again" / recipe.file, ROOT / "docs" / "pictures" / f"{name}.png")
    )
    assert again.shape == kept.shape
    assert np.abs(again - kept).mean() < 1.0
