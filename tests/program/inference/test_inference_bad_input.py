"""Networks that do not chain, NaN, layers that do not fit, wrong labels, unknown keys: refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inference_cases import network, tables

from pyspice_models import load_inference
from pyspice_models.errors import RequestError
from pyspice_models.program.inference.floats import floats_in
from pyspice_models.program.inference.infer import task_of

NAN = np.full((9, 4), np.nan)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"w1": np.ones((5, 3))}, "shape of w1 = (5, 3) is refused; allowed: (4, outputs)"),
        ({"w0": NAN}, "w0[0, 0] = nan is refused"),
        ({"b1": np.array([0.0, np.inf, 0.0])}, "b1[1] = inf is refused"),
        ({"b0": np.zeros(3)}, "shape of b0 = (3,) is refused"),
        ({"w0": np.ones(9)}, "shape of w0 = (9,) is refused"),
        ({"w0": np.ones((8, 4))}, "inputs of w0 = 8 is refused; allowed: 9"),
        ({"w1": np.ones((4, 2)), "b1": np.zeros(2)}, "outputs of the last layer = 2 is refused; allowed: 3"),
        ({"w3": np.ones((3, 3))}, "needed are w0, w1"),
        ({"b2": np.ones(3)}, "needed are w0, w1"),
        ({"kernel": np.ones(3)}, "needed are w0, w1"),
        ({"w0": np.ones((9, 4)) * 1j}, "w0"),
    ],
)
def test_weights_that_cannot_be_used(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError) as refused:
        task_of(tables(tmp_path), weights={**network(), **change})
    assert told in str(refused.value)


def test_no_arrays_or_no_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("w0")
    for name in ("none.npz", "text.npz", "missing.npz"):
        with pytest.raises(RequestError, match=name):
            floats_in(tmp_path / name)


@pytest.mark.parametrize(
    ("own", "more", "told"),
    [
        ({"wieghts": "a.npz"}, {}, "wieghts"),
        ({"converters": {"bits": 8}}, {}, "bits"),
        ({"write_verify": {"rounds": 3}}, {}, "inference.write_verify is of cells"),
        ({"low": 0.9, "high": 0.1}, {}, "inference.low, high"),
        ({"mapping": "triples"}, {}, "inference.mapping"),
        ({"data": "digits"}, {}, "inference has data and images"),
        ({"classes": 2}, {}, "labels[2] = 2.0 is refused"),
        ({}, {"array": {"rows": 9, "cols": 8}}, "size of layer 0 = '10 x 8' is refused; allowed: <= 9 x 8"),
        ({"split": True}, {"array": {"rows": 9, "cols": 1}}, "size of layer 0"),
        ({}, {"selector": {"kind": "threshold"}}, ""),
    ],
)
def test_a_study_that_is_refused(tmp_path: Path, own: dict[str, Any], more: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError) as refused:
        task_of({**tables(tmp_path, **own), **more}, weights=network())
    assert told in str(refused.value)


def test_a_study_without_the_table_says_where_to_look() -> None:
    with pytest.raises(RequestError, match=r"has no \[inference\] table"):
        load_inference({"array": {"rows": 4, "cols": 4}})
