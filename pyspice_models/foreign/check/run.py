"""Checks one file, whatever its form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pyspice_models.errors import RequestError, quoted
from pyspice_models.foreign.check.finding import Checked
from pyspice_models.foreign.check.verilog_a import check_verilog_a
from pyspice_models.inputs.text import check_regular

ENDINGS = {"verilog_a": (".va", ".vams"), "subckt": (".sub", ".lib", ".cir", ".sp", ".spice", ".inc", ".mod", ".ckt")}
"""Endings of files by form."""


def form_of(path: Path) -> str:
    """ "verilog_a" or "subckt", by a file's ending.

    Raises:
        RequestError: another ending.
    """
    for form, endings in ENDINGS.items():
        if path.suffix.lower() in endings:
            return form
    allowed = "; ".join(f"{form}: {', '.join(endings)}" for form, endings in ENDINGS.items())
    raise RequestError.for_value(
        "model file", quoted(path.name), allowed=f"a file that ends as its kind does: {allowed}"
    )


def check_cell(
    path: Path, module: str = "", folder: Path | None = None, *, largest: float = 5.0,
    told: Callable[[str], None] = lambda _: None,
) -> Checked:  # fmt: skip
    """Read, compile, evaluate and simulate a cell that a user brings, and say what is wrong with it.

    Args:
        path: a Verilog-A file, or one with a SPICE subcircuit.
        module: name of the module or subcircuit, where the file has several.
        folder: for decks and logs, which stay there; without one they pass.
        largest: voltage of the pulses that are tried, at most [V].
        told: is called with what is being done, in a few words.

    Raises:
        RequestError: a file that cannot be read, another ending, no such module.
        ToolError: a tool is missing or too old.
    """
    if not 0.0 < largest <= 100.0:
        raise RequestError.for_value("largest voltage", largest, unit="V", allowed="above 0, up to 100")
    form = form_of(path)
    check_regular(path, "model file")
    if folder is None:
        from pyspice_models.passing import passing_folder

        with passing_folder("cell") as passing:
            return _checked(form, path, module, passing, largest, told)
    return _checked(form, path, module, folder, largest, told)


def _checked(
    form: str, path: Path, module: str, folder: Path, largest: float, told: Callable[[str], None]
) -> Checked:  # fmt: skip
    if form == "verilog_a":
        return check_verilog_a(path, module, folder, largest=largest, told=told)
    from pyspice_models.foreign.check.subcircuit import check_subcircuit

    return check_subcircuit(path, module, folder, largest=largest, told=told)
