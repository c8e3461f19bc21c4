"""What a dataset answers by itself: `dataset.ag2s.current(row, col)`, once the package's results are imported."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import xarray as xr

from pyspice_models.displayed import Displayed, drawn
from pyspice_models.errors import RequestError
from pyspice_models.numeric import whole
from pyspice_models.result.kirchhoff import into_cell
from pyspice_models.stimulus.timeline import nearest
from pyspice_models.units import parse, shown

_ENERGY = "pyspice_models.measure.energy"
"""Measures know results, not the other way round: energies are asked of them by name."""

_TOTALS = ("selectors", "lines", "drivers", "source", "stored", "dissipated")


@xr.register_dataset_accessor("ag2s")
class Ag2sDataset(Displayed):
    """Waves and energies of a run by cell and line, with units; and what a dataset of a campaign holds.

    Attributes:
        dataset: of a run, of a campaign, or any other.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        """Of any dataset: what it lacks is said when it is asked for."""
        self.dataset = dataset

    @property
    def kind(self) -> str:
        """ "run", "sweep", "montecarlo", "search", "sensitivity", or "other"."""
        names, dims = set(self.dataset.variables), set(self.dataset.sizes)
        if {"time", "row", "col"} <= dims and "v_word" in names:
            return "run"
        if "by_cell" in names and "output" in dims:
            return "sensitivity"
        if "against" in self.dataset.attrs:
            return "other"
        if "failure" in names and "run" in dims:
            return "montecarlo"
        if "failure" in names and "moves" not in names:
            return "search" if "until" in self.dataset.attrs else "sweep"
        return "other"

    def __repr__(self) -> str:
        """One line for people."""
        dataset, kind = self.dataset, self.kind
        name = str(dataset.attrs.get("study", dataset.attrs.get("title", "")))
        called = f" of {name!r}" if name else ""
        if kind == "run":
            size, time = dataset.sizes, float(dataset["time"][-1])
            told = f"{size['row']} x {size['col']}, {size['time']} samples over {shown(time, 's')}"
            return f"<Waves{called}: {told}, {dataset.attrs.get('engine', 'engine unknown')}>"
        if kind == "search":
            return f"<Search{called}: {dataset.attrs['vary']} until {dataset.attrs['until']}>"
        sizes = " x ".join(f"{size} {dim}" for dim, size in dataset.sizes.items() if dim != "cause")
        what = {"sweep": "Sweep", "montecarlo": "Monte Carlo", "sensitivity": "Sensitivity"}.get(kind, "Dataset")
        return f"<{what}{called}: {sizes}>"

    def plot(self, axes: Any = None, *, what: str = "") -> Any:
        """Draw it by Matplotlib.

        Args:
            axes: Matplotlib's axes to draw on; None for a new figure, with the backend that the user has.
            what: of a run "states" (which is the default), "maps" or "waves", see `Outcome.plot`; of a campaign a
                measure; of sensitivities an output.

        Returns:
            The axes; an array of them where there are several.

        Raises:
            RequestError: there is nothing of it to draw, or fewer axes than it takes.
        """
        return drawn(self, axes, what)

    def voltage(self, row: int | None = None, col: int | None = None) -> xr.DataArray:
        """Voltage over time [V].

        Args:
            row, col: of a cell, from its word line to its bit line, without its selector. With `row` alone that of a
                word line where its driver meets it, with `col` alone that of a bit line where its sense circuit does.

        Raises:
            RequestError: no such line, or no waves.
        """
        place = self._place(row, col)
        if "row" not in place or "col" not in place:
            return self._line("v_word_terminal" if "row" in place else "v_bit_terminal", place)
        low = "v_mid" if "v_mid" in self.dataset else "v_bit"
        found = self.dataset["v_word"].isel(place) - self.dataset[low].isel(place)
        return _labelled(found, "voltage", "V", f"voltage across the cell ({row}, {col})")

    def current(self, row: int | None = None, col: int | None = None) -> xr.DataArray:
        """Current over time [A].

        Args:
            row, col: of a cell, from its word line into it, by Kirchhoff's law along that line: what it conducts, what
                charges it, and on the edges of pulses also what charges the line's capacitance there. With `row` alone
                what the source of a word line delivers, with `col` alone what flows from a bit line into its sense
                circuit.

        Raises:
            RequestError: no such line, or no waves; lines without resistance, which are single nodes.
        """
        place = self._place(row, col)
        if "row" not in place or "col" not in place:
            return self._line("i_word_source" if "row" in place else "i_sense", place)
        volts = self.voltage(row, col)
        found = into_cell(self.dataset, place["row"], place["col"])
        return _labelled(volts.copy(data=found), "current", "A", f"current into the cell ({row}, {col})")

    def state(self, row: int, col: int, name: str = "") -> xr.DataArray:
        """State of a cell over time.

        Args:
            row, col: the cell.
            name: of the state; "" for the one that writes set.

        Raises:
            RequestError: no such cell or state, or no waves.
        """
        place = self._place(row, col)
        known = str(self.dataset.attrs.get("states", "")).split()
        found = name or str(self.dataset.attrs.get("level", ""))
        if found not in self.dataset or (name and name not in [*known, "level"]):
            allowed = f"one of {', '.join(known)}" if known else "none: the cells have no declared state"
            raise RequestError.for_value("name", name, allowed=allowed)
        values = self.dataset[found].isel(place)
        return _labelled(values, found, "1", f"state {found} of the cell ({row}, {col})")

    def energy(
        self, between: tuple[float | str, float | str] | None = None, of: str | tuple[int, int] = "cells"
    ) -> xr.DataArray:
        """Energy of a span of time [J].

        Args:
            between: its ends, in seconds or as text such as "1 us"; the samples nearest to them are taken, and stand in
                the attributes `start` and `stop`. None for the whole run.
            of: "cells", dissipated in each, shape (row, col); a pair (row, col) for one of them; "selectors", "lines",
                "drivers" or "dissipated", in all of these together; "source", delivered by all sources; "stored", by
                how much the energy in all capacitances rose.

        Raises:
            RequestError: ends that are no span of the run, no such part or cell, or no waves.
        """
        self._check_waves()
        start, stop = self._span(between)
        cell = self._place(*of) if isinstance(of, tuple) and len(of) == 2 else None
        if cell is None and of != "cells" and of not in _TOTALS:
            raise RequestError.for_value("of", of, allowed=f"cells, {', '.join(_TOTALS)}, or a pair (row, col)")
        split = import_module(_ENERGY).energy_split(self.dataset, start, stop)
        if cell is not None:
            found, about = split.cells.isel(cell), f"energy dissipated in the cell {of}"
        elif of == "cells":
            found, about = split.cells, "energy dissipated in each cell"
        else:
            found, about = xr.DataArray(float(getattr(split, str(of)))), _ABOUT[str(of)]
        labelled = _labelled(found, "energy", "J", about)
        return labelled.assign_attrs(start=start, stop=stop)

    def _span(self, between: tuple[float | str, float | str] | None) -> tuple[float, float]:
        time = self.dataset["time"].values
        first, last = float(time[0]), float(time[-1])
        if between is None:
            return first, last
        if not isinstance(between, tuple | list) or len(between) != 2:
            raise RequestError.for_value("between", between, allowed="two moments of the run, (start, stop)")
        start, stop = (parse(end, "s", name=f"between[{n}]") for n, end in enumerate(between))
        room = 1e-9 * (last - first)  # of numbers that were written down
        if not first - room <= start < stop <= last + room:
            allowed = f"start < stop, both from {shown(first, 's')} to {shown(last, 's')}"
            raise RequestError.for_value("between", between, unit="s", allowed=allowed)
        a, b = (int(place) for place in nearest(time, (start, stop)))
        if a == b:
            raise RequestError.for_value(
                "between", between, unit="s", allowed=f"a span with two samples of the run: near {shown(start, 's')} "
                f"they lie {shown(float(np.diff(time[max(a - 1, 0) : a + 2]).max()), 's', 2)} apart",
            )  # fmt: skip
        return float(time[a]), float(time[b])

    def _check_waves(self) -> None:
        if self.kind != "run":
            raise RequestError(
                f"the dataset holds no waves of an array ({repr(self).strip('<>')}). Give the dataset of a run: "
                "run_study(...).dataset, or load(FOLDER/result.nc)."
            )

    def _place(self, row: int | None, col: int | None) -> dict[str, int]:
        """By position: what was cut out of a run counts its lines anew."""
        self._check_waves()
        if row is None and col is None:
            raise RequestError("which one? Give row and col for a cell, row for a word line, col for a bit line.")
        given = (("row", row), ("col", col))
        found = {}
        for name, line in given:
            if line is not None:
                lines = [int(value) for value in self.dataset[name].values]
                if (number := whole(line, min(lines), max(lines), name=name)) not in lines:
                    raise RequestError.for_value(name, line, allowed=f"one of {', '.join(map(str, lines))}")
                found[name] = lines.index(number)
        return found

    def _line(self, name: str, place: dict[str, int]) -> xr.DataArray:
        if name not in self.dataset:
            raise RequestError(f"the run has no {name}, which an end of this kind does not have.")
        held = self.dataset[name].isel(place)
        return held.assign_attrs(held.attrs)


_ABOUT = {
    "selectors": "energy dissipated in all selectors", "lines": "energy dissipated in all lines",
    "drivers": "energy dissipated in drivers and sense circuits", "source": "energy delivered by all sources",
    "stored": "rise of the energy in all capacitances", "dissipated": "energy dissipated in everything",
}  # fmt: skip


def _labelled(values: xr.DataArray, name: str, unit: str, about: str) -> xr.DataArray:
    return values.rename(name).drop_attrs().assign_attrs(units=unit, long_name=about)
