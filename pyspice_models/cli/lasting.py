"""What `ag2s retain` and `ag2s disturb` do with what came of it: a folder, a table or JSON, a picture."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import typer

from pyspice_models.campaign.lasting import Lasted
from pyspice_models.cli.options import origin
from pyspice_models.cli.pictures import draw, raise_failure
from pyspice_models.cli.progress import progress_bar, stderr, tell_measures, tell_notes, tell_warning
from pyspice_models.folders.checkpoint import content_key
from pyspice_models.folders.output import data_complete, output_folder
from pyspice_models.study.bounds import check_run
from pyspice_models.study.identity import question
from pyspice_models.study.study import Study
from pyspice_models.study.tables.write import write_study


def keep_and_show(
    study: Study, kind: str, asked: Mapping[str, object], do: Callable[[Callable[[float], None]], Lasted], *,
    title: str, out: Path | None, force: bool, as_json: bool,
) -> Lasted:  # fmt: skip
    """Do it, into the folder of the result, and tell what came of it.

    Args:
        study: what is asked.
        kind: name of the command.
        asked: what else decides the answer.
        do: the work; is given what is to be told of its progress.
        title: of the table.
        out: the folder; None for out/NAME-KIND.
        force: replace another result.
        as_json: measures as JSON.

    Raises:
        RequestError, Ag2sError: see `disturb`, `retain` and `output_folder`.
    """
    folder = out or Path("out") / f"{study.name}-{kind}"
    tell_notes(study.crossbar)
    check_run(study, folder)
    key = content_key({**question(study), "command": kind, **asked})
    with output_folder(folder, origin(kind, key, study=study.name, engine=study.engine), force=force) as scratch:
        write_study(study, scratch)
        with progress_bar(title) as progress:
            found = do(progress)
        found.save(scratch)
        data_complete(scratch)
        failure = draw(lambda: _draw(found, scratch))
    if as_json:
        typer.echo(json.dumps(found.as_data(), indent=1))
    else:
        tell_measures(f"{study.name}: {title}", found.measures.items(), {})
    stderr.print(f"files in {folder}", markup=False)
    raise_failure(failure, folder)
    tell_warning(found.warning)
    return found


def _draw(found: Lasted, folder: Path) -> None:
    # matplotlib takes half a second to import: not before it is needed
    from pyspice_models.report.campaign.lasting import save_lasting_picture

    save_lasting_picture(found.dataset, found.kind, dict(found.told), folder / f"{found.kind}.png")
