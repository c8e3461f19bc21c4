"""Every dialect's text, and what none may write. Which of them were run in their tool, docs/tools tells."""

from __future__ import annotations

import runpy
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError
from pyspice_models.netlist import Deck, crossbar_deck, dialect, dialect_names
from pyspice_models.netlist.cell import cell_deck
from pyspice_models.netlist.rows import PerCell
from pyspice_models.stimulus import Read, Write, schedule
from pyspice_models.stimulus.cell_bench import CellBench

GOLDEN = Path(__file__).parents[1] / "golden" / "dialects"


def _deck(crossbar: Crossbar, name: str, **options: object) -> Deck:
    form = dialect(name).forms[0]
    return crossbar_deck(
        crossbar, schedule(crossbar, [Write(0, 0), Read(0, 0)]), form=form, dialect_name=name, **options
    )


def test_each_dialect_writes_its_golden_text() -> None:
    """After a change that is meant: .venv/bin/python tests/golden/write_dialects.py"""
    texts = runpy.run_path(str(GOLDEN.parent / "write_dialects.py"), run_name="write_dialects")["goldens"]()
    assert {path.name for path in GOLDEN.iterdir()} == set(texts)
    for name, text in texts.items():
        assert (GOLDEN / name).read_text() == text, name


def test_an_unknown_dialect_is_refused_by_name() -> None:
    with pytest.raises(
        RequestError, match="dialect = 'eldo' is refused; allowed: one of ngspice, vacask, neospice, xyce"
    ):
        dialect("eldo")


@pytest.mark.parametrize("name", dialect_names())
def test_a_form_that_the_tool_does_not_take_is_refused(name: str) -> None:
    crossbar = Crossbar(1, 1)
    for form in {"osdi", "subckt", "veriloga"} - set(dialect(name).forms):
        with pytest.raises(RequestError, match=rf"form = '{form}' is refused; .*{name} takes"):
            crossbar_deck(crossbar, schedule(crossbar, [Read(0, 0)]), form=form, dialect_name=name)


@pytest.mark.parametrize("name", ["vacask", "hspice", "spectre"])
def test_what_a_dialect_cannot_express_is_refused_before_anything_is_written(name: str) -> None:
    words = f"a netlist for {name} cannot express the current limiter 'mos': choose smooth"
    with pytest.raises(RequestError, match=words):
        _deck(Crossbar(1, 1, driver=DriverParams(compliance="mos")), name)
    bench = CellBench(CellParams(), (0, 1), (0, 1), i_limit=1e-5, limiter="mos")
    with pytest.raises(RequestError, match=words):
        cell_deck([bench], form=dialect(name).forms[0], longest_step=1.0, dialect_name=name)


@pytest.mark.parametrize("name", dialect_names())
def test_every_cell_and_segment_stands_in_every_dialect(name: str) -> None:
    rows, cols = 5, 3
    text = _deck(Crossbar(rows, cols, per_cell={"w0": np.linspace(0, 1, 15).reshape(5, 3)}), name).text
    lines = text.splitlines()
    for prefix in ("rwl_", "rbl_", "cwl_", "cbl_", "cx_"):
        assert sum(line.startswith(prefix) for line in lines) == rows * cols, prefix
    values = [float(line.partition("w0=")[2]) for line in lines if "ag2s_cell w0=" in line]
    assert values == pytest.approx(np.linspace(0, 1, 15), abs=1e-12)
    assert "\x01" not in text
    assert "%" not in text


def test_a_row_with_a_fault_differs_from_its_neighbours_in_nothing_else() -> None:
    faults = Faults(open_words=((2, 1),), open_bits=((5, 0),))
    whole, broken = (_deck(Crossbar(6, 4, faults=f), "ngspice").text.splitlines() for f in (Faults(), faults))
    assert len(whole) == len(broken)
    changed = [line.split()[0] for line, other in zip(whole, broken, strict=True) if line != other]
    assert changed == ["rwl_2_1", "rbl_5_0"]


def test_names_per_cell_are_a_sequence() -> None:
    names = PerCell((3, 2), lambda row, col: f"n_{row}_{col}")
    assert list(names) == [f"n_{r}_{c}" for r in range(3) for c in range(2)] == [names[k] for k in range(6)]
    assert (len(names), names[-1], names[1:3]) == (6, "n_2_1", ["n_0_1", "n_1_0"])
    with pytest.raises(IndexError):
        names[6]


@pytest.mark.parametrize("name", dialect_names())
def test_a_row_is_formatted_once_however_many_there_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes a million elements a matter of a second: rows are copies of a template."""
    kind, counts = type(dialect(name)), dict.fromkeys(("cell", "resistor", "capacitor"), 0)

    def counted(method: str) -> None:
        plain = getattr(kind, method)

        def call(*arguments: object, **named: object) -> str:
            counts[method] += 1
            return plain(*arguments, **named)

        monkeypatch.setattr(kind, method, call)

    for method in counts:
        counted(method)
    found = []
    for rows in (4, 64):
        crossbar = Crossbar(rows, 5, per_cell={"w0": np.random.default_rng(1).random((rows, 5))})
        deck = crossbar_deck(
            crossbar, schedule(crossbar, [Write(0, 0), Read(0, 0)]), form=kind.forms[0], dialect_name=name
        )
        counts.update(dict.fromkeys(counts, 0))
        assert deck.text.count("_cell") >= 5 * rows
        found.append(dict(counts))
    few, many = found
    assert few["cell"] == many["cell"] == 5
    assert few["capacitor"] == many["capacitor"]
    assert many["resistor"] - few["resistor"] == 60, "but for a driver on every word line"


def test_writing_takes_no_more_memory_for_more_rows(tmp_path: Path) -> None:
    wire = WireParams(coupling=True)
    peaks = []
    for rows in (64, 1024):
        deck = _deck(Crossbar(rows, 64, wire=wire), "ngspice")
        tracemalloc.start()
        deck.write(tmp_path / "deck.cir")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (tmp_path / "deck.cir").stat().st_size > 20e6
    assert peaks[1] < 1.1 * peaks[0] + 1e6
