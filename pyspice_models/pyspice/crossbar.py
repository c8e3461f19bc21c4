"""A whole crossbar as a PySpice subcircuit."""

from __future__ import annotations

from collections.abc import Sequence

from PySpice.Spice.Netlist import Circuit, SubCircuit

from pyspice_models.array import Crossbar, nodes
from pyspice_models.cells.selectors.kinds import Transistor
from pyspice_models.errors import RequestError
from pyspice_models.netlist import selector
from pyspice_models.netlist.cells import cell_definitions, texts_of
from pyspice_models.netlist.crossbar import models_of
from pyspice_models.netlist.dialects import NGSPICE as write
from pyspice_models.netlist.elements import array_elements
from pyspice_models.pyspice.parts import check_name, check_quantity, install, loading


class CrossbarSubCircuit(SubCircuit):
    """Cells and lines of a crossbar; sources, drivers and sense circuits are the user's.

    The ports are the word terminals wt_0, wt_1, ..., the bit terminals bt_0, bt_1, ..., and for a crossbar with
    transistors the gate terminals gt_0, gt_1, ... The netlist is the
    one of the package's own decks. `crossbar.driver` is not used. Line resistances hold at `crossbar.temperature`;
    the cells follow the simulator, so give it `temperature=celsius(crossbar.temperature)`.

    Attributes:
        crossbar: its description.
        form: "osdi" or "subckt".
    """

    def __init__(self, crossbar: Crossbar, *, form: str, name: str) -> None:
        """Use `crossbar_subcircuit`."""
        install()
        check_name("crossbar.name", name)
        if not isinstance(crossbar, Crossbar):
            raise RequestError.for_value("crossbar", crossbar, allowed="a Crossbar")
        write.check_form(form)
        for model in (one.model for one in crossbar.populations):
            model.check_form(form)
            if model.behaviour:
                raise RequestError(
                    f"the subcircuit {model.name} is read as {model.behaviour} (ngbehavior), which a library that is "
                    "loaded cannot be told. Run it by `ag2s simulate`, or write it for ngspice."
                )
        loaded = loading(form, models_of(crossbar, form), texts_of(crossbar))
        words = [nodes.word_terminal(row) for row in range(crossbar.rows)]
        bits = [nodes.bit_terminal(col) for col in range(crossbar.cols)]
        transistors = isinstance(crossbar.selector, Transistor)
        gates = [nodes.gate_terminal(col) for col in range(crossbar.cols)] if transistors else []
        super().__init__(name, *words, *bits, *gates)
        self.crossbar = crossbar
        self.form = form
        definitions = [
            *cell_definitions(crossbar, form, write),
            *selector.definition(crossbar, form, write),
        ]
        self.raw_spice = loaded + "\n".join([*definitions, *array_elements(crossbar, form, write), ""])

    def place(
        self,
        circuit: Circuit,
        instance: str,
        *,
        word: Sequence[object],
        bit: Sequence[object],
        gate: Sequence[object] = (),
    ) -> None:
        """Put the crossbar into `circuit`.

        Args:
            circuit: a PySpice circuit or subcircuit.
            instance: name of the element, without the X.
            word: the node that each word line is connected to, row by row.
            bit: the same for the bit lines, column by column.
            gate: the same for the gate lines of a crossbar with transistors.

        Raises:
            RequestError: a wrong number of nodes, a bad name, or another subcircuit of the same name in the circuit.
        """
        check_name("instance", instance)
        gates = self.crossbar.cols if isinstance(self.crossbar.selector, Transistor) else 0
        sides = (("word", word, self.crossbar.rows), ("bit", bit, self.crossbar.cols), ("gate", gate, gates))
        for side, given, needed in sides:
            if isinstance(given, str) or not hasattr(given, "__len__") or len(given) != needed:
                raise RequestError.for_value(
                    f"{side}", given, allowed=f"a list of {needed} nodes, one for each {side} line"
                )
        known = {str(subcircuit.name): subcircuit for subcircuit in circuit.subcircuits}
        if known.get(self.name, self) is not self:
            raise RequestError(
                f"the circuit has another subcircuit called {self.name!r}; give this one another `name`."
            )
        circuit.subcircuit(self)
        circuit.X(instance, self.name, *word, *bit, *gate)

    def vector(self, instance: str, row: int, col: int, quantity: str) -> str:
        """Name of the vector of w, x, g, p or es of a cell, for `simulator.save` and `analysis[...]`.

        Args:
            instance: name of the crossbar's element, without the X.
            row, col: the cell.
            quantity: as in `Ag2SCell.vector`; of a cell of one's own a state, on the scale of its own file.

        Raises:
            RequestError: another quantity, or a cell outside the array.
        """
        self.crossbar.check_index(row, col)
        model = self.crossbar.population_at(row, col).model
        own = {name: name for name in model.shown} if model.seen is None else {}
        vectors = {**own, **model.vectors}
        check_quantity(quantity, tuple(vectors))
        vector, inside, cell = vectors[quantity], f"x{instance.lower()}", nodes.cell(row, col)
        if self.form == "subckt":
            return f"{inside}.x{cell}.{vector}"
        held = vector.removeprefix("#")
        return f"n.{inside}.n{cell}#{held}" if held != vector else f"@n.{inside}.n{cell}[{vector}]"

    def scale(self, quantity: str, row: int = 0, col: int = 0) -> float:
        """Factor from that vector to SI units; in an array of several kinds of cells, that of the cell (row, col)."""
        self.crossbar.check_index(row, col)
        return self.crossbar.population_at(row, col).model.shown[quantity].scale(self.form)


def crossbar_subcircuit(crossbar: Crossbar, *, form: str = "osdi", name: str = "ag2s_crossbar") -> CrossbarSubCircuit:
    """A crossbar as a PySpice subcircuit.

    Args:
        crossbar: sizes, parameters, initial states.
        form: "osdi" (compiled Verilog-A) or "subckt" (behavioural).
        name: of the subcircuit.

    Raises:
        RequestError: unknown form, or a name that is no word of a netlist.
        ToolError: the Verilog-A does not compile.
    """
    return CrossbarSubCircuit(crossbar, form=form, name=name)
