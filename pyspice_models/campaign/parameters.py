"""Every parameter that a study file may state, by table: unit, range, default, where the number comes from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any

from pyspice_models.campaign.lasting import DisturbParams, RetainParams
from pyspice_models.campaign.montecarlo_request import MonteCarloParams
from pyspice_models.campaign.yields.request import YieldParams
from pyspice_models.cells.registry import MODELS
from pyspice_models.cells.selectors.foreign import ForeignTransistor
from pyspice_models.cells.selectors.foreign_module import ForeignSelector
from pyspice_models.declare.quantity import Choice, ParameterSet, Plausible, Quantity
from pyspice_models.errors import RequestError, did_you_mean, quoted
from pyspice_models.program.algorithms.how import How
from pyspice_models.program.algorithms.registry import ALGORITHMS
from pyspice_models.program.file import CountParams
from pyspice_models.program.inference.request import InferenceParams
from pyspice_models.program.learning.converters import Converters
from pyspice_models.program.learning.request import METHODS, LearningParams
from pyspice_models.program.programming import Budget
from pyspice_models.stimulus.drive.tables import WAVES
from pyspice_models.stimulus.steps import STEPS
from pyspice_models.study.tables.initial import PatternParams
from pyspice_models.study.tables.registry import TABLES
from pyspice_models.units import show


@dataclass(frozen=True)
class Parameter:
    """A key of a study file that is a number, or one of a few words.

    Attributes:
        name: the key.
        default: SI; None where it has to be stated, or may be left out.
        declared: what is known about it.
    """

    name: str
    default: object
    declared: Quantity | Choice

    @property
    def unit(self) -> str:
        """SI unit, "" for a pure number or a word."""
        return self.declared.unit if isinstance(self.declared, Quantity) else ""

    @property
    def allowed(self) -> str:
        """The range as text, in the unit; of a word those that there are."""
        if isinstance(self.declared, Quantity):
            return self.declared.allowed
        return f"one of {', '.join(map(_word, self.declared.options))}"

    @property
    def tag(self) -> str:
        """Measured, derived or assumed, with the published number that it is calibrated to; of a word "choice"."""
        if isinstance(self.declared, Choice):
            return "choice"
        tied = self.declared.calibrated_to
        return f"{self.declared.tag}, calibrated to {tied}" if tied else self.declared.tag

    @property
    def source(self) -> str:
        """Where the default comes from."""
        if isinstance(self.declared, Choice):
            return "choice of the user"
        return self.declared.source

    @property
    def plausible(self) -> str:
        """Within which values it may lie for all that is known, or why nothing is said of that."""
        if isinstance(self.declared, Choice) or self.declared.plausible is None:
            return ""
        within = self.declared.plausible
        return within.shown(self.declared.unit) if isinstance(within, Plausible) else within

    def shown(self) -> str:
        """The default for people."""
        if self.default is None:
            return "left out" if isinstance(self.declared, Quantity) and self.declared.optional else "to be stated"
        if isinstance(self.declared, Choice) or self.declared.whole:
            return _word(self.default)
        return show(float(str(self.default)), self.unit)


@dataclass(frozen=True)
class Sheet:
    """The parameters of a table, or of one of the things that a table may be about.

    Attributes:
        table: as a study file calls it, without brackets.
        which: the key and word that make it about this, such as `model = "vteam"`; "" where it is about one thing.
        parameters: in order.
    """

    table: str
    which: str
    parameters: Sequence[Parameter]

    @property
    def names(self) -> set[str]:
        """What it may be asked for by."""
        return {self.table, *re.findall(r'"(.+)"', self.which)}

    @property
    def title(self) -> str:
        """For people."""
        header = f"[[{self.table}]]" if self.table == "program" else f"[{self.table}]"
        return f"{header} {self.which}".rstrip()


def parameter_sheets(name: str = "") -> list[Sheet]:
    """All tables of study files, in the order of a file; or those of one name, such as "wire", "vteam" or "write".

    A key that is neither number nor choice, such as the name of a file, is in docs/studies.md and the page of its
    table. `[kinds.NAME]` has the keys of `[cell]`, `[array.cells]` those of them that may differ from cell to cell.

    Raises:
        RequestError: no table, cell or step is called so; the nearest name is told.
    """
    every = _joined(_sheets())
    if not name:
        return every
    asked = name.strip().strip("[]")
    if found := [sheet for sheet in every if asked in sheet.names]:
        return found
    names = sorted(set().union(*(sheet.names for sheet in every)))
    raise RequestError(
        f"no table of a study file, no cell and no step is called {quoted(asked)}"
        + did_you_mean(asked, names, 0.5)
        + f" There are: {', '.join(names)}."
    )


def sheets_as_data(sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    """The same as plain data, SI: a list of tables, each with its parameters. An end that is missing is None."""
    return [
        {
            "table": sheet.table,
            "which": sheet.which,
            "parameters": [_as_data(parameter) for parameter in sheet.parameters],
        }
        for sheet in sheets
    ]


def _as_data(parameter: Parameter) -> dict[str, Any]:
    declared = parameter.declared
    ends: dict[str, Any] = (
        {"options": list(declared.options)}
        if isinstance(declared, Choice)
        else {
            "low": declared.low if math.isfinite(declared.low) else None,
            "low_itself": not declared.open_low,
            "high": declared.high if math.isfinite(declared.high) else None,
            "calibrated_to": declared.calibrated_to,
            "per_cell": declared.per_cell,
            "plausible": parameter.plausible,
        }
    )
    return {
        "name": parameter.name, "default": parameter.default, "unit": parameter.unit, "allowed": parameter.allowed,
        "tag": parameter.tag, "about": declared.about, "source": parameter.source, **ends,
    }  # fmt: skip


def _sheets() -> Iterator[Sheet]:
    for table in TABLES:
        if table.kind is None:
            for kind, model in MODELS.items():
                yield _sheet(table.name, kind, f'model = "{model.name}"')
        else:
            yield _sheet(table.name, table.kind, _FILES.get(table.kind, ""))
    yield _sheet("array.initial", PatternParams, "with a pattern")
    for word, step in STEPS.items():
        yield _sheet("program", step, f'do = "{word}"')
    for word, wave in WAVES.items():
        yield _sheet("program.waves", wave, f'of a line, wave = "{word}"')
    yield _sheet("montecarlo", MonteCarloParams)
    yield _sheet("yield", YieldParams)
    yield _sheet("disturb", DisturbParams)
    yield _sheet("retain", RetainParams)
    yield _sheet("write_verify", Budget)
    yield _sheet("write_verify", CountParams)
    yield _sheet("programming", How)
    for name, algorithm in ALGORITHMS.items():
        yield _sheet(f"programming.{name}", algorithm)
    yield _sheet("learning", LearningParams)
    yield _sheet("learning.converters", Converters)
    for method, base in METHODS.items():
        yield _sheet(f"learning.{method}", type(base), base=base)
    yield _sheet("inference", InferenceParams)
    yield _sheet("inference.converters", Converters)
    yield _sheet("inference.write_verify", Budget)


_FILES: Mapping[type[ParameterSet], str] = {
    ForeignTransistor: "of a SPICE file, model = FILE",
    ForeignSelector: "of a Verilog-A file, verilog_a = FILE",
}


def _sheet(table: str, kind: type[ParameterSet], which: str = "", base: ParameterSet | None = None) -> Sheet:
    declared: dict[str, Quantity | Choice] = {**kind.quantities(), **kind.choices()}
    defaults = {one.name: None if one.default is MISSING else one.default for one in fields(kind)}
    return Sheet(
        table,
        which,
        [
            Parameter(name, defaults[name] if base is None else getattr(base, name), what)
            for name, what in declared.items()
        ],
    )


def _joined(sheets: Iterator[Sheet]) -> list[Sheet]:
    """One sheet for each table and thing; of tables that several classes read, their parameters together."""
    found: dict[tuple[str, str], Sheet] = {}
    for sheet in sheets:
        key = sheet.table, sheet.which
        before = found[key].parameters if key in found else ()
        found[key] = Sheet(*key, [*before, *sheet.parameters])
    return [sheet for sheet in found.values() if sheet.parameters]


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
