"""Arrays of several kinds of cells: which kinds there are, where each stands, and all of them asked at once."""

from pyspice_models.array.kinds.kind import COMMON, Kind, check_kind_name
from pyspice_models.array.kinds.mixed import MixedEquations
from pyspice_models.array.kinds.population import Population, checked_cells, populations_of
from pyspice_models.array.kinds.together import LEVEL, check_together, common_forms, listed, one_kind

__all__ = [
    "COMMON", "LEVEL", "Kind", "MixedEquations", "Population", "check_kind_name", "check_together", "checked_cells",
    "common_forms", "listed", "one_kind", "populations_of",
]  # fmt: skip
