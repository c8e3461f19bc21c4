"""Spreads from cycle to cycle and from device to device, and samples of them.

The paper shows that the thresholds spread (S7 over cycles, S13 over 30 devices) and states no number: every spread
here is assumed. Parameters are correlated where one cause moves several:

| cause | distribution | moves |
|---|---|---|
| area | lognormal | `area`: interface conductance, both capacitances, ionic resistance (in the cell's equations) |
| thickness | lognormal | `thickness`: kinetic voltage, geometric capacitance |
| nucleation | normal | both nucleation voltages by one factor; all four rates through exp(-v_nuc/v_ref) |
| mobility | lognormal | all four rates by one factor, `r_ion` by its inverse |
| asymmetry | lognormal | ratio of interface reset rate to set rate; their geometric mean stays |
| interface | lognormal | `g_int_min` and `g_int_max` by one factor (Schottky barrier) |
| gap | lognormal | `g_fil_min` (the gap that the filament starts from) |
| on | lognormal | `g_int_max` and `g_fil_max`; 0 unless stated |
| off | lognormal | `g_int_min` and `g_fil_min`; 0 unless stated |
| site | normal | `v_nuc_fil`, and both filament rates through exp(-v_nuc_fil/v_ref): each cycle nucleates elsewhere |
| growth | lognormal | both filament rates by one factor |

From array to array, one draw for all lines and drivers of an array:

| cause | distribution | moves |
|---|---|---|
| word_film, bit_film | lognormal | `resistivity_wl`, `resistivity_bl` |
| word_thickness, bit_thickness | lognormal | `thickness_wl`, `thickness_bl` |
| line_width | lognormal | `width` of all lines |
| driver, sense | lognormal | `r_driver`, `r_sense` |
| amplitude | normal | all voltages of a program by one factor |

Every deviate is cut at 4 standard deviations, symmetrically, so that the median of every parameter is its nominal
value. Every cause has its own random stream, named after it, in which every array row has its place: a sample depends
on the seed and on its own position only, neither on how many are drawn nor on the order of the calls.
"""

from pyspice_models.array.variability.cells import sample_array, sample_cell, sample_cycles, sample_devices
from pyspice_models.array.variability.counting import scatter_conductance, scatter_filament
from pyspice_models.array.variability.params import CUT, MAX_SAMPLES, VariabilityParams
from pyspice_models.array.variability.whole_array import ArraySample, sample_crossbar

__all__ = [
    "CUT",
    "MAX_SAMPLES",
    "ArraySample",
    "VariabilityParams",
    "sample_array",
    "sample_cell",
    "sample_crossbar",
    "sample_cycles",
    "sample_devices",
    "scatter_conductance",
    "scatter_filament",
]
