"""The notebooks that ship: listed, without results of an older run, and their cells run from top to bottom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "scripts" / "notebooks").glob("*.ipynb"))


def cells(notebook: Path, kind: str = "code") -> list[dict[str, Any]]:
    """Cells of a kind."""
    return [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_listed_and_holds_no_results(notebook: Path) -> None:
    assert f"notebooks/{notebook.name})" in (ROOT / "docs" / "tutorials" / "README.md").read_text(encoding="utf-8")
    assert cells(notebook, "markdown")[0]["source"][0].startswith("# ")
    for cell in cells(notebook):
        assert not cell["outputs"]
        assert cell["execution_count"] is None


def test_the_first_array_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (notebook,) = [path for path in NOTEBOOKS if path.stem == "first_array"]
    assert len(cells(notebook)) + len(cells(notebook, "markdown")) == 10
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", lambda: None)
    held: dict[str, Any] = {}
    for cell in cells(notebook):
        exec("".join(line for line in cell["source"] if not line.startswith("%")), held)
    assert "energy_per_switch" in capsys.readouterr().out
    assert held["outcome"].measures["state_change"].value > 0.05
    assert not list(tmp_path.iterdir())
