"""What a static solution is worth: currents at the ends of the lines, each with a bound of its error that holds.

Let r be the currents that do not add up at the nodes for the voltages found. The current that a line's end really
carries is what these voltages say it carries, plus the sum over all nodes of share times r: the share of a current
injected at a node that leaves through this end. Shares lie between 0 and 1, so that the sum of |r| bounds the error.
For a line that floats they are much smaller: none exceeds that at the end itself, which is the end's conductance over
all that the line's terminal sees, and every part of the network that is a tree bounds that from below (Rayleigh). Where
lines are tied to their sources the energy of r is a closer bound (`energy.py`); the smaller of both counts.

The current can be read where the line meets its source, or as the sum over its cells and shorts. Over a good driver the
voltage drop has few digits, in a floating line the cells' currents cancel: each line takes the sum of smaller parts.
Sources: Doyle and Snell, Random Walks and Electric Networks (1984), ch. 1.3 (shares), 1.4 (Rayleigh).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.network import Branches, ResistiveNetwork

Array = NDArray[np.float64]

_ROUNDING = 16 * float(np.finfo(float).eps)  # of a sum of a few products and differences, over the sum of its parts


@dataclass(frozen=True)
class Readings:
    """Currents from the sources into the lines of one side, both ends of a line together, each read where it is exact.

    Attributes:
        value: shape (line,) [A].
        parts: sum of the parts that each is a sum and difference of, same shape [A].
        at_end: whether it was read at the line's ends; else it is the sum over cells and shorts.
    """

    value: Array
    parts: Array
    at_end: NDArray[np.bool_]


@dataclass(frozen=True)
class Flows:
    """Currents of a solution, and what is left over at its nodes.

    Attributes:
        left: sum of the currents at every node but the sources, shape (node,) [A].
        slack: the most by which rounding may have changed each, same shape [A].
        dissipated: in all branches together [W].
    """

    left: Array
    slack: Array
    dissipated: float

    @property
    def total(self) -> float:
        """At most the sum of all |left| without rounding [A]."""
        return float(np.abs(self.left).sum() + self.slack.sum())


def flows(size: int, voltages: Array, branches: list[tuple[Branches, Array]]) -> Flows:
    """Add up the currents of all branches at the first `size` nodes."""
    left, moved, dissipated = np.zeros(len(voltages)), np.zeros(len(voltages)), 0.0
    met = np.zeros(len(voltages), dtype=np.intp)
    for branch, flow in branches:
        for places, sign in ((branch.start, 1.0), (branch.stop, -1.0)):
            left += np.bincount(places.ravel(), sign * flow.ravel(), len(voltages))
            moved += np.bincount(places.ravel(), np.abs(flow).ravel(), len(voltages))
            met += np.bincount(places.ravel(), minlength=len(voltages))
        dissipated += float(((voltages[branch.start] - voltages[branch.stop]) * flow).sum())
    half = float(np.finfo(float).eps) / 2
    # a difference, a product and a sum of as many as there are branches at the node
    return Flows(left[:size], half * (3 + met[:size]) * moved[:size], dissipated)


def read_ends(
    ends: Branches, voltages: Array, cells: tuple[Array, Array], shorts: tuple[NDArray[np.intp], Array]
) -> Readings:
    """Read the currents into all lines of one side.

    Args:
        ends: from this side's sources to its lines, shape (ends of a line, line).
        voltages: of all nodes and sources [V].
        cells: what leaves each line through its cells, and the sum of the parts that it is a difference of, both of
            shape (line,) [A].
        shorts: lines from which shorts lead to the next, and their currents, both of shape (short,) [A].
    """
    start, stop = voltages[ends.start], voltages[ends.stop]
    end_parts = (ends.conductance * (np.abs(start) + np.abs(stop))).sum(axis=0)
    summed, cell_parts = (part.copy() for part in cells)
    for first, sign in ((shorts[0], 1.0), (shorts[0] + 1, -1.0)):
        # what goes through a short is delivered by its line, and not by the next
        np.add.at(summed, first, sign * shorts[1])
        np.add.at(cell_parts, first, np.abs(shorts[1]))
    at_end = end_parts < cell_parts
    at_ends = (ends.conductance * (start - stop)).sum(axis=0)
    return Readings(np.where(at_end, at_ends, summed), np.where(at_end, end_parts, cell_parts), at_end)


def bounds(readings: Readings, on_line: Array, found: Flows, shares: Array | float, moved: Array) -> Array:
    """At most so far are the readings from the exact solution of the network, shape (line,) [A].

    Args:
        readings: of one side.
        on_line: at most what is left over on each line, all its nodes together, shape (line,) [A].
        found: of the whole solution.
        shares: at most of a current injected anywhere leaves through the line's ends, shape (line,).
        moved: at most so far do the currents that are left over move that of the line, by their energy, same shape [A].
    """
    along = np.where(readings.at_end, 0.0, on_line)
    return np.asarray(np.minimum(shares * found.total, moved) + along + _ROUNDING * readings.parts)


def shares_of_ends(network: ResistiveNetwork, ends: Branches, conductances: Array) -> tuple[Array, Array]:
    """The most of a current injected anywhere that leaves through the ends of each word line, and of each bit line.

    Args:
        network: nodes.
        ends: from the sources to the lines, shape (ends of a line, lines of both sides).
        conductances: of the cells, shape (row, col) [S].
    """
    rows = network.crossbar.rows
    share = shares(ends, *ends_to_ground(network, ends, conductances))
    return share[:rows], share[rows:]


def shares(ends: Branches, at_terminal: Array, along: Array) -> Array:
    """The same of all lines, given what `ends_to_ground` gives, shape (line,)."""
    g = ends.conductance
    share = g[0] * at_terminal
    if len(g) > 1:  # from the far end the way along the line comes on top
        share = share + g[1] * (at_terminal + along)
    return np.minimum(share, 1.0)


def ends_to_ground(network: ResistiveNetwork, ends: Branches, conductances: Array) -> tuple[Array, Array]:
    """What `resistances_to_ground` gives, of word lines, then bit lines, each of shape (line,) [ohm]."""
    words, bits = resistances_to_ground(network, ends, conductances)
    return np.concatenate([words[0], bits[0]]), np.concatenate([words[1], bits[1]])


def resistances_to_ground(
    network: ResistiveNetwork, ends: Branches, conductances: Array
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """At most between a line's terminal and the grounded sources, and along the line, word lines first [ohm].

    Arguments as of `shares_of_ends`; each of shape (line,).
    """
    bar, rows = network.crossbar, network.crossbar.rows
    g_word, g_bit = ends.conductance[0, :rows], ends.conductance[0, rows:]
    with np.errstate(divide="ignore"):
        cells = 1 / conductances
        r_word = 1 / network.word_segments().conductance if bar.r_word > 0 else np.zeros(bar.shape)
        r_bit = 1 / network.bit_segments().conductance if bar.r_bit > 0 else np.zeros(bar.shape)
        # from a crossing along its line to the source at the near end
        along_word = np.cumsum(r_word, axis=1) + 1 / g_word[:, None]
        along_bit = np.cumsum(r_bit[::-1], axis=0)[::-1] + 1 / g_bit
        seen_words = _tree(1 / (cells + along_bit), r_word)
        seen_bits = _tree(1 / (cells + along_word).T[:, ::-1], r_bit.T[:, ::-1])
    return (1 / (g_word + seen_words), r_word.sum(axis=1)), (1 / (g_bit + seen_bits), r_bit.sum(axis=0))


def _tree(leaves: Array, segments: Array) -> Array:
    """What terminals see of lines with `leaves` to ground behind every segment, both of shape (line, crossing) [S]."""
    seen = np.zeros(len(leaves))
    for k in range(leaves.shape[1] - 1, -1, -1):
        seen = 1 / (1 / (seen + leaves[:, k]) + segments[:, k])
    return seen
