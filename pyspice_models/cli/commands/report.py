"""`ag2s report`: one page for a result, or for several beside each other."""

from __future__ import annotations

from pathlib import Path

import typer

from pyspice_models.cli.options import Force, origin
from pyspice_models.cli.progress import stderr
from pyspice_models.errors import RequestError
from pyspice_models.files import check_file
from pyspice_models.folders.output import check_target, output_folder


def report_command(
    folders: list[Path] = typer.Argument(
        metavar="FOLDER...", help="Folders of finished results, such as out/write_read; several stand side by side."
    ),
    to: Path | None = typer.Option(
        None, help="The page to write: .html, or .pdf for paper; by default FOLDER-report.html beside the folder."
    ),
    figures: str = typer.Option(
        "", metavar="FORM,...", help="Write every figure as svg, pdf or both, in a folder beside the page."
    ),
    csv: bool = typer.Option(False, "--csv", help="Write the numbers behind every figure and table there, as CSV."),
    force: Force = False,
) -> None:
    """Write one self-contained page for a result, or for several side by side: waves, maps, measures, sources.

    Of a study, a sweep, a Monte Carlo study, a device sheet, closed-loop programming or a training the page has figures
    that answer to the pointer; of other results their numbers and pictures. It needs no network and no server: send the
    file. The same folder gives the same bytes.
    """
    from pyspice_models.report.page import report_folders, save_figures_of, save_report
    from pyspice_models.report.page.write import check_ending, check_forms

    forms = check_forms(figures)
    page = to if to is not None else _beside(folders[0])
    check_ending(page)
    check_file(page, "--to")
    beside = page.with_name(f"{page.stem}-figures")
    made = origin("report", {"folders": [str(folder.resolve()) for folder in folders], "forms": forms, "csv": csv})
    if forms or csv:
        check_target(beside, made, force=force)
    if any(page.resolve().is_relative_to(folder.resolve()) for folder in folders):
        raise RequestError(f"--to {page} lies in a result, which ag2s alone writes: choose another place.")
    reports = report_folders(folders)
    save_report(reports, page, replace_file=force)
    stderr.print(f"written: {page}, {page.stat().st_size / 1e6:.2g} MB", markup=False)
    if forms or csv:
        with output_folder(beside, made, force=force) as scratch:
            save_figures_of(reports, scratch, forms, csv=csv)
        stderr.print(f"written: {beside}", markup=False)


def _beside(folder: Path) -> Path:
    """Where the page of a folder lies if nothing is said; the folder may be `.`."""
    place = folder if folder.name not in {"", ".."} else folder.resolve()
    return place.with_name(f"{place.name}-report.html") if place.name else Path("report.html")
