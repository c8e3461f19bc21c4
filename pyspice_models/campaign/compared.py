"""Results of single studies side by side: their measures, and the parameters in which they differ."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspice_models.campaign.parameters import Parameter
from pyspice_models.errors import RequestError, cut
from pyspice_models.folders.found import found, half
from pyspice_models.inputs.text import read_json, shown
from pyspice_models.measure import Measure
from pyspice_models.study.tables.change import read_tables, values_by_key
from pyspice_models.study.tables.declared import quantity_at
from pyspice_models.units import show

_FILES = ("measures.json", "study.toml")
_NO_PARAMETERS = {"study.name", "study.title"}
_LONGEST = 40
"""Characters of a value that a table shows."""


@dataclass(frozen=True)
class MeasureRow:
    """A measure of several results.

    Attributes:
        name, unit, about: of the measure.
        values: in the order of the results, None where one has it not.
    """

    name: str
    unit: str
    about: str
    values: tuple[float | None, ...]

    @property
    def differences(self) -> tuple[float | None, ...]:
        """From the first result, in the unit; None where either is missing."""
        first = self.values[0]
        return tuple(None if first is None or one is None else one - first for one in self.values)

    @property
    def ratios(self) -> tuple[float | None, ...]:
        """To the first result; None where either is missing, or the first is 0."""
        first = self.values[0]
        return tuple(None if not first or one is None else one / first for one in self.values)


@dataclass(frozen=True)
class ParameterRow:
    """A key of the study that is not the same in all results.

    Attributes:
        key: as `--set` takes it.
        unit: SI unit, "" for a pure number and for what is none.
        tag: where the defaults of the numbers come from, see `Parameter.tag`; "" for what is none.
        values: in the order of the results, None where it is not stated.
    """

    key: str
    unit: str
    tag: str
    values: tuple[object, ...]

    def texts(self) -> Iterator[str]:
        """The values for people."""
        for value in self.values:
            if value is None:
                yield ""
            elif isinstance(value, float):
                yield show(value, self.unit, digits=6)
            elif isinstance(value, list):
                yield cut(str(value), _LONGEST) if len(str(value)) <= _LONGEST else f"{len(value)} entries"
            else:
                yield cut(str(value), _LONGEST)


@dataclass(frozen=True)
class Compared:
    """Results side by side.

    Attributes:
        folders: of the results.
        measures: of any of them, in the order of the first.
        parameters: that differ, in the order of a study file.
        made_by: version of this package, and engine with its version, of each; "" where the result does not tell.
    """

    folders: tuple[Path, ...]
    measures: tuple[MeasureRow, ...]
    parameters: tuple[ParameterRow, ...]
    made_by: tuple[tuple[str, str], ...]

    @property
    def note(self) -> str:
        """What to know where not all were made by one version; else ""."""
        versions = dict.fromkeys(version for version, _ in self.made_by)
        if len(versions) < 2:
            return ""
        told = ", ".join(
            f"{shown(folder)} by {version or 'a version before 0.2'}"
            for folder, (version, _) in zip(self.folders, self.made_by, strict=True)
        )
        return (
            f"made by different versions of this package: {told}. A difference may be the version's: CHANGELOG.md says "
            "what changed, and `ag2s simulate FOLDER/study.toml` makes a result again with the version that is here."
        )


def compare(folders: Sequence[Path | str]) -> Compared:
    """Put results of `ag2s simulate` side by side; differences and ratios are to the first.

    Raises:
        RequestError: fewer than two, the same folder twice, one that holds no whole result of a single study.
    """
    places = tuple(Path(folder) for folder in folders)
    if len(places) < 2:
        raise RequestError(f"{len(places)} result cannot be compared: give two folders or more.")
    if len({place.resolve() for place in places}) < len(places):
        raise RequestError.for_value("folders", [str(place) for place in places], allowed="each folder once")
    for place in places:
        _check(place)
    told = [read_json(place / _FILES[0], "result") for place in places]
    measures = [_measures(one, place / _FILES[0]) for one, place in zip(told, places, strict=True)]
    names = dict.fromkeys(name for one in measures for name in one)
    return Compared(
        places,
        tuple(_measure_row(name, [one.get(name) for one in measures]) for name in names),
        tuple(_differing([read_tables(place / _FILES[1]) for place in places], places)),
        tuple(map(_made_by, told)),
    )


def as_data(compared: Compared) -> dict[str, Any]:
    """The same as plain data: values are SI, lists in the order of the folders; what is not finite is None."""
    return {
        "folders": [str(folder) for folder in compared.folders],
        "measures": {
            row.name: {
                "unit": row.unit, "about": row.about, "values": _finite(row.values),
                "differences": _finite(row.differences), "ratios": _finite(row.ratios),
            }
            for row in compared.measures
        },
        "parameters": {
            row.key: {"unit": row.unit, "tag": row.tag, "values": [_plain(value) for value in row.values]}
            for row in compared.parameters
        },
        "made_by": [{"ag2s-crossbar": version or None, "engine": engine} for version, engine in compared.made_by],
    }  # fmt: skip


def _finite(values: Sequence[float | None]) -> list[float | None]:
    """With None for what JSON has no word for."""
    return [value if value is not None and math.isfinite(value) else None for value in values]


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, (bool, int, float, str, list, dict)) else str(value)


def _measure_row(name: str, measures: Sequence[Measure | None]) -> MeasureRow:
    first = next(one for one in measures if one is not None)
    if any(one is not None and one.unit != first.unit for one in measures):
        units = [one.unit for one in measures if one is not None]
        raise RequestError.for_value(f"units of {name}", units, allowed="one and the same")
    return MeasureRow(name, first.unit, first.about, tuple(None if one is None else one.value for one in measures))


def _differing(tables: Sequence[Mapping[str, Any]], places: Sequence[Path]) -> Iterator[ParameterRow]:
    flat = [
        {key: _told(value, place) for key, value in values_by_key(one)}
        for one, place in zip(tables, places, strict=True)
    ]
    for key in dict.fromkeys(key for one in flat for key in one):
        values = tuple(one.get(key) for one in flat)
        if key in _NO_PARAMETERS or all(value == values[0] for value in values):
            continue
        stated = next(number for number, one in enumerate(flat) if key in one)
        declared = quantity_at(tables[stated], key)
        if declared is None:
            yield ParameterRow(key, "", "", values)
        else:
            yield ParameterRow(key, declared.unit, Parameter(key, None, declared).tag, values)


def _told(value: object, place: Path) -> object:
    """A value; of a file beside the study its name and a digest, for the same name may stand for other numbers."""
    if isinstance(value, str) and value and len(value) < _LONGEST_NAME and "\0" not in value:
        with suppress(OSError):
            if (place / value).is_file():
                with (place / value).open("rb") as file:
                    return f"{value} ({hashlib.file_digest(file, 'sha256').hexdigest()[:8]})"
    return value


_LONGEST_NAME = 255


def _made_by(data: Any) -> tuple[str, str]:
    versions = data.get("versions")
    own = versions.get("ag2s-crossbar") if isinstance(versions, dict) else None
    return cut(str(own or ""), _LONGEST), cut(str(data.get("engine") or ""), _LONGEST)


def _measures(data: Any, path: Path) -> dict[str, Measure]:
    try:
        return {
            name: Measure(float(one["value"]), str(one["unit"]), str(one["about"]))
            for name, one in data["measures"].items()
        }
    except (AttributeError, KeyError, TypeError, ValueError):
        raise RequestError(f"{shown(path)} is damaged: it does not hold the measures of a run. Run it again.") from None


def _check(place: Path) -> None:
    """Raise RequestError, with the nearest that is one, if no whole result of a single study lies there."""
    one = found(place, "compare")
    if one.kind != "simulate":
        raise RequestError(
            f"{shown(place)} holds the result of ag2s {cut(one.kind)}: single studies are compared, of which "
            "`ag2s simulate` writes a folder each. `ag2s report` shows any results side by side on a page."
        )
    if lacking := [name for name in _FILES if not (place / name).is_file()]:
        raise half(one, lacking)
