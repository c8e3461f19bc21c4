"""Fitting a cell to a user's own data: pulse trains and I-V loops."""

from pyspice_models.lab.fit.data import IvLoop, PulseTrain, read_data
from pyspice_models.lab.fit.estimate import FitResult, FittedParameter, fit
from pyspice_models.lab.fit.model import FITTABLE, Setup

__all__ = ["FITTABLE", "FitResult", "FittedParameter", "IvLoop", "PulseTrain", "Setup", "fit", "read_data"]
