"""What fluctuates within one run: pulses that differ from each other, and conductances that are never quite still.

| cause | process | acts |
|---|---|---|
| pulse | a draw of its own for each cell and pulse, lognormal or normal as between cycles | on the cell's kinetics |
| flicker | Gaussian, 1/f within a band: a sum of Lorentzians | on the conductance that a read sees |
| telegraph | two states, exponential times | on the same |

All numbers are drawn by counter (`draws.py`): a cell's depend neither on the array's size nor on what else is drawn.
"""

from pyspice_models.array.fluctuation.laws import flicker_density, lorentzians, telegraph_density
from pyspice_models.array.fluctuation.noise import ReadNoise
from pyspice_models.array.fluctuation.params import PULSES, FluctuationParams, fluctuation_of
from pyspice_models.array.fluctuation.pulses import check_effect, parameters_of_pulse, pulse_deviates
from pyspice_models.array.fluctuation.running import RunningNoise

__all__ = [
    "PULSES",
    "FluctuationParams",
    "ReadNoise",
    "RunningNoise",
    "check_effect",
    "flicker_density",
    "fluctuation_of",
    "lorentzians",
    "parameters_of_pulse",
    "pulse_deviates",
    "telegraph_density",
]
