"""The files that the tables of a study name: which keys do, and their copies beside a study that is written."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.files import copy, whole, whole_text
from pyspice_models.foreign.selector import carried
from pyspice_models.foreign.spice.statements import carried_subcircuit
from pyspice_models.inputs.carried import Carried
from pyspice_models.inputs.spice.reading import read_library
from pyspice_models.inputs.text import is_file
from pyspice_models.measure import state_names
from pyspice_models.result import load
from pyspice_models.study.states import DATASET, STATES, states_named

STUDY, INPUTS = "study.toml", "study-inputs"
"""A written study, and the folder of its files beside it."""

_FILES = tuple(
    key.split(".")
    for key in (
        "array.initial.file", "array.initial.conductance", "array.initial.run", "array.cells.*.file",
        "array.cells.*.*.file", "array.instances.*.file", "array.kinds.file", "array.kinds.*.file",
        "cell.preset", "kinds.*.preset", "kinds.*.verilog_a", "kinds.*.subckt",
        "faults.*.file", "program.*.file", "write_verify.file", "write_verify.target.file",
        "write_verify.conductances.file", "transistor.model",
        "study.spice",        "selector.verilog_a", "cell.verilog_a", "cell.subckt",
        "learning.images", "learning.labels", "learning.test_images", "learning.test_labels",
    )
)  # fmt: skip
_MODELS: Mapping[str, Callable[[Path], Carried]] = {
    "transistor.model": read_library, "selector.verilog_a": carried, "cell.verilog_a": carried,
    "cell.subckt": carried_subcircuit,
}  # fmt: skip
"""Models that include other files."""


def _model_key(key: str) -> str:
    """The key of a model's file as in [cell], for those of further kinds too."""
    return re.sub(r"^kinds\.[^.]+\.", "cell.", key)


_INLINE = 64
"""So many numbers of a map, or places of a fault, stand in the study file itself; more get a file of their own."""


def names_file(key: str, value: object) -> bool:
    """Whether a value of this key is the name of a file, or of the folder of a run."""
    parts = key.split(".")
    if not isinstance(value, str) or (_model_key(key) == "cell.preset" and not value.endswith(".toml")):
        return False
    return any(
        len(parts) == len(pattern) and all(p in ("*", part) for p, part in zip(pattern, parts, strict=True))
        for pattern in _FILES
    )


class Inputs:
    """Copies of files in a folder, and arrays, each under a name of its own."""

    def __init__(self, folder: Path, source: Path) -> None:
        """Copy into `folder`, which exists; names of files are relative to `source`."""
        self._folder, self._source = folder, source
        self._copies: dict[Path, str] = {}
        self._carried: dict[Carried, str] = {}
        self._taken = {STUDY}

    def placed(self, value: Any, key: str = "") -> Any:
        """Tables that name the copies instead of the files, and files instead of large arrays.

        Raises:
            OSError: a file cannot be read or written.
        """
        if isinstance(value, Carried):
            return self.carried(value)
        if names_file(key, value):
            return self.copied(value, key)
        if isinstance(value, Mapping):
            found = {name: self.placed(entry, f"{key}.{name}" if key else name) for name, entry in value.items()}
            if re.fullmatch(r"program\.\d+", key) and isinstance(found.get("target"), dict):
                found["file"] = found.pop("target")["file"]
            return self._axis(found) if re.fullmatch(r"sweep\.over\.\d+", key) else found
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            return [self.placed(entry, f"{key}.{number}") for number, entry in enumerate(value)]
        return self._map(value, key)

    def copied(self, name: str, key: str) -> str:
        """The name of the copy of the file that a key names.

        Of a run's folder these are the states that it ended with, of models the file with all that it includes.
        """
        path = (self._source / name).resolve()
        if (read := _MODELS.get(_model_key(key))) is not None:
            return self.carried(read(self._source / name))
        if path not in self._copies:
            self._copies[path] = own = self._name(path.name)
            if key == "array.initial.run":
                _copy_states(path, self._folder / own)
            else:
                copy(path, self._folder / own, sync=False)
        return f"{INPUTS}/{self._copies[path]}"

    def carried(self, file: Carried) -> str:
        """The name of a file of this text, one for all who use it."""
        if file not in self._carried:
            self._carried[file] = self.written(file.name, file.text)
        return self._carried[file]

    def saved(self, name: str, array: NDArray[Any]) -> str:
        """The name of a new .npy file."""
        own = self._name(f"{name}.npy")
        with whole(self._folder / own, sync=False) as file:
            np.save(file, array, allow_pickle=False)
        return f"{INPUTS}/{own}"

    def written(self, name: str, text: str) -> str:
        """The name of a new text file."""
        own = self._name(name)
        with whole_text(self._folder / own, sync=False) as file:
            file.write(text)
        return f"{INPUTS}/{own}"

    def _axis(self, axis: dict[str, Any]) -> dict[str, Any]:
        """An axis of a sweep, whose values may be names of files."""
        if "variants" in axis:
            placed = {name: [self._change(change) for change in changes] for name, changes in axis["variants"].items()}
            return axis | {"variants": placed}
        keys, values = axis.get("keys", []), axis.get("values", [])
        for key in keys:
            values = [self.placed(v, key) for v in values]
        return axis | {"values": values}

    def _change(self, change: str) -> str:
        """`KEY=VALUE`, where the value may be the name of a file."""
        key, _, value = (part.strip() for part in change.partition("="))
        return f"{key}={self.copied(value, key)}" if names_file(key, value) else change

    def _map(self, value: Any, key: str) -> Any:
        """A table with the file of a map, of places or of a pattern that is large, else the value."""
        parts = key.split(".")
        if len(parts) < 2 or not isinstance(value, list | np.ndarray):
            return value
        integers = parts[0] == "faults" or (parts[0], parts[-1]) == ("program", "target")
        integers |= parts[:2] == ["array", "kinds"] and len(parts) == 3
        if not integers and not isinstance(value, np.ndarray):
            return value
        array = np.asarray(value, dtype=np.int32 if integers else None)
        if array.size <= _INLINE:
            return array.tolist()
        name = parts[-1] if parts[0] != "program" else f"target-{parts[1]}"
        return {"file": self.saved(name, array)}

    def _name(self, wanted: str) -> str:
        """A name that no other copy has, of letters that every file system takes."""
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", wanted).lstrip(".")[-80:] or "file"
        own, number = plain, 2
        while own in self._taken:
            own, number = f"{number}-{plain}", number + 1
        self._taken.add(own)
        return own


def _copy_states(run: Path, folder: Path) -> None:
    """The states that a run ended with, as `states_in` reads them."""
    folder.mkdir()
    if is_file(run / STATES):
        shutil.copyfile(run / STATES, folder / STATES)
        return
    dataset = load(run / DATASET)
    states: dict[str, Any] = states_named(dataset.isel(time=-1), state_names(dataset))
    with whole(folder / STATES, sync=False) as file:
        np.savez(file, allow_pickle=False, **states)
