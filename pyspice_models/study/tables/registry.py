"""Which table of a study file holds which parameters, and where a study has them: one place for all who ask.

Reading, writing, the units of swept keys and the identity of a study go through `TABLES`. What is no parameter of one
of these tables is a word (`WORDS`), a per-cell parameter, or a step of the program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import reduce
from typing import TYPE_CHECKING, Any

from pyspice_models.accuracy import Accuracy
from pyspice_models.array import Faults
from pyspice_models.array.crossbar import TEMPERATURE_RANGE
from pyspice_models.array.driver import DriverParams
from pyspice_models.array.fluctuation import FluctuationParams
from pyspice_models.array.patterns import MAX_LINES
from pyspice_models.array.sensing import SensingParams
from pyspice_models.array.variability import VariabilityParams
from pyspice_models.array.wire import WireParams
from pyspice_models.cells.aging.params import AgingParams
from pyspice_models.cells.registry import model_of
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.cells.selectors.params import ThresholdParams, TransistorParams
from pyspice_models.declare.quantity import ParameterSet, Quantity, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.study.limits import Drawn, Limits
from pyspice_models.study.variation import Variation

if TYPE_CHECKING:
    from pyspice_models.study.study import Study

WORDS = ("name", "title", "form", "engine")
"""Keys of [study] that are text, attributes of a study by the same names."""

LINES = ("spice",)
"""Those that are lists of lines, or the name of a file of them."""


@dataclass(frozen=True)
class ArrayParams(ParameterSet):
    """What [array] says about the crossbar as a whole."""

    rows: int = whole_quantity(1, low=1, high=MAX_LINES, about="number of word lines")
    cols: int = whole_quantity(1, low=1, high=MAX_LINES, about="number of bit lines")
    temperature: float = quantity(
        300.0, "K", low=TEMPERATURE_RANGE[0], high=TEMPERATURE_RANGE[1], tag="assumed", source="room temperature",
        about="of the whole array",
    )  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Parameters in a table of a study file.

    Attributes:
        name: of the table.
        kind: their declarations; None for those of the cell that a study has, see `cells.py`.
        place: the attribute of a study that holds them, such as "crossbar.wire"; "" for the study itself, and None for
            what no study holds, because it is drawn by it.
        loose: the place has each of them as an attribute of its own, not a set of this kind.
        optional: a study without the table has none of it.
    """

    name: str
    kind: type[ParameterSet] | None
    place: str | None
    loose: bool = False
    optional: bool = False

    @property
    def keys(self) -> set[str]:
        """Of its quantities and choices."""
        return set() if self.kind is None else {*self.kind.quantities(), *self.kind.choices()}

    def read(self, tables: Mapping[str, Any]) -> Any:
        """The set that the tables of a file say; the keys of the table that are not its own are left to others.

        Raises:
            RequestError: no table, a wrong unit, a value out of range.
        """
        assert self.kind is not None, "which cell it is, `cells.py` says"
        own = {key: value for key, value in table_in(tables, self.name).items() if key in self.keys}
        return self.kind.from_mapping(own, where=self.name)

    def of(self, study: Study) -> Any | None:
        """The set that a study has; None if it has none of this kind.

        Raises:
            RequestError: a set of a class of the user's own, which no file could name.
        """
        if self.place is None:
            return None
        place: Any = reduce(getattr, filter(None, self.place.split(".")), study)
        if self.kind is None:
            model_of(place)
            return place
        if self.loose:
            return self.kind(**{f.name: getattr(place, f.name) for f in fields(self.kind)})
        if (self.place == _ONE_OF and not isinstance(place, self.kind)) or (self.optional and place is None):
            return None
        if type(place) is not self.kind:
            raise RequestError.for_value(
                f"study.{self.place}", type(place).__name__, allowed=self.kind.__name__,
                advice="A study file knows no cells and classes of one's own.",
            )  # fmt: skip
        return place


_ONE_OF = "crossbar.selector"
"""A place that holds the parameters of one of several tables, or of none."""

TABLES = (
    Table("study", Limits, "limits"),
    Table("study", Drawn, "", loose=True),
    Table("array", ArrayParams, "crossbar", loose=True),
    Table("cell", None, "crossbar.cell"),
    Table("wire", WireParams, "crossbar.wire"),
    Table("driver", DriverParams, "crossbar.driver"),
    Table("transistor", TransistorParams, "crossbar.selector"),
    Table("transistor", ForeignTransistor, "crossbar.selector"),
    Table("selector", ThresholdParams, "crossbar.selector"),
    Table("selector", ForeignSelector, "crossbar.selector"),
    Table("faults", Faults, "crossbar.faults"),
    Table("sensing", SensingParams, "sensing"),
    Table("aging", AgingParams, "aging", optional=True),
    Table("fluctuation", FluctuationParams, "fluctuation"),
    Table("accuracy", Accuracy, "accuracy"),
    Table("variability", VariabilityParams, None),
    Table("variability", Variation, None),
)


def tables_named(name: str) -> Iterator[Table]:
    """The entries for the table of this name."""
    return (table for table in TABLES if table.name == name)


def set_in(tables: Mapping[str, Any], kind: type[ParameterSet]) -> Any:
    """The set of this kind that the tables of a file say; see `Table.read`."""
    return next(table for table in TABLES if table.kind is kind).read(tables)


def declared_keys(name: str) -> set[str]:
    """Keys of a table that are declared parameters."""
    return {key for table in tables_named(name) for key in table.keys}


def declared_in(name: str, key: str) -> Quantity | None:
    """The declaration of a quantity in the table of this name, if it is one."""
    kinds = (table.kind for table in tables_named(name) if table.kind is not None)
    return next((q for kind in kinds if (q := kind.quantities().get(key))), None)


def table_in(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The table of this name, empty if there is none.

    Raises:
        RequestError: it is no table.
    """
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise RequestError(f"{name} must be a table: write it as [{name}]")
    return table
