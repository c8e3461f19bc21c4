"""Programs with memory: the states at the end of one run are the start of the next."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.study.run import Outcome
from pyspice_models.study.states import last_states


def continue_from(outcome: Outcome) -> Crossbar:
    """The crossbar as `outcome` left it: the same cells, lines and faults, with the states of the end of the run.

    Only the states are carried. Charge that is still on lines and ionic branches is not: end the program with
    `Wait(15e-6)`, three times the recovery of Note S1, where the next one begins with a read.
    """
    crossbar = outcome.study.crossbar
    return crossbar.with_states(**last_states(outcome.dataset, *(one.model for one in crossbar.populations)))
