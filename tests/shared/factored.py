"""A matrix of lines, factored as a time step does it."""

from __future__ import annotations

import numpy as np

from pyspice_models.engine.nodal.linear.matrix import Matrix, factor_rest, lay_bits, refactor_words
from pyspice_models.engine.nodal.linear.team import Team


def factored(matrix: Matrix, word_shunts: np.ndarray, bit_shunts: np.ndarray, stage: float, *, shared: bool) -> Team:
    """Factor it, with capacitances of all crossings over a stage; gives the team, which has several parts if shared."""
    team = Team.of(matrix.cells.shape, shared=shared)
    lay_bits(matrix, bit_shunts, stage, 0, len(matrix.cells))
    refactor_words(team, matrix, word_shunts, stage)
    factor_rest(team, matrix)
    return team
