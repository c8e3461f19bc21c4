"""What a file of SPICE models defines: models, subcircuits, sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pyspice_models.errors import RequestError, cut
from pyspice_models.inputs.carried import Carried
from pyspice_models.inputs.spice.statements import Statement, defined_function, model_type, statements

_NAMES_SHOWN = 12


@dataclass(frozen=True)
class Master:
    """What an element can refer to.

    Attributes:
        name: as it is written.
        type: of a model, such as "nmos"; "subckt" for a subcircuit.
        ports: of a subcircuit.
        parameters: of a subcircuit's header, in lower case.
    """

    name: str
    type: str
    ports: tuple[str, ...] = ()
    parameters: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SpiceLibrary(Carried):
    """A file of SPICE models as `read_library` gives it, without comments."""

    @property
    def sections(self) -> tuple[str, ...]:
        """Names of its sections, in lower case."""
        return tuple(s.text.split(" ")[1].lower() for s in _parsed(self) if s.word == ".lib")

    def chosen(self, section: str) -> tuple[Statement, ...]:
        """What stands outside of sections, and inside the one of this name; "": none.

        Raises:
            RequestError: there is none of this name.
        """
        if section and section.lower() not in self.sections:
            there = f"there are: {', '.join(self.sections)}" if self.sections else "it has none: leave the section out"
            raise RequestError(f"{self.name} has no section {cut(section)!r}; {there}.")
        return tuple(_outside(_parsed(self), section.lower()))

    def deck_text(self, section: str) -> str:
        """The same as lines of a deck."""
        return "\n".join(statement.wrapped() for statement in self.chosen(section))

    def masters(self, section: str) -> Mapping[str, Master]:
        """Models and subcircuits that an element of the deck may name, by their names in lower case.

        A model whose bins are NAME.1, NAME.2 and so on is there as NAME.
        """
        return _masters(self, section)

    def functions(self, section: str) -> frozenset[str]:
        """Functions that are known in the whole deck, in lower case."""
        inside, found = 0, set()
        for statement in self.chosen(section):
            inside += (statement.word == ".subckt") - (statement.word == ".ends")
            if statement.word == ".func" and not inside:
                found.add(defined_function(statement))
        return frozenset(found)

    def master(self, name: str, section: str, where: str) -> Master:
        """The model or subcircuit called `name`.

        Raises:
            RequestError: there is none, or it is in another section; `where` names the key that asks for it.
        """
        known = self.masters(section)
        if name.lower() in known:
            return known[name.lower()]
        elsewhere = [other for other in self.sections if name.lower() in self.masters(other)]
        names = sorted(known)
        listed = ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
        advice = f"It stands in section {', '.join(elsewhere)}: name one. " if elsewhere else ""
        chosen = f" in section {section}" if section else ""
        raise RequestError.for_value(
            where, name, allowed=f"a model or subcircuit of {self.name}{chosen}: {listed or 'there is none'}",
            advice=f"{advice}Correct the name or the file.",
        )  # fmt: skip


@lru_cache(maxsize=64)
def _parsed(library: SpiceLibrary) -> tuple[Statement, ...]:
    return tuple(statements(library.text, library.name))


def _outside(given: Iterable[Statement], section: str) -> Iterator[Statement]:
    now: str | None = None
    for statement in given:
        if statement.word == ".lib":
            now = statement.text.split(" ")[1].lower()
        elif statement.word == ".endl":
            now = None
        elif now is None or now == section:
            yield statement


@lru_cache(maxsize=256)
def _masters(library: SpiceLibrary, section: str) -> Mapping[str, Master]:
    found: dict[str, Master] = {}
    inside = 0
    for statement in library.chosen(section):
        word = statement.word
        if word == ".subckt":
            if not inside:
                one = _subcircuit(statement)
                found[one.name.lower()] = one
            inside += 1
        elif word == ".ends":
            inside -= 1
        elif word == ".model" and not inside:
            name = re.sub(r"\.\d+$", "", statement.text.split(" ")[1])
            found[name.lower()] = Master(name, model_type(statement))
    return found


def _subcircuit(statement: Statement) -> Master:
    """The header `.subckt NAME ports [params:] key=value ...`."""
    head = re.sub(r"\s*=\s*", "=", statement.text)
    words = head.split(" ")[1:]
    ports, parameters = [], set()
    if not words:
        raise statement.refuse("has no name.")
    for word in words[1:]:
        if "=" in word:
            parameters.add(word.split("=", 1)[0].lower())
        elif not parameters and word.lower() not in ("params:", "param:"):
            ports.append(word.lower())
    return Master(words[0], "subckt", tuple(ports), frozenset(parameters))
