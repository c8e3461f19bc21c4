"""How much currents that do not add up can still move: their energy, bounded by that of each line alone.

Currents r that are left over at the nodes move the voltages by A^-1 r, and a current c v by at most
sqrt(c A^-1 c) sqrt(r A^-1 r) (Cauchy and Schwarz). Cells, shorts and far ends only add to A: without them it falls
apart into chains T, the lines with their near ends, and A >= T gives r A^-1 r <= r T^-1 r. On a chain that is the heat
of the currents r on their way to the source: at every resistance the square of what is left over beyond it. What a line
carries as a whole, and has hardly an end for since it floats, counts with the resistance to ground that its cells give it
(Rayleigh).
Sources: Horn and Johnson, Matrix Analysis (2013), ch. 7.7 (order of definite matrices); Doyle and Snell, Random Walks
and Electric Networks (1984), ch. 1.3 and 1.4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyspice_models.array.network import Branches, ResistiveNetwork

Array = NDArray[np.float64]

_FLOATS = 0.1  # a line whose cells tie it to ground so much better than its end


def energy_norm(network: ResistiveNetwork, ends: Branches, left: Array, slack: Array, at_terminal: Array) -> float:
    """At most sqrt(r A^-1 r) of the currents r that are left over at the nodes [W^(1/2)].

    Args:
        network: of the nodes.
        ends: from the sources to the lines, shape (ends of a line, rows + cols).
        left: r as computed, shape (node,) [A].
        slack: at most so far are these from r, same shape [A].
        at_terminal: at most between each line's terminal and ground, shape (rows + cols,) [ohm]; infinite where nothing
            is known.
    """
    near = ends.conductance[0]
    along, total = _heat(network, left)
    along_slack, total_slack = _heat(network, slack)
    along, total = np.square(np.sqrt(along) + np.sqrt(along_slack)), np.abs(total) + total_slack
    # what a line carries as a whole leaves through its end, or through its cells, whose ways are shared by all lines
    floats = at_terminal < _FLOATS / near
    through_ends = np.square(total) / near
    through_cells = total[floats] * np.sqrt(at_terminal[floats])
    apart = np.sqrt(along.sum() + through_ends[~floats].sum()) + through_cells.sum()
    return float(min(np.sqrt(along.sum() + through_ends.sum()), apart))


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


def _heat(network: ResistiveNetwork, at_nodes: Array) -> tuple[Array, Array]:
    """Heat of these currents on their way along each line to its end [W], and what arrives there [A], shape (line,)."""
    heat, total = [], []
    for chain, resistances in _chains(network, at_nodes):
        heat.append((np.square(chain[:, :-1]) * resistances).sum(axis=1))
        total.append(chain[:, -1])
    return np.concatenate(heat), np.concatenate(total)


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
