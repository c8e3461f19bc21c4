"""Fitting a cell of any kind to a user's own data: pulse trains and I-V loops."""

from pyspice_models.lab.fit.estimate import fit
from pyspice_models.lab.fit.kinds import FITTABLE
from pyspice_models.lab.fit.measured.read import read_all, read_data
from pyspice_models.lab.fit.measured.train import Data, IvLoop, PulseTrain
from pyspice_models.lab.fit.model import Setup
from pyspice_models.lab.fit.result import FitResult, FittedParameter, Part

__all__ = [
    "FITTABLE",
    "Data",
    "FitResult",
    "FittedParameter",
    "IvLoop",
    "Part",
    "PulseTrain",
    "Setup",
    "fit",
    "read_all",
    "read_data",
]
