"""What stands on the playground page before its script comes to life."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib.resources import files

from pyspice_models.engine.toolchain.web_ngspice import HOW_TO_GET
from pyspice_models.report.page.blocks import shown
from pyspice_models.report.page.document import CHARTS
from pyspice_models.report.playground.controls import Choice, Slider
from pyspice_models.study import Study
from pyspice_models.version import __version__


def asset(name: str) -> str:
    """The text of a file of the playground."""
    return files("pyspice_models.report.playground").joinpath("assets", name).read_text(encoding="utf-8").strip()


def body(study: Study, sliders: Sequence[Slider], choices: Sequence[Choice], *, engine: bool) -> str:
    """What stands on the page; `engine` says whether it carries ngspice."""
    rows, cols = study.crossbar.shape
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
        f'<pre tabindex="0" aria-label="licences">{escape(asset("ngspice.LICENCES"))}</pre></details>'
        if engine
        else ""
    )
    heads = "".join(f'<th scope="col" class="n">{name}</th>' for name in ("twin", "ngspice", "twin less ngspice"))
    return f"""<header><p class="kind">playground</p><h1>{escape(study.title)}</h1>
<ul class="facts"><li>{rows} x {cols} Ag2S cells</li><li>{escape(shown(study.crossbar.temperature, "K"))}</li>
<li>sliders begin at the study's values</li></ul></header>
<p>{_ABOUT}</p><p id="fail" class="warning" role="alert" hidden></p>
<noscript><p class="warning">{_NO_SCRIPT}</p></noscript>{without}
<div class="play"><form id="settings" aria-label="Settings"><h2>Settings</h2>
<fieldset><legend>Program</legend>{chosen}{groups["program"]}</fieldset>
<fieldset><legend>Array</legend>{groups["array"]}</fieldset>
<details><summary>Parameters of the cell</summary>
<fieldset><legend class="note">{_RANGES}</legend>{cell}</fieldset></details>
<div class="buttons">{run}<button type="button" id="back">Back to the start</button></div></form>
<div><h2>Result</h2><p id="told" class="note" role="status"></p>
<div class="scroll" tabindex="0" role="region" aria-label="Measures"><table id="measures">
<thead><tr><th scope="col">measure</th>{heads}</tr></thead><tbody></tbody></table></div>
<h3>State w at the end; press a cell to see its waves</h3>{_map(rows, cols)}
<h3 id="which">Waves</h3><div id="plots" class="plots"></div>
<details><summary>The deck, as ag2s netlist writes it</summary><p><button type="button" id="save">Save it</button></p>
<pre id="deck" tabindex="0" aria-label="deck"></pre></details>{licences}</div></div>
<footer><p>Made by ag2s {escape(__version__)}. {_ERROR} {CHARTS}</p></footer>
"""


_NO_SCRIPT = "All of this page needs JavaScript. What works without: ag2s simulate and ag2s report."
_ABOUT = (
    "While a slider moves, a twin of the cell in JavaScript follows the program with ideal lines. At a click the same "
    "deck, with its drivers and lines, runs in ngspice in this page: the two should agree but for what lines and "
    "drivers take. Nothing leaves this page."
)
_ERROR = (
    "The twin in JavaScript keeps within 1e-5 of the package's own twin in states and 1e-4 in settled currents; "
    "differences to ngspice beyond that are drivers and lines."
)
_WITHOUT = f"This page was written without ngspice, with the twin alone. {HOW_TO_GET}, then write it again."
_RANGES = "All that has a plausible range in its declaration, over that range"


def _slider(one: Slider, *, told: bool = False) -> str:
    about = f'<p class="note" id="{one.key}-about">{escape(one.about)}</p>' if told else ""
    described = f' aria-describedby="{one.key}-about"' if told else ""
    return (
        f'<div class="slider"><label for="{one.key}" title="{escape(one.about)}"><span>{escape(one.label)}</span>'
        f"<output>{escape(shown(one.value, one.unit))}</output></label>"
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
