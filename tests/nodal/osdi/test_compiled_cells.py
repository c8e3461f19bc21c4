"""The kernel of compiled Verilog-A alone: held against the twins and the lone response, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from compiled_cases import HEAD, cells_of, driven, of_text

from pyspice_models import Crossbar, foreign_cell
from pyspice_models.cells.ag2s.equations import Equations
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.gap.params import GapParams
from pyspice_models.cells.registry import model_of
from pyspice_models.cells.sources import model_file
from pyspice_models.cells.threshold.params import ThresholdCellParams
from pyspice_models.cells.vteam.params import VteamParams
from pyspice_models.engine.nodal.osdi.evaluable import check_calls, opened
from pyspice_models.engine.osdi.library import Refused
from pyspice_models.errors import RequestError, SimulationError
from pyspice_models.foreign.osdi import Compiled, respond

AG2S = {"w": {"node": "w", "initial": "w0"}, "x": {"node": "x", "initial": "x0"}}


def ramp(width: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Times, and a shape that rises to 1 within a hundredth of them."""
    times = np.concatenate([np.linspace(0, width / 100, 41), np.linspace(width / 100, width, steps)[1:]])
    return times, np.minimum(times / (width / 100), 1)


@pytest.mark.parametrize(
    ("cell", "volt", "width", "within"),
    [
        (VteamParams(), 0.6, 1e-6, 1e-4), (GapParams(), 2.2, 5e-9, 1e-4), (ThresholdCellParams(), 0.5, 1e-6, 1e-4),
        (CellParams(), 0.3, 1e-6, 1e-4),
    ],
)  # fmt: skip
def test_a_shipped_cell_by_its_object_is_its_twin(cell: object, volt: float, width: float, within: float) -> None:
    """States as the twin's integrator has them, within a share of their change; currents as its equations."""
    model = model_of(cell)  # type: ignore[arg-type]
    cells = cells_of(cell)
    times, shape = ramp(width, 800)
    end, currents, energies = driven(cells, times, volt * shape)
    assert cells.complaint("") == ""
    assert model.alone is not None
    initial = {name: [getattr(cell, name)] for name in model.initial}
    changes = np.array(model.alone(cell, initial, times, volt * shape)).ravel()
    names = cells._stacks[0].names
    nodes = [names.index(state.node) for state in model.states]
    level = [state.name for state in model.states].index(model.level)
    assert end.rows[0, nodes[level]] == pytest.approx(changes[level], rel=within, abs=0)
    now = [getattr(cell, name) + end.rows[0, k] for name, k in zip(model.initial, nodes, strict=True)]
    currents = currents[:, 0, 0]
    if model.slow_branch is None:
        equations = Crossbar(1, 1, cell=cell).equations  # type: ignore[arg-type]
        assert currents[-1] == pytest.approx(float(np.squeeze(equations.current(volt, *now))), rel=1e-6, abs=0)
        assert end.rows[0, 3 * len(names)] == pytest.approx(currents[-1] * volt, rel=1e-12, abs=0)
        power = np.concatenate([[0.0], currents]) * volt * shape
        assert energies[0, 0] == pytest.approx(np.trapezoid(power, times), rel=1e-3, abs=0)
    else:  # a current that charges the ionic branch is lost in part
        across = volt - end.rows[0, names.index("ni")]
        assert end.rows[0, 3 * len(names)] == pytest.approx(
            currents[-1] * volt - across * (volt - across) / cell.r_ion, rel=1e-9, abs=0
        )


def test_cells_that_rest_are_not_evaluated() -> None:
    cells = cells_of(VteamParams())
    times, shape = ramp(1e-6, 400)
    driven(cells, times, 0.0 * shape)
    assert cells.devices.done.sum() == 2  # once each, when time begins


def test_a_cell_is_evaluated_where_its_bend_counts_and_nowhere_else() -> None:
    """Against the same steps with a millionth of the tolerance."""
    times, shape = ramp(1e-6, 800)
    found = []
    for share in (1.0, 1e-6):
        cells = cells_of(CellParams())
        cells.devices.allowed[:] *= share
        found.append((*driven(cells, times, 0.3 * shape), cells.devices.done.sum()))
    (end, currents, energies, few), (exact, true, lost, many) = found
    assert few < len(times) < many  # of two cells, in two stages each
    inner = cells.devices.kinds[0]["inners"]
    assert np.abs(end.rows[:, :inner] - exact.rows[:, :inner]).max() < 1e-7
    assert currents == pytest.approx(true, rel=1e-6, abs=0)
    assert energies == pytest.approx(lost, rel=1e-7, abs=0)


def test_what_an_object_says_of_its_nodes() -> None:
    """A current that is linear in a voltage never needs another evaluation; states of variables have their range."""
    (own,), (other,) = (
        cells_of(cell)._stacks
        for cell in (
            CellParams(),
            foreign_cell(model_file("verilog_a", "ag2s.va"), terminals=["te", "be"], states=AG2S),
        )
    )
    assert own.names == ("nw", "nx", "ni", "te", "be")
    for stack in (own, other):
        assert {stack.names[k] for k in stack.straight} == {"ni"}
        assert {stack.names[k] for k in stack.circuit} == {"ni"}
        assert stack.floating
        assert [stack.fixed[k] for k in range(2)] == pytest.approx([1.0, 1.0], rel=1e-3, abs=0)


def test_a_cell_that_leaks_to_ground_sees_both_lines(tmp_path: Path) -> None:
    body = """
      electrical n;
      analog begin
        I(a, n) <+ 1e-6*V(a, n)*(1.0 + V(a, n));
        I(n, c) <+ 3e-6*V(n, c);
        I(n) <+ 1e-6*V(n);
        I(a) <+ ddt(1e-15*V(a));
      end
    """
    cells = cells_of(of_text(body, tmp_path))
    assert not cells._stacks[0].floating
    assert cells.devices.kinds[0]["apiece"] == 1
    end, currents, _ = driven(cells, np.array([0.0, 1e-6]), np.array([0.0, 0.4]))
    n = end.rows[0, 0]
    assert 1e-6 * (0.4 - n) * (1.4 - n) == pytest.approx(4e-6 * n, rel=1e-9, abs=0)
    assert currents[-1, 0, 0] == pytest.approx(4e-6 * n, rel=1e-9, abs=0)


TRAP = """
  electrical n, k;
  parameter real v0 = 0.2 from [0:1];
  analog begin
    I(a, c) <+ 1e-6*(1.0 + V(k))*V(a, c);
    I(a, c) <+ ddt(1e-15*V(a, c)*(1.0 + 0.3*V(n)));
    I(n) <+ $abstime <= 0.0 ? 1e-3*(V(n) - v0) : 1e-3*(V(n) - V(a, c));
    I(n) <+ ddt(1e-10*(V(n) + V(n)*V(n)*V(n)/3.0));
    V(k) <+ idt(1e6*V(n), 0.0);
  end
"""
"""A trap whose charge is no product of a constant, an integral, and a charge of the terminals that depends on it."""


def test_integrals_and_charges_of_any_form_follow(tmp_path: Path) -> None:
    """Held against the lone response, an integrator of its own."""
    cell = of_text(TRAP, tmp_path)
    cells = cells_of(cell)
    times, shape = ramp(1e-6, 2000)
    end, currents, _ = driven(cells, times, 0.5 * shape)
    module = Compiled((tmp_path / "mine.va").read_text(), "mine", "mine.va")
    (run,) = respond(module, ("a", "c"), [0.0, 1e-8, 1e-6], [0.0, 0.5, 0.5], tolerance=1e-7)
    names = cells._stacks[0].names
    for name in ("n", "k"):
        assert end.rows[0, names.index(name)] == pytest.approx(run.nodes[name][-1], rel=1e-5, abs=0), name
    assert currents[-1, 0] == pytest.approx(1e-6 * (1 + run.nodes["k"][-1]) * 0.5, rel=1e-5, abs=0)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "electrical n; parameter real r = 0 from [0:inf); analog begin if (r > 0) I(a, n) <+ V(a, n)/r; else "
            "V(a, n) <+ 0.0; I(n, c) <+ 1e-6*V(n, c); end",
            "it may join nodes (1 pair)",
        ),
        (
            "analog I(a, c) <+ 1e-6*V(a, c)*(1.0 + 0.1*sin(1e6*$abstime));",
            "its currents depend on $abstime after 0",
        ),
        ("analog I(a, c) <+ 1e-6*(V(a, c) + 0.1);", "drives 1e-07 A through them at 0 V"),
    ],
)  # fmt: skip
def test_what_cannot_be_called_is_refused_by_name(body: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=re.escape(words)) as caught:
        cells_of(of_text(body, tmp_path))
    assert "engine nodal" in str(caught.value)


@pytest.mark.parametrize(
    ("term", "what"), [('$limit(V(a, c), "pnjlim", 0.1, 0.7)', "$limit"), ("absdelay(V(a, c), 1e-9)", "absdelay")]
)
def test_what_depends_on_earlier_evaluations_is_refused(term: str, what: str, tmp_path: Path) -> None:
    """Told by the descriptor; a user's file is refused earlier, when it is read."""
    text = f"{HEAD}module mine(a, c); inout a, c; electrical a, c; analog I(a, c) <+ 1e-6*{term}; endmodule\n"
    with pytest.raises(Refused, match=re.escape(f"its currents depend on earlier evaluations, by {what}")):
        opened(text, "mine", "mine")


def test_no_number_names_the_cell_and_its_voltages(tmp_path: Path) -> None:
    cells = cells_of(of_text("analog I(a, c) <+ 1e-6*sqrt(0.3 - V(a, c))*V(a, c);", tmp_path))
    _, currents, _ = driven(cells, *[np.linspace(0, 1, 11)] * 2)
    assert np.isnan(currents[-1]).all()
    words = cells.complaint("at 1 s")
    assert words.startswith(
        "the cell (0, 1) (mine) gives currents, charges or slopes that are no numbers at 1 s, at a = "
    )
    assert "c = 0 V" in words


def test_a_module_that_ends_the_simulation_is_named(tmp_path: Path) -> None:
    body = 'analog begin if (V(a, c) > 0.5) $fatal(0, "too much"); I(a, c) <+ 1e-6*V(a, c); end'
    cells = cells_of(of_text(body, tmp_path))
    driven(cells, *[np.linspace(0, 1, 11)] * 2)
    assert "asks for the end of the simulation by $f" in cells.complaint("here")


def test_no_operating_point_is_told(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match=r"the cell \(0, 0\) \(mine\) .* before time begins, at a = 0 V"):
        cells_of(of_text("electrical n; analog begin I(a, c) <+ 0.0; I(n) <+ sqrt(V(n) - 1.0); end", tmp_path))


def test_what_objects_say_is_tried_on_the_shipped_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    check_calls.cache_clear()
    check_calls()
    monkeypatch.setattr(Equations, "current", lambda *_: 1e-9)
    check_calls.cache_clear()
    with pytest.raises(SimulationError, match=r"objects cannot be called on this machine\. Use engine ngspice"):
        check_calls()
    check_calls.cache_clear()
