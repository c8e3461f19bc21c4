"""What a check found, and its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

REFUSED, REMARK, FINE = "refused", "remark", "fine"
"""What a finding means for the cell."""


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Attributes:
        kind: a word for it, the same for every cell, such as "memory" or "overflow".
        weight: REFUSED, REMARK or FINE.
        text: what was found, in a sentence.
        advice: what to write instead; empty where nothing is wrong.
        where: file and line; empty if it is no matter of one line.
    """

    kind: str
    weight: str
    text: str
    advice: str = ""
    where: str = ""


@dataclass(frozen=True)
class Loop:
    """A cell's loop for the picture.

    Attributes:
        engine: what computed it.
        time, voltage, current: shape (time,) [s], [V], [A].
    """

    engine: str
    time: Array
    voltage: Array
    current: Array


@dataclass(frozen=True)
class Checked:
    """Everything that a check says of a cell.

    Attributes:
        file: the file.
        form: "verilog_a" or "subckt".
        module: name of the module or subcircuit.
        findings: in the order in which they were looked for.
        facts: numbers that were measured, by name with unit, such as "conductance low [S]".
        table: a `[cell]` table for a study file; empty for a refused cell.
        loops: of the same loop, by each engine that ran it.
    """

    file: str
    form: str
    module: str
    findings: tuple[Finding, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    table: str = ""
    loops: tuple[Loop, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the cell cannot be used as it is."""
        return any(one.weight == REFUSED for one in self.findings)

    @property
    def verdict(self) -> str:
        """ "accepted", "accepted with remarks" or "refused"."""
        if self.refused:
            return "refused"
        return "accepted with remarks" if any(one.weight == REMARK for one in self.findings) else "accepted"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of everything that is not fine."""
        return tuple(dict.fromkeys(one.kind for one in self.findings if one.weight != FINE))

    def as_dict(self) -> dict[str, Any]:
        """For JSON; loops are left to the picture."""
        return {
            "file": self.file, "form": self.form, "module": self.module, "verdict": self.verdict,
            "findings": [
                {"kind": one.kind, "weight": one.weight, "text": one.text, "advice": one.advice, "where": one.where}
                for one in self.findings
            ],
            "facts": dict(self.facts), "table": self.table,
        }  # fmt: skip
