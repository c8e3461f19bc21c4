"""The hand-written model files: where they lie, and the parameter blocks that are written into them.

`verilog_a/ag2s.va` and `netlists/ag2s.lib` are meant to be read and pasted into other tools, so they are complete in
themselves. Their defaults are written by `scripts/generate` between two marker lines, from `CellParams`; a test keeps
them equal.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet, Plausible, Quantity

BEGIN, END = "<parameters>", "</parameters>"


def model_file(folder: str, name: str) -> Path:
    """A model file of the checkout, or of the installed package, for example `model_file("verilog_a", "ag2s.va")`."""
    package = Path(__file__).resolve().parent.parent
    for root in (package.parent, package / "_data"):
        if (root / folder / name).is_file():
            return root / folder / name
    raise FileNotFoundError(f"{folder}/{name} is neither beside the package nor in it: the installation is broken")


CELLS = dict.fromkeys(("ag2s", "vteam", "gap", "threshold"), "te be")
"""Nodes of the cells' subcircuits, which have a Verilog-A of the same name."""

SELECTORS = {"selector": "a b", "threshold_switch": "a b", "transistor": "d g s"}
"""Nodes of the selectors' likewise."""

PORTS = CELLS | SELECTORS
"""Nodes of the subcircuits that have a Verilog-A of the same name."""

OF_DRIVERS = ("gated_resistor", "compliance", "compliance_loop")
"""Modules of Verilog-A that drivers are made of: switches and current limiters."""

MODULES = (*PORTS, *OF_DRIVERS)
"""Every module of Verilog-A."""

NGSPICE_TYPES = frozenset(
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


def limiter_library(bandwidth: float) -> str:
    """Name of the library, or module of Verilog-A, of a current limiter with this bandwidth [Hz], 0 without a loop."""
    return "compliance_loop" if bandwidth > 0 else "compliance"


_CHANNEL = ("width", "length", "vto", "kp", "lambda_", "swing")
_WITHOUT_MEMORY = ("g_off", "g_on", "v_th", "v_slope", "c_sel")


def channel(transistor: TransistorParams) -> dict[str, float]:
    """Parameters of a transistor's channel; capacitances, leakage and lines are elements of their own."""
    return {name: getattr(transistor, name) for name in _CHANNEL}


def threshold_module(selector: ThresholdParams) -> str:
    """Name of the module, and of the subcircuit, that a threshold selector is: with or without a memory."""
    return "threshold_switch" if selector.remembers else "selector"


def threshold(selector: ThresholdParams) -> dict[str, float]:
    """Parameters of that module."""
    return {name: getattr(selector, name) for name in _declared(selector)}


def _declared(params: ParameterSet) -> dict[str, Quantity]:
    """The declarations of a model file's parameters."""
    every = dict(params.quantities())
    if isinstance(params, TransistorParams):
        return {name: every[name] for name in _CHANNEL}
    if isinstance(params, ThresholdParams) and not params.remembers:
        return {name: every[name] for name in _WITHOUT_MEMORY}
    return every


def verilog_a_source(name: str = "ag2s") -> str:
    """Text of a Verilog-A module: "ag2s", the cell, "selector", "threshold_switch" or "transistor"."""
    return model_file("verilog_a", f"{name}.va").read_text(encoding="utf-8")


def subcircuit_source(params: ParameterSet | None = None, name: str = "ag2s") -> str:
    """Text of a behavioural subcircuit, named as its Verilog-A, with its defaults taken from `params`."""
    text = model_file("netlists", f"{name}.lib").read_text(encoding="utf-8")
    return text if params is None else fill(text, subcircuit_parameters(params, name), comment="*")


def verilog_a_parameters(params: ParameterSet) -> str:
    """The parameter declarations of the Verilog-A module, one line each, with range, unit and provenance."""
    lines = []
    for name, declared in _declared(params).items():
        attributes = f'type="instance", desc="{declared.about} [{_origin(declared)}]"'
        if declared.unit:
            attributes += f', units="{declared.unit}"'
        lines.append(f"  (* {attributes} *)")
        lines.append(f"  parameter real {name} = {getattr(params, name):.12g} from {_range(declared)};")
    return "\n".join(lines)


def subcircuit_parameters(params: ParameterSet, name: str = "ag2s") -> str:
    """The table of parameters as comments, then the `.subckt` line with their values."""
    rows = [
        f"* {parameter:<19}{getattr(params, parameter):<12.6g} {q.unit:<5} {_origin(q):<22} {q.about}"
        for parameter, q in _declared(params).items()
    ]
    values = [f"+ {key}={getattr(params, key):.12g}" for key in _declared(params)]
    return "\n".join([*rows, f".subckt {name} {PORTS[name]} params:", *values])


def parameter_table(params: ParameterSet) -> str:
    """The parameters as a Markdown table: value, unit, range, provenance."""
    rows = [
        "| parameter | value | unit | range | tag | calibrated to | meaning; source |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, q in params.quantities().items():
        cells = [f"`{name}`", f"{getattr(params, name):.6g}", q.unit, q.allowed, q.tag, q.calibrated_to or ""]
        meaning = f"{q.about}; {q.source}{_plausible(q)}".replace("|", "\\|")
        rows.append("| " + " | ".join([*cells, meaning]) + " |")
    return "\n".join(rows)


def fill(text: str, block: str, *, comment: str, close: str = "") -> str:
    """Replace what stands between the marker lines of `text` by `block`; a comment may need an end, `close`."""
    head, begin, rest = text.partition(f"{comment} {BEGIN}{close}\n")
    _, end, tail = rest.partition(f"{comment} {END}")
    if not begin or not end:
        raise ValueError(f"no lines {comment} {BEGIN} and {comment} {END}")
    # the closing marker may be indented
    indent = " " * (len(head) - len(head.rstrip(" ")))
    return f"{head}{begin}{block}\n{indent}{end}{tail}"


def _origin(declared: Quantity) -> str:
    return f"{declared.tag}, calibrated" if declared.calibrated_to else declared.tag


def _plausible(declared: Quantity) -> str:
    """What follows the source: within which range the number may be another one, where the declaration says."""
    known = declared.plausible
    return f"; plausible {known.shown(declared.unit)}" if isinstance(known, Plausible) else ""


def _range(declared: Quantity) -> str:
    low = "-inf" if declared.low == -math.inf else f"{declared.low:g}"
    high = "inf)" if declared.high == math.inf else f"{declared.high:g}]"
    return f"{'(' if declared.open_low or declared.low == -math.inf else '['}{low}:{high}"
