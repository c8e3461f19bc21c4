"""How much currents that do not add up can still move: their energy, bounded by that of each line alone.

Currents r that are left over at the nodes move the voltages by A^-1 r, and a current c v by at most
sqrt(c A^-1 c) sqrt(r A^-1 r) (Cauchy and Schwarz). Cells, shorts and far ends only add to A: without them it falls
apart into chains T, the lines with their near ends, and A >= T gives r A^-1 r <= r T^-1 r. On a chain that is the heat
of the currents r on their way to the source: at every resistance the square of what is left over beyond it. What is
left over on a line that floats, and has hardly an end to leave through, counts as a whole with the resistance to ground
that the line's cells give it (Rayleigh).
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
    along = np.square(np.sqrt(_heat(network, left)) + np.sqrt(_heat(network, slack)))
    total = on_lines(network, left, slack)
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


def on_lines(network: ResistiveNetwork, left: Array, slack: Array) -> Array:
    """At most what is left over on each line, all nodes together; arguments as of `energy_norm`, shape (line,) [A]."""
    return np.asarray(np.abs(_sums(network, left)) + _sums(network, slack))


def _sums(network: ResistiveNetwork, at_nodes: Array) -> Array:
    words, bits = at_nodes[network.word_terminals], at_nodes[network.bit_terminals]
    if network.crossbar.r_word > 0:
        words = words + at_nodes[network.words].sum(axis=1)
    if network.crossbar.r_bit > 0:
        bits = bits + at_nodes[network.bits].sum(axis=0)
    return np.concatenate([words, bits])


def _heat(network: ResistiveNetwork, at_nodes: Array) -> Array:
    """Heat of these currents on their way along each line to its end, shape (line,) [W]; 0 without resistance."""
    bar = network.crossbar
    words, bits = np.zeros(bar.rows), np.zeros(bar.cols)
    if bar.r_word > 0:  # from the far crossing to the first
        flow = np.cumsum(at_nodes[network.words[:, ::-1]], axis=1)
        if bar.faults.open_words or bar.lines_differ:
            flow *= np.sqrt(bar.r_word * network.word_segments().conductance)[:, ::-1] ** -1
        words = bar.r_word * np.einsum("ij,ij->i", flow, flow)
    if bar.r_bit > 0:  # from the first row to the last
        flow = np.cumsum(at_nodes[network.bits], axis=0)
        if bar.faults.open_bits or bar.lines_differ:
            flow *= np.sqrt(bar.r_bit * network.bit_segments().conductance) ** -1
        bits = bar.r_bit * np.einsum("ij,ij->j", flow, flow)
    return np.concatenate([words, bits])
