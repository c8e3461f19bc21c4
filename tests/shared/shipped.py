"""The shipped studies, for tests that run them all."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from pyspice_models.study import Study, load_study

FILES = sorted((Path(__file__).parents[2] / "scripts" / "studies").glob("*.toml"))
STUDIES = [path for path in FILES if "[[program]]" in path.read_text()]


SHORTER = {
    "potentiation": ["program.0.pulses=3", "program.2.pulses=3"],
    "write_pattern": ["array.rows=4", "array.cols=4", "program.0.pulses=1"],
}
"""What the long ones are changed to by default; as they are shipped they are slow."""
CASES = [
    *(pytest.param(path, SHORTER.get(path.stem, []), id=path.stem) for path in STUDIES),
    *(
        pytest.param(path, [], id=f"{path.stem} as shipped", marks=pytest.mark.slow)
        for path in STUDIES
        if path.stem in SHORTER
    ),
]
"""Every shipped study and what to change in it."""


def small(path: Path, changes: Sequence[str] = ()) -> Study:
    """As shipped but for the changes, and not larger than 16 x 16: the rest is the same physics."""
    study = load_study(path, changes)
    if study.crossbar.rows <= 16:
        return study
    # a step that names its line by number moves with the size
    moves = [
        f"program.{n}.{key}={place // 4}"
        for n, step in enumerate(tomllib.loads(path.read_text())["program"])
        for key, place in step.items()
        if key in ("row", "col") and isinstance(place, int)
    ]
    return load_study(path, ["array.rows=8", "array.cols=8", *moves, *changes])
