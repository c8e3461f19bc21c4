"""What a `[fluctuation]` table asks of the array and of the engine, looked at before anything runs."""

from __future__ import annotations

from pyspice_models.array import Crossbar
from pyspice_models.array.fluctuation import FluctuationParams, check_effect
from pyspice_models.engine import engine, engine_names
from pyspice_models.errors import RequestError


def check_fluctuation(params: FluctuationParams, crossbar: Crossbar, simulator: str, form: str) -> None:
    """Refuse what cannot fluctuate, by name.

    Args:
        params: the table.
        crossbar: the array.
        simulator, form: engine and form of the cell.

    Raises:
        RequestError: an engine or a form that takes no changes within a run, several kinds of cells, a cell without a
            spread or without parameters that scale its conductance, a spread by which nothing would move.
    """
    if not params.acts:
        return
    able = [name for name in engine_names() if engine(name).changes]
    if simulator not in able:
        raise RequestError(
            f"[fluctuation] gives cells other parameters within a run, and engine {simulator} takes none there. Use "
            f"engine {' or '.join(able)}, or leave the table out."
        )
    if engine(simulator).dialect and form != "osdi":
        raise RequestError(
            f"[fluctuation] gives cells other parameters within a run, and engine {simulator} fixes those of form "
            f"{form!r} before it. Use form osdi, or engine nodal."
        )
    crossbar.check_one_kind("[fluctuation]")
    if params.pulses:
        check_effect(crossbar.cell, params)
    if params.noise:
        check_conduction(crossbar)


def refuse_fluctuation(params: FluctuationParams, what: str) -> None:
    """Refuse a study in which something fluctuates, where `what` cannot express that.

    Raises:
        RequestError: see above.
    """
    if params.acts:
        raise RequestError(
            f"{what} cannot express [fluctuation], by which cells take other parameters within a run: engines ngspice "
            "and nodal do. Leave the table out, or set its spreads and noise to 0."
        )


def check_conduction(crossbar: Crossbar) -> None:
    """Refuse read noise of cells whose conductance no parameter is known to scale.

    Raises:
        RequestError: see above.
    """
    model = crossbar.model
    if not model.conduction:
        raise RequestError(
            "read noise of [fluctuation] (flicker, telegraph) scales a cell's conductance, and the cell "
            f"{model.name!r} states no parameters that do. Give those of a cell of your own conducts = 1 (a "
            "conductance) or -1 (a resistance) in [cell.parameters.NAME], or set both to 0."
        )
