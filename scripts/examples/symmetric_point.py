#!/usr/bin/env python3
"""Note S2's claim, on the simulated cell: pulses up and down push any state to the symmetric point, and noise is lost.

    python scripts/examples/symmetric_point.py [OUT]

Cells that begin at eleven levels get pairs of one set and one reset pulse of 0.3 V and 1 us; others get pulses whose
signs are thrown, from 30 to 70 % of them sets. Prints where the levels end, how fast they forget where they began, and
what the share of sets makes of the mean level, and draws OUT/symmetric_point.png. This is why array A of TTv2 keeps a
lasting gradient and forgets one that changes its sign.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt
from numpy.typing import NDArray

from pyspice_models import Crossbar, Pulses, TableTile

PAIRS, THROWN, CELLS = 60, 120, 60
SHARES = np.linspace(0.3, 0.7, 9)

Array = NDArray[np.float64]


class Found(NamedTuple):
    """What the cells did.

    Attributes:
        levels: after every pair, shape (pairs + 1, cells).
        point: level in the middle of a pair at the end.
        forgotten: pairs in which the spread of the levels falls to a tenth.
        means: mean level under thrown signs by the share of sets.
    """

    levels: Array
    point: float
    forgotten: int
    means: Array


def _pulse(tile: TableTile, sign: int) -> None:
    """One whole pulse for all cells of one word line."""
    tile.update(Pulses(np.ones((1, 1), dtype=bool), np.ones((1, tile.shape[1]), dtype=bool), np.array([sign])))


def _thrown(tile: TableTile, sets: NDArray[np.bool_]) -> None:
    """A set for some cells of the word line, then a reset for the others; each half-selects the rest."""
    tile.update(Pulses(np.ones((2, 1), dtype=bool), np.stack([sets, ~sets]), np.array([1, -1])))


def found() -> Found:
    """Give both trains."""
    tile = TableTile(Crossbar(1, 11))
    tile.program({"w": np.linspace(0, 1, 11)[None]})
    levels = [tile.states["w"][0]]
    for _ in range(PAIRS):
        _pulse(tile, 1)
        high = tile.states["w"][0]
        _pulse(tile, -1)
        levels.append(tile.states["w"][0])
    spread = np.ptp(levels, axis=1)
    signs, means = np.random.default_rng(0), []
    for share in SHARES:
        many = TableTile(Crossbar(1, CELLS).at_level(0.27))
        seen = []
        for _ in range(THROWN):
            _thrown(many, signs.random(CELLS) < share)
            seen.append(many.states["w"].mean())
        means.append(np.mean(seen[THROWN // 3 :]))
    point = float(np.mean((high + levels[-1]) / 2))
    return Found(np.array(levels), point, int(np.argmax(spread < 0.1 * spread[0])), np.array(means))


def main(out: Path = Path("out")) -> Found:
    """Print and draw."""
    ended = found()
    lowest, highest = ended.levels[-1].min(), ended.levels[-1].max()
    print(f"from levels 0 to 1 all cells go to and fro around {ended.point:.3f}")
    print(f"a tenth of the spread is left after {ended.forgotten} pairs, {highest - lowest:.1e} after {PAIRS}")
    for share, mean in zip(SHARES, ended.means, strict=True):
        print(f"{100 * share:3.0f} % sets: mean level {mean:.3f}, {mean - ended.point:+.3f} from the symmetric point")
    out.mkdir(parents=True, exist_ok=True)
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.2, 3.0), layout="constrained")
    left.plot(ended.levels, color="#0072B2", lw=0.8)
    left.set(xlabel="pairs of a set and a reset pulse", ylabel="level after the reset")
    right.plot(100 * SHARES, ended.means, "o-", color="#D55E00")
    right.axhline(ended.point, color="black", lw=0.8, ls="--")
    right.set(xlabel="sets among pulses of thrown sign (%)", ylabel="mean level")
    figure.savefig(out / "symmetric_point.png", dpi=200)
    plt.close(figure)
    return ended


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
