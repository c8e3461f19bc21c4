"""Whether a cell that a user brings can be believed: what it does, what is wrong with it, what to write instead."""

from pyspice_models.foreign.check.finding import Checked, Finding
from pyspice_models.foreign.check.run import check_cell

__all__ = ["Checked", "Finding", "check_cell"]
