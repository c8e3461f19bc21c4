"""The presets that come with the package: of every cell by name, of Ag2S also by how the film was made."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.ag2s.params import CellParams
from pyspice_models.cells.presets.preset import Preset, Provenance
from pyspice_models.cells.presets.read import SUBSTRATES, load_preset, normal_anneal
from pyspice_models.cells.registry import model_named, model_names, model_of
from pyspice_models.declare.quantity import refuse_unknown
from pyspice_models.errors import RequestError
from pyspice_models.inputs.text import shown
from pyspice_models.units import parse, show

_FOLDER = Path(__file__).resolve().parent / "data"


def preset_names(model: str = "ag2s") -> tuple[str, ...]:
    """Names of the shipped presets of a cell; those of Ag2S by film thickness, then name."""
    return tuple(_shipped(model))


def catalogue(model: str = "") -> dict[str, dict[str, str]]:
    """Descriptions of the shipped presets by cell and name; of one cell, or of all.

    Raises:
        RequestError: an unknown cell.
    """
    names = [model_named(model).name] if model else model_names()
    return {name: {one: preset(one, name).description for one in preset_names(name)} for name in names}


def preset(name: str | Path, model: str = "ag2s") -> Preset:
    """A shipped preset of a cell by name, or one's own by the path of its file (with a folder, or ending in .toml).

    Raises:
        RequestError: unknown name (the known ones are listed), a file that is not a preset, or one of another cell.
    """
    text, known = str(name), _shipped(model)
    if text in known:
        return known[text]
    if isinstance(name, Path) or text.endswith(".toml") or "/" in text:
        found = load_preset(name)
        if (given := model_of(found.cell).name) != model:
            raise RequestError(f"the preset {shown(Path(name))} is of the cell {given!r}, and asked is {model!r}")
        return found
    if not known:
        raise RequestError(f"the cell {model!r} has no presets. Give its parameters instead.")
    refuse_unknown(text, known, f"presets of {model}")
    raise AssertionError


def find_preset(
    *,
    thickness: object = 200e-9,
    anneal: object = "160 C",
    area: object = 25e-12,
    substrate: str = "rigid",
    interpolate: bool = False,
) -> Preset:
    """The preset of a film made in this way; other readings of the same film are found by their names alone.

    Args:
        thickness: of the film [m], or text such as "200 nm".
        anneal: "none" (or None), or a temperature [degrees Celsius] such as "160 C".
        area: of the cross-point [m^2], or text such as "25 um^2".
        substrate: "rigid" or "flexible".
        interpolate: where there is no such preset, let the model's own laws for thickness and area lead from the
            nearest one, within the films and sizes that are known; the preset then says so. An anneal is never
            interpolated: nothing is known between two temperatures.

    Raises:
        RequestError: an unknown combination (the known ones are listed), or one outside what can be interpolated.
    """
    declared = CellParams.quantities()
    wanted_t = parse(thickness, "m", name="thickness")
    declared["thickness"].check("thickness", wanted_t)
    wanted_a = parse(area, "m^2", name="area")
    declared["area"].check("area", wanted_a)
    wanted_anneal = normal_anneal(anneal)
    if substrate not in SUBSTRATES:
        raise RequestError.for_value("substrate", substrate, allowed=", ".join(SUBSTRATES))
    family = [
        p for p in _shipped().values() if p.anneal == wanted_anneal and p.substrate == substrate and not p.reading
    ]
    for known in family:
        if _same(known.film.thickness, wanted_t) and _same(known.film.area, wanted_a):
            return known
    if interpolate and family:
        return _interpolated(family, wanted_t, wanted_a)
    raise _unknown(
        f"thickness {show(wanted_t, 'm')}, anneal {wanted_anneal}, area {show(wanted_a, 'm^2')}, {substrate}"
    )


def _interpolated(family: list[Preset], thickness: float, area: float) -> Preset:
    thin = min(p.film.thickness for p in family)
    thick = max(p.film.thickness for p in family)
    small = min(p.film.area for p in _shipped().values())
    large = max(p.film.area for p in _shipped().values())
    for name, value, low, high, unit in (
        ("thickness", thickness, thin, thick, "m"),
        ("area", area, small, large, "m^2"),
    ):
        if not (low <= value <= high or _same(value, low) or _same(value, high)):
            allowed = f"{low:g} to {high:g}" if low < high else f"{low:g}"
            raise RequestError.for_value(name, value, unit=unit, allowed=f"{allowed}, the range of the known presets")
    base = min(family, key=lambda p: (abs(math.log(p.film.thickness / thickness)), abs(math.log(p.film.area / area))))
    changes, provenance = {}, dict(base.provenance)
    for name, value, law in (
        ("thickness", thickness, "thresholds follow V x thickness"),
        ("area", area, "interface conductance and capacitances follow the area"),
    ):
        if not _same(value, getattr(base.film, name)):
            changes[name] = value
            provenance[name] = Provenance("assumed", f"interpolated from preset {base.name}", f"{law}; not measured")
    told = ", ".join(f"{name} {value:.4g} {CellParams.quantities()[name].unit}" for name, value in changes.items())
    return replace(
        base,
        name=f"{base.name} interpolated",
        description=f"interpolated from {base.name} to {told} by the model's own laws; not measured",
        cell=base.film.replace(**changes),
        provenance=provenance,
        interpolated=True,
    )


def _unknown(what: str) -> RequestError:
    known = "; ".join(
        f"{p.name} ({show(p.film.thickness, 'm')}, {p.anneal}, {show(p.film.area, 'm^2')}, {p.substrate})"
        for p in _shipped().values()
        if not p.reading
    )
    return RequestError(
        f"no preset for {what}. Known: {known}. Choose one of these, ask for an interpolated one "
        "(within the known thicknesses and areas of one anneal), or write your own preset file."
    )


def _same(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=1e-6)


@cache
def _shipped(model: str = "ag2s") -> dict[str, Preset]:
    found = [load_preset(path) for path in sorted((_FOLDER / model).glob("*.toml"))]
    if model == AG2S.name and not found:
        raise FileNotFoundError(f"no presets in {_FOLDER}: the installation is broken")
    return {p.name: p for p in sorted(found, key=lambda p: (getattr(p.cell, "thickness", 0.0), p.name))}
