"""What the descriptor of a compiled module means for its use as a cell."""

from __future__ import annotations

from pyspice_models.foreign.check.finding import REFUSED, REMARK, Finding
from pyspice_models.foreign.check.words import HOLD_A_STATE, with_instance_parameters
from pyspice_models.foreign.osdi import Compiled, Descriptor
from pyspice_models.foreign.source import Source

_TAKEN = frozenset(
    [
        "r", "res", "resistor", "c", "cap", "capacitor", "l", "ind", "inductor", "d", "diode", "npn", "pnp",
        "nmos", "pmos",
        "njf", "pjf", "nmf", "pmf", "sw", "csw", "urc", "ltra", "txl", "cpl", "vdmos",
    ]
)  # fmt: skip
"""Names of devices that every ngspice has."""

_OF_CODE_MODELS = frozenset(
    [
        "memristor", "aswitch", "climit", "cmeter", "core", "d_dt", "delay", "divide", "file_source",
        "filesource", "gain",
        "hyst", "ilimit", "int", "lcouple", "limit", "lmeter", "mult", "multi_input_pwl", "oneshot", "potentiometer",
        "pswitch", "pwl", "pwlts", "s_xfer", "seegen", "sidiode", "sine", "slew", "square", "summer",
        "table2d", "table3d",
        "triangle", "xfer", "zener",
    ]
)  # fmt: skip
"""Names of devices that an ngspice has which loads its code models, as most installations do."""


def described(found: Descriptor) -> dict[str, object]:
    """Facts of a module, by name."""
    return {
        "terminals": list(found.terminals), "nodes inside": list(found.internal),
        "nodes that can remember": list(found.remembering),
        "parameters": {
            one.name: {"unit": one.unit, "about": one.about, "kind": one.kind, "default": one.default}
            for one in found.parameters if not one.name.startswith("$")
        },
        "output variables": [one.name for one in found.outputs],
    }  # fmt: skip


def of_the_descriptor(source: Source, module: Compiled, found: Descriptor) -> list[Finding]:
    """What terminals, names, parameters and nodes of a module mean for its use as a cell."""
    findings = []
    if len(found.terminals) != 2:
        findings.append(
            Finding(
                "terminals", REFUSED, f"it has {len(found.terminals)} terminals: {', '.join(found.terminals)}.",
                "A cell has two. Make the others nodes inside, or wrap the module in one with two terminals.",
            )
        )  # fmt: skip
    if module.module.lower() in _TAKEN:
        findings.append(
            Finding("name", REFUSED, f"ngspice has a device of its own called {module.module}.", "Rename the module.")
        )
    elif module.module.lower() in _OF_CODE_MODELS:
        findings.append(
            Finding(
                "name",
                REMARK,
                f"ngspice has a code model of its own called {module.module}: where those are loaded, as most "
                "installations do and this package does not, it says 'incorrect model type! Expected OSDI device'.",
                "Rename the module.",
            )
        )
    if found.limits:
        findings.append(
            Finding(
                "limit", REFUSED, "$limit makes a current depend on evaluations before it.",
                "Write the voltage itself, and bound what exponentials see of it: `3.0*tanh(V(p, n)/3.0)`.",
            )
        )  # fmt: skip
    if found.delays:
        findings.append(
            Finding(
                "delay", REFUSED, "absdelay is not evaluated here.", "Write a node with a capacitor and a resistor."
            )
        )
    own = [one for one in found.parameters if not one.name.startswith("$")]
    if own and all(one.kind == "model" for one in own):
        _, added = with_instance_parameters(source.text)
        findings.append(
            Finding(
                "instance", REMARK,
                'no parameter is of instances: cells that differ would need a model card each. `(* type="instance" *)` '
                f"is put before {', '.join(added)} when the file is read.",
                'Write `(* type="instance" *) parameter real ...` before what may differ from cell to cell.',
            )
        )  # fmt: skip
    if not found.remembering:
        findings.append(
            Finding(
                "memory", REFUSED,
                "no node inside has a charge: nothing can be remembered. A variable loses its value at each "
                "evaluation.",
                HOLD_A_STATE,
            )
        )  # fmt: skip
    return findings
