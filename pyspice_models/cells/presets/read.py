"""From TOML to a preset. Each number states where it comes from, or the file is refused.

name = "50nm-80C"
model = "ag2s"            # optional: the cell, Ag2S where none is named
description = "50 nm film, annealed at 80 C"
anneal = "80 C"           # optional: "none" or a temperature
substrate = "rigid"       # optional: "rigid" or "flexible"
reading = "..."           # optional: what is read differently into the published numbers of the same film

[cell.v_nuc_fil]
value = "1.2 V"           # or: factor = 2.0, times the default
tag = "assumed"           # measured, derived or assumed
source = "..."
note = "..."              # optional
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.presets.preset import TAGS, UNSTATED, Preset, Provenance
from pyspice_models.cells.registry import model_named
from pyspice_models.declare.quantity import ParameterSet, Tag, refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import parse_toml, read_text, shown
from pyspice_models.units import parse

MAX_BYTES = 1_000_000
SUBSTRATES = ("rigid", "flexible", UNSTATED)
_TOP_KEYS = {"name", "model", "description", "anneal", "substrate", "reading", "interpolated", "cell"}
_OF_FILMS = ("anneal", "substrate", "interpolated")
_NUMBER_KEYS = {"value", "factor", "tag", "source", "note"}


def load_preset(path: str | Path) -> Preset:
    """Read a preset file.

    Raises:
        RequestError: no readable file, not TOML, an unknown key, a wrong unit, a value out of range, or a number
            without tag and source; the message names file and key.
    """
    file = Path(path)
    return parse_preset(read_text(file, "preset file", MAX_BYTES), where=shown(file))


def parse_preset(text: str, *, where: str) -> Preset:
    """Read a preset from TOML text; `where` names the file in errors. Raises as `load_preset`."""
    data = parse_toml(text, where)
    try:
        return _preset(data)
    except RequestError as error:
        raise RequestError(f"{where}: {error}") from None


def normal_anneal(value: object) -> str:
    """ "none" or "160 C", from None, a number of degrees Celsius or text."""
    if value is None or (isinstance(value, str) and value.strip().lower() in {"none", UNSTATED}):
        return str(value or "none").strip().lower()
    return f"{parse(value, 'C', name='anneal'):g} C"


def _preset(data: dict[str, Any]) -> Preset:
    for key in data:
        refuse_unknown(key, _TOP_KEYS)
    numbers = data.get("cell", {})
    if not isinstance(numbers, dict) or not numbers:
        raise RequestError("no numbers: a preset needs at least one table such as [cell.thickness]")
    substrate = data.get("substrate", UNSTATED)
    if substrate not in SUBSTRATES:
        raise RequestError.for_value("substrate", substrate, allowed=", ".join(SUBSTRATES))
    interpolated = data.get("interpolated", False)
    if not isinstance(interpolated, bool):
        raise RequestError.for_value("interpolated", interpolated, allowed="true or false")
    kind = model_named(_text(data, "model", "", default=AG2S.name), where="model").parameters
    if kind is not AG2S.parameters and (film := next((one for one in _OF_FILMS if one in data), "")):
        raise RequestError(f"{film} is said of films of Ag2S alone, and this preset is of the cell {data['model']!r}")
    values, provenance = {}, {}
    for key, entry in numbers.items():
        refuse_unknown(key, kind.quantities(), "cell")
        values[key], provenance[key] = _number(key, entry, kind)
    return Preset(
        name=_text(data, "name", ""),
        description=_text(data, "description", ""),
        cell=kind.from_mapping(values, where="cell"),
        provenance=provenance,
        anneal=normal_anneal(data.get("anneal", UNSTATED)),
        substrate=substrate,
        reading=_text(data, "reading", "", default="", empty=True),
        interpolated=interpolated,
    )


def _number(key: str, entry: object, kind: type[ParameterSet]) -> tuple[float, Provenance]:
    if not isinstance(entry, dict):
        raise RequestError(f"cell.{key} is a bare value; write a table [cell.{key}] with value, tag and source")
    where = f"cell.{key}"
    for name in entry:
        refuse_unknown(name, _NUMBER_KEYS, where)
    if ("value" in entry) == ("factor" in entry):
        raise RequestError(f"[{where}] needs either value or factor (times the default)")
    if "value" in entry:
        value = parse(entry["value"], kind.quantities()[key].unit, name=where)
    else:
        value = getattr(kind(), key) * parse(entry["factor"], "", name=f"{where}.factor")
    tag = entry.get("tag")
    if tag not in TAGS:
        raise RequestError.for_value(f"{where}.tag", tag, allowed=", ".join(TAGS))
    source, note = _text(entry, "source", where), _text(entry, "note", where, default="", empty=True)
    return value, Provenance(cast(Tag, tag), source, note)


def _text(
    table: dict[str, Any], key: str, where: str, *, default: str | None = None, empty: bool = False
) -> str:  # fmt: skip
    name = f"{where}.{key}" if where else key
    value = table.get(key, default)
    # one printable line: these texts go to terminals
    if not isinstance(value, str) or not value.isprintable() or not (empty or value.strip()):
        raise RequestError.for_value(name, value, allowed="one line of printable text")
    return value
