"""One Ag2S cell as a PySpice subcircuit."""

from __future__ import annotations

import numpy as np
from PySpice.Spice.Netlist import SubCircuit

from pyspice_models.cells import sources
from pyspice_models.cells.ag2s.derived import check_cell
from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.errors import RequestError
from pyspice_models.netlist.dialects import NGSPICE as write
from pyspice_models.pyspice.parts import check_name, check_quantity, install, loading

_T_NOM = 300.0  # [K] at which the parameters are looked at; the simulator's own temperature is near it
_ONLY = "1"  # name of the Verilog-A instance inside


class Ag2SCell(SubCircuit):
    """A cell between `te` (silver) and `be` (gold); a positive voltage from te to be sets it.

        circuit.subcircuit(Ag2SCell())
        circuit.X("cell", "ag2s", "top", "bottom", w0=0.3)

    All parameters of `CellParams` are parameters of the subcircuit: an instance may give its own.

    Attributes:
        params: the default values.
        form: "osdi" or "subckt".
    """

    def __init__(self, params: CellParams | None = None, *, form: str = "osdi", name: str = "ag2s") -> None:
        """Make the subcircuit `name`; two cells of different defaults in one circuit need two names.

        Raises:
            RequestError: unknown form, a name that is no word of a netlist, or parameters that are none.
            ToolError: the Verilog-A does not compile.
        """
        install()
        check_name("cell.name", name)
        loaded = loading(form)
        params = params or CellParams()
        if not isinstance(params, CellParams) or any(map(np.ndim, params.as_dict().values())):
            raise RequestError.for_value("cell.params", params, allowed="CellParams of one cell")
        check_cell(params, _T_NOM)
        values = {key: write.number(value) for key, value in params.as_dict().items()}
        super().__init__(name, "te", "be", **values)
        self.params = params
        self.form = form
        if form == "osdi":
            own = "".join(f" {key}={{{key}}}" for key in values)
            self.raw_spice = f"{loaded}.model ag2s_va ag2s\nn{_ONLY} te be ag2s_va{own}\n"
        else:
            text = sources.subcircuit_source()
            # PySpice writes the first and the last line itself
            self.raw_spice = text.partition(f"* {sources.END}\n")[2].partition(".ends")[0]

    def vector(self, instance: str, quantity: str) -> str:
        """Name of the vector of w, x, g, p or es, for `simulator.save` and `analysis[...]`.

        Args:
            instance: the name given to `circuit.X`, without the X.
            quantity: "w" and "x" are the states, "g" is the conductance [S; subckt: uS], "p" the dissipated power
                [W], "es" the stored energy [J; subckt: fJ].

        Raises:
            RequestError: another quantity.
        """
        check_quantity(quantity)
        inside = f"x{instance.lower()}"
        return f"@n.{inside}.n{_ONLY}[{quantity}]" if self.form == "osdi" else f"{inside}.{quantity}"

    def scale(self, quantity: str) -> float:
        """Factor from that vector to SI units."""
        return AG2S.shown[quantity].scale(self.form)
