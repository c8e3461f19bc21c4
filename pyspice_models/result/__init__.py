"""Labelled results with units, and how they are kept on disk."""

from pyspice_models.result.accessor import Ag2sDataset
from pyspice_models.result.dataset import to_dataset
from pyspice_models.result.program import windows
from pyspice_models.result.store import load, save, save_or_rescue
from pyspice_models.result.waves import write_waves

__all__ = ["Ag2sDataset", "load", "save", "save_or_rescue", "to_dataset", "windows", "write_waves"]
