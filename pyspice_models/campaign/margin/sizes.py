"""Margins of one array, of square arrays by size, and the largest size that can be read."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise

from pyspice_models.array import Crossbar, Faults
from pyspice_models.campaign.margin.margins import MarginParams, Margins, MarginsBySize
from pyspice_models.campaign.margin.search import Search
from pyspice_models.errors import RequestError
from pyspice_models.numeric import whole
from pyspice_models.progress import followed

_LEAST = 0.1  # the share of the supply that is usually asked of a swing


def read_margins(
    crossbar: Crossbar, asked: MarginParams | None = None, *, row: int = 0, col: int | None = None
) -> Margins:
    """Margins of the read of one cell, by default of the far corner: last on its word line, first on its bit line.

    Args:
        crossbar: size, lines, ends and the nominal cell; what its cells hold, and its faults, do not count.
        asked: how it is read.
        row, col: the cell.

    Raises:
        RequestError: selectors, current limiters, bit lines held at both ends, or a g_on that is not above g_off.
    """
    asked = asked or MarginParams()
    crossbar.check_one_kind("a margin over patterns")
    if crossbar.selector is not None:
        raise RequestError.for_value(
            "the crossbar's kind", crossbar.kind, allowed="1R for margins over patterns",
            advice="Simulate reads of a one and a zero among patterns of your own: read_margin is theirs.",
        )  # fmt: skip
    if crossbar.driver.both_ends:
        raise RequestError("driver.both_ends = true: a bit line held at both ends has no single sense circuit")
    place = (
        whole(row, 0, crossbar.rows - 1, name="row"),
        whole(crossbar.cols - 1 if col is None else col, 0, crossbar.cols - 1, name="col"),
    )
    return Search(_bare(crossbar, crossbar.rows, crossbar.cols), asked, place).margins()


def margins_by_size(
    crossbar: Crossbar, sizes: Sequence[int], asked: MarginParams | None = None,
    progress: Callable[[float], None] | bool | None = None,
) -> MarginsBySize:  # fmt: skip
    """`read_margins` of the far corner of square arrays of these sizes, else as `crossbar`.

    `progress` is True for a bar, in notebooks and terminals; or a function that is told the share that is done.
    """
    crossbar.check_one_kind("a margin over patterns")
    found, all_cells = MarginsBySize(), sum(size**2 for size in sizes)
    with followed(progress, "read margins") as told:
        for number, size in enumerate(sizes, 1):
            found.append(read_margins(_bare(crossbar, size, size), asked))
            if told is not None:
                told(sum(done**2 for done in sizes[:number]) / all_cells)
    return found


def largest_size(margins: Sequence[Margins], least: float = _LEAST) -> tuple[float, float, float]:
    """The size at which the voltage swing falls to `least`, and the two sizes between which it is interpolated.

    Interpolated is the logarithm of the size, straight in the swing. (0, 0, first) if even the smallest array has
    less, (last, last, inf) if the largest has more.
    """
    every = sorted(margins, key=lambda m: m.rows)
    if every[0].voltage_swing < least:
        return 0.0, 0.0, float(every[0].rows)
    for here, behind in pairwise(every):
        if behind.voltage_swing < least:
            share = (here.voltage_swing - least) / (here.voltage_swing - behind.voltage_swing)
            size = math.exp(math.log(here.rows) + share * math.log(behind.rows / here.rows))
            return size, float(here.rows), float(behind.rows)
    return float(every[-1].rows), float(every[-1].rows), math.inf


def as_data(margins: Sequence[Margins], asked: MarginParams) -> dict[str, object]:
    """The margins by size as JSON holds them, SI units; `to` is null where even the largest array can be read."""
    size, low, high = largest_size(margins)
    return {
        "asked": asdict(asked),
        "margins": [one.as_dict() for one in margins],
        "size_at_10_percent": {"value": size, "from": low, "to": high if math.isfinite(high) else None},
    }


def _bare(crossbar: Crossbar, rows: int, cols: int) -> Crossbar:
    return crossbar.replace(rows=rows, cols=cols, per_cell={}, faults=Faults(), instances={})
