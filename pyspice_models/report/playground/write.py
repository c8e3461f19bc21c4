"""The playground page of a small study."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from pyspice_models.engine.toolchain.web_ngspice import HOW_TO_GET, VERSION, WebNgspice, web_ngspice
from pyspice_models.errors import ToolError
from pyspice_models.export.shipped import STUDIES, shipped_folder
from pyspice_models.files import whole, writing
from pyspice_models.report.page.colours import hex_table
from pyspice_models.report.page.document import framed
from pyspice_models.report.playground.body import asset, body
from pyspice_models.report.playground.controls import check_playable, choices_of, sliders_of
from pyspice_models.report.playground.decks import decks_of
from pyspice_models.study import Study, load_study

STUDY = "playground"
"""The study that ships for it: writes a cell of a 4 x 4 array, reads it, reads its row."""

_PATIENCE = 120  # [s] for ngspice in a page
_MAY_RUN = " 'wasm-unsafe-eval' blob:"


def write_playground(
    path: Path | str, study: Study | None = None, *, twin_alone: bool = False, replace_file: bool = True
) -> Path:  # fmt: skip
    """Write the page: sliders over a twin in JavaScript, and the same deck in ngspice at a click.

    Args:
        path: of the page.
        study: at most 4 x 4 Ag2S cells, all lines driven; None for the one that ships.
        twin_alone: write it without ngspice, 2.6 MB less.
        replace_file: whether a file with another content may be replaced.

    Returns:
        The page.

    Raises:
        RequestError: a study that the twin cannot follow, or a place that cannot be written.
        ToolError: ngspice for pages was not fetched yet.
        StorageError: the disk is full.
    """
    asked = study or shipped_study()
    check_playable(asked)
    engine = None if twin_alone else web_ngspice()
    if engine is None and not twin_alone:
        raise ToolError(
            f"{VERSION} for pages is not in the cache. {HOW_TO_GET}, or write the page without it, with its twin in "
            "JavaScript alone: ag2s playground --twin-only."
        )
    text = playground(asked, engine)
    with writing(Path(path), "--to"), whole(Path(path), replace=replace_file) as file:
        file.write(text.encode("utf-8"))
    return Path(path)


def shipped_study() -> Study:
    """The study that ships for the page."""
    folder = shipped_folder(STUDIES)
    assert folder is not None
    return load_study(folder / f"{STUDY}.toml")


def playground(study: Study, engine: WebNgspice | None) -> str:
    """The page as text; see `write_playground`."""
    sliders, choices = sliders_of(study), choices_of(study)
    head, variants = decks_of(study, sliders, choices)
    first = study.schedule().windows[0]
    data = {
        "name": study.name, "head": head, "variants": _packed(variants), "patience": 1000 * _PATIENCE,
        "cell": [int(first.rows[0]), int(first.cols[0])], "colours": hex_table("viridis"),
        "sliders": [
            {"key": s.key, "unit": s.unit, "value": s.value, "low": s.low, "high": s.high, "log": s.log,
             "steps": s.steps}
            for s in sliders
        ],
        "choices": [{"key": c.key, "chosen": c.chosen} for c in choices],
    }  # fmt: skip
    scripts = [asset(f"{name}.js") for name in ("deck", "twin", "ngspice", "play")]
    carried = "" if engine is None else _carried(engine)
    return framed(
        f"{study.title} – ag2s playground",
        body(study, sliders, choices, engine=engine is not None) + carried,
        data,
        *scripts,
        style=asset("play.css"),
        may_run="" if engine is None else _MAY_RUN,
    )


def _packed(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":")).encode("utf-8")
    return base64.b64encode(zlib.compress(text, 9)).decode("ascii")


def _carried(engine: WebNgspice) -> str:
    parts = (("wasm", engine.module), ("glue", engine.glue))
    return "".join(
        f'<script type="text/plain" id="{name}">{base64.b64encode(part).decode("ascii")}</script>\n'
        for name, part in parts
    )
