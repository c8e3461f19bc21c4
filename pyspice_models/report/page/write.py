"""Reports as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pyspice_models.errors import RequestError
from pyspice_models.files import whole, writing
from pyspice_models.inputs.text import shown
from pyspice_models.report.page.blocks import Block, Report, Waves
from pyspice_models.report.page.document import page
from pyspice_models.report.page.kinds import report_of
from pyspice_models.report.page.thin import MOST, fitted

ENDINGS = (".html", ".pdf")
FORMS = ("svg", "pdf")
_MOST_FOLDERS = 12


def write_report(folders: Sequence[Path | str], path: Path | str, *, replace_file: bool = True) -> Path:
    """Write one page of some results; several stand side by side.

    Args:
        folders: of finished results, whatever command or function made them.
        path: ends in .html or .pdf.
        replace_file: whether a file with another content may be replaced.

    Returns:
        The page.

    Raises:
        RequestError: see `report_folders` and `save_report`.
        StorageError: the disk is full.
    """
    check_ending(Path(path))
    save_report(report_folders([Path(folder) for folder in folders]), Path(path), replace_file=replace_file)
    return Path(path)


def report_folders(folders: Sequence[Path]) -> list[Report]:
    """The reports of some results, with as many waves as fit on one page.

    Raises:
        RequestError: no folder, too many, twice the same, one without a result, or a damaged file in it.
    """
    if not 1 <= len(folders) <= _MOST_FOLDERS:
        raise RequestError.for_value("folders", len(folders), allowed=f"from 1 to {_MOST_FOLDERS} of them on a page")
    real = [folder.resolve() for folder in folders]
    if len(set(real)) < len(real):
        raise RequestError("the same folder is named twice. Give each once.")
    reports = [report_of(folder) for folder in real]
    labels = _labels(real)
    return [_fitting(replace(report, label=label), len(reports)) for report, label in zip(reports, labels, strict=True)]


def check_ending(path: Path) -> None:
    """Raise RequestError unless the name says which kind of page it is to be."""
    if path.suffix.lower() not in ENDINGS:
        better = path.with_name(f"{path.stem}.html") if path.name else path / "report.html"
        raise RequestError.for_value(
            "ending of the report", path.suffix or path.name, allowed=" or ".join(ENDINGS),
            advice=f"Write --to {shown(better)}.",
        )  # fmt: skip


def check_page(path: Path) -> None:
    """Raise RequestError unless the name is that of an HTML page."""
    if path.suffix.lower() != ".html":
        better = path.with_name(f"{path.stem}.html") if path.name else path / "page.html"
        raise RequestError.for_value(
            "ending of the page", path.suffix or path.name, allowed=".html", advice=f"Write --to {shown(better)}."
        )  # fmt: skip


def check_forms(text: str) -> list[str]:
    """The forms of figures in a text such as "pdf,svg"; none in an empty one.

    Raises:
        RequestError: one that is not written.
    """
    forms = list(dict.fromkeys(form.strip().lower().removeprefix(".") for form in text.split(",") if form.strip()))
    for form in forms:
        if form not in FORMS:
            raise RequestError.for_value("--figures", form, allowed=f"{' and '.join(FORMS)}, with a comma between them")
    return forms


def _labels(folders: Sequence[Path]) -> list[str]:
    """The names of folders, with as many of those above as it takes to tell them apart."""
    for depth in range(1, 6):
        names = ["/".join(folder.parts[-depth:]) for folder in folders]
        if len(set(names)) == len(names):
            break
    return names


def _fitting(report: Report, count: int) -> Report:
    def fit(block: Block) -> Block:
        return fitted(block, MOST // count) if isinstance(block, Waves) else block

    sections = [replace(section, blocks=[fit(block) for block in section.blocks]) for section in report.sections]
    return replace(report, sections=sections)


def save_report(reports: Sequence[Report], path: Path, *, replace_file: bool = True) -> None:
    """Write the page, or the same on paper, as the ending of `path` says.

    Raises:
        RequestError: another ending, a file that may not be replaced, or a place that cannot be written.
        StorageError: the disk is full.
    """
    check_ending(path)
    if path.suffix.lower() == ".pdf":
        from pyspice_models.report.page.paper import paper

        content = paper(reports)
    else:
        content = page(reports).encode("utf-8")
    with writing(path, "--to"), whole(path, replace=replace_file) as file:
        file.write(content)


def save_figures_of(
    reports: Sequence[Report], folder: Path, forms: Sequence[str] = (), *, csv: bool = False
) -> list[Path]:
    """Write every figure of the reports into a folder that exists, as pictures and as the numbers behind it.

    Args:
        reports: whose figures; of several each has a folder of its own.
        folder: where.
        forms: "svg", "pdf" or both.
        csv: whether to write the numbers, of tables too.

    Raises:
        PictureError: a picture could not be drawn; the others are there.
    """
    from pyspice_models.report.page.drawn import save_drawn
    from pyspice_models.report.page.numbers import save_numbers

    paths = []
    for report in reports:
        place = folder / report.label.replace("/", "-") if len(reports) > 1 else folder
        place.mkdir(exist_ok=True)
        if csv:
            paths += save_numbers(report, place)
        if forms:
            paths += save_drawn(report, place, forms)
    return paths
