"""Which columns of a file are which waves of a study: by the names of its netlists, or of `ag2s convert`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from pyspice_models.errors import RequestError, cut
from pyspice_models.netlist import selector
from pyspice_models.netlist.dialects import Dialect, dialect
from pyspice_models.netlist.probes import probes_of
from pyspice_models.netlist.rails import rail_currents
from pyspice_models.stimulus import Schedule
from pyspice_models.study.study import Study

Array = NDArray[np.float64]

_DIALECTS = ("ngspice", "vacask", "ltspice")
_LINE = re.compile(r"\b(wl|bl)_(\d{1,7})_(\d{1,7})\b|\bv_(word|bit)_(\d{1,7})_(\d{1,7})\b")
_SHOWN = 3  # names of vectors that a message lists


@dataclass(frozen=True)
class Named:
    """Quantities of a run that a file has, as a simulator gives them.

    Attributes:
        values: by quantity, in SI units and with SPICE's signs, each of shape (time, ...).
        lacking: vectors of each quantity that the file has not, by quantity.
    """

    values: Mapping[str, Array]
    lacking: Mapping[str, Sequence[str]] = field(default_factory=dict)


def renamed(columns: Mapping[str, Array], instance: str, names: Iterable[str]) -> dict[str, Array]:
    """Columns by the package's names, where a testbench has others.

    Args:
        columns: by the file's names.
        instance: of the crossbar's subcircuit, such as x1; "" where it is not one.
        names: `THEIRS=OURS` for nodes and sources that are called differently, such as in0=wt_0.

    Raises:
        RequestError: a change that is not of that form, or names nothing in the file.
    """
    found = dict(columns)
    if instance:
        if not re.fullmatch(r"\w{1,60}", instance):
            raise RequestError.for_value("--instance", instance, allowed="the name of an element, such as x1")
        inside = re.compile(rf"(?<![\w.])(?:[a-z]\.)?{re.escape(instance.lower())}\.")
        hits = sum(bool(inside.search(name)) for name in found)
        if not hits:
            raise RequestError.for_value(
                "--instance", instance, allowed="the element that is the crossbar, whose nodes the file calls "
                f"{instance}.wl_0_0 and so on; the file has {_some(list(found))}",
            )  # fmt: skip
        found = {inside.sub("", name): values for name, values in found.items()}
    for change in names:
        theirs, equals, ours = (part.strip().lower() for part in change.partition("="))
        if not equals or not theirs or not ours:
            raise RequestError.for_value("--rename", change, allowed="THEIRS=OURS, such as in0=wt_0")
        word = re.compile(rf"(?<![\w.#]){re.escape(theirs)}(?![\w.#])")
        if not any(word.search(name) for name in found):
            raise RequestError(f"--rename {cut(change)}: the file has no {cut(theirs)}; it has {_some(list(found))}.")
        found = {word.sub(ours, name): values for name, values in found.items()}
    return found


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(cut, names[:_SHOWN])) + more


def check_size(names: Iterable[str], shape: tuple[int, int]) -> None:
    """Raise RequestError for the name of a crossing that the study's array does not have."""
    for name in names:
        for match in _LINE.finditer(name):
            row, col = int(match[2] or match[5]), int(match[3] or match[6])
            if row >= shape[0] or col >= shape[1]:
                raise RequestError(
                    f"the waves are of another study: they have {cut(name)}, and the array of this one has {shape[0]} "
                    f"word lines and {shape[1]} bit lines."
                )


def of_netlist(study: Study, plan: Schedule, columns: Mapping[str, Array]) -> Named:
    """Quantities by the vectors of the study's netlists, whichever tool and form of the cell has more of them."""
    tried = [_of_form(study, plan, columns, spoken, form) for spoken, form in _forms(study)]
    return max(tried, key=lambda one: len(one.values))


def _forms(study: Study) -> Iterator[tuple[Dialect, str]]:
    every = [set(one.model.forms) for one in study.crossbar.populations]
    for name in _DIALECTS:
        spoken = dialect(name)
        yield from ((spoken, form) for form in spoken.forms if all(form in forms for forms in every))


def _of_form(
    study: Study, plan: Schedule, columns: Mapping[str, Array], spoken: Dialect, form: str
) -> Named:  # fmt: skip
    bar = study.crossbar
    scales = {one.key(q): shown.scale(form) for one in bar.populations for q, shown in one.model.shown.items()}
    scales |= selector.scales(form)
    values, lacking = dict[str, Array](), dict[str, Sequence[str]]()
    for named in (False, True):
        probes, shapes, _ = probes_of(bar, form, spoken, named=named)
        if plan.rails:
            probes["i_rail"] = rail_currents(plan, spoken)
            shapes["i_rail"] = (len(probes["i_rail"]),)
        for quantity, vectors in probes.items():
            if quantity in values:
                continue
            names = [spoken.result_name(vector).lower() if vector else "" for vector in vectors]
            missing = [name for name in names if name and name not in columns]
            if missing:
                lacking[quantity] = missing
                continue
            one = next(iter(columns.values()))
            held = np.stack([columns[name] if name else np.zeros_like(one) for name in names], axis=1)
            values[quantity] = held.reshape(len(one), *shapes[quantity]) * scales.get(quantity, 1.0)
            lacking.pop(quantity, None)
    return Named(values, lacking)


def of_convert(shapes: Mapping[str, tuple[int, ...]], columns: Mapping[str, Array]) -> Named:
    """Variables of a result by the names that `ag2s convert` gives their columns.

    Args:
        shapes: of variables that a result may have, without the time.
        columns: by name.
    """
    values, lacking = dict[str, Array](), dict[str, Sequence[str]]()
    for name, shape in shapes.items():
        names = ["_".join([name, *map(str, place)]) for place in product(*map(range, shape))]
        missing = [one for one in names if one.lower() not in columns]
        if missing:
            lacking[name] = missing
        elif names:
            held = np.stack([columns[one.lower()] for one in names], axis=1)
            values[name] = held.reshape(len(held), *shape)
    return Named(values, lacking)


def lacking_words(lacking: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """For people: what is lacking of each quantity."""
    return {name: f"{len(vectors)} of them: {_some(vectors)}" if len(vectors) > 1 else vectors[0]
            for name, vectors in lacking.items()}  # fmt: skip
