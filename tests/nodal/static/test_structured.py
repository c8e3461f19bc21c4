"""The static solution by structure against the direct one, its convergence, and many inputs at once."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_networks import join

from pyspice_models.array import Crossbar, Faults
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.network import Branches, ResistiveNetwork
from pyspice_models.array.wire import WireParams
from pyspice_models.engine.nodal.linear import schur, threads
from pyspice_models.engine.nodal.linear.schur import TOLERANCE, grid_spacing
from pyspice_models.engine.nodal.static.certificate import flows, shares_of_ends
from pyspice_models.engine.nodal.static.products import eliminated, solve_products, transfer_matrix
from pyspice_models.engine.nodal.static.solution import ends_of
from pyspice_models.engine.nodal.static.solve import solve_operating_point, solve_static
from pyspice_models.engine.nodal.static.structured import Structured, end_conductances
from pyspice_models.errors import RequestError
from pyspice_models.stimulus.scheme import Bias, read_bias, vector_bias, write_bias


def wires(r_word: float, r_bit: float) -> WireParams:
    """Lines with these resistances per segment [ohm]."""
    return WireParams(mean_free_path=0.0, resistivity_wl=r_word * 25e-9, resistivity_bl=r_bit * 25e-9)


def _random(shape: tuple[int, int], seed: int, decades: float = 2.0) -> np.ndarray:
    return 10 ** np.random.default_rng(seed).uniform(-5, -5 + decades, shape)


def _bias(kind: str, shape: tuple[int, int], seed: int) -> Bias:
    if kind == "vector":
        random = np.random.default_rng(seed)
        return vector_bias(random.uniform(-0.3, 0.3, shape[0]), random.uniform(-0.1, 0.1, shape[1]))
    if kind == "V/3":
        return write_bias(kind, shape, [seed % shape[0]], [0], 0.3)
    return read_bias(kind, shape, seed % shape[0], [seed % shape[1]], 0.1)


@given(
    st.tuples(st.integers(2, 12), st.integers(2, 12)), st.integers(0, 99), st.booleans(),
    st.sampled_from(["vector", "V/3", "grounded", "floating"]), st.sampled_from([0.01, 1.0, 300.0]),
    st.sampled_from(["resistor", "tia"]),
)  # fmt: skip
def test_both_methods_agree(
    shape: tuple[int, int], seed: int, both_ends: bool, kind: str, r: float, sense: str
) -> None:  # fmt: skip
    driver = DriverParams(both_ends=both_ends and sense == "resistor", sense=sense, r_off=1e9)
    bar, g, bias = Crossbar(*shape, wire=wires(r, 2 * r), driver=driver), _random(shape, seed), _bias(kind, shape, seed)
    g[0, 0] = 0.0  # an open cell
    direct = solve_static(bar, bias, g, method="direct")
    structured = solve_static(bar, bias, g, method="structured")
    top = max(np.abs(bias.word).max(), np.abs(bias.bit).max())
    for side in ("word", "bit"):
        assert np.abs(getattr(direct, side) - getattr(structured, side)).max() < 1e-9 * top
    largest = np.abs(direct.cells).max()
    assert structured.cells == pytest.approx(direct.cells, rel=1e-8, abs=1e-8 * largest)
    assert structured.gap < 1e-8 * largest
    assert structured.nodes.keys() == direct.nodes.keys()
    assert np.array(list(structured.nodes.values())) == pytest.approx(
        list(direct.nodes.values()), rel=0, abs=1e-9 * top
    )


def test_large_arrays_take_the_structure_and_say_so() -> None:
    bar, shape = Crossbar(96, 80, wire=wires(2.0, 2.0)), (96, 80)
    bias, g = _bias("vector", shape, 1), _random(shape, 1)
    found, direct = solve_static(bar, bias, g), solve_static(bar, bias, g, method="direct")
    assert found.method.startswith("structured")
    assert direct.method.startswith("direct")
    assert np.abs(found.bit - direct.bit).max() < 1e-11
    broken = bar.replace(faults=Faults(open_words=((3, 4),)))
    assert solve_static(broken, bias, g).method.startswith("direct")
    # cells that conduct as well as the wires: no slow waves to put on a grid
    assert solve_static(bar.replace(wire=wires(1e5, 1e5)), bias, g).method.startswith("direct")


@pytest.mark.parametrize(("rows", "method"), [(63, "direct"), (64, "structured")])
def test_below_4096_cells_all_nodes_are_factored(rows: int, method: str) -> None:
    bar, shape = Crossbar(rows, 64, wire=wires(2.0, 2.0)), (rows, 64)
    assert solve_static(bar, _bias("vector", shape, 1), _random(shape, 1)).method.startswith(method)


def test_the_number_of_iterations_does_not_grow_with_the_array() -> None:
    counts = {}
    for size in (64, 128, 256):
        bar, shape = Crossbar(size, size, wire=wires(2.0, 2.0)), (size, size)
        found = solve_static(bar, _bias("vector", shape, 2), _random(shape, 2), method="structured")
        counts[size] = int(found.method.split()[-2])
    assert max(counts.values()) <= 20, counts


def test_the_worst_case_of_good_cells_on_bad_wires_converges() -> None:
    shape = (128, 128)
    bar, g = Crossbar(*shape, wire=wires(10.0, 10.0)), np.full(shape, 1e-3)
    found = solve_static(bar, _bias("vector", shape, 3), g, method="structured")
    assert int(found.method.split()[-2]) <= 30
    direct = solve_static(bar, _bias("vector", shape, 3), g, method="direct")
    assert np.abs(found.bit - direct.bit).max() < 1e-10


def test_the_grid_is_as_coarse_as_cells_tie_the_layers_together() -> None:
    cells = np.full((500, 500), 1e-4)
    assert grid_spacing(1.0, 0.25, cells) == (78, 157)
    assert grid_spacing(1e-4, 1e-4, cells) == (2, 2)
    assert grid_spacing(1e9, 1e9, cells) == (499, 499)


def test_an_operating_point_by_structure_is_the_direct_one() -> None:
    states = {"w0": np.linspace(0, 1, 70 * 66).reshape(70, 66), "x0": np.linspace(0.6, 0, 70 * 66).reshape(70, 66)}
    bar = Crossbar(70, 66, per_cell=states, wire=wires(50.0, 80.0))
    bias = write_bias("V/2", (70, 66), [2], [2], 0.3)
    one, other = solve_operating_point(bar, bias), solve_operating_point(bar, bias, method="direct")
    assert one.method.startswith("structured")
    assert np.abs(one.bit - other.bit).max() < 1e-11
    assert one.cells == pytest.approx(other.cells, rel=1e-7, abs=1e-7 * np.abs(other.cells).max())


@pytest.mark.parametrize("method", ["direct", "structured"])
def test_a_bound_does_not_depend_on_the_sign_of_the_voltages(method: str) -> None:
    """The cells carry the same currents the other way round."""
    random = np.random.default_rng(5)
    states = {"w0": random.random((40, 37)), "x0": np.zeros((40, 37))}
    bar = Crossbar(40, 37, per_cell=states, wire=wires(50.0, 80.0))
    word, bit = random.uniform(-0.2, 0.2, 40), random.uniform(-0.2, 0.2, 37)
    one, other = (solve_operating_point(bar, vector_bias(s * word, s * bit), method=method) for s in (1, -1))
    for side in ("word", "bit"):
        parts, mirrored = (getattr(found, f"_{side}_readings").parts for found in (one, other))
        assert parts == pytest.approx(mirrored, rel=1e-12, abs=0)
        assert (parts > 0.5 * np.abs(getattr(one, f"{side}_ends"))).all()


def test_what_is_left_at_the_nodes_is_known_but_for_rounding() -> None:
    """Currents of 1 A and of 1e-3 A meet: what rounding may have lost goes by the larger one, and by how many meet."""
    ohms = Branches(np.array([[0, 1, 2]]), np.array([[3, 3, 3]]), np.array([[1.0, 1.0, 1e-3]]))
    volts = np.array([1.0, -1.0, 1.0, 0.0])
    found = flows(4, volts, [(ohms, ohms.conductance * (volts[ohms.start] - volts[ohms.stop]))])
    assert found.left.tolist() == [1.0, -1.0, 1e-3, -1e-3]
    assert found.dissipated == 2.001
    half = np.finfo(float).eps / 2
    lost = [4 * half, 4 * half, 4e-3 * half, (3 + 3) * half * 2.001]
    assert found.slack == pytest.approx(lost, rel=1e-12, abs=0)
    assert found.total == pytest.approx(2.002, rel=1e-12, abs=0)


@pytest.mark.parametrize("both_ends", [False, True])
def test_no_more_of_an_injected_current_leaves_through_a_lines_ends_than_is_stated(both_ends: bool) -> None:
    shape = 3, 5
    bar = Crossbar(*shape, wire=wires(400.0, 900.0), driver=DriverParams(both_ends=both_ends))
    network, g, bias = ResistiveNetwork(bar), _random(shape, 8), vector_bias([0.0] * 3, [0.0] * 5)
    ends = ends_of(network, bias)
    stated = np.concatenate(shares_of_ends(network, ends, g))
    # every crossing of either layer in turn is given 1 A: the network by its nodes, sources grounded
    size = np.prod(shape)
    word, bit = np.arange(size).reshape(shape), size + np.arange(size).reshape(shape)
    laplace = np.zeros((2 * size, 2 * size))
    join(laplace, word, bit, g)
    join(laplace, word[:, 1:], word[:, :-1], 1 / bar.r_word)
    join(laplace, bit[1:], bit[:-1], 1 / bar.r_bit)
    _, near, far = end_conductances(network, bias)
    at = [(word[:, 0], word[:, -1]), (bit[-1], bit[0])]
    through = np.zeros((8, 2 * size))
    for lines, places in zip((slice(3), slice(3, None)), at, strict=True):
        for place, conductance in zip(places, (near[lines], far[lines]), strict=True):
            laplace[place, place] += conductance
            through[np.arange(8)[lines], place] += conductance
    leaving = through @ np.linalg.inv(laplace)
    most = leaving.max(axis=1)
    assert (stated >= most * (1 - 1e-12)).all(), "a bound"
    assert (stated <= 1.001 * most + 0.5).all(), "and not one that says nothing"


def test_a_solution_that_may_be_off_on_the_worse_side_is_known_as_such() -> None:
    """Word lines of 1 Mohm behind drivers of 1 Mohm: their far nodes are 2 Mohm from ground."""
    bar = Crossbar(4, 4, wire=wires(0.25e6, 1.0), driver=DriverParams(r_driver=1e6, r_sense=1.0))
    bias = vector_bias([0.1] * 4, [0.0] * 4)
    network, g = Structured(ResistiveNetwork(bar), bias), np.full((4, 4), 1e-12)
    strength = 1.0
    for ohms, may_be in ((1.5e6, True), (2.5e6, False)):
        assert network.may_be_off(g, strength, TOLERANCE * np.sqrt(strength * ohms)) == may_be


@pytest.mark.parametrize("shape", [(66, 67), (3, 70)])
def test_parts_and_threads_change_nothing(shape: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bits from one thread and from several; and from a whole array the same but for rounding."""
    crossbar = Crossbar(*shape, wire=wires(2.0, 3.0), driver=DriverParams(both_ends=True))
    cells = _random(shape, 5)
    bias = _bias("vector", shape, 3)

    def solved() -> np.ndarray:
        found = solve_static(crossbar, bias, cells, method="structured")
        return np.concatenate([found.word.ravel(), found.bit.ravel()])

    whole = solved()
    monkeypatch.setattr(threads, "WORTH", 1)
    together = solved()
    monkeypatch.setattr(threads, "crew", lambda _: nullcontext(threads.Crew(None)))
    monkeypatch.setattr(schur, "crew", threads.crew)
    assert np.array_equal(together, solved())
    assert np.abs(together - whole).max() < 1e-11


def test_what_a_method_cannot_do_is_refused() -> None:
    bias, g = _bias("vector", (2, 2), 0), np.ones((2, 2))
    with pytest.raises(RequestError, match="method = 'magic' is refused; allowed: one of auto, direct, structured"):
        solve_static(Crossbar(2, 2), bias, g, method="magic")
    with pytest.raises(RequestError, match="cannot do this array: a line has no resistance"):
        solve_static(Crossbar(2, 2, wire=WireParams(resistivity_wl=0.0)), bias, g, method="structured")
    with pytest.raises(RequestError, match="cannot do this array: it is a single line"):
        solve_static(Crossbar(1, 2), _bias("vector", (1, 2), 0), np.ones((1, 2)), method="structured")


@pytest.mark.parametrize("driver", [DriverParams(), DriverParams(sense="tia"), DriverParams(both_ends=True)])
@pytest.mark.parametrize("shape", [(9, 7), (4, 11), (1, 3)])
def test_many_products_are_single_solutions(shape: tuple[int, int], driver: DriverParams) -> None:
    bar, g = Crossbar(*shape, wire=wires(20.0, 5.0), driver=driver), _random(shape, 4)
    inputs = np.random.default_rng(4).uniform(-0.3, 0.3, (6, shape[0]))
    found = solve_products(bar, g, inputs)
    assert found.shape == (6, shape[1])
    for volts, currents in zip(inputs, found, strict=True):
        single = solve_static(bar, vector_bias(volts.tolist(), [0.0] * shape[1]), g, method="direct")
        assert currents == pytest.approx(-single.bit_ends, rel=1e-9, abs=1e-12 * np.abs(found).max())


@pytest.mark.parametrize("shape", [(9, 7), (4, 11)])
def test_products_come_from_one_elimination(shape: tuple[int, int]) -> None:
    """What does not agree is solved input by input: right, but slow."""
    bar, g = Crossbar(*shape, wire=wires(20.0, 5.0)), _random(shape, 4)
    found = eliminated(bar, g)
    assert found is not None
    assert found == pytest.approx(transfer_matrix(bar, g), rel=1e-12, abs=0)
    single = solve_static(bar, vector_bias([1.0, *[0.0] * (shape[0] - 1)], [0.0] * shape[1]), g, method="direct")
    assert found[:, 0] == pytest.approx(-single.bit_ends, rel=1e-9, abs=0)


@pytest.mark.parametrize("sense", [100.0, 1e9])
@pytest.mark.parametrize("segment", [1e-12, 1e-9, 1e-3, 1e3])
def test_products_hold_for_lines_from_nearly_ideal_to_bad(segment: float, sense: float) -> None:
    bar = Crossbar(6, 5, wire=wires(segment, segment), driver=DriverParams(r_sense=sense))
    g = 10 ** np.random.default_rng(1).uniform(-9, -3, bar.shape)
    biases = [vector_bias(row, [0.0] * 5) for row in np.eye(6).tolist()]
    single = np.stack([-solve_static(bar, bias, g, method="direct").bit_ends for bias in biases], axis=1)
    assert np.abs(transfer_matrix(bar, g) - single).max() < 1e-8 * np.abs(single).max()


def test_without_line_resistance_a_product_is_the_matrix_product() -> None:
    ideal = DriverParams(r_driver=1e-9, r_sense=1e-9, r_contact=0.0)
    bar, g = Crossbar(5, 6, wire=wires(0.0, 0.0), driver=ideal), _random((5, 6), 6)
    assert transfer_matrix(bar, g) == pytest.approx(g.T, rel=1e-9, abs=0)


def test_inputs_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(RequestError, match=r"inputs' shape = \(1, 3\) is refused; allowed: \(vectors, 2\)"):
        solve_products(Crossbar(2, 2), np.ones((2, 2)), [1.0, 2.0, 3.0])
