"""Currents of all cells as ngspice shows them, through sources of 0 V: what evaluated powers are held against."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from pyspice_models import to_dataset
from pyspice_models.engine.registry import netlist_engine
from pyspice_models.netlist import deck_of
from pyspice_models.simulation import Simulation
from pyspice_models.study import Study


def waves_with_sources(study: Study, folder: Path) -> tuple[xr.Dataset, np.ndarray]:
    """A run with a source of 0 V before each cell, and the currents of these."""
    plan = study.schedule()
    deck = deck_of(Simulation(study.crossbar, plan, study.accuracy, study.form, study.title))
    text = re.sub(r"(?m)^n_(\d+)_(\d+) (\S+) (\S+) ", r"vsn_\1_\2 \3 ins_\1_\2 0\nn_\1_\2 ins_\1_\2 \4 ", deck.text)
    currents = [f"i(vsn_{row}_{col})" for row, col in study.crossbar.crossings()]
    asked = replace(
        deck, pieces=lambda: [text.rstrip("\n")], probes={**deck.probes, "i": currents},
        shapes={**deck.shapes, "i": study.crossbar.shape},
    )  # fmt: skip
    waves = netlist_engine("ngspice").run_deck(asked, folder, time_limit=60)
    return to_dataset(study.crossbar, plan, waves), waves.values["i"]
