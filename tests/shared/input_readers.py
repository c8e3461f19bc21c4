"""What reads the files that a user names, by the name that such a file may have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pyspice_models.cells.ag2s.model import AG2S
from pyspice_models.cells.presets import load_preset
from pyspice_models.inputs.matrix import matrix_from_file
from pyspice_models.inputs.names import names_from_file
from pyspice_models.lab.fit import read_data
from pyspice_models.result import load
from pyspice_models.study.states import states_in
from pyspice_models.study.tables.read import load_study

TOML = b'[study]\nname = "m"\n[array]\nrows = 2\ncols = 3\n[[program]]\ndo = "read"\nrow = 0\ncol = 1\n'
PULSES = "pulse,voltage [V],width [us],conductance [nS]\n" + "".join(f"{n},0.3,1,{20 + n}\n" for n in range(1, 20))

READERS: dict[str, Callable[[Path], object]] = {
    "study.toml": load_study,
    "preset.toml": load_preset,
    "data.csv": read_data,
    "map.csv": lambda path: matrix_from_file(path, (2, 3)),
    "names.csv": lambda path: names_from_file(path, (2, 3)),
    "map.npy": lambda path: matrix_from_file(path, (2, 3)),
    "map.mat": lambda path: matrix_from_file(path, (2, 3)),
    "map.png": lambda path: matrix_from_file(path, (2, 3)),
    "run/states.npz": lambda path: states_in(path.parent, (2, 3), AG2S),
    "run/result.nc": lambda path: states_in(path.parent, (2, 3), AG2S),
    "waves/result.nc": load,
}
