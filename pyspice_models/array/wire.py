"""Word lines (silver, on top) and bit lines (gold, below) of a crossbar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

from pyspice_models.declare.quantity import ParameterSet, choice, chosen, optional_quantity, quantity, stated
from pyspice_models.errors import RequestError

Side = Literal["word", "bit"]

_SIDES: tuple[tuple[Side, str], ...] = (("word", "wl"), ("bit", "bl"))
_OF_ANY_RESISTANCE = ("width", "tcr", "mean_free_path", "specularity", "grain", "reflection")
_OF_ANY_CAPACITANCE = ("oxide_thickness", "oxide_eps_r")
_BETWEEN_LINES = ("width", "thickness_wl", "thickness_bl", *_OF_ANY_CAPACITANCE)  # what `coupling` follows from


@dataclass(frozen=True)
class WireParams(ParameterSet):
    """Geometry and materials of the lines, SI units; array/geometry.py turns them into R and C per segment.

    Or these as they are known: `r_segment` and `c_segment`, between neighbouring crossings, for both sides or for each
    by itself. A resistance that is stated is the same at every temperature. What then follows from a part of the
    geometry no more, that part must not be stated beside it.

    Raises:
        RequestError: lines that touch each other; a resistance or a capacitance that is stated twice, or beside the
            geometry that it stands for.
    """

    width: float = quantity(
        5e-6,
        "m",
        above=0,
        high=1e-3,
        tag="derived",
        source="square root of the 25 um^2 cross-point (Table S1)",
        about="line width",
        plausible="follows from the measured area",
    )
    pitch: float = quantity(
        10e-6,
        "m",
        above=0,
        high=1e-2,
        tag="assumed",
        source="line and space of equal width",
        about="distance from line to line, and length of a segment",
        plausible=chosen(7e-6, 20e-6, "from a space of 2 um to three times the line"),
    )
    thickness_wl: float = quantity(
        50e-9,
        "m",
        above=0,
        high=1e-4,
        tag="measured",
        source="S5",
        about="thickness of the silver word lines",
    )
    thickness_bl: float = quantity(
        50e-9,
        "m",
        above=0,
        high=1e-4,
        tag="measured",
        source="S5",
        about="thickness of the gold bit lines",
    )
    resistivity_wl: float = quantity(
        2.2e-8,
        "ohm*m",
        low=0,
        high=1,
        tag="assumed",
        source="0.44 ohm/sq at 50 nm, the low end of evaporated silver (0.44 to 0.93)",
        about="resistivity of a 50 nm thick, wide word line at 300 K; 0 makes it ideal",
        plausible=stated(2.2e-8, 4.65e-8, "0.44 to 0.93 ohm/sq of 50 nm evaporated silver"),
    )
    resistivity_bl: float = quantity(
        2.85e-8,
        "ohm*m",
        low=0,
        high=1,
        tag="assumed",
        source="0.57 ohm/sq at 50 nm, the low end of evaporated gold (0.57 to 1.0)",
        about="resistivity of a 50 nm thick, wide bit line at 300 K; 0 makes it ideal",
        plausible=stated(2.85e-8, 5e-8, "0.57 to 1.0 ohm/sq of 50 nm evaporated gold"),
    )
    tcr: float = quantity(
        3.7e-3,
        "1/K",
        low=0,
        high=0.1,
        tag="assumed",
        source="bulk silver; gold is close",
        about="temperature coefficient of the bulk metal; scattering at surfaces and grains does not grow with it, so "
        "that of a line is smaller",
        plausible=chosen(3.4e-3, 4e-3, "bulk gold to bulk silver, and some room"),
    )
    oxide_thickness: float = quantity(
        300e-9,
        "m",
        above=0,
        high=1e-3,
        tag="assumed",
        source="common thermal oxide; the paper says SiO2/Si (S5)",
        about="SiO2 between the lines and the grounded substrate",
        plausible=chosen(100e-9, 1e-6, "thermal oxides that are sold"),
    )
    oxide_eps_r: float = quantity(
        3.9,
        "",
        low=1,
        high=100,
        tag="assumed",
        source="thermal SiO2",
        about="relative permittivity of the oxide",
        plausible=chosen(3.7, 4.2, "thermal SiO2, dense or wet"),
    )
    mean_free_path: float = quantity(
        42.8e-9,
        "m",
        low=0,
        high=1e-6,
        tag="assumed",
        source="silver at 300 K; gold has 38 nm",
        about="of electrons at 300 K: thinner or narrower lines are more resistive; 0 turns this off",
        plausible=chosen(38e-9, 53e-9, "gold to the largest value for silver"),
    )
    specularity: float = quantity(
        0.0,
        "",
        low=0,
        high=1,
        tag="assumed",
        source="diffuse scattering, the usual choice for evaporated films",
        about="share of electrons that a surface reflects like a mirror",
        plausible=chosen(0.0, 0.5, "diffuse to half like a mirror"),
    )
    grain: float = quantity(
        50e-9,
        "m",
        above=0,
        high=1e-3,
        tag="assumed",
        source="as large as an evaporated film of 50 nm is thick",
        about="mean distance of the grain boundaries in the lines",
        plausible=chosen(20e-9, 100e-9, "from less than half of the film's thickness to twice of it"),
    )
    reflection: float = quantity(
        0.2,
        "",
        low=0,
        high=0.95,
        tag="assumed",
        source="a choice: weak scattering; in gold nanofilms it was 0.7 (10.1103/PhysRevB.74.134109)",
        about="share of electrons that a grain boundary throws back; 0: none",
        plausible=chosen(0.1, 0.7, "a half of the default, to what was found in gold nanofilms"),
    )
    c_crossing: float = quantity(
        1e-15,
        "F",
        low=0,
        high=1e-9,
        tag="assumed",
        source="fringe of a 5 um crossing, an eighth of the cell's own",
        about="capacitance between crossing lines beside the cell's own",
        plausible=chosen(0.2e-15, 5e-15, "a factor of five either way"),
    )
    coupling: bool = choice(
        False,
        about="capacitance between neighbouring lines: at the default pitch 0.06 % of a line's own, and leaving it out "
        "makes a simulation a third faster; turn it on for close lines",
    )

    r_segment: float | None = optional_quantity(
        "ohm", low=0, high=1e9, about="resistance of a segment of any line, instead of what its geometry gives; 0: "
        "ideal",
    )  # fmt: skip
    r_segment_word: float | None = optional_quantity("ohm", low=0, high=1e9, about="the same of word lines alone")
    r_segment_bit: float | None = optional_quantity("ohm", low=0, high=1e9, about="the same of bit lines alone")
    c_segment: float | None = optional_quantity(
        "F", above=0, high=1e-9, about="capacitance of a segment of any line to the substrate, instead of what its "
        "geometry gives",
    )  # fmt: skip
    c_segment_word: float | None = optional_quantity("F", above=0, high=1e-9, about="the same of word lines alone")
    c_segment_bit: float | None = optional_quantity("F", above=0, high=1e-9, about="the same of bit lines alone")

    def __post_init__(self) -> None:
        """Refuse lines that touch each other, and what is stated twice."""
        super().__post_init__()
        for letter in "rc":
            both, own = f"{letter}_segment", [f"{letter}_segment_{side}" for side, _ in _SIDES]
            if getattr(self, both) is not None and (twice := [n for n in own if getattr(self, n) is not None]):
                raise RequestError(f"wire.{twice[0]} contradicts wire.{both}, which is for both sides: give one.")
        usual = {f.name: f.default for f in fields(self)}
        self._refuse_both(name for name in self.replaced if getattr(self, name) != usual[name])
        if self.pitch <= self.width and not self._width_counts_for_nothing:
            advice = "Change one of them; beside both r_segment and c_segment, without coupling, no width counts."
            raise RequestError.for_value(
                "wire.pitch", self.pitch, unit="m", allowed=f"> wire.width, {self.width:g}", advice=advice
            )

    @classmethod
    def from_mapping(cls, values: Mapping[str, object], *, where: str = "", base: Self | None = None) -> Self:
        """See `ParameterSet.from_mapping`; what is stated twice is refused even where it is the default."""
        found = super().from_mapping(values, where=where, base=base)
        found._refuse_both(values)
        return found

    def resistance(self, side: Side) -> float | None:
        """Of a segment, as stated [ohm]; None where it follows from the geometry."""
        own: float | None = getattr(self, f"r_segment_{side}")
        return self.r_segment if own is None else own

    def capacitance(self, side: Side) -> float | None:
        """Of a segment to the substrate, as stated [F]; None where it follows from the geometry."""
        own: float | None = getattr(self, f"c_segment_{side}")
        return self.c_segment if own is None else own

    @property
    def replaced(self) -> dict[str, str]:
        """Parts of the geometry that must not be stated, each with the keys that stand in its place."""
        found: dict[str, str] = {}
        for letter, value, of_any, of_side in (
            ("r", self.resistance, _OF_ANY_RESISTANCE, ("resistivity", "thickness")),
            ("c", self.capacitance, _OF_ANY_CAPACITANCE, ()),
        ):  # fmt: skip
            stated = [(side, end) for side, end in _SIDES if value(side) is not None]
            keys = {side: f"wire.{letter}_segment" + ("" if self._common(letter) else f"_{side}") for side, _ in stated}
            found |= {f"{name}_{end}": keys[side] for side, end in stated for name in of_side}
            if len(stated) == len(_SIDES):
                found |= dict.fromkeys(of_any, " and ".join(dict.fromkeys(keys.values())))
        return {name: keys for name, keys in found.items() if not (self.coupling and name in _BETWEEN_LINES)}

    def scaled(self, word: float, bit: float) -> Self:
        """With lines of so many times the resistance, stated or not."""
        changes: dict[str, Any] = {"r_segment": None}
        for (side, end), factor in zip(_SIDES, (word, bit), strict=True):
            stated = self.resistance(side)
            name, value = (f"resistivity_{end}", getattr(self, f"resistivity_{end}")) if stated is None else (
                f"r_segment_{side}", stated
            )  # fmt: skip
            changes[name] = value * factor
        return replace(self, **changes)

    def _common(self, letter: str) -> bool:
        return getattr(self, f"{letter}_segment") is not None

    @property
    def _width_counts_for_nothing(self) -> bool:
        every = [value(side) for value in (self.resistance, self.capacitance) for side, _ in _SIDES]
        return None not in every and not self.coupling

    def _refuse_both(self, stated: Iterable[str]) -> None:
        replaced = self.replaced
        for name in stated:
            if name in replaced:
                raise RequestError(
                    f"wire.{name} contradicts {replaced[name]}, which stands in the place of the geometry: leave out "
                    "one of them."
                )
