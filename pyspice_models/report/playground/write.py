"""The playground page of a small study."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

from pyspice_models.engine.toolchain.web_ngspice import HOW_TO_GET, VERSION, WebNgspice, web_ngspice
from pyspice_models.errors import ToolError
from pyspice_models.export.shipped import STUDIES, shipped_folder
from pyspice_models.files import whole, writing
from pyspice_models.netlist import crossbar_deck
from pyspice_models.report.page.blocks import shown
from pyspice_models.report.page.colours import hex_table
from pyspice_models.report.page.document import CHARTS, framed
from pyspice_models.report.playground.controls import (
    Choice,
    Slider,
    at,
    check_playable,
    choices_of,
    sliders_of,
)
from pyspice_models.report.playground.template import Piece, template
from pyspice_models.study import Study, load_study
from pyspice_models.version import __version__

STUDY = "playground"
"""The study that ships for it: writes a cell of a 4 x 4 array, reads it, reads its row."""

_CELLS = "* cells\n"
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
    engine = None if twin_alone else web_ngspice()
    if engine is None and not twin_alone:
        raise ToolError(
            f"{VERSION} for pages is not in the cache. {HOW_TO_GET}, or write the page without it, with its twin in "
            "JavaScript alone: ag2s playground --twin-only."
        )
    text = playground(study or shipped_study(), engine)
    with writing(Path(path), "--to"), whole(Path(path), replace=replace_file) as file:
        file.write(text.encode("utf-8"))
    return Path(path)


def shipped_study() -> Study:
    """The study that ships for the page."""
    folder = shipped_folder(STUDIES)
    assert folder is not None
    return load_study(folder / f"{STUDY}.toml")


def deck_text(study: Study) -> str:
    """The deck that a page of this study shows and runs: the one of `ag2s netlist --study`."""
    return crossbar_deck(
        study.crossbar, study.schedule(), form="subckt", accuracy=study.accuracy, title=study.title, standalone=True
    ).text


def playground(study: Study, engine: WebNgspice | None) -> str:
    """The page as text; see `write_playground`."""
    check_playable(study)
    sliders, choices = sliders_of(study), choices_of(study)
    head, variants = _templates(study, sliders, choices)
    first = study.schedule().windows[0]
    rows, cols = study.crossbar.shape
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
    scripts = [_asset(f"{name}.js") for name in ("deck", "twin", "ngspice", "play")]
    carried = "" if engine is None else _carried(engine)
    return framed(
        f"{study.title} – ag2s playground",
        _body(study, (rows, cols), sliders, choices, engine is not None) + carried,
        data,
        *scripts,
        style=_asset("play.css"),
        may_run="" if engine is None else _MAY_RUN,
    )


def _templates(
    study: Study, sliders: Sequence[Slider], choices: Sequence[Choice]
) -> tuple[list[Piece], dict[str, list[Piece]]]:  # fmt: skip
    """What all decks begin with, and the rest of each by the places of what is chosen."""
    outside = [one for one in sliders if one.group != "cell"]

    def halves(asked: Study, values: Mapping[str, float]) -> list[str]:
        return deck_text(at(asked, sliders, values)).split(_CELLS, 1)

    head = template(lambda values: halves(study, values)[0], [one.slid for one in sliders])
    rest = {one.key: one.value for one in sliders}
    begin, end = halves(study, rest)
    if end != halves(study, {one.key: one.slid.others[0] for one in sliders if one.group == "cell"})[1]:
        raise ValueError("a parameter of the cell moves something beside the cell")
    variants = {}
    for places in product(*(range(len(one.options)) for one in choices)):
        asked = study
        for one, place in zip(choices, places, strict=True):
            if place != one.chosen:
                asked = one.put(asked, place)
        if halves(asked, rest)[0] != begin:
            raise ValueError("what is chosen moves something in the cell")
        found = template(lambda values, asked=asked: halves(asked, values)[1], [one.slid for one in outside])  # type: ignore[misc]
        variants[",".join(map(str, places))] = [_CELLS, *found]
    return head, variants


def _packed(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":")).encode("utf-8")
    return base64.b64encode(zlib.compress(text, 9)).decode("ascii")


def _asset(name: str) -> str:
    return files("pyspice_models.report.playground").joinpath("assets", name).read_text(encoding="utf-8").strip()


def _carried(engine: WebNgspice) -> str:
    parts = (("wasm", engine.module), ("glue", engine.glue))
    return "".join(
        f'<script type="text/plain" id="{name}">{base64.b64encode(part).decode("ascii")}</script>\n'
        for name, part in parts
    )


def _body(
    study: Study, shape: tuple[int, int], sliders: Sequence[Slider], choices: Sequence[Choice], engine: bool
) -> str:  # fmt: skip
    rows, cols = shape
    groups = {name: "".join(_slider(one) for one in sliders if one.group == name) for name in ("program", "array")}
    cell = "".join(_slider(one, told=True) for one in sliders if one.group == "cell")
    chosen = "".join(map(_choice, choices))
    run = (
        '<button id="run">Run in ngspice</button><button type="button" id="stop" disabled>Stop</button>'
        if engine
        else ""
    )
    without = "" if engine else f'<p class="warning" role="note">{_WITHOUT}</p>'
    licences = (
        "<details><summary>Licences of the ngspice in this page</summary>"
        f'<pre tabindex="0" aria-label="licences">{escape(_asset("ngspice.LICENCES"))}</pre></details>'
        if engine
        else ""
    )
    return f"""<header><p class="kind">playground</p><h1>{escape(study.title)}</h1>
<ul class="facts"><li>{rows} x {cols} Ag2S cells</li><li>{escape(shown(study.crossbar.temperature, "K"))}</li>
<li>sliders begin at the study's values</li></ul></header>
<p>{_ABOUT}</p><p id="fail" class="warning" role="alert" hidden></p>
<noscript><p class="warning">All of this page needs JavaScript. Without: ag2s simulate, ag2s report.</p></noscript>{without}
<div class="play"><form id="settings" aria-label="Settings"><h2>Settings</h2>
<fieldset><legend>Program</legend>{chosen}{groups["program"]}</fieldset>
<fieldset><legend>Array</legend>{groups["array"]}</fieldset>
<details><summary>Parameters of the cell</summary><fieldset><legend class="note">{_RANGES}</legend>{cell}</fieldset></details>
<div class="buttons">{run}<button type="button" id="back">Back to the start</button></div></form>
<div><h2>Result</h2><p id="told" class="note" role="status"></p>
<div class="scroll" tabindex="0" role="region" aria-label="Measures"><table id="measures"><thead><tr><th scope="col">measure</th>
<th scope="col" class="n">twin</th><th scope="col" class="n">ngspice</th><th scope="col" class="n">twin less ngspice</th></tr></thead><tbody></tbody></table></div>
<h3>State w at the end; press a cell to see its waves</h3>{_map(rows, cols)}
<h3 id="which">Waves</h3><div id="plots" class="plots"></div>
<details><summary>The deck, as ag2s netlist writes it</summary><p><button type="button" id="save">Save it</button></p>
<pre id="deck" tabindex="0" aria-label="deck"></pre></details>{licences}</div></div>
<footer><p>Made by ag2s {escape(__version__)}. {_ERROR} {CHARTS}</p></footer>
"""


_ABOUT = (
    "While a slider moves, a twin of the cell in JavaScript follows the program with ideal lines. At a click the same "
    "deck, with its drivers and lines, runs in ngspice in this page: the two should agree but for what lines and drivers "
    "take. Nothing leaves this page."
)
_ERROR = (
    "The twin in JavaScript keeps within 1e-4 of the package's own twin in states and 1e-3 in settled currents; "
    "differences to ngspice beyond that are drivers and lines."
)
_WITHOUT = f"This page was written without ngspice, with the twin alone. {HOW_TO_GET}, then write it again."
_RANGES = "All that has a plausible range in its declaration, over that range"


def _slider(one: Slider, *, told: bool = False) -> str:
    about = f'<p class="note" id="{one.key}-about">{escape(one.about)}</p>' if told else ""
    described = f' aria-describedby="{one.key}-about"' if told else ""
    return (
        f'<div class="slider"><label for="{one.key}" title="{escape(one.about)}"><span>{escape(one.label)}</span>'
        f'<output>{escape(shown(one.value, one.unit))}</output></label>'
        f'<input type="range" id="{one.key}" min="0" max="1000" step="1"{described} autocomplete="off">{about}</div>'
    )


def _choice(one: Choice) -> str:
    options = "".join(
        f'<option value="{n}"{" selected" if n == one.chosen else ""}>{escape(option)}</option>'
        for n, option in enumerate(one.options)
    )
    return (
        f'<div class="choice"><label for="{one.key}">{escape(one.label)}</label>'
        f'<select id="{one.key}" autocomplete="off">{options}</select></div>'
    )


def _map(rows: int, cols: int) -> str:
    head = "<span></span>" + "".join(f"<span>bit {col}</span>" for col in range(cols))
    body = "".join(
        f"<span>word {row}</span>"
        + "".join(
            f'<button type="button" data-row="{row}" data-col="{col}" aria-label="cell ({row}, {col})"></button>'
            for col in range(cols)
        )
        for row in range(rows)
    )
    return (
        f'<div id="map" role="group" aria-label="state w of the cells" '
        f'style="grid-template-columns:3.6em repeat({cols},1fr)">{head}{body}</div>'
    )
