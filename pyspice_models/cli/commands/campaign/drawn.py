"""`ag2s drawn`: one drawn array to look at."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import typer
import xarray as xr
from rich.table import Table

from pyspice_models.campaign.montecarlo_request import MAX_RUNS, array_seed
from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import stderr, table_console, tell_meanings
from pyspice_models.errors import RequestError
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.numeric import whole
from pyspice_models.result import save
from pyspice_models.study.draws.drawn import PARTS, as_data, drawn_dataset
from pyspice_models.study.identity import question
from pyspice_models.study.tables.change import read_tables
from pyspice_models.study.tables.objects import tables_of, variation_tables
from pyspice_models.study.tables.read import nominal_study
from pyspice_models.study.tables.variation import variation_from
from pyspice_models.study.tables.write import write_tables


def drawn_command(
    study: Path = typer.Argument(
        help="Study file (TOML) with a [variability] table, or any with --set variability.KEY=VALUE."
    ),
    run: int | None = typer.Option(
        None, metavar="N", help="The array of this run of a Monte Carlo study; by default that of variability.seed."
    ),
    changes: list[str] = typer.Option([], "--set", metavar="KEY=VALUE", help="Change the study."),
    as_json: bool = typer.Option(False, "--json", help="The table as JSON on standard output."),
    out: Path | None = typer.Option(None, help="Folder for netCDF, picture and study; by default out/NAME-drawn."),
    force: Force = False,
) -> None:  # fmt: skip
    """One array as it is drawn, without a simulation: maps of what each cell has for itself and what cells share.

    Lot, gradient and field of every cause, the parameters of every cell, and what lines, ends and selectors have each
    for itself, in a netCDF file. The table tells how far each part goes over the array.
    """
    tables = read_tables(study, changes)
    nominal = nominal_study(tables, folder=study.parent, name=study.stem)
    variation = variation_from(tables, nominal.crossbar)
    if variation is None:
        raise RequestError("the study has no [variability] table, so that no array of it is drawn. Add one.")
    if run is not None:
        variation = replace(variation, seed=array_seed(variation.seed, whole(run, 0, MAX_RUNS - 1, name="run")))
    folder = out or Path("out") / f"{nominal.name}-drawn"
    about = question(nominal) | {"variation": variation}
    with output_folder(folder, origin("drawn", about, study=nominal.name), force=force) as place:
        dataset = drawn_dataset(nominal, variation)
        save(dataset, place / "drawn.nc")
        write_tables(tables_of(nominal) | variation_tables(variation), place)
        data_complete(place)
        failure = draw(lambda: _draw(dataset, place))
    if as_json:
        typer.echo(json.dumps(as_data(dataset), indent=1))
    else:
        _print_table(dataset)
    stderr.print(f"array {variation.seed}; files in {folder}", markup=False)
    raise_failure(failure, folder)


def _print_table(dataset: xr.Dataset) -> None:
    table = Table(title="what the array has (%)", title_justify="left")
    table.add_column("cause", no_wrap=True)
    for part in (*PARTS, "sum"):
        table.add_column(part, justify="right", no_wrap=True)
    for name, parts in as_data(dataset)["deviations"].items():
        sign = {"lot": "+"}
        table.add_row(name, *(f"{100 * one:{sign.get(part, '')}.2f}" if one else "" for part, one in parts.items()))
    table_console().print(table)
    tell_meanings(_MEANINGS)


_MEANINGS = {
    "each cell, field, sum": "standard deviations over the array",
    "lot": "what all its cells have in common",
    "gradient": "from the lowest to the highest cell",
}


def _draw(dataset: xr.Dataset, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.drawn import chosen, save_drawn_picture

    if chosen(dataset):
        save_drawn_picture(dataset, folder / "drawn.png")
