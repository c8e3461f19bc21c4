"""Constants of nature, SI: CODATA 2022 (Tiesinga, Mohr, Newell, Taylor 2024).

scipy.constants reads all tables of CODATA where it is imported, a tenth of a second in every command; a test holds
these four against it.
"""

from __future__ import annotations

elementary_charge = 1.602176634e-19  # C, exact
boltzmann = 1.380649e-23  # J/K, exact
epsilon_0 = 8.8541878188e-12  # F/m, +- 1.4e-21
conductance_quantum = 7.748091729e-5  # S, 2 e^2/h to ten digits
