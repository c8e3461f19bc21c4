"""From benches with one cell each to a deck. Many independent benches share one transient and save process starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pyspice_models.bench import Waveform
from pyspice_models.bench.cell_bench import CellBench
from pyspice_models.deck import ngspice as write
from pyspice_models.deck.accuracy import Accuracy
from pyspice_models.deck.compliance import compliance, compliance_library
from pyspice_models.deck.crossbar import check_form
from pyspice_models.deck.deck import Deck
from pyspice_models.errors import RequestError

Method = Literal["gear", "trap"]

CELL_QUANTITIES = ("w", "x", "g", "p")


def cell_deck(
    benches: Sequence[CellBench],
    *,
    form: str,
    longest_step: float,
    accuracy: Accuracy | None = None,
    method: Method = "gear",
    title: str = "Ag2S cells on benches",
) -> Deck:
    """A transient of independent benches, up to the end of the longest.

    Probes, each of shape (bench,): w, x [1], g [S], p [W] of the cell, v, the voltage on it [V], and i, the current out
    of the source [A].

    Args:
        benches: at least one; they share the temperature.
        form: "osdi" or "subckt".
        longest_step: [s].
        accuracy: tolerances.
        method: of integration, "gear" (order 2) or "trap".
        title: first line.

    Raises:
        RequestError: unknown form, no bench, or benches at different temperatures.
    """
    check_form(form)
    if len({bench.temperature for bench in benches}) != 1:
        raise RequestError("a deck needs one or more benches, all at one temperature")
    base = benches[0].cell
    stop = max(bench.stop for bench in benches)
    count = range(len(benches))
    probes = {
        **{q: [write.cell_vector(form, _cell(k), q) for k in count] for q in CELL_QUANTITIES},
        "v": [f"v({_node(k)})" for k in count],
        "i": [f"i(v{_source(k)})" for k in count],
    }
    parts = [
        f"* {title}",
        f"* {len(benches)} independent benches, cell form {form}; plain SI numbers throughout",
        write.cell_definition(form, base),
        *([compliance_library()] if any(bench.i_limit is not None for bench in benches) else []),
        *(line for k in count for line in _elements(k, benches[k], form, base.as_dict())),
        write.options(accuracy or Accuracy(), benches[0].temperature),
        f".options method={method}",
        write.saves(vector for group in probes.values() for vector in group),
        write.transient(longest_step / 100, stop, longest_step),
        write.control(form),
        ".end",
        "",
    ]
    scales = {q: write.cell_scale(form, q) for q in CELL_QUANTITIES}
    # ngspice counts a source's current into its plus node
    scales["i"] = -1.0
    return Deck("\n".join(parts), form, stop, probes, dict.fromkeys(probes, (len(benches),)), scales)


def _elements(k: int, bench: CellBench, form: str, base: dict[str, float]) -> Iterator[str]:
    wave = Waveform(bench.volts[0], list(bench.times), list(bench.volts))
    yield write.source(_source(k), _source(k), "0", wave)
    if bench.i_limit is None:
        yield write.resistor(f"s{k}", _source(k), _node(k), bench.r_series)
    else:
        yield compliance(
            str(k), _source(k), _node(k), r=bench.r_series, i_limit=bench.i_limit, limiter=bench.limiter
        )  # fmt: skip
    yield write.capacitor(f"n{k}", _node(k), "0", bench.c_node)
    differing = {name: value for name, value in bench.cell.as_dict().items() if value != base[name]}
    yield write.cell(form, _cell(k), _node(k), "0", differing)


def _source(k: int) -> str:
    return f"s{k}"


def _node(k: int) -> str:
    return f"t{k}"


def _cell(k: int) -> str:
    return f"_{k}"
