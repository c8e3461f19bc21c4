"""Names of modules and subcircuits that would mean something else in a deck."""

from __future__ import annotations

import keyword
import re

from pyspice_models.cells.registry import OWN
from pyspice_models.cells.sources import CELLS, MODULES
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.foreign.source import Source, bare
from pyspice_models.inputs.text import shown

_NGSPICE = frozenset(
    re.findall(
        r"\w+",
        """
        adc_bridge asrc astate aswitch bidi_bridge bjt bsource c capacitor climit cmeter core cpl csw d d_and
        d_buffer d_dff d_dlatch d_dt d_fdiv d_genlut d_inverter d_jkff d_lut d_nand d_nor d_open_c d_open_e d_or
        d_osc d_pulldown d_pullup d_ram d_source d_srff d_srlatch d_state d_tff d_tristate d_xnor d_xor
        dac_bridge delay diode divide filesource gain hyst ilimit inductor int isource jfet l lcouple limit
        lmeter ltra memristor mes mos1 mos2 mos3 mult multi_input_pwl nbjt nhfet njf nmf nmos npn numd numos
        oneshot phfet pjf pmf pmos pnp potentiometer print_param_types pwl r real_delay real_gain real_to_v
        resistor s_xfer seegen sidiode sine slew spice2poly square summer sw table2d table3d triangle txl urc
        vbic vdmos vdmosn vdmosp vsource xfer zener
        """,
    )
)
"""Types of models that ngspice has: of its own devices, and of the code models that come with it."""

_OWN = (frozenset(MODULES) - frozenset(CELLS)) | {"ag2s_select"}


def check_names(name: str, source: Source, *, what: str = "module") -> None:
    """Raise RequestError for a module or subcircuit that no deck of an array could hold under its name."""
    folded = name.lower()
    if folded in _NGSPICE:
        reason = "ngspice has a model type of its own by this name and takes it instead"
    elif folded in _OWN or folded.startswith("ag2s_"):
        reason = "the package has one by this name, which may stand in the same deck"
    else:
        return
    text = bare(source.text) if what == "module" else source.text
    word = r"(?:macro)?module" if what == "module" else r"\.subckt"
    match = re.search(rf"{word}\s+{re.escape(name)}\b", text, re.IGNORECASE)
    file, line = source.at(text.count("\n", 0, match.start()) + 1 if match else 1)
    raise RequestError(
        f"{shown(file)}, line {line}: the {what} {name!r} cannot keep its name: {reason}. Call it {name}_cell, for "
        "example."
    )


_TAKEN = {name for name in dir(ParameterSet) if not name.startswith("__")} | {OWN, "cell_spec", "several", "not_varied"}


def attribute(own: str, keys: frozenset[str]) -> str:
    """Name of a parameter in a study: as the file has it, with an underscore behind it where that means something else.

    Args:
        own: as the file spells it.
        keys: of the table [cell] that are no parameters.
    """
    return f"{own}_" if own in _TAKEN | keys or keyword.iskeyword(own) else own
