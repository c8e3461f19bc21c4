"""A network of numbers: from a user's .npz, or trained here in floating point."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError
from pyspice_models.inputs.arrays import every_array_in
from pyspice_models.inputs.text import shown
from pyspice_models.numeric import real_array

Array = NDArray[np.float64]

_NAME = re.compile(r"([wb])(0|[1-9]\d*)")


@dataclass(frozen=True, eq=False)
class Floats:
    """Layers one after another.

    Attributes:
        weights: of each layer, shape (inputs, outputs).
        biases: of each layer, shape (outputs,), or None for none.

    Raises:
        RequestError: arrays that do not chain, of no such shape, or with a number that is not finite.
    """

    weights: Sequence[Array]
    biases: Sequence[Array | None]

    def __post_init__(self) -> None:
        """Check."""
        if not self.weights:
            raise RequestError("a network needs at least one layer: an array w0 of shape (inputs, outputs).")
        before = -1
        for number, (given, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            weights = _finite(given, f"w{number}")
            if weights.ndim != 2 or not weights.size:
                raise RequestError.for_value(f"shape of w{number}", weights.shape, allowed="(inputs, outputs)")
            if before not in (-1, weights.shape[0]):
                raise RequestError.for_value(
                    f"shape of w{number}", weights.shape, allowed=f"({before}, outputs)",
                    advice=f"w{number - 1} has {before} outputs, and they are the inputs of w{number}. Arrays are "
                    "(inputs, outputs); transpose those that are (outputs, inputs).",
                )  # fmt: skip
            before = weights.shape[1]
            if bias is not None and _finite(bias, f"b{number}").shape != (before,):
                raise RequestError.for_value(
                    f"shape of b{number}", np.shape(bias), allowed=f"({before},), one for each output of w{number}"
                )

    @property
    def sizes(self) -> list[int]:
        """Inputs of the first layer, and outputs of every one."""
        return [self.weights[0].shape[0], *(one.shape[1] for one in self.weights)]

    @property
    def matrices(self) -> list[Array]:
        """Weights of each layer with the bias, where there is one, as those of one more input that is always 1."""
        return [
            np.asarray(w) if b is None else np.vstack([w, b]) for w, b in zip(self.weights, self.biases, strict=True)
        ]

    def check_data(self, pixels: int, classes: int) -> None:
        """Refuse images that are not the network's.

        Raises:
            RequestError: images of another size, or classes that it has no output for.
        """
        sizes = self.sizes
        if sizes[0] != pixels:
            raise RequestError.for_value(
                "inputs of w0", sizes[0], allowed=f"{pixels}, one for each pixel of an image",
                advice="The network was trained on other images: inference.data or inference.images says which.",
            )  # fmt: skip
        if sizes[-1] != classes:
            raise RequestError.for_value(
                "outputs of the last layer", sizes[-1], allowed=f"{classes}, one for each class of the images",
                advice="inference.classes says how many classes a user's images have.",
            )  # fmt: skip


def floats_in(path: Path) -> Floats:
    """The network of an .npz: arrays w0, w1, ... and, for layers with a bias, b0, b1, ...

    Raises:
        RequestError: a file that cannot be read, other arrays, a layer left out, or what `Floats` refuses.
    """
    return floats_of(every_array_in(path, "weights"), f"the weights {shown(path)}")


def floats_of(held: Mapping[str, Any], what: str = "the weights") -> Floats:
    """The network of arrays by name; see `floats_in`."""
    strangers = sorted(name for name in held if not _NAME.fullmatch(name))
    count = sum(name.startswith("w") for name in held)
    missing = [f"w{n}" for n in range(count) if f"w{n}" not in held]
    loose = sorted(name for name in held if name.startswith("b") and f"w{name[1:]}" not in held)
    if strangers or missing or loose or not count:
        raise RequestError(
            f"{what} cannot be used: there are {', '.join(sorted(held)) or 'no arrays'}, and needed are w0, w1, ... "
            "for the layers in a row, each with b0, b1, ... if it has a bias. Name them so in numpy.savez."
        )
    return Floats(
        [_finite(held[f"w{n}"], f"w{n}") for n in range(count)],
        [_finite(held[f"b{n}"], f"b{n}") if f"b{n}" in held else None for n in range(count)],
    )


def _finite(given: Any, name: str) -> Array:
    values = real_array(given, name=name)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        place = ", ".join(map(str, bad[0]))
        raise RequestError.for_value(
            f"{name}[{place}]", float(values[tuple(bad[0])]), allowed="a finite number",
            advice="No conductance stands for it: train the network again, or mend the file.",
        )  # fmt: skip
    return values
