"""What the tests of measures share."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.study import Study, run_study


def _run(crossbar: Crossbar, program, **options):
    return run_study(Study("test", crossbar, program, **options))
