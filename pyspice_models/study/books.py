"""The books of a run as a guard: energy that sources gave and that is found nowhere shows wrong numbers."""

from __future__ import annotations

import xarray as xr

from pyspice_models.accuracy import Accuracy
from pyspice_models.measure.energy import EnergySplit, whole_split
from pyspice_models.study.study import Study


def broken_books(study: Study, dataset: xr.Dataset, split: EnergySplit | None = None) -> str:
    """Why the numbers of a run are not to be trusted, or "" if its energies add up.

    Sources' energy must be found in cells, lines, ends and capacitances up to `Accuracy.imbalance`, a share of the
    energy that sources moved. Sources that move none, as in a program that only waits, have no books.

    Args:
        study: what was asked.
        dataset: its run.
        split: its energies, if they are known.
    """
    split = split or whole_split(dataset)
    return missing_energy(split.source, split.dissipated + split.stored, split.moved, study.accuracy)


def missing_energy(source: float, spent: float, moved: float, accuracy: Accuracy) -> str:
    """The same of energies [J]: that sources delivered, that was dissipated and stored, and that sources moved."""
    bound, off = accuracy.imbalance, abs(source - spent)
    if moved == 0 or off <= bound * moved:  # NaN is beyond every bound
        return ""
    return (
        f"the energies do not add up: sources delivered {source:.4g} J, cells, lines, ends and capacitances took "
        f"{spent:.4g} J. The difference is {off / moved:.2%} of the energy moved, the bound {bound:.2%}: the "
        "simulator's steps were too coarse for this circuit. Ask for a smaller error (--accuracy 0.1%, or "
        'error = "0.1%" in [accuracy]), try another engine, or keep the result all the same with --force '
        "(force=True in Python)."
    )
