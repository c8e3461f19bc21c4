"""The split of energy on a dataset made by hand, every part against loops over its branches; and what measures say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.cells.selectors.params import TransistorParams
from pyspice_models.measure import energy_split
from pyspice_models.result.quadrature import trapezoids
from pyspice_models.stimulus import Read, Vmm, Write
from pyspice_models.study import Study, run_study

ROWS, COLS = 2, 3
TIME = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 4.5, 6.0, 8.0, 10.0]) * 1e-6
START, STOP = 2, 6
"""Samples: what is stored at the start is not nothing."""
ATTRS = {
    "sense": "resistor", "both_ends": 0, "compliance": "none", "kind": "1R", "r_word": 2.0, "r_bit": 3.0,
    "r_gate_line": 5.0, "r_feedback": 1e5, "c_word": 2e-15, "c_bit": 3e-15, "c_crossing": 5e-15,
    "c_word_coupling": 7e-15, "c_bit_coupling": 11e-15, "c_gate": 13e-15, "c_gate_line": 17e-15, "c_feedback": 19e-15,
    "limit_capacitance": 23e-15,
}  # fmt: skip
CASES = {
    "plain": {}, "both ends": {"both_ends": 1}, "limiter": {"compliance": "smooth"}, "amplifier": {"sense": "tia"},
    "transistor": {"kind": "1T1R"}, "ideal lines": {"r_word": 0.0, "r_bit": 0.0},
}  # fmt: skip


def _dataset(**attrs: object) -> xr.Dataset:
    """Waves at random; sources and switches hold still, so that no step is one of a ramp."""
    random = np.random.default_rng(7)
    know = ATTRS | attrs
    sizes = {"row": ROWS, "col": COLS}

    def some(*dims: str, still: bool = False, low: float = -1.0) -> tuple[tuple[str, ...], np.ndarray]:
        shape = tuple(sizes[dim] for dim in dims)
        values = random.uniform(low, 1.0, (1 if still else len(TIME), *shape))
        return ("time", *dims), np.broadcast_to(values, (len(TIME), *shape)).copy()

    cells = ("row", "col")
    left, right = trapezoids(TIME, [])
    data = {
        "v_word": some(*cells), "v_bit": some(*cells), "p": some(*cells, low=0.1), "es": some(*cells, low=0.0),
        "v_word_source": some("row", still=True), "v_bit_source": some("col", still=True),
        "i_word_source": some("row"), "i_bit_source": some("col"), "v_word_terminal": some("row"),
        "v_bit_terminal": some("col"), "g_word_driver": some("row", still=True, low=0.1),
        "g_bit_driver": some("col", still=True, low=0.1),
        "weight_left": ("time", left), "weight_right": ("time", right),
    }  # fmt: skip
    if know["sense"] == "tia":
        data |= {"v_bit_output": some("col"), "v_bit_input": some("col"), "i_bit_output": some("col")}
    if know["kind"] == "1T1R":
        data |= {
            "v_gate": some(*cells), "v_mid": some(*cells),
            "p_selector": some(*cells, low=0.1), "es_selector": some(*cells),
            "v_gate_source": some("col", still=True), "i_gate_source": some("col"), "v_gate_terminal": some("col"),
        }  # fmt: skip
    # as much in cells as in capacitances of femtofarads at volts, so that none is lost beside the other
    data |= {name: (dims, 1e-15 * values) for name, (dims, values) in data.items() if name.startswith("es")}
    return xr.Dataset(data, {"time": TIME, "row": range(ROWS), "col": range(COLS)}, know)


def _over_steps(one: Callable[[int, int], float]) -> float:
    """Sum over the steps of the span of what `one` says of a step from sample a to sample b, times its length."""
    return sum((TIME[k + 1] - TIME[k]) * one(k, k + 1) for k in range(START, STOP))


def _work(voltage: np.ndarray, current: np.ndarray) -> float:
    """Of one branch: mean voltage times mean current in each step."""
    return _over_steps(lambda a, b: (voltage[a] + voltage[b]) / 2 * (current[a] + current[b]) / 2)


def _ohmic(drop: np.ndarray, conductance: float) -> float:
    return _work(drop, conductance * drop)


def _lines(data: dict[str, np.ndarray], know: dict[str, float]) -> float:
    total = 0.0
    for r in range(ROWS):
        for c in range(COLS):
            before = data["v_word"][:, r, c - 1] if c else data["v_word_terminal"][:, r]
            below = data["v_bit"][:, r + 1, c] if r + 1 < ROWS else data["v_bit_terminal"][:, c]
            if know["r_word"]:
                total += _ohmic(data["v_word"][:, r, c] - before, 1 / know["r_word"])
                total += _ohmic(data["v_bit"][:, r, c] - below, 1 / know["r_bit"])
            if "v_gate" in data:
                end = data["v_gate"][:, r + 1, c] if r + 1 < ROWS else data["v_gate_terminal"][:, c]
                total += _ohmic(data["v_gate"][:, r, c] - end, 1 / know["r_gate_line"])
    return total


def _drivers(data: dict[str, np.ndarray], know: dict[str, object]) -> Iterator[float]:
    held = data["v_bit_input" if know["sense"] == "tia" else "v_bit_source"]
    for r in range(ROWS):
        near = data["v_word_source"][:, r] - data["v_word_terminal"][:, r]
        g = data["g_word_driver"][0, r]
        yield _work(near, data["i_word_source"][:, r]) if know["compliance"] == "smooth" else _ohmic(near, g)
        if know["both_ends"]:
            yield _ohmic(data["v_word_source"][:, r] - data["v_word"][:, r, COLS - 1], g)
    for c in range(COLS):
        g = data["g_bit_driver"][0, c]
        yield _ohmic(held[:, c] - data["v_bit_terminal"][:, c], g)
        if know["both_ends"]:
            yield _ohmic(held[:, c] - data["v_bit"][:, 0, c], g)
        if "v_gate" in data:
            yield _work(data["v_gate_source"][:, c] - data["v_gate_terminal"][:, c], data["i_gate_source"][:, c])
        if know["sense"] == "tia":
            yield _ohmic(data["v_bit_output"][:, c] - data["v_bit_input"][:, c], 1 / float(know["r_feedback"]))  # type: ignore[arg-type]


def _sources(data: dict[str, np.ndarray], sense: str) -> list[tuple[np.ndarray, np.ndarray]]:
    found = [(data["v_word_source"][:, r], data["i_word_source"][:, r]) for r in range(ROWS)]
    low = "output" if sense == "tia" else "source"
    found += [(data[f"v_bit_{low}"][:, c], data[f"i_bit_{low}"][:, c]) for c in range(COLS)]
    if "v_gate" in data:
        found += [(data["v_gate_source"][:, c], data["i_gate_source"][:, c]) for c in range(COLS)]
    return found


def _stored(data: dict[str, np.ndarray], know: dict[str, Any], k: int) -> float:
    word, bit = data["v_word"][k], data["v_bit"][k]
    total = float(data["es"][k].sum())
    for r in range(ROWS):
        for c in range(COLS):
            pairs = [
                (know["c_word"], word[r, c]), (know["c_bit"], bit[r, c]), (know["c_crossing"], word[r, c] - bit[r, c]),
                (know["c_word_coupling"], word[r, c] - word[r - 1, c] if r else 0.0),
                (know["c_bit_coupling"], bit[r, c] - bit[r, c - 1] if c else 0.0),
            ]  # fmt: skip
            if "v_gate" in data:
                gate, mid = data["v_gate"][k, r, c], data["v_mid"][k, r, c]
                pairs += [(know["c_gate"], gate - mid), (know["c_gate"], gate - bit[r, c]), (know["c_gate_line"], gate)]
                total += data["es_selector"][k, r, c]
            total += sum(farad * volt**2 / 2 for farad, volt in pairs)
    if know["compliance"] != "none":
        total += sum(know["limit_capacitance"] * data["v_word_terminal"][k] ** 2 / 2)
    if "v_bit_output" in data:
        total += sum(know["c_feedback"] * (data["v_bit_output"][k] - data["v_bit_input"][k]) ** 2 / 2)
    return float(total)


@pytest.mark.parametrize("case", CASES)
def test_every_part_of_the_split_is_the_sum_of_its_branches(case: str) -> None:
    dataset = _dataset(**CASES[case])
    data, know = {str(name): held.values for name, held in dataset.data_vars.items()}, dict(dataset.attrs)
    split = energy_split(dataset, TIME[START], TIME[STOP])

    low = "v_mid" if "v_mid" in data else "v_bit"
    for r in range(ROWS):
        for c in range(COLS):
            root = np.sqrt(data["p"][:, r, c]) * np.sign(data["v_word"][:, r, c] - data[low][:, r, c])
            cell = _over_steps(lambda a, b, root=root: (root[a] ** 2 + root[a] * root[b] + root[b] ** 2) / 3)  # type: ignore[misc]
            assert float(split.cells[r, c]) == pytest.approx(cell, rel=1e-12, abs=0)
    selectors = 0.0
    if "p_selector" in data:
        across = data["v_mid"] - data["v_bit"]
        selectors = sum(
            _work(across[:, r, c], data["p_selector"][:, r, c] / across[:, r, c])
            for r in range(ROWS)
            for c in range(COLS)
        )
    assert split.selectors == pytest.approx(selectors, rel=1e-12, abs=0)
    assert split.lines == pytest.approx(_lines(data, know), rel=1e-12, abs=0)
    assert split.drivers == pytest.approx(sum(_drivers(data, know)), rel=1e-12, abs=0)
    sources = _sources(data, know["sense"])
    assert split.source == pytest.approx(sum(_work(*source) for source in sources), rel=1e-12, abs=0)
    effort = sum(
        _over_steps(lambda a, b, v=v, i=i: abs((v[a] + v[b]) / 2 * (i[a] + i[b]) / 2))  # type: ignore[misc]
        for v, i in sources
    )
    assert split.moved == pytest.approx(effort, rel=1e-12, abs=0)
    stored = _stored(data, know, STOP) - _stored(data, know, START)
    assert split.stored == pytest.approx(stored, rel=1e-12, abs=0)
    assert stored != 0


@pytest.mark.parametrize("selector", [None, TransistorParams()], ids=["1R", "1T1R"])
def test_every_measure_says_what_it_is_in_words_and_in_which_unit(selector: TransistorParams | None) -> None:
    program = [Write(0, 0), Read(0, None), Vmm()]
    crossbar = Crossbar(2, 3, selector=selector, per_cell={"w0": [[0.1, 0.9, 0.2], [0.8, 0.3, 0.7]]})
    measures = run_study(Study("words", crossbar, program)).measures
    assert len(measures) > 15
    outputs = ("vmm_output", "vmm_output_ideal")
    amperes = (*outputs, "read_current", "sneak_current", "own_current", "own_current_nominal", "sense_noise")
    units = {
        "energy_imbalance": "", "recovery_time": "s", "read_latency": "s", "write_latency": "s", "sense_snr": "dB",
        "array_area": "m^2", "energy_delay_write": "J*s",
    } | dict.fromkeys(amperes, "A")  # fmt: skip
    sorts = ("dissipated", "drawn", "delivered", "stored", "all capacitances", "quiescent", "of it")
    sorts += ("energy that sources moved",)
    for name, measure in measures.items():
        assert measure.unit == units.get(name, "J" if name.startswith("energy") else ""), name
        assert len(measure.about.split()) >= 4, f"{name}: {measure.about}"
        if name.startswith("energy_"):
            assert any(words in measure.about for words in sorts), f"which energy? {name}: {measure.about}"
