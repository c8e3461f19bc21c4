"""The device sheet: the paper's experiments on the simulated cell, held against the published numbers."""

from pyspice_models.lab.characterize.experiment import CellWaves, Experiment, Finding
from pyspice_models.lab.characterize.run import FORMS, check_form
from pyspice_models.lab.characterize.sheet import SEED, Row, Sheet, characterize

__all__ = ["FORMS", "SEED", "CellWaves", "Experiment", "Finding", "Row", "Sheet", "characterize", "check_form"]
