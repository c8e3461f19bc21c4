"""What a preset is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.registry import model_of
from pyspice_models.declare.quantity import ParameterSet, Tag, refuse_unknown
from pyspice_models.errors import RequestError

TAGS = ("measured", "derived", "assumed")
UNSTATED = "unstated"
MAX_NAME = 80


@dataclass(frozen=True)
class Provenance:
    """Where one number comes from.

    Attributes:
        tag: measured, derived or assumed.
        source: figure, note, file or argument.
        note: what else must be known to use it; may be empty.
    """

    tag: Tag
    source: str
    note: str = ""


@dataclass(frozen=True)
class Preset:
    """Parameters of one kind of cell.

    Attributes:
        name: short name, one line of printable ASCII text.
        description: one line.
        cell: complete parameters, of whichever cell.
        provenance: of the numbers that the preset states, by parameter name; the others are the cell's defaults,
            whose provenance stands in their declarations.
        anneal: "none", a temperature such as "160 C", or "unstated".
        substrate: "rigid", "flexible" or "unstated".
        reading: what the preset reads differently into the numbers that are published of the same film, one line; ""
            for the reading of the defaults.
        interpolated: not made or measured at this size or thickness; the description says how it was reached.

    Raises:
        RequestError: a name or text that is not one printable line, or provenance of an unknown parameter.
    """

    name: str
    description: str
    cell: ParameterSet
    provenance: Mapping[str, Provenance] = field(default_factory=dict)
    anneal: str = UNSTATED
    substrate: str = UNSTATED
    reading: str = ""
    interpolated: bool = False

    def __post_init__(self) -> None:
        """Check the texts and freeze the mapping."""
        if not self.name.isascii() or not self.name.isprintable() or not 0 < len(self.name.strip()) <= MAX_NAME:
            raise RequestError.for_value(
                "preset name", self.name, allowed=f"one line of printable ASCII text, 1 to {MAX_NAME} characters"
            )
        for what in ("description", "reading"):
            if not getattr(self, what).isprintable():
                raise RequestError.for_value(
                    f"preset {what}", getattr(self, what), allowed="one line of printable text"
                )
        for key in self.provenance:
            refuse_unknown(key, self.cell.quantities(), "provenance")
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    @property
    def film(self) -> CellParams:
        """The cell, where it has to be one of Ag2S.

        Raises:
            RequestError: it is another one.
        """
        if not isinstance(self.cell, CellParams):
            raise RequestError(
                f"the preset {self.name!r} is of the cell {model_of(self.cell).name!r}, and what was asked is known of "
                "Ag2S alone. Use a preset of Ag2S."
            )
        return self.cell

    def origin(self, parameter: str) -> Provenance:
        """Provenance of any parameter: as the preset states it, or as the default's declaration does."""
        declared = self.cell.quantities()
        refuse_unknown(parameter, declared, "cell")
        if parameter in self.provenance:
            return self.provenance[parameter]
        return Provenance(declared[parameter].tag, declared[parameter].source, "default")
