"""`ag2s characterize --maps`: maps of the cell."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import typer
import xarray as xr
from rich.table import Table

from pyspice_models.cli.options import origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import progress_bar, stderr, table_console
from pyspice_models.cli.scratch import kept_where_it_failed
from pyspice_models.errors import PictureError
from pyspice_models.files import write_text
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.lab.characterize.maps import DeviceMap, device_maps, maps_as_dict, write_maps
from pyspice_models.lab.characterize.maps.pulse import START
from pyspice_models.units import show


def show_maps(form: str, *, as_json: bool, out: Path | None, force: bool) -> None:
    """Simulate all maps; print tables or JSON, and write data and pictures into `out` if there is one."""
    began = time.monotonic()
    failure: PictureError | None = None
    if out is None:
        with kept_where_it_failed("maps") as folder:
            maps = _run(form, folder)
    else:
        made = origin("characterize-maps", {"form": form}, form=form)
        with output_folder(out, made, force=force) as folder:
            maps = _run(form, folder)
            write_text(folder / "maps.json", json.dumps(maps_as_dict(form, maps), indent=1) + "\n")
            write_maps(maps, folder)
            data_complete(folder)
            failure = draw(lambda: _draw(maps, folder))
    if as_json:
        typer.echo(json.dumps(maps_as_dict(form, maps), indent=1))
    else:
        _print_tables(maps)
    stderr.print(
        f"{form}: {len(maps)} maps, {time.monotonic() - began:.1f} s" + (f"; files in {out}" if out else ""),
        markup=False,
    )
    if out is not None:
        raise_failure(failure, out)


def _run(form: str, folder: Path) -> dict[str, DeviceMap]:
    with progress_bar(f"maps, {form}") as progress:
        return device_maps(form, folder, progress=progress)


def _draw(maps: Mapping[str, DeviceMap], folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.device.maps import save_device_maps

    save_device_maps(maps, folder)


def _print_tables(maps: Mapping[str, DeviceMap]) -> None:
    """What fits on a screen; the files have all of it."""
    switching, pulse, warm, disturb = (
        maps[name].dataset for name in ("switching_time", "pulse", "temperature", "read_disturb")
    )
    _print(switching.attrs["title"], switching["switching_time"], switching["status"], "voltage", "change")
    for polarity in pulse["polarity"].values:
        here = pulse.sel(polarity=polarity)
        title = f"Change of w from {START:g} in one {polarity} pulse"
        _print(title, here["state_change"], here["status"], "width", "amplitude")
        _print(f"Energy of one {polarity} pulse", here["energy"], None, "width", "amplitude")
    warm = warm.assign_coords(voltage=[f"{volt:g} V" for volt in warm["voltage"].values])
    here = warm.sel(change="filament set")
    _print("Time of a filament's set", here["switching_time"], here["status"], "temperature", "voltage")
    _print("Its activation energy, derived", here["activation_energy"], here["status"], "temperature", "voltage")
    # no number of these without what is published leaves open
    told = disturb["reads"].copy(data=np.full(disturb["reads"].shape, np.nan))
    _print(disturb.attrs["title"], told, _range(disturb), "voltage", "loss")


def _range(disturb: xr.Dataset) -> xr.DataArray:
    """The status of each point, and between which bounds it may lie."""
    words = disturb["status"].astype(object)
    for at in np.ndindex(words.shape):
        ends = [
            str(disturb[f"{end}_status"].values[at])
            if np.isnan(disturb[f"{end}_reads"].values[at])
            else f"{disturb[f'{end}_reads'].values[at]:.3g}"
            for end in ("fewest", "most")
        ]
        own, reads = str(words.values[at]), disturb["reads"].values[at]
        word = own if np.isnan(reads) else f"{reads:.3g}, {own}"
        words.values[at] = f"{word}; {ends[0]} to {ends[1]}" if ends[0] != ends[1] else f"{word}; {ends[0]}"
    return words


def _print(title: str, values: xr.DataArray, status: xr.DataArray | None, down: str, across: str) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column(down, justify="right", no_wrap=True)
    for name in values[across].values:
        table.add_column(_label(values[across], name), justify="right")
    unit = str(values.attrs["units"]).removeprefix("1")
    for place in values[down].values:
        row = []
        for name in values[across].values:
            at = {down: place, across: name}
            word = str(status.sel(at).values) if status is not None else ""
            row.append(_text(float(values.sel(at)), unit, word))
        table.add_row(_label(values[down], place), *row)
    table_console().print(table)


def _label(coordinate: xr.DataArray, value: object) -> str:
    unit = coordinate.attrs.get("units", "")
    return show(float(str(value)), unit) if unit else str(value)


def _text(value: float, unit: str, status: str) -> str:
    """The number to three digits; without one, why."""
    if np.isnan(value):
        return status
    return show(float(f"{value:.3g}"), unit) if unit else f"{value:.3g}"
