"""The playground page without a browser: its decks, what it takes, where its ngspice comes from."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from playground_cases import shipped
from typer.testing import CliRunner

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cli.main import app
from pyspice_models.declare.quantity import Plausible
from pyspice_models.engine.toolchain import web_ngspice as web
from pyspice_models.errors import RequestError, ToolError
from pyspice_models.report.playground import write_playground
from pyspice_models.report.playground.controls import check_playable, sliders_of
from pyspice_models.report.playground.template import Slid, fill, template
from pyspice_models.study import load_study

FLOATING = '[array]\nrows = 2\ncols = 2\n[[program]]\ndo = "read"\nrow = 0\ncol = 0\nscheme = "floating"\n'
ONE = '[array]\nrows = 1\ncols = 1\n[[program]]\ndo = "write"\n[[program]]\ndo = "read"\ncol = 0\n'


def test_sliders_are_those_of_the_declarations() -> None:
    """A number that is declared anew moves on the page, too."""
    sliders = {one.key: one for one in sliders_of(shipped())}
    declared = {
        name: one.plausible for name, one in CellParams.quantities().items() if isinstance(one.plausible, Plausible)
    }
    assert declared.keys() <= sliders.keys()
    for name, plausible in declared.items():
        assert sliders[name].value == getattr(CellParams(), name)
        assert (sliders[name].low, sliders[name].high) == (plausible.low, plausible.high)


def test_a_place_that_follows_no_straight_line_is_refused() -> None:
    one = Slid("v", 1.0, (2.0, 3.0))
    with pytest.raises(ValueError, match="straight line"):
        template(lambda values: f"r1 a b {values['v'] ** 2:.12g}\n", [one])
    with pytest.raises(ValueError, match="other words"):
        template(lambda values: "r1 a b 1\n" * int(values["v"]), [one])
    assert fill(template(lambda v: f"v1 a b {v['v'] / 3:.12g}\n", [one]), {"v": 0.3}, [one]) == "v1 a b 0.1\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (FLOATING, "lines that are all driven"),
        (FLOATING.replace("rows = 2", "rows = 5").replace("floating", "grounded"), "at most 4 x 4"),
        (FLOATING.replace("floating", "grounded") + "[selector]\ng_on = 1e-4\n", "without a selector"),
        (FLOATING.replace("floating", "grounded") + '[cell]\nmodel = "vteam"\n', "Ag2S cells alone"),
    ],
)
def test_what_the_twin_does_not_know_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(RequestError, match=why):
        check_playable(load_study(tmp_path / "own.toml"))


def test_without_the_engine_the_error_says_what_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AG2S_CACHE", str(tmp_path / "cache"))
    page = tmp_path / "page.html"
    done = CliRunner().invoke(app, ["playground", "--to", str(page)])
    assert done.exit_code == 1
    assert isinstance(done.exception, ToolError) or "--twin-only" in done.output
    with pytest.raises(ToolError, match=r"ag2s playground --fetch.*--twin-only"):
        write_playground(page)
    assert not page.exists()
    (tmp_path / "one.toml").write_text(ONE)
    told = CliRunner().invoke(app, ["playground", str(tmp_path / "one.toml"), "--twin-only", "--to", str(page)])
    assert told.exit_code == 0
    text = page.read_text()
    assert "written without ngspice" in text
    assert 'id="wasm"' not in text
    assert "wasm-unsafe-eval" not in text
    assert CliRunner().invoke(app, ["playground", "--to", str(tmp_path / "page.pdf")]).exit_code == 2


def stand_in(folder: Path, body: str) -> None:
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "npm").chmod(0o755)


def test_another_package_than_the_pinned_one_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tarfile.open(tmp_path / "other.tgz", "w:gz") as packed:
        script = b"const wasm = 'data:application/wasm;base64,AAAA'"
        about = tarfile.TarInfo("package/dist/eecircuit-engine.umd.js")
        about.size = len(script)
        packed.addfile(about, io.BytesIO(script))
    stand_in(tmp_path / "bin", f"cp '{tmp_path}/other.tgz' eecircuit-engine-1.8.0.tgz")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("AG2S_CACHE", str(tmp_path / "cache"))
    with pytest.raises(ToolError, match=r"another eecircuit-engine@1\.8\.0 than the one that was pinned"):
        web.fetch_web_ngspice()
    assert not list((tmp_path / "cache").rglob("*"))


def test_npm_that_fails_or_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AG2S_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(ToolError, match="npm is not on PATH"):
        web.fetch_web_ngspice()
    stand_in(tmp_path / "bin", "echo 'npm error code E404' >&2; exit 1")
    with pytest.raises(ToolError, match="E404"):
        web.fetch_web_ngspice()


def test_a_damaged_cache_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AG2S_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "cache" / "eecircuit-engine-1.8.0"
    (tmp_path / "cache").mkdir(mode=0o700)
    place.mkdir()
    for name in ("spice.wasm.gz", "glue.js.gz"):
        (place / name).write_bytes(gzip.compress(b"something else"))
    assert web.web_ngspice() is None
    (place / "glue.js.gz").write_bytes(b"no gzip at all")
    assert web.web_ngspice() is None
