"""De-embedding as a whole: readings and what is known of the lines in, cells with intervals out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy  # loads scipy.special where it is first used
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.threads import one_thread
from pyspice_models.engine.nodal.static.fields import LineValues
from pyspice_models.errors import RequestError
from pyspice_models.lab.deembed.contradictions import check_readings
from pyspice_models.lab.deembed.estimate import Fit, fit
from pyspice_models.lab.deembed.readings import (
    DEFAULT_RANGE,
    DEFAULT_RELATIVE,
    Combined,
    Lines,
    Noise,
    Readings,
    combine,
)
from pyspice_models.lab.deembed.spread import Spread, spread_of
from pyspice_models.units import show

Array = NDArray[np.float64]

YES, AT_MOST, NO = "yes", "at most", "no"

_WIDE = 1 / 3  # standard deviation over value, from which on a value is none
_UNREAD = 0.5  # share of the variance
_BOUND = 2.0  # standard deviations above the value: where an upper bound stands
_IMPOSSIBLE = 6.0  # standard deviations below 0
_MANY = 20  # degrees of freedom, from which on the data tell their noise
_UNLIKELY = 1e-3
_UNDETERMINED = 0.2  # standard deviation of a segment's logarithm
_LEAST_NOISE = 1e-9
_NOISY = 10.0  # times the usual noise


@dataclass(frozen=True)
class Segment:
    """Resistance between neighbouring crossings.

    Attributes:
        name: "word_segment" or "bit_segment".
        value: [ohm].
        sigma: standard deviation [ohm]; None where it was given.
    """

    name: str
    value: float
    sigma: float | None


@dataclass(frozen=True, eq=False)
class Deembedded:
    """Cells of an array, from the currents at its terminals; arrays of shape (rows, cols).

    Attributes:
        readings: what was measured.
        lines: resistances, the recovered ones among them.
        segments: of word and bit lines.
        noise: of the readings; where nobody stated it and there is enough beyond what had to be found, as the data say.
        conductances: of the cells [S]; 0 where noise made it less. Where nothing was read, what is expected.
        sigma: standard deviations [S].
        determined: "yes"; "at most" where noise leaves an upper bound alone; "no".
        from_unread: share of a cell's variance that comes from cells which are not determined, from 0 to 1.
        expected: of a cell of which nothing was read: this within a factor of ten, the only assumption [S].
        chi_square, freedom: of what was read beyond what had to be found, by the noise as it was stated or assumed.
        model: currents out of the bit lines for a volt on each word line, of the recovered array [S].
        turns: of Newton's method.
    """

    readings: Readings
    lines: LineValues
    segments: tuple[Segment, ...]
    noise: Noise
    conductances: Array
    sigma: Array
    determined: NDArray[np.str_]
    from_unread: Array
    expected: float
    chi_square: float
    freedom: int
    model: Array
    turns: int

    @property
    def low(self) -> Array:
        """Lower end of the 68 % interval [S]; 0 where there is an upper bound alone or none."""
        return np.where(self.determined == YES, np.maximum(self.conductances - self.sigma, 0.0), 0.0)

    @property
    def high(self) -> Array:
        """Upper end [S]: of the 68 % interval; two standard deviations where it is a bound; infinite where none is."""
        bound = self.conductances + np.where(self.determined == YES, 1.0, _BOUND) * self.sigma
        return np.where(self.determined == NO, np.inf, bound)

    @cached_property
    def relative(self) -> Array:
        """Standard deviation over conductance; NaN where there is no value."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.determined == YES, self.sigma / self.conductances, np.nan)

    def count(self, which: str) -> int:
        """How many cells are determined so."""
        return int(np.count_nonzero(self.determined == which))

    @property
    def noise_from_data(self) -> bool:
        """Whether the noise is what the data scatter by."""
        return not self.noise.stated and self.freedom >= _MANY

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the numbers must know."""
        told = []
        if self.noise.stated and self.freedom > 0 and scipy.special.chdtrc(self.freedom, self.chi_square) < _UNLIKELY:
            ratio = np.sqrt(self.chi_square / self.freedom)
            told.append(
                f"the currents do not fit the array as described: what is left is {ratio:.3g} times the stated noise, "
                f"over {self.freedom} readings more than had to be found. The noise is larger, an end (--end) is "
                "another, or cells are no resistors at these voltages."
            )
        if not self.noise.stated and not self.noise_from_data:
            told.append(
                f"intervals are for an assumed noise of {self.noise.relative:.3g} of each reading: say it (--noise)"
            )
        if self.noise_from_data and self.noise.relative > _NOISY * DEFAULT_RELATIVE:
            told.append(
                f"the readings scatter by {100 * self.noise.relative:.3g} % around any array of these lines: intervals "
                "are that wide. Is an end (--end) another, or did undriven lines float (--floating)?"
            )
        if missing := self.count(NO):
            widened = int(np.count_nonzero((self.determined == YES) & (self.from_unread > _UNREAD)))
            told.append(
                f"not determined: {missing} cell{'s' * (missing > 1)}, of which nothing was read that they alone "
                f"decide. The others hold if such cells lie within a factor of ten of {show(self.expected, 'S')}; "
                f"{widened} intervals come mostly from that."
            )
        return tuple(told)


def deembed(
    readings: Readings, lines: Lines, *, noise: Noise | None = None, limit: float | None = None
) -> Deembedded:  # fmt: skip
    """Recover every cell's conductance, and the resistance of segments that are not known.

    Args:
        readings: of the array, one line driven at a time.
        lines: what is known of its lines.
        noise: of the readings; by default 0.1 % of each, replaced by what the data scatter by where they tell.
        limit: of the instrument's range [A].

    Raises:
        RequestError: readings that contradict each other, signs, units or the array; saturated ones; segments that
            they do not determine.
    """
    noise = noise or Noise()
    if noise.floor == 0:
        noise = replace(noise, floor=DEFAULT_RANGE * float(np.abs(readings.current).max(initial=0.0)))
    if noise.floor == 0:
        raise RequestError(f"{readings.name}: all currents are 0: there is nothing to recover")
    check_readings(readings, lines, noise, limit)
    data = combine(readings, noise)
    _check_enough(data, lines, readings)
    with one_thread():
        found = fit(data, lines, floating=readings.floating)
        spread = spread_of(found, data)
    return _result(readings, lines, noise, data, found, spread)


def _check_enough(data: Combined, lines: Lines, readings: Readings) -> None:
    """Segments follow from the own currents of both sides, and from nothing else."""
    if not data.measured.any():
        raise RequestError(f"{readings.name}: no current between a word and a bit line was read")
    if not lines.unknown:
        return
    names = " and ".join(lines.unknown)
    ways = f"Give {' and '.join('--' + name.replace('_', '-') for name in lines.unknown)}, or both with --segment"
    if readings.floating:
        raise RequestError(
            f"{names} cannot be recovered where undriven lines float: a driven line's own current is the sum of the "
            f"sensed ones then, and tells nothing more. {ways}, or measure with the other lines held."
        )
    for side, own in (("word", data.own_words), ("bit", data.own_bits)):
        if not np.isfinite(own).any():
            raise RequestError(
                f"{names} cannot be recovered: no own current of a driven {side} line was read, and the currents of "
                f"both sides' ends are needed. Add rows '{side} 0', '{side} 1', ... with the column 'drive', or know "
                f"the segments. {ways}."
            )


def _result(
    readings: Readings, lines: Lines, noise: Noise, data: Combined, found: Fit, spread: Spread
) -> Deembedded:  # fmt: skip
    at = found.at
    told = not noise.stated and found.freedom >= _MANY
    # what is expected of cells without a reading is no noise, and does not scale
    factor = float(np.sqrt(found.chi_square / found.freedom)) if told else 1.0
    factor = max(factor, _LEAST_NOISE / noise.relative)
    scaled = factor**2 * (1 - spread.from_unread) + spread.from_unread
    sigma = spread.cells * np.sqrt(scaled)
    g = at.point.g
    for name, deviation in zip(lines.unknown, spread.segments, strict=True):
        if not factor * deviation < _UNDETERMINED:
            raise RequestError(
                f"{name} is not determined by these currents: {show(at.point.segments[name], 'ohm')} within "
                f"{factor * deviation:.0%}. Give it with --{name.replace('_', '-')}, or more exact readings."
            )
    impossible = (g < -_IMPOSSIBLE * sigma) & (spread.from_unread < _UNREAD)
    if impossible.any():
        row, col = (int(n) for n in np.argwhere(impossible)[0])
        raise RequestError(
            f"{np.count_nonzero(impossible)} cells would need a negative conductance; the first: word {row}, bit "
            f"{col}, {show(float(g[row, col]), 'S')} ± {show(float(sigma[row, col]), 'S', 2)}. Ends or segments resist "
            "less than what was given (--end, --segment), undriven lines float (--floating), or noise is larger."
        )
    share = spread.from_unread * np.square(spread.cells) / np.square(sigma)
    wide = sigma > _WIDE * g
    unbounded = (share > _UNREAD) & (sigma > _WIDE * at.expected)
    determined = np.where(~wide, YES, np.where(unbounded, NO, AT_MOST))
    deviations = dict(zip(lines.unknown, spread.segments, strict=True))
    values = lines.at(**at.point.segments)
    segments = tuple(
        Segment(
            name,
            value := getattr(values, name),
            float(factor * deviations[name] * value) if name in deviations else None,
        )
        for name in ("word_segment", "bit_segment")
    )
    return Deembedded(
        readings, values, segments, replace(noise, relative=factor * noise.relative, floor=factor * noise.floor),
        np.maximum(g, 0.0), sigma, determined, share, at.expected, found.chi_square, found.freedom,
        at.response.through, found.turns,
    )  # fmt: skip
