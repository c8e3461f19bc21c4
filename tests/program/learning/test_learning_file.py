"""The `[learning]` table: what it says, what it refuses, and that what is written is read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from learning_cases import array_study

from pyspice_models import Study, VariabilityParams, Variation, load_learning
from pyspice_models.errors import RequestError
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.file import learning_tables
from pyspice_models.program.learning.request import METHODS, ImageSource, Learning, LearningParams
from pyspice_models.study.tables.write import write_tables


def _load(**learning: Any) -> Learning:
    return load_learning({"learning": learning})[2]


def test_an_empty_table_is_the_default() -> None:
    study, variation, asked = load_learning({"learning": {}})
    assert isinstance(study, Study)
    assert study.crossbar.shape == (128, 128)
    assert variation is None
    assert asked == Learning()
    assert asked.data == ImageSource("digits")
    assert asked.rules == METHODS


def test_numbers_have_units_and_methods_tables_of_their_own() -> None:
    asked = _load(
        voltage="250 mV", rest="20 us", hidden=[8, 4], methods=["sgd", "agad"], sgd={"rate": 0.5},
        agad={"symmetric": "device", "every": 4}, converters={"adc_bits": 8, "adc_energy": "1 pJ"},
    )  # fmt: skip
    assert (asked.params.voltage, asked.params.rest) == (0.25, 20e-6)
    assert (asked.hidden, asked.methods) == ((8, 4), ("sgd", "agad"))
    assert asked.rules["sgd"] == METHODS["sgd"].replace(rate=0.5)
    assert asked.rules["agad"] == METHODS["agad"].from_mapping(
        {"symmetric": "device", "every": 4}, base=METHODS["agad"]
    )
    assert asked.rules["ttv2"] == METHODS["ttv2"]
    assert asked.converters == Converters(adc_bits=8, adc_energy=1e-12)


@pytest.mark.parametrize(
    ("learning", "told"),
    [
        ({"epoch": 3}, r"unknown key 'epoch' in \[learning\]; did you mean 'epochs'\?"),
        ({"ttv2": {"rates": 1}}, r"unknown key 'rates' in \[learning\.ttv2\]; did you mean 'rate'\?"),
        ({"ttv2": 3}, r"learning\.ttv2 must be a table"),
        ({"converters": {"bits": 8}}, r"unknown key 'bits' in \[learning\.converters\]"),
        ({"epochs": 0}, r"learning\.epochs = 0 is refused; allowed: a whole number from 1"),
        ({"voltage": "3 A"}, r"learning\.voltage"),
        ({"methods": ["ttv3"]}, r"learning\.methods = .*'ttv3'.* is refused; allowed: one or more of fp, sgd"),
        ({"methods": ["sgd", "sgd"]}, r"each once"),
        ({"methods": "sgd"}, r"learning\.methods = 'sgd' is refused; allowed: a list"),
        ({"hidden": [0]}, r"learning\.hidden"),
        ({"hidden": ["8"]}, r"learning\.hidden"),
        ({"way": "guess"}, r"learning\.way = 'guess' is refused; allowed: one of table, circuit"),
        ({"update_scheme": "floating"}, r"learning\.update_scheme"),
        ({"data": "digits", "images": "a.npz"}, "learning has data and images"),
        ({"labels": "a"}, r"give learning\.images"),
        ({"validation": 0}, r"learning\.validation"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(learning: dict[str, Any], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        _load(**learning)


def test_a_study_without_the_table_is_told_what_it_needs() -> None:
    with pytest.raises(RequestError, match=r"the study has no \[learning\] table: .*docs/learning\.md"):
        load_learning({"array": {"rows": 2, "cols": 2}})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    asked = Learning(
        LearningParams(epochs=7, seeds=2, streams="deterministic"), ImageSource(), (5,), ("agad",),
        Converters(dac_bits=7), {"agad": METHODS["agad"].replace(rate=0.3)},
    )  # fmt: skip
    variation = Variation(VariabilityParams(device_mobility=0.2), seed=4)
    write_tables(learning_tables(array_study(), variation, asked), tmp_path)
    study, again, read = load_learning(tmp_path / "study.toml")
    assert study.crossbar == array_study().crossbar
    assert again == variation
    assert read == asked


def test_images_of_a_user_lie_beside_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    np.savez(
        tmp_path / "own" / "set.npz", images=np.eye(4).reshape(4, 2, 2).repeat(10, axis=0), labels=[0, 1, 2, 3] * 10
    )
    (tmp_path / "own" / "s.toml").write_text('[learning]\nimages = "set.npz"\nhidden = []\n')
    study, variation, asked = load_learning(tmp_path / "own" / "s.toml")
    split = asked.images()
    write_tables(learning_tables(study, variation, asked), tmp_path / "out")
    (tmp_path / "own" / "set.npz").unlink()
    again = load_learning(tmp_path / "out" / "study.toml")[2].images()
    for part in ("train", "validation", "test"):
        assert (getattr(split, part).pixels == getattr(again, part).pixels).all()


def test_parameters_of_another_method_are_refused() -> None:
    with pytest.raises(RequestError, match=r"rules = 'sgd' is refused"):
        Learning(rules={"sgd": METHODS["ttv2"]})
