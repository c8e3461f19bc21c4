"""How much currents that do not add up can still move: their energy, bounded by that of each line alone.

Currents r that are left over at the nodes move the voltages by A^-1 r, and a current c v by at most
sqrt(c A^-1 c) sqrt(r A^-1 r) (Cauchy and Schwarz). Cells, shorts and far ends only add to A: without them it falls
apart into chains T, the lines with their near ends, and A >= T gives r A^-1 r <= r T^-1 r. On a chain that is the heat
of the currents r on their way to the source: at every resistance the square of what is left over beyond it. A line that
floats is hardly tied to its source; its r counts with the resistance to ground that its cells give it (Rayleigh).
Sources: Horn and Johnson, Matrix Analysis (2013), ch. 7.7 (order of definite matrices); Doyle and Snell, Random Walks
and Electric Networks (1984), ch. 1.3 and 1.4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.network import Branches, ResistiveNetwork

Array = NDArray[np.float64]


def energy_norm(network: ResistiveNetwork, ends: Branches, left: Array, slack: Array, reach: Array) -> float:
    """At most sqrt(r A^-1 r) of the currents r that are left over at the nodes [W^(1/2)].

    Args:
        network: of the nodes.
        ends: from the sources to the lines, shape (ends of a line, rows + cols).
        left: r as computed, shape (node,) [A].
        slack: at most so far are these from r, same shape [A].
        reach: at most from a node of each line to ground, words, then bits, shape (rows + cols,) [ohm]; infinite where
            nothing is known.
    """
    near = ends.conductance[0]
    heat = np.sqrt(_heat(network, near, left)) + np.sqrt(_heat(network, near, slack))
    through_cells = np.full(len(heat), np.inf)
    known = np.isfinite(reach)
    through_cells[known] = (_sums(network, np.abs(left)) + _sums(network, slack))[known] * np.sqrt(reach[known])
    floats = through_cells < heat
    apart = float(np.sqrt(np.square(heat[~floats]).sum()) + through_cells[floats].sum())
    return min(float(np.sqrt(np.square(heat).sum())), apart)


def pulls(ends: Branches, at_terminal: Array, along: Array) -> Array:
    """At most sqrt(c A^-1 c) of the current c v of each line's ends together, shape (line,) [S^(1/2)].

    Args:
        ends: as in `energy_norm`.
        at_terminal, along: at most between a line's terminal and ground, and along the line, shape (line,) [ohm].
    """
    g = ends.conductance
    found = g[0] * np.sqrt(np.minimum(at_terminal, 1 / g[0]))
    if len(g) > 1:  # from the far end the way along the line comes on top, or its own driver is nearer
        found = found + g[1] * np.sqrt(np.minimum(at_terminal + along, 1 / g[1]))
    return np.asarray(found)


def on_lines(network: ResistiveNetwork, left: Array) -> tuple[Array, Array]:
    """Sums over the nodes of each word line and of each bit line, shapes (rows,) and (cols,)."""
    sums, rows = _sums(network, left), network.crossbar.rows
    return sums[:rows], sums[rows:]


def _sums(network: ResistiveNetwork, at_nodes: Array) -> Array:
    return np.concatenate([chain[:, -1] for chain, _ in _chains(network, at_nodes)])


def _heat(network: ResistiveNetwork, near: Array, at_nodes: Array) -> Array:
    """Heat of these currents on their way to the sources, shape (line,) [W]."""
    found = []
    for chain, resistances in _chains(network, at_nodes):
        found.append((np.square(chain[:, :-1]) * resistances).sum(axis=1) + 0.0)
    total = np.square(_sums(network, at_nodes)) / near
    return np.asarray(np.concatenate(found) + total)


def _chains(network: ResistiveNetwork, at_nodes: Array) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Of word lines and of bit lines: what flows through each segment and then the end, and the segments' resistances.

    From the far crossing to the terminal: shapes (line, segments + 1) and (line, segments); lines without resistance
    have no segments.
    """
    bar = network.crossbar
    words, bits = at_nodes[network.word_terminals][:, None], at_nodes[network.bit_terminals][:, None]
    r_word, r_bit = (np.zeros((len(ends), 0)) for ends in (words, bits))
    if bar.r_word > 0:
        words = np.hstack([at_nodes[network.words[:, ::-1]], words])
        r_word = 1 / network.word_segments().conductance[:, ::-1]
    if bar.r_bit > 0:
        bits = np.hstack([at_nodes[network.bits.T], bits])
        r_bit = 1 / network.bit_segments().conductance.T
    return (np.cumsum(words, axis=1), r_word), (np.cumsum(bits, axis=1), r_bit)
