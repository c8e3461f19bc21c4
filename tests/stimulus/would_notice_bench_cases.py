"""What the tests of would notice bench share."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.array.driver import DriverParams

BAR = Crossbar(2, 3, driver=DriverParams(t_edge=2e-8))
