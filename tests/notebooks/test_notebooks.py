"""The notebooks that ship: kept without outputs, they import what there is; one runs here, all in Jupyter, slowly."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from notebook_files import FOLDER, cells, kept, notebooks

import pyspice_models
from pyspice_models.export.starter import write_starter

NOTEBOOKS = notebooks()
NAMED = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
QUICK = "own_testbench"
"""That runs by default."""


def test_all_are_there() -> None:
    told = "sneak_paths own_cell monte_carlo write_verify training own_testbench"
    assert set(told.split()) <= {path.stem for path in NOTEBOOKS}


@NAMED
def test_a_notebook_is_kept_without_outputs_and_in_its_form(path: Path) -> None:
    """After an edit: .venv/bin/python tests/notebooks/notebook_files.py"""
    text = path.read_text(encoding="utf-8")
    assert text == kept(text)
    assert next(cells(path, "markdown")).startswith("# ")
    assert len(text) < 40_000


def test_what_is_not_kept_is_noticed() -> None:
    path = FOLDER / f"{QUICK}.ipynb"
    text = path.read_text(encoding="utf-8")
    run = text.replace('"execution_count": null', '"execution_count": 3', 1)
    assert run != text
    assert kept(run) == text
    assert kept(text.replace("cell-00", "f3a9c2e1")) == text


@NAMED
def test_code_is_python_and_imports_what_there_is(path: Path) -> None:
    imported = set()
    for code in cells(path):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom):
                assert node.module is not None
                if node.module.startswith("pyspice_models"):
                    assert node.module == "pyspice_models", "modules may move: everything is in the package itself"
                    imported |= {alias.name for alias in node.names}
    assert imported
    assert imported <= set(pyspice_models.__all__)


@NAMED
def test_files_that_a_notebook_names_ship(path: Path) -> None:
    """As they lie beside it in a checkout and in the folder of `ag2s init`."""
    words = "\n".join([*cells(path), *cells(path, "markdown")]).replace('"', " ").replace("`", " ").split()
    named = {word.rstrip(".,)") for word in words if word.startswith(("../studies/", "studies/", "examples/"))}
    missing = [name for name in named if not (FOLDER.parent / name.removeprefix("../")).is_file()]
    assert not missing


@pytest.fixture
def beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the notebooks after `ag2s init`, which is the current one; figures in no window."""
    write_starter(tmp_path / "mine")
    here = tmp_path / "mine" / "notebooks"
    monkeypatch.chdir(here)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return here


def test_one_runs_from_top_to_bottom_as_a_pip_user_has_it(beginning: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from matplotlib import pyplot

    before = mpl.get_backend()
    mpl.use("svg")
    held: dict[str, Any] = {}
    try:
        for number, code in enumerate(cells(beginning / f"{QUICK}.ipynb")):
            exec(compile(code, f"{QUICK}, cell {number}", "exec"), held)
        assert pyplot.get_fignums()
    finally:
        pyplot.close("all")
        mpl.use(before)
    told = capsys.readouterr().out
    assert "bit line 0: 0.855" in told
    assert held["mine"] == pytest.approx(held["settled"].values, rel=1e-3, abs=0)
    assert {path.name for path in beginning.iterdir()} == {path.name for path in NOTEBOOKS}  # no litter


@pytest.mark.slow
@NAMED
def test_every_notebook_runs_in_jupyter(path: Path, beginning: Path) -> None:
    """With a kernel of its own, as `jupyter execute` does it."""
    client = _nbclient()
    import nbformat

    held = nbformat.read(beginning / path.name, as_version=4)
    nbformat.validate(held)
    client.NotebookClient(
        held, timeout=600, kernel_name="python3", resources={"metadata": {"path": beginning}}
    ).execute()
    outputs = [output for cell in held.cells if cell.cell_type == "code" for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)  # a picture
    assert any("text/html" in output.get("data", {}) for output in outputs)  # an object that shows itself
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert {one.name for one in beginning.iterdir()} == {one.name for one in NOTEBOOKS}


@pytest.mark.slow
def test_a_bar_is_drawn_in_a_real_kernel_and_leaves_nothing() -> None:
    client = _nbclient()
    import nbformat

    code = (
        "import time\n"
        "from pyspice_models.progress import followed\n"
        "with followed(True, 'work <b>') as step:\n"
        "    for n in range(4):\n"
        "        step(n / 4)\n"
        "        time.sleep(0.3)\n"
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    runs, shown = client.NotebookClient(book, kernel_name="python3"), []
    take = runs.process_message

    def heard(message: Any, cell: Any, number: int) -> Any:
        if message["msg_type"] in {"display_data", "update_display_data"}:
            shown.append(message["content"]["data"]["text/html"])
        return take(message, cell, number)

    runs.process_message = heard
    runs.execute()
    assert "work &lt;b&gt;: 0 %" in shown[0]
    assert any('<progress value="0.500"' in one for one in shown)
    assert shown[-1] == ""
    assert [output["data"]["text/html"] for output in book.cells[0].outputs] == [""]


def _nbclient() -> Any:
    done = subprocess.run([sys.executable, "-c", "import nbclient, ipykernel"], capture_output=True, check=False)
    if done.returncode:
        pytest.fail("Jupyter's parts are missing: scripts/setup installs nbclient and ipykernel with the extra `docs`")
    import nbclient

    return nbclient
