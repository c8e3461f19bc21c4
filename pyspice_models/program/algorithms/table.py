"""The `[programming]` table of a study file: which algorithm, its options, and variants under names of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError, quoted
from pyspice_models.inputs.text import text_of
from pyspice_models.program.algorithms.base import Algorithm
from pyspice_models.program.algorithms.how import How
from pyspice_models.program.algorithms.registry import ALGORITHMS, algorithm_named
from pyspice_models.program.algorithms.width import WidthModulation

TABLE = "programming"
_OWN = {"algorithm", "compare"}
_NAME, _TAKEN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,29}"), {"study-inputs"}


@dataclass(frozen=True)
class Way:
    """An algorithm with its options.

    Attributes:
        name: what it is called in results: that of the algorithm, or of a variant.
        algorithm: with its options.
        how: the options that all have.
    """

    name: str = WidthModulation.name
    algorithm: Algorithm = field(default_factory=WidthModulation)
    how: How = field(default_factory=How)


@dataclass(frozen=True)
class Ways:
    """What a `[programming]` table says.

    Attributes:
        table: as it stands in the file.
    """

    table: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check names and every table, also of those that are not asked for.

        Raises:
            RequestError: see `way`.
        """
        if not isinstance(self.table, Mapping):
            raise RequestError("[programming] has to be a table: which algorithm, and its options.")
        plain = _OWN | set(How.quantities()) | set(How.choices())
        for key, value in self.table.items():
            if isinstance(value, Mapping):
                self.way(key)
            else:
                refuse_unknown(key, plain | set(ALGORITHMS), TABLE)
                if key in ALGORITHMS:
                    raise RequestError(f"programming.{key} = {quoted(value)} has to be a table: [programming.{key}].")
        self.way(self.chosen)
        if compare := self.compare:
            several(compare, f"{TABLE}.compare")
            for name in compare:
                self.way(name)

    @property
    def chosen(self) -> str:
        """Name of the one that is asked for alone."""
        return text_of(self.table.get("algorithm", WidthModulation.name), f"{TABLE}.algorithm")

    @property
    def compare(self) -> list[str]:
        """Names of those that are to be compared; none if nothing is said."""
        names = self.table.get("compare", [])
        if not isinstance(names, list):
            raise RequestError.for_value(f"{TABLE}.compare", names, allowed='a list such as ["width", "history"]')
        return [text_of(name, f"{TABLE}.compare") for name in names]

    def way(self, name: str) -> Way:
        """The algorithm of this name, or the variant.

        Raises:
            RequestError: none is called so, an unknown key, a value out of range, limits that contradict each other.
        """
        own = self.table.get(name, {})
        where = f"{TABLE}.{name}"
        if name not in ALGORITHMS and name in self.table and (not _NAME.fullmatch(name) or name in _TAKEN):
            raise RequestError(
                f"[{TABLE}.{quoted(name)[1:-1]}] is refused as the name of a variant, after which a folder is called: "
                "take up to 30 letters, digits, _ and -, a letter first."
            )
        if name not in ALGORITHMS and (not isinstance(own, Mapping) or "algorithm" not in own):
            if isinstance(own, Mapping) and name in self.table:
                raise RequestError(
                    f"[{where}] is no algorithm ({', '.join(ALGORITHMS)}): a variant of one under a name of your own "
                    'says which, such as algorithm = "ispp".'
                )
            algorithm_named(name)
        if name in ALGORITHMS and "algorithm" in own and own["algorithm"] != name:
            raise RequestError(
                f"{where}.algorithm = {quoted(own['algorithm'])} is refused: {name} is an algorithm itself. Call the "
                "variant by another name."
            )
        kind = algorithm_named(text_of(own.get("algorithm", name), f"{where}.algorithm"), f"{where}.algorithm")
        common = set(How.quantities()) | set(How.choices())
        for key in own:
            refuse_unknown(key, common | {"algorithm"} | set(kind.quantities()) | set(kind.choices()), where)
        plain = {key: value for key, value in self.table.items() if key in common}
        how = How.from_mapping(plain, where=TABLE)
        how = How.from_mapping({k: v for k, v in own.items() if k in common}, where=where, base=how)
        options = {key: value for key, value in own.items() if key not in common | {"algorithm"}}
        algorithm = kind.from_mapping(options, where=where)
        algorithm.check(where)
        return Way(name, algorithm, how)


def several(names: list[str], what: str) -> None:
    """Raise RequestError for no names, or one that stands twice."""
    if len(set(names)) != len(names) or not names:
        raise RequestError.for_value(what, ",".join(names), allowed="one or more names, each once")


def way_table(way: Way) -> dict[str, Any]:
    """The table that says this one and no other; nothing for the one that is taken without a table."""
    if way == Way():
        return {}
    own = {key: getattr(way.how, key) for key in (*way.how.quantities(), *way.how.choices())}
    own |= {key: getattr(way.algorithm, key) for key in (*way.algorithm.quantities(), *way.algorithm.choices())}
    named = {"algorithm": way.algorithm.name} if way.name not in ALGORITHMS else {}
    return {TABLE: {"algorithm": way.name, way.name: named | own}}
