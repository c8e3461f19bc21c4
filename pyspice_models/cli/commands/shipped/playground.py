"""`ag2s playground`: a page with sliders, a twin in JavaScript, and ngspice in the page."""

from __future__ import annotations

from pathlib import Path

import typer

from pyspice_models.cli.options import Force
from pyspice_models.cli.progress import readable, stderr


def playground_command(
    study: Path | None = typer.Argument(
        None, metavar="STUDY", help="A study of at most 4 x 4 Ag2S cells whose lines are all driven; by default the "
        "one that ships, studies/playground.toml.",
    ),
    to: Path = typer.Option(Path("out/playground.html"), help="The page to write."),
    twin_only: bool = typer.Option(False, "--twin-only", help="Leave ngspice out: 2.7 MB less, nothing to fetch."),
    fetch: bool = typer.Option(False, "--fetch", help="First fetch ngspice for pages by npm: 12 MB, once."),
    force: Force = False,
) -> None:  # fmt: skip
    """Write a page to play with: sliders over a small array in JavaScript, the same deck in ngspice at a click.

    One file that asks nobody for anything: open it from disk, or send it. The deck in it is the one of `ag2s netlist`;
    sliders run over the ranges that the parameters' declarations call plausible.
    """
    from pyspice_models.engine.toolchain.web_ngspice import fetch_web_ngspice
    from pyspice_models.report.page.write import check_page
    from pyspice_models.report.playground import write_playground
    from pyspice_models.study import load_study

    check_page(to)
    asked = load_study(study) if study is not None else None
    if fetch and not twin_only:
        stderr.print("asking npm for ngspice, unless the cache has it", markup=False)
        fetch_web_ngspice()
    write_playground(to, asked, twin_alone=twin_only, replace_file=force)
    stderr.print(
        f"written: {readable(str(to))}, {to.stat().st_size / 1e6:.2g} MB: open it in a browser", soft_wrap=True
    )
