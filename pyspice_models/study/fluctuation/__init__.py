"""What fluctuates within a run of a study: which parameters its cells have, and from when on."""

from pyspice_models.study.fluctuation.changes import START, Past, changed
from pyspice_models.study.fluctuation.check import check_conduction, check_fluctuation, refuse_fluctuation

__all__ = ["START", "Past", "changed", "check_conduction", "check_fluctuation", "refuse_fluctuation"]
