"""Retention: what a programmed array still holds after seconds to years at rest, at one temperature or at several.

No transient: `[aging]` says what is lost by laws in closed form, and what a cell forgets by its own equations at 0 V is
the power of the map of a short rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array import Crossbar
from pyspice_models.array.crossbar import TEMPERATURE_RANGE
from pyspice_models.array.levels import nominal_windows
from pyspice_models.campaign.lasting.begun import (
    States,
    begun,
    check_solvable,
    conductances,
    crossing,
    level_of,
    windows,
)
from pyspice_models.campaign.lasting.kept import Lasted
from pyspice_models.campaign.lasting.powers import Rates, StateMap, check_apart, maps_of
from pyspice_models.declare.constants import boltzmann, elementary_charge
from pyspice_models.declare.quantity import ParameterSet, quantity, whole_quantity
from pyspice_models.errors import RequestError
from pyspice_models.measure import Measure
from pyspice_models.study.study import Study
from pyspice_models.units import number, parse, show

Array = NDArray[np.float64]
Told = Callable[[float], None]

_ASKED = "ag2s retain"
_FIRST = 1e-6
_SHORT = 0.01
"""Way of a state in the rest whose map is squared, at most."""
_STILL = 1e-12
_MOST = 12


@dataclass(frozen=True)
class RetainParams(ParameterSet):
    """How long, and what counts as lost."""

    time: float = quantity(
        1e4, "s", above=1e-5, high=1e12, tag="assumed",
        source="what another device of the group keeps its states (abstract, 10.1021/acsami.2c11183)",
        about="how long the array rests behind its program", plausible="the study's to state",
    )  # fmt: skip
    loss: float = quantity(
        0.1, "", above=0, high=1, tag="assumed", source="choice of the user",
        about="change of a cell's conductance that counts as lost, as a share of the nominal window",
        plausible="the study's to state",
    )  # fmt: skip
    per_decade: int = whole_quantity(6, low=1, high=100, about="moments in each decade of the time")


def retain(
    study: Study,
    asked: RetainParams | None = None,
    temperatures: Sequence[float | str] = (),
    progress: Told | None = None,
) -> Lasted:
    """Do a study's program once, and let the array rest.

    Args:
        study: its program writes; with `aging`, if cells are to lose anything that they do not lose by themselves.
        asked: how long, and what counts as lost; by default 10^4 s.
        temperatures: of the rest [K]; by default the study's. The program and all conductances are at the study's.
        progress: is told the share that is done.

    Returns:
        A dataset over `temperature`, `moment`, `row` and `col`: the states, `conductance` and `state_level`; and over
        the first two `kept`, the median share of their level that the ones still have, and `lost`, the share of them
        that are lost.

    Raises:
        RequestError: temperatures out of range or twice the same; cells whose equations are unknown.
        Ag2sError: see `run_study`.
    """
    asked, bar = asked or RetainParams(), study.crossbar
    check_solvable(bar, _ASKED)
    every_kelvin = kelvins(temperatures) or [bar.temperature]
    first, memory = begun(study, study.program)
    told = progress or (lambda share: None)
    decades = math.log10(asked.time / _FIRST)
    count = max(2, round(asked.per_decade * decades) + 1)
    moments = np.concatenate([[0.0], np.geomspace(_FIRST, asked.time, count)])
    moments[-1] = asked.time
    every = []
    for n, kelvin in enumerate(every_kelvin):
        past, now, course = memory.copy(), first, [first]
        drift = _Drift(bar.replace(temperature=kelvin), asked.time)
        for length in np.diff(moments):
            now = drift.rest(now, float(length))
            now = past.rest(now, float(length), kelvin) if study.ages else now
            course.append(now)
        every.append(course)
        told((n + 1) / len(every_kelvin))
    dataset = _dataset(study, every_kelvin, moments, every, asked.loss)
    warning = [bar.warning([*every_kelvin, bar.temperature])]
    if not study.ages and all(np.array_equal(every[0][0][k], every[0][-1][k], equal_nan=True) for k in bar.states):
        warning.append(
            "nothing is lost: the study has no [aging], and by its own equations this cell keeps its states at 0 V."
        )
    measures = _measures(bar, dataset, asked)
    about = asked.as_dict() | {"temperatures": every_kelvin}
    return Lasted(study, "retain", dataset, measures, about, " ".join(filter(None, warning)))


def kelvins(given: Sequence[float | str]) -> list[float]:
    """Temperatures from numbers or text.

    Raises:
        RequestError: out of range, twice the same, or too many.
    """
    low, high = TEMPERATURE_RANGE
    found = []
    for one in given:
        read = parse if isinstance(one, str) else number
        kelvin = float(read(one, "K", name="temperature", allowed=f"{low:g} to {high:g}"))
        if not low <= kelvin <= high:
            raise RequestError.for_value("temperature", kelvin, unit="K", allowed=f"{low:g} to {high:g}")
        found.append(kelvin)
    if len(set(found)) < len(found) or len(found) > _MOST:
        raise RequestError.for_value(
            "temperatures", ", ".join(f"{one:g}" for one in found), unit="K", allowed=f"at most {_MOST}, each once"
        )
    return found


class _Drift:
    """What cells forget at 0 V by their own equations."""

    def __init__(self, bar: Crossbar, longest: float) -> None:
        self._bar, self._rates = bar, bar.equations.rates
        self._sound = np.isnan(bar.broken)
        self._maps: dict[float, list[StateMap]] = {}
        self._fastest = self._speed()
        self.moves = self._fastest * longest > _STILL
        if self.moves and len(bar.states) > 1:
            check_apart(self._rates, bar.states, bar.shape, 0.0, _ASKED)

    def _speed(self) -> float:
        rest = np.zeros((9, *self._bar.shape))
        levels = np.linspace(0, 1, 9)[:, None, None] + rest
        found = self._rates(rest, *(levels for _ in self._bar.states))
        return float(max(np.nanmax(np.abs(np.broadcast_to(one, rest.shape)), initial=0.0) for one in found))

    def rest(self, states: States, time: float) -> States:
        """States after a time [s]: a short rest, squared until it is as long."""
        if not self.moves:
            return states
        squares = max(0, math.ceil(math.log2(self._fastest * time / _SHORT)))
        short = time / 2**squares
        maps = _rest_maps(self._rates, len(self._bar.states), short, self._bar.shape)
        for _ in range(squares):
            maps = [one.twice() for one in maps]
        return {
            name: np.where(self._sound, values + one(np.nan_to_num(values)), values)
            for one, (name, values) in zip(maps, states.items(), strict=True)
        }


def _rest_maps(rates: Rates, count: int, time: float, shape: tuple[int, int]) -> list[StateMap]:
    return maps_of(rates, count, np.array([0.0, time]), np.zeros((2, *shape)))


def _dataset(
    study: Study, kelvins: list[float], moments: Array, every: list[list[States]], loss: float
) -> xr.Dataset:  # fmt: skip
    bar, dims = study.crossbar, ("temperature", "moment", "row", "col")
    data: dict[str, Any] = {
        name: (dims, np.array([[now[name] for now in course] for course in every]), _about("1", f"state {name}"))
        for name in bar.states
    }
    g = np.array([[conductances(bar, now) for now in course] for course in every])
    data["conductance"] = (dims, g, _about("S", "conductance at the cell's read voltage, at the study's temperature"))
    level = np.array([[level_of(bar, now) for now in course] for course in every])
    data["state_level"] = (dims, level, _about("1", "the state that levels set"))
    ones, share = _ones(bar, g[0, 0]), np.full(g.shape[:2], np.nan)
    held = level[:, :, ones]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nanmedian(held / held[:, :1], axis=2)
    window = windows(bar)
    lost = (np.abs(g - g[:, :1]) / window >= loss)[:, :, ones].mean(axis=2)
    data["lost"] = (dims[:2], lost, _about("1", f"share of the ones that are off by {loss:.3g} of the nominal window"))
    data["kept"] = (dims[:2], share, _about("1", "share of their level that the ones still have, median"))
    coords = {
        "temperature": ("temperature", np.array(kelvins), _about("K", "temperature of the rest")),
        "moment": ("moment", moments, _about("s", "time at rest")),
        "row": np.arange(bar.rows), "col": np.arange(bar.cols),
    }  # fmt: skip
    attrs = {
        "study": study.name, "title": study.title, "engine": study.engine, "form": study.form, "level": bar.level,
        "aging": int(study.ages),
    }  # fmt: skip
    return xr.Dataset(data, coords, attrs)


def _about(unit: str, words: str) -> dict[str, str]:
    return {"units": unit, "long_name": words}


def _ones(bar: Crossbar, g: Array) -> NDArray[np.bool_]:
    """Cells that hold a one at the start; all sound ones where none does."""
    low, high = nominal_windows(bar)
    sound = np.isnan(bar.broken) & np.isfinite(g) & np.isfinite(low)
    ones = sound & (g >= (low + high) / 2)
    return ones if ones.any() else sound


def _measures(bar: Crossbar, dataset: xr.Dataset, asked: RetainParams) -> dict[str, Measure]:
    g, moments = dataset["conductance"].values, dataset["moment"].values
    ones = _ones(bar, g[0, 0])
    sound = np.isnan(bar.broken) & np.isfinite(g[0, 0] / windows(bar))
    change = np.abs(g - g[:, :1]) / windows(bar)
    lives = [crossing(moments, course, asked.loss) for course in change]
    median = [_median(life[ones]) for life in lives]
    told, kelvins = f"{asked.loss:.3g} of the nominal window", dataset["temperature"].values
    where = f" at {show(float(kelvins[0]), 'K')}"
    last = change[0, -1][sound]
    found = {
        "retention_time": Measure(
            median[0], "s",
            f"time until half of the ones are off by {told}{where}; infinite if they are not by the end",
            f"time until half of the ones are off by {told}; infinite if they are not by the end",
        ),
        "first_loss_time": Measure(float(lives[0][sound].min()), "s", f"the same until the first cell is{where}"),
        "cells_lost": Measure(float((last >= asked.loss).mean()), "", f"share of cells off by {told} at the end"),
        "kept_median": Measure(
            float(dataset["kept"].values[0, -1]), "", f"share of its level that the median one has at the end{where}"
        ),
        "change_largest": Measure(float(last.max()), "", "largest change of a conductance, as a share of it"),
    }  # fmt: skip
    zeros = sound & ~ones
    if zeros.any() and ones.any() and not bar.kinds:  # ones of several kinds are not told by one reference
        for name, at in (("before", 0), ("after", -1)):
            one, zero = g[0, at][ones].min(), g[0, at][zeros].max()
            about = f"(least one - most zero) / least one of the conductances, {name} the rest{where}"
            found[f"margin_{name}"] = Measure(float((one - zero) / one), "", about)
    finite = [n for n, time in enumerate(median) if math.isfinite(time) and time > 0]
    if len(finite) > 1:
        heat = 1 / (boltzmann / elementary_charge * kelvins[finite])
        energy = np.polyfit(heat, np.log(np.array(median)[finite]), 1)[0]
        about = f"activation energy of the retention times at {len(finite)} temperatures, by a straight line"
        found["activation_energy"] = Measure(float(energy), "eV", about)
    return found


def _median(values: Array) -> float:
    """The median, of which infinities are values as others are."""
    ordered = np.sort(values.ravel())
    return float(ordered[(len(ordered) - 1) // 2])
