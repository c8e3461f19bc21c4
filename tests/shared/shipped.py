"""The shipped studies, for tests that run them all."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pyspice_models.study import Study, load_study

FILES = sorted((Path(__file__).parents[2] / "scripts" / "studies").glob("*.toml"))
STUDIES = [path for path in FILES if "[[program]]" in path.read_text()]


def small(path: Path) -> Study:
    """As shipped, but not larger than 16 x 16: the rest is the same physics."""
    study = load_study(path)
    if study.crossbar.rows <= 16:
        return study
    # a step that names its line by number moves with the size
    moves = [
        f"program.{n}.{key}={place // 4}"
        for n, step in enumerate(tomllib.loads(path.read_text())["program"])
        for key, place in step.items()
        if key in ("row", "col") and isinstance(place, int)
    ]
    return load_study(path, ["array.rows=8", "array.cols=8", *moves])
