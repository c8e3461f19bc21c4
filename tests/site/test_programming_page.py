"""The page of programming algorithms: its commands in a small instance, its tables against what there is."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from test_howto import ROOT, blocks, commands, place, smaller  # noqa: F401  fixtures
from typer.testing import CliRunner

from pyspice_models.cli.main import app
from pyspice_models.program.algorithms.base import REASONS
from pyspice_models.program.algorithms.how import How
from pyspice_models.program.algorithms.registry import ALGORITHMS
from pyspice_models.program.compare.compared import FIGURES

PAGE = ROOT / "docs" / "programming.md"


def test_every_algorithm_key_reason_and_figure_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"(?m)^\| `([\w-]+)` \| [^|]+\| (yes|no) \| [^|]+\|", text))
    assert rows == {name: "yes" if kind.kinetics else "no" for name, kind in ALGORITHMS.items()}
    for name, kind in ALGORITHMS.items():
        doi = re.findall(r"10\.\d{4}[^ ;,]*", kind.source)
        row = next(line for line in text.splitlines() if line.startswith(f"| `{name}` |"))
        assert all(one.rstrip(".") in row for one in doi if "forecast" not in row), name
        assert ("rows at once" in row) == kind.parallel
    assert not [key for key in (*How.quantities(), *How.choices()) if not re.search(rf"(?m)^{key} = ", text)]
    told = text.replace("\n", " ")
    assert all(f"`{why}`" in told for why in REASONS.values() if "highest" not in why)
    assert not [key for key in FIGURES if key.removesuffix("_levels") not in text and key not in _PLAIN]


_PLAIN = {"cells", "given_up", "most_pulses", "largest_energy_cell"}


@pytest.mark.usefixtures("no_pictures", "smaller")
def test_the_commands_of_the_page_do_what_it_says(place: Path) -> None:
    lines = commands(PAGE)
    assert len(lines) == 4
    for line in lines:
        words = shlex.split(line)
        assert words[0] == "ag2s"
        done = CliRunner().invoke(app, words[1:], env={"COLUMNS": "200"})
        # a comparison whose last column did not get everywhere ends with its report, and status 1
        assert done.exit_code in ((0, 1) if words[1] == "program" else (0,)), f"{line}\n{done.output}"
    folder = place / "out" / "write_verify-program"
    assert set(json.loads((folder / "program.json").read_text())["algorithms"]) == {"width", "history", "row"}
    page = (place / "out" / "write_verify-program-report.html").read_text()
    assert all(word in page for word in ("Programming algorithms side by side", "10.1109/4.475701", "energy_supply"))
    image = json.loads((place / "out" / "program_image-program" / "program.json").read_text())["algorithms"]
    assert set(image) == {"history", "row", "least-energy"}
    (block,) = blocks(PAGE, "python")
    told: dict[str, Any] = {}
    exec(block, told)
    assert told["held"].shape == (3, 3)
