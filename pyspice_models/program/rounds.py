"""Runs of one array one after another, each from given states: with the package's own solver on an array kept alive."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import xarray as xr

from pyspice_models.array import Crossbar
from pyspice_models.engine.nodal.engine import LOG
from pyspice_models.errors import SimulationError
from pyspice_models.files import write_text
from pyspice_models.program.session import Session
from pyspice_models.result import save_or_rescue
from pyspice_models.study.books import broken_books
from pyspice_models.study.bounds import check_run
from pyspice_models.study.fluctuation import START
from pyspice_models.study.run import DATASET, simulate_study
from pyspice_models.study.study import Study


class Rounds:
    """What all runs share.

    Attributes:
        past: what fluctuations and aging of the next run go on from; the memory in it goes on by itself.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self.past = START
        self._last: tuple[Crossbar, Session] | None = None

    def run(self, study: Study, folder: Path | None = None, *, goes_on: bool = False) -> xr.Dataset:
        """Waves of a study, as `simulate_study` gives them.

        Args:
            study: its array may differ from that of the run before; if it does in states alone, that one is kept.
            folder: an existing folder for netlist and log.
            goes_on: the array stays as the last run left it, with its charges; in the package's own solver alone.

        Raises:
            RequestError, SimulationError, ToolError, StorageError: see `simulate_study`.
        """
        if study.fluctuation.acts or study.ages:
            return simulate_study(study, folder, past=self.past)
        if study.engine != "nodal":
            return simulate_study(study, folder)
        check_run(study, folder, busy=True)
        session = self._last[1] if goes_on and self._last is not None else self._session(study)
        try:
            dataset = session.record(*study.program, time_limit=study.limits.time_limit)
        except SimulationError as error:
            raise SimulationError(error.reason, log_tail=error.log_tail, folder=folder) from error
        if folder is not None:
            write_text(folder / LOG, dataset.attrs["log"])
        if broken := broken_books(study, dataset):
            if folder is not None:
                save_or_rescue(dataset, folder / DATASET)
            raise SimulationError(broken, folder=folder)
        return dataset

    def _session(self, study: Study) -> Session:
        """The array of a study, in its states."""
        bar = study.crossbar
        initial = {state.initial for one in bar.populations for state in one.model.states}
        rest = replace(bar, per_cell={name: values for name, values in bar.per_cell.items() if name not in initial})
        if self._last is None or self._last[0] != rest:
            self._last = rest, Session(bar, accuracy=study.accuracy)
        session = self._last[1]
        session.set_states(**dict(zip(bar.states, bar.initial_states, strict=True)))
        return session
