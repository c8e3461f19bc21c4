"""The picture of a sweep: chosen measures against the first axis, one line for each value of the second."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pyspice_models.plot.style import house_style

USUAL = (
    "sneak_share", "read_margin", "energy_per_switch", "energy_selected_cell", "energy_half_selected", "vmm_error",
    "recovery_time", "disturb_half_selected", "state_change",
)  # fmt: skip
_MOST = 4


def save_sweep_picture(dataset: xr.Dataset, path: Path, measures: list[str] | None = None) -> None:
    """Draw up to four measures of a sweep with one or two axes; further axes are taken at their first value."""
    mpl.use("Agg")
    shown = [name for name in measures or [] if name in dataset] or [name for name in USUAL if name in dataset][:_MOST]
    if not shown:  # every point failed
        return
    with house_style():
        figure = Figure(figsize=(3.3 * min(len(shown), 2), 2.7 * ((len(shown) + 1) // 2)), layout="constrained")
        axes = figure.subplots((len(shown) + 1) // 2, min(len(shown), 2), squeeze=False).ravel()
        for ax, name in zip(axes, shown, strict=False):
            draw_sweep(ax, dataset[name])
        for ax in axes[len(shown) :]:
            ax.set_visible(False)
        figure.savefig(path)


def draw_sweep(ax: Axes, values: xr.DataArray) -> None:
    """One measure against the first axis."""
    flat = values.isel(dict.fromkeys(values.dims[2:], 0))
    first, second = flat.dims[0], flat.dims[1] if flat.ndim > 1 else None
    numeric = np.issubdtype(flat[first].dtype, np.number)
    along = flat[first].values if numeric else np.arange(flat.sizes[first])
    curves = [(None, flat)] if second is None else [(str(v), flat.sel({second: v})) for v in flat[second].values]
    for label, curve in curves:
        ax.plot(along, curve.values, "o-", ms=3, label=label)
    if numeric and along.min() > 0 and along.max() / along.min() > 20:
        ax.set_xscale("log")
    if not numeric:
        ax.set_xticks(along, [str(v) for v in flat[first].values], rotation=20)
    finite = flat.values[np.isfinite(flat.values)]
    if len(finite) and finite.min() > 0 and finite.max() / finite.min() > 20:
        ax.set_yscale("log")
    unit = values.attrs.get("units", "1")
    ax.set_xlabel(str(first))
    ax.set_ylabel(f"{values.name}" + (f" ({unit})" if unit != "1" else ""))
    if second is not None:
        ax.legend(title=str(second), fontsize=6, title_fontsize=6)
