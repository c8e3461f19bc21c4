"""Whether several kinds of cells can stand in one array, and the refusal of what knows one kind alone."""

from __future__ import annotations

from collections.abc import Sequence

from pyspice_models.array.kinds.kind import COMMON
from pyspice_models.array.kinds.population import Population
from pyspice_models.errors import RequestError

LEVEL = "level"
"""Name in results of the state that writes set, where the kinds of an array call theirs differently."""

_TAKEN = (LEVEL, "cell_kind")


def one_kind(populations: Sequence[Population], asked: str) -> None:
    """Raise RequestError for an array of several kinds: what is `asked`, the subject of a sentence, knows one alone."""
    if len(populations) > 1:
        raise RequestError(
            f"{asked} knows arrays of one kind of cell alone, and this one has {listed(populations)}. Leave "
            "[kinds] and [array.kinds] out."
        )


def listed(populations: Sequence[Population]) -> str:
    """Kinds for a message, such as "cell (ag2s), reference (vteam)"."""
    return ", ".join(f"{one.name} ({one.model.name})" for one in populations)


def check_together(populations: Sequence[Population]) -> None:
    """Check that no name of one kind means something else in a netlist or a result beside another kind.

    Args:
        populations: of an array of several kinds.

    Raises:
        RequestError: two modules or subcircuits of one name, a kind called like a parameter of the common cell, a state
            called like a variable of results, cells without a form in common, or subcircuits that ngspice would have to
            read in two ways at once.
    """
    common = populations[0].cell.quantities()
    known: dict[str, tuple[Population, str]] = {}
    for one in populations:
        if one.name in common:
            raise RequestError.for_value(
                "name of a kind of cells", one.name, allowed="none of a parameter of [cell]",
                advice="In [array.cells] it would mean both.",
            )  # fmt: skip
        for state in one.states:
            if state in _TAKEN:
                raise RequestError.for_value(
                    f"state of the kind {one.name!r}", state, allowed=f"none of {', '.join(_TAKEN)}",
                    advice="Results of several kinds have a variable of this name.",
                )  # fmt: skip
        for word in one.model.defines or (one.model.master.lower(),):
            other, text = known.setdefault(word, (one, one.model.text))
            if text != one.model.text:
                raise RequestError(
                    f"{_shown(other)} and {_shown(one)} both bring {word!r}, and not the same: a netlist holds one of "
                    "a name. Rename one of the two in its file."
                )
    for one in populations:
        if (card := one.model.card.lower()) in known:
            raise RequestError(
                f"{_shown(known[card][0])} brings {card!r}, which netlists call {_shown(one)}. Rename it."
            )
    if not common_forms(populations):
        forms = "; ".join(f"{_shown(one)}: {', '.join(one.model.forms)}" for one in populations)
        raise RequestError(
            f"the kinds of this array have no form in common ({forms}), and a netlist is of one form. Use Verilog-A "
            "for all of them, or subcircuits."
        )
    behaviours = {one.model.behaviour: one for one in populations if one.model.subcircuit is not None}
    if len(behaviours) > 1:
        first, second = list(behaviours.values())[:2]
        raise RequestError(
            f"{_shown(first)} and {_shown(second)} were written for different simulators, and ngspice reads a deck as "
            "one of them does. Write both for ngspice, or give both the same `dialect` if they mean the same in it."
        )


def common_forms(populations: Sequence[Population]) -> tuple[str, ...]:
    """Forms in which all these cells exist, in the order of the common cell."""
    first, *others = (one.model.forms for one in populations)
    return tuple(form for form in first if all(form in forms for forms in others))


def _shown(one: Population) -> str:
    return "[cell]" if one.name == COMMON else f"[kinds.{one.name}]"
