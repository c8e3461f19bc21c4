"""Presets: complete cell parameters of films that the paper made, as data files with provenance per number."""

from pyspice_models.cells.presets.catalogue import catalogue, find_preset, preset, preset_names
from pyspice_models.cells.presets.preset import Preset, Provenance
from pyspice_models.cells.presets.read import load_preset, parse_preset
from pyspice_models.cells.presets.write import format_preset, write_preset

__all__ = [
    "Preset",
    "Provenance",
    "catalogue",
    "find_preset",
    "format_preset",
    "load_preset",
    "parse_preset",
    "preset",
    "preset_names",
    "write_preset",
]
