"""Power and stored energy of a foreign module through time, from saved voltages of all its nodes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyspice_models.foreign.osdi.evaluate import ROOM, Values, check_evaluable, laid_out, parameters_of
from pyspice_models.foreign.osdi.module import Compiled
from pyspice_models.foreign.osdi.worker import TIME_LIMIT, ask

Array = NDArray[np.float64]

_MOST_AT_ONCE = 1 << 22  # voltages in one message


@dataclass(frozen=True)
class Powers:
    """What cells did with energy; each of shape (time, cell).

    Attributes:
        dissipated: sum over the counted nodes of voltage times resistive current [W].
        stored: the same of charges, from the first moment on [J].
        shown: output variables that were asked for, by name.
    """

    dissipated: Array
    stored: Array
    shown: Mapping[str, Array]


def powers(
    module: Compiled,
    voltages: Values,
    counted: Collection[str],
    time: ArrayLike,
    parameters: Values | None = None,
    *,
    temperature: float = ROOM,
    show: Sequence[str] = (),
    seconds: float = TIME_LIMIT,
) -> Powers:
    """Power and stored energy of cells.

    Args:
        module: the module.
        voltages: of all nodes by name, each of shape (time, cell) [V].
        counted: names of the nodes that count: terminals, and inner nodes between parts of the cell.
        time: moments, increasing, shape (time,) [s].
        parameters, temperature, seconds: as of `evaluate`.
        show: output variables.

    Raises:
        RequestError, SimulationError: as `evaluate`.
    """
    found = check_evaluable(module)
    names = [node.name for node in found.nodes]
    shape, cells, rows, moments = laid_out(module, found, voltages, np.asarray(time)[:, None], parameters)
    asked = {
        "do": "powers", "parameters": parameters_of(module, parameters, cells), "temperature": float(temperature),
        "show": list(show), "counted": [names.index(name) for name in counted], "cells": cells,
    }  # fmt: skip
    stride = max(2, _MOST_AT_ONCE // (len(names) * cells)) * cells
    parts: list[dict[str, Array]] = []
    done = 0
    while done < len(rows):
        first = max(0, done - cells)  # a part begins with the moment that the one before ended with
        part = slice(first, done + stride)
        answer = ask(module, {**asked, "voltages": rows[part], "times": moments[part]}, seconds)
        held = {key: answer[key][done - first :] for key in ("dissipated", "stored", "shown")}
        if parts:
            held["stored"] = (held["stored"].reshape(-1, cells) + parts[-1]["stored"][-cells:]).ravel()
        parts.append(held)
        done += stride
    whole = {key: np.concatenate([one[key] for one in parts]) for key in ("dissipated", "stored", "shown")}
    shown = whole["shown"].reshape(*shape, len(show))
    return Powers(
        whole["dissipated"].reshape(shape), whole["stored"].reshape(shape),
        {name: shown[..., k] for k, name in enumerate(show)},
    )  # fmt: skip
