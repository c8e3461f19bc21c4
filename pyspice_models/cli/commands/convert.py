"""`ag2s convert`: the waves of a finished run for other programs."""

from __future__ import annotations

from pathlib import Path

import typer

from pyspice_models.cli.options import Force
from pyspice_models.cli.progress import stderr
from pyspice_models.errors import RequestError
from pyspice_models.files import check_file
from pyspice_models.inputs.text import is_file, shown
from pyspice_models.result import load, write_waves
from pyspice_models.study.states import DATASET


def convert_command(
    run: Path = typer.Argument(help="Folder of a finished run, or its result.nc."),
    to: Path = typer.Option(..., help="File to write: .csv, .mat (MATLAB), .raw (ngspice) or .nc (netCDF)."),
    variables: list[str] = typer.Option(
        [], "--variable", help="Variable to write, such as w or i_sense, one or more times; by default all."
    ),
    force: Force = False,
) -> None:
    """Write the waves of a run as CSV, MATLAB file, ngspice raw file or netCDF."""
    result = run if is_file(run) else run / DATASET
    if not is_file(result):
        raise RequestError(f"{shown(run)} holds no finished run: there is no {shown(result)}")
    if is_file(to) and to.resolve() == result.resolve():
        raise RequestError(f"--to {to} is the run's own result: choose another file")
    check_file(to, "--to", replace=force)
    write_waves(load(result), to, variables, replace=force)
    stderr.print(f"written: {to}", markup=False)
