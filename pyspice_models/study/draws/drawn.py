"""One drawn array as data: what each cell, line and selector of it has, and which parts its deviations are sums of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from pyspice_models.array.variability.parts import parts_of_array
from pyspice_models.errors import RequestError
from pyspice_models.result.schema import VARIABLES
from pyspice_models.study.draws.corners import refuse_corner
from pyspice_models.study.variation import Variation, vary

if TYPE_CHECKING:
    from pyspice_models.study.study import Study

Array = NDArray[np.float64]

PARTS = ("each cell", "lot", "gradient", "field")
"""In the order in which they are shown."""


def drawn_dataset(nominal: Study, variation: Variation) -> xr.Dataset:
    """The array that is drawn for a study of one kind of cells.

    Args:
        nominal: the study as designed.
        variation: how its arrays differ, and which one is meant; no corner.

    Returns:
        Over `row` and `col`: relative deviations of every cause under its name, over the dimension `part` before these,
        those from cycle to cycle left out; parameters of cells as `cell_NAME`, and what lines, ends and selectors have
        each for itself as `own_NAME`, in SI units. Numbers of the whole array are attributes.

    Raises:
        RequestError: as `vary`; several kinds of cells; a corner.
    """
    refuse_corner(variation)
    bar = nominal.crossbar
    model = bar.model
    built = vary(nominal, variation)[0].crossbar
    asked: set[str] = set()

    def none(cause: str, _: float) -> Array:
        asked.add(cause)
        return np.zeros(1)

    model.spreads().device(bar.cell.as_dict(), variation.spread, none)
    found = parts_of_array(variation.spread, bar.shape, bar.wire.pitch, variation.seed)
    data: dict[str, object] = {}
    for cause, parts in found.items():
        if cause in asked:
            values = np.stack([parts.get(part, np.zeros(bar.shape)) for part in PARTS])
            about = {"units": "1", "long_name": f"relative deviation of the cause {cause}, by part"}
            data[cause] = (("part", "row", "col"), values, about)
    quantities = bar.cell.quantities()
    for name, given in built.per_cell.items():
        if name not in model.initial:
            about = {"units": quantities[name].unit or "1", "long_name": quantities[name].about}
            data[f"cell_{name}"] = (("row", "col"), np.array(given, dtype=float), about)
    data |= {f"own_{name}": VARIABLES[f"own_{name}"].entry(np.asarray(own)) for name, own in built.instances.items()}
    if not data:
        raise RequestError(
            "nothing of cells, lines or selectors differs within an array of this study: every spread is 0."
        )
    lines = {f"wire.{name}": value for name, value in built.wire.as_dict().items()}
    ends = {f"driver.{name}": getattr(built.driver, name) for name in ("r_driver", "r_sense")}
    attrs = {"study": nominal.name, "seed": str(variation.seed), "cycle": variation.cycle, "cell": model.name}
    return xr.Dataset(
        data, {"part": list(PARTS), "row": np.arange(bar.rows), "col": np.arange(bar.cols)}, attrs | lines | ends
    )


def as_data(dataset: xr.Dataset) -> dict[str, Any]:
    """What `drawn_dataset` gave as numbers for JSON: by cause and part how far it goes over the array.

    Standard deviations; the lot by its value, a gradient from its lowest to its highest cell.
    """
    found = {}
    for name, values in dataset.items():
        if "part" in values.dims:
            cells, lot, gradient, along = (values.sel(part=part) for part in PARTS)
            found[str(name)] = {
                "each cell": float(cells.std()), "lot": float(lot.mean()),
                "gradient": float(gradient.max() - gradient.min()), "field": float(along.std()),
                "sum": float(values.sum("part").std()),
            }  # fmt: skip
    return {"study": dataset.attrs["study"], "seed": int(dataset.attrs["seed"]), "deviations": found}
