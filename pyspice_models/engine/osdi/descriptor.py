"""What a compiled module says of itself: terminals, nodes, parameters, output variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class NodeOf:
    """A node of a module, or another unknown that the compiler made.

    Attributes:
        name: inside the module.
        internal: whether it is no terminal.
        reactive: whether anything is differentiated in its equation: only such a node remembers.
        held: its equation differentiates something of its own unknown, or of another node that is no terminal.
        flow: whether the unknown is a current (of a voltage contribution), not a voltage.
    """

    name: str
    internal: bool
    reactive: bool
    held: bool
    flow: bool


@dataclass(frozen=True)
class ParameterOf:
    """A parameter of a module, or an output variable.

    Attributes:
        name: as the module spells it.
        unit, about: attributes of its declaration; empty without.
        kind: "instance", "model", or "output" for an output variable.
        type: "real", "integer" or "string".
        aliases: further names.
        default: value after the set-up with nothing given; None for a string and for output variables.
    """

    name: str
    unit: str
    about: str
    kind: str
    type: str
    aliases: tuple[str, ...] = ()
    default: float | None = None


@dataclass(frozen=True)
class Descriptor:
    """What a compiled module says of itself.

    Attributes:
        module: its name.
        nodes: terminals first, in the module's order.
        parameters: instance and model parameters.
        outputs: operating-point variables.
        limits: how many `$limit` it has.
        delays: how many `absdelay`.
        collapsible: pairs of nodes that it may join, by name; "0" is ground.
        joined: those of them that it joins with its default parameters.
        bounds_step: whether it uses `$bound_step`.
        version: of the interface, such as "0.5".
    """

    module: str
    nodes: tuple[NodeOf, ...]
    parameters: tuple[ParameterOf, ...]
    outputs: tuple[ParameterOf, ...]
    limits: int
    delays: int
    collapsible: tuple[tuple[str, str], ...]
    joined: tuple[tuple[str, str], ...]
    bounds_step: bool
    version: str

    @property
    def terminals(self) -> tuple[str, ...]:
        """Names of the terminals, in order."""
        return tuple(node.name for node in self.nodes if not node.internal)

    @property
    def internal(self) -> tuple[str, ...]:
        """Names of the nodes inside, in order."""
        return tuple(node.name for node in self.nodes if node.internal)

    @property
    def remembering(self) -> tuple[str, ...]:
        """Internal nodes that can hold a state: those with a charge of their own."""
        return tuple(node.name for node in self.nodes if node.internal and node.held)

    def parameter(self, name: str) -> ParameterOf | None:
        """A parameter by its name or alias; None if there is none."""
        return next((one for one in self.parameters if name == one.name or name in one.aliases), None)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def descriptor(said: Mapping[str, Any]) -> Descriptor:
    """From what `Descriptor.as_dict` gave."""

    def variables(key: str) -> tuple[ParameterOf, ...]:
        return tuple(ParameterOf(**{**one, "aliases": tuple(one["aliases"])}) for one in said[key])

    pairs = {key: tuple((one[0], one[1]) for one in said[key]) for key in ("collapsible", "joined")}
    return Descriptor(
        said["module"], tuple(NodeOf(**one) for one in said["nodes"]), variables("parameters"), variables("outputs"),
        said["limits"], said["delays"], pairs["collapsible"], pairs["joined"], said["bounds_step"], said["version"],
    )  # fmt: skip


Array = NDArray[np.float64]
