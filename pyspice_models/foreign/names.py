"""Names of modules and subcircuits that would mean something else in a deck."""

from __future__ import annotations

import keyword
import re

from pyspice_models.cells.registry import OWN
from pyspice_models.cells.sources import MODULES
from pyspice_models.declare.quantity import ParameterSet
from pyspice_models.errors import RequestError
from pyspice_models.foreign.source import Source, bare
from pyspice_models.inputs.text import shown

_NGSPICE = frozenset(
    # types of models that its own devices have
    "r c l d npn pnp njf pjf nmf pmf nmos pmos vdmos vdmosn vdmosp nmf pmf sw csw ltra urc txl cpl nhfet phfet numd nbjt "
    "numos vbic vsource isource resistor capacitor inductor diode bjt jfet mes mos1 mos2 mos3 bsource asrc "
    # of its code models, as Debian's build has them
    "memristor gain summer mult divide limit climit pwl filesource multi_input_pwl aswitch zener ilimit hyst d_dt int "
    "s_xfer core lcouple sine triangle square oneshot cmeter lmeter potentiometer slew delay d_source d_ram "
    "adc_bridge dac_bridge bidi_bridge d_osc d_buffer d_inverter d_and d_nand d_or d_nor d_xor d_xnor d_tristate "
    "d_pullup d_pulldown d_open_c d_open_e d_dff d_jkff d_tff d_srff d_dlatch d_srlatch d_state d_fdiv d_lut d_genlut "
    "real_delay real_gain real_to_v seegen sidiode spice2poly table2d table3d astate print_param_types xfer".split()
)
_OWN = (frozenset(MODULES) - {"ag2s"}) | {"ag2s_select"}


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
        f"{shown(file)}, line {line}: the {what} {name!r} cannot keep its name: {reason}. Call it {name}_cell, for example."
    )


_TAKEN = {name for name in dir(ParameterSet) if not name.startswith("__")} | {OWN, "several", "not_varied"}


def attribute(own: str, keys: frozenset[str]) -> str:
    """Name of a parameter in a study: as the file has it, with an underscore behind it where that means something else.

    Args:
        own: as the file spells it.
        keys: of the table [cell] that are no parameters.
    """
    return f"{own}_" if own in _TAKEN | keys or keyword.iskeyword(own) else own
