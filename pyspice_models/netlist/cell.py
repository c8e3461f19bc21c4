"""From benches with one cell each to a deck. Many independent benches share one transient and save process starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyspice_models.accuracy import Accuracy
from pyspice_models.cells.registry import model_of
from pyspice_models.errors import RequestError
from pyspice_models.netlist.deck import Deck
from pyspice_models.netlist.dialects import NGSPICE, Analysis, Dialect, Method
from pyspice_models.netlist.dialects import dialect as dialect_named
from pyspice_models.stimulus import Waveform
from pyspice_models.stimulus.cell_bench import CellBench


def cell_deck(
    benches: Sequence[CellBench],
    *,
    form: str,
    longest_step: float,
    accuracy: Accuracy | None = None,
    method: Method = "gear",
    title: str = "Ag2S cells on benches",
    dialect_name: str = "ngspice",
) -> Deck:
    """A transient of independent benches, up to the end of the longest.

    Probes, each of shape (bench,): w, x [1], g [S], p [W] of the cell, v, the voltage on it [V], and i, the current out
    of the source [A].

    Args:
        benches: at least one; they share the temperature.
        form: of the cell: "osdi", "subckt" or "veriloga", whichever the dialect takes.
        longest_step: [s].
        accuracy: tolerances.
        method: of integration, "gear" (order 2) or "trap".
        title: first line.
        dialect_name: whose netlist.

    Raises:
        RequestError: unknown dialect, a form or a limiter that it cannot express, no bench, or benches at different
            temperatures.
    """
    dialect = dialect_named(dialect_name)
    dialect.check_form(form)
    if len({bench.temperature for bench in benches}) != 1:
        raise RequestError("a deck needs one or more benches, all at one temperature")
    base = benches[0].cell
    model = model_of(base)
    model.check_form(form)
    shown = [*(state.name for state in model.states), *(q for q in ("g", "p") if q in model.shown)]
    stop = max(bench.stop for bench in benches)
    count = range(len(benches))
    probes: dict[str, Sequence[str]] = {
        **{q: [dialect.cell_vector(form, _cell(k), q) for k in count] for q in shown},
        "v": [dialect.voltage(_node(k)) for k in count],
        "i": [dialect.source_current(f"v{_source(k)}") for k in count],
    }
    limited = any(bench.i_limit is not None for bench in benches)
    models = dialect.modules(form, [model.master, "compliance"] if limited else [model.master])
    run = Analysis(stop, longest_step / 100, longest_step, accuracy or Accuracy(), benches[0].temperature, method)
    parts = [
        *dialect.title(title),
        dialect.comment(f"{len(benches)} independent benches, cell form {form}; plain SI numbers throughout"),
        *dialect.loading(models),
        dialect.cell_definition(form, model, base),
        *([dialect.limiter_definition()] if limited else []),
        *(line for k in count for line in _elements(k, benches[k], form, base.as_dict(), dialect)),
        *([NGSPICE.shown_alone(dialect.voltage(_node(0)))] if dialect is NGSPICE else []),
        *dialect.analysis(run, (vector for group in probes.values() for vector in group), models, None),
    ]
    scales = {q: model.shown[q].scale(form) for q in shown}
    # a simulator counts a source's current into its plus node
    scales["i"] = -1.0
    return Deck(
        lambda: parts, form, stop, probes, dict.fromkeys(probes, (len(benches),)), scales, models=models,
        dialect=dialect.name, texts=model.modules,
    )  # fmt: skip


def _elements(k: int, bench: CellBench, form: str, base: dict[str, float], dialect: Dialect) -> Iterator[str]:
    wave = Waveform(bench.volts[0], list(bench.times), list(bench.volts))
    yield dialect.source(_source(k), _source(k), "0", wave)
    if bench.i_limit is None:
        yield dialect.resistor(f"s{k}", _source(k), _node(k), bench.r_series)
    else:
        yield dialect.limiter(
            str(k), _source(k), _node(k), r=bench.r_series, i_limit=bench.i_limit, kind=bench.limiter
        )  # fmt: skip
    yield dialect.capacitor(f"n{k}", _node(k), "0", bench.c_node)
    differing = {name: value for name, value in bench.cell.as_dict().items() if value != base[name]}
    model = model_of(bench.cell)
    yield dialect.cell(form, model, _cell(k), (_node(k), "0"), model.written(differing))


def _source(k: int) -> str:
    return f"s{k}"


def _node(k: int) -> str:
    return f"t{k}"


def _cell(k: int) -> str:
    return f"_{k}"
