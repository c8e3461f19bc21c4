"""Results of each command as reports."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from pyspice_models.folders.found import Found, found
from pyspice_models.inputs.text import refused_if_damaged
from pyspice_models.report.page.blocks import Report

_REPORTS = {
    "simulate": "study.study_report",
    "sweep": "campaign.sweep.sweep_report",
    "montecarlo": "campaign.montecarlo.montecarlo_report",
    "yield": "campaign.yields.yield_report",
    "causes": "campaign.causes.causes_report",
    "drawn": "campaign.drawn.drawn_report",
    "characterize": "sheet.sheet_report",
    "write-verify": "programmed.programmed_report",
    "program": "compared.compared_report",
    "learn": "learning.learning_report",
    "retain": "lasting.lasting_report",
    "disturb": "lasting.lasting_report",
}
"""By command; results of the others are told by their numbers and pictures."""


def report_of(folder: Path) -> Report:
    """The report of the result in a folder.

    Raises:
        RequestError: see `found`; or one of its files is damaged.
    """
    one = found(folder)
    module, _, name = _REPORTS.get(one.kind, "other.other_report").rpartition(".")
    made: Callable[[Found], Report] = getattr(import_module(f"{__name__}.{module}"), name)
    with refused_if_damaged(folder, "result"):
        return made(one)
