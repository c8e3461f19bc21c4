"""What the descriptor of a compiled module means for its use as a cell."""

from __future__ import annotations

from pyspice_models.errors import cut
from pyspice_models.foreign.check.finding import REFUSED, REMARK, Finding
from pyspice_models.foreign.check.table import Given
from pyspice_models.foreign.check.words import HOLD_A_STATE
from pyspice_models.foreign.edits import with_instance_parameters
from pyspice_models.foreign.hidden import hidden_variables
from pyspice_models.foreign.names import check_names
from pyspice_models.foreign.osdi import Compiled, Descriptor
from pyspice_models.foreign.source import Source, UnreadableError


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


def given_by(found: Descriptor) -> list[Given]:
    """Parameters that a study may give, for the reader of a table."""
    return [
        Given(one.name, one.default, cut(" ".join(f"{one.unit} {one.about}".split())))
        for one in found.parameters
        if one.type != "string" and not one.name.startswith("$")
    ]


def of_hidden(module: Compiled) -> list[Finding]:
    """Variables that should keep their value."""
    return [
        Finding(
            "hidden", REFUSED, f"the variable {name} is read before it has a value, and simulators zero it at every "
            "evaluation: it keeps nothing.", "Assign it in every case. " + HOLD_A_STATE, f"{module.file}, line {line}",
        )
        for name, line in hidden_variables(module)
    ]  # fmt: skip


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
    try:
        check_names(module.module, source)
    except UnreadableError as error:
        findings.append(Finding(error.kind, REFUSED, f"{error.what}.", error.advice, error.where))
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
