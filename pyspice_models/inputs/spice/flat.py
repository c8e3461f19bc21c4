"""A subcircuit as one flat circuit: other subcircuits stand in it where it contains them, and parameters in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from pyspice_models.inputs.spice.circuit import Card, Element, Flat, Line, Untranslated
from pyspice_models.inputs.spice.formulas import Term
from pyspice_models.inputs.spice.scope import Scope
from pyspice_models.inputs.spice.written import (
    BEGUN,
    KEY,
    Body,
    Function,
    assigned,
    function_of,
    head_of,
    node_of,
    steps_of,
    term_of,
)

_NODES = {
    "r": 2, "l": 2, "c": 2, "v": 2, "i": 2, "b": 2, "d": 2, "f": 2, "h": 2, "e": 2, "g": 2, "q": 3, "j": 3, "m": 4,
}  # fmt: skip
_DEEPEST = 16
_MOST, _TERMS = 2000, 100_000  # elements and places of subcircuits; terms that functions write out to


def flat(lines: Iterable[Line], name: str) -> Flat:
    """The subcircuit called `name` of these statements.

    Raises:
        Untranslated: something in it that is not understood.
    """
    try:
        return _Flattener(lines).circuit(name.lower())
    except RecursionError:
        raise Untranslated(name, "functions stand in each other too deep") from None


class _Flattener:
    """Puts subcircuits into each other."""

    def __init__(self, lines: Iterable[Line]) -> None:
        """Sort the statements; what no one uses is not looked into."""
        self._written: dict[str, list[Line]] = {}
        self._bodies: dict[str, Body] = {}
        functions: dict[str, Function] = {}
        self._global = Scope("", None, functions)
        self._loose: list[Line] = []
        self._places = self._terms = 0
        self._homes: dict[str, Scope] = {}  # of models whose parameters are as they are written
        inside: list[Line] | None = None
        for given in lines:
            one = Line(given.text.lower(), given.where)
            word = one.text.split(None, 1)[0]
            if word == ".subckt":
                if inside is not None:
                    raise Untranslated(one.where, "a subcircuit is defined inside of another one")
                inside = self._written[one.text.split()[1]] = [one]
            elif word == ".ends":
                inside = None
            elif inside is not None:
                inside.append(one)
            elif word == ".func":
                with suppress(Untranslated):  # whoever calls it finds no such function
                    name, function = function_of(one)
                    functions[name] = function
            else:
                self._loose.append(one)

    def _body(self, name: str) -> Body | None:
        if name not in self._bodies and name in self._written:
            head, *lines = self._written[name]
            made = self._bodies[name] = head_of(head)
            for one in lines:
                if one.text.startswith(".func"):
                    own, function = function_of(one)
                    made.functions[own] = function
                else:
                    made.lines.append(one)
        return self._bodies.get(name)

    def circuit(self, name: str) -> Flat:
        body = self._body(name)
        assert body is not None, "whoever asks knows the name from the same text"
        made = Flat(tuple(node_of(port, "", {}) for port in body.ports))
        for one in self._loose:
            with suppress(Untranslated):  # whoever needs it finds no such parameter or model
                if self._declared(one, self._global, made):
                    continue
            if not one.text.startswith((".param", ".model")):
                raise Untranslated(one.where, f"{one.text.split()[0]} has no translation")
        scope = Scope("", self._global, body.functions)
        for key, default in body.defaults.items():
            scope.names[key] = key
            if all(term.kind != "name" for term in default.every()):
                made.parameters[key] = default
            else:
                scope.open[key] = default, body.head.where
        self._fill(body, scope, made, {}, 0)
        return made

    def _fill(self, body: Body, scope: Scope, made: Flat, outside: Mapping[str, str], depth: int) -> None:
        self._places += 1
        if depth > _DEEPEST:
            raise Untranslated(body.head.where, "the subcircuit contains itself")
        if self._places > _MOST:
            raise Untranslated(body.head.where, f"more than {_MOST} subcircuits stand in each other")
        rest = [one for one in body.lines if not self._declared(one, scope, made)]
        for name in list(scope.open):
            self._settle(scope, name, made, ())
        for one in rest:
            letter = one.text[0]
            if one.text.startswith(".ic"):
                self._initial(one, scope, made, outside)
            elif letter == ".":
                if one.text.split()[0] != ".nodeset":
                    raise Untranslated(one.where, f"{one.text.split()[0]} has no translation")
            elif letter == "x":
                self._inserted(one, scope, made, outside, depth)
            elif letter in _NODES:
                made.elements.append(self._element(one, scope, made, outside))
            else:
                raise Untranslated(one.where, f"the element {one.text.split()[0]} has no translation")
            if len(made.elements) > _MOST:
                raise Untranslated(one.where, f"the circuit has more than {_MOST} elements")

    # ---- parameters and functions

    def _declared(self, one: Line, scope: Scope, made: Flat) -> bool:
        """Take a `.param` or a `.model` of a scope; whether it is one."""
        word = one.text.split(None, 1)[0]
        if word in (".param", ".params"):
            for key, term in assigned(one.text[len(word) :], one).items():
                name = f"{scope.prefix}{key}"
                scope.names[key] = f"global.{name}" if scope.outer is None else name
                scope.open[key] = term, one.where
            return True
        if word == ".model":
            words = re.split(r"[\s(]+", one.text, maxsplit=3)
            if len(words) < 3:
                raise Untranslated(one.where, "a model has no type")
            own = f"{scope.prefix}{words[1]}"
            scope.cards[words[1]] = own
            rest = words[3].rstrip(" )") if len(words) > 3 else ""
            made.cards[own] = Card(words[2], assigned(rest, one), one.where)
            self._homes[own] = scope
            return True
        return word == ".nodeset"

    def _settle(self, scope: Scope, name: str, made: Flat, above: Sequence[str]) -> None:
        """Bring a parameter, and before it those that it needs, into the order."""
        if name not in scope.open:
            return
        term, where = scope.open[name]
        own = scope.names[name]
        if own in above:
            raise Untranslated(where, f"the parameter {name} needs itself")
        found = self._meant(term, scope, made, where, (*above, own))
        scope.open.pop(name, None)
        made.constants[own] = found

    def _meant(
        self, term: Term, scope: Scope, made: Flat, where: str, above: Sequence[str] = (), depth: int = 0
    ) -> Term:  # fmt: skip
        """A term with the functions of the user written out, and the names that parameters have in the flat circuit."""
        if depth > _DEEPEST:
            raise Untranslated(where, "a function calls itself")

        def change(one: Term) -> Term | None:
            if one.kind == "name":
                there = scope.found(one.words[0])
                if there is None:
                    return None
                self._settle(there[0], one.words[0], made, above)
                return one._replace(words=(there[1],))
            known = scope.function(one.words[0]) if one.kind == "call" else None
            if known is None:
                return None
            home, function = known
            self._terms += sum(1 for _ in function.term.every())
            if self._terms > _TERMS:
                raise Untranslated(where, f"functions write out to more than {_TERMS} terms")
            if len(function.args) != len(one.args):
                raise Untranslated(where, f"{one.words[0]}() takes {len(function.args)} values")
            given = dict(zip(function.args, (arg.replaced(change) for arg in one.args), strict=True))

            def own(term: Term) -> Term | None:
                mine = term.kind == "name" and term.words[0] in given
                return Term("own", words=term.words) if mine else None

            # what a function names beside its own values is what is known where it stands
            outer = self._meant(function.term.replaced(own), home, made, function.where, above, depth + 1)
            return outer.replaced(lambda term: given[term.words[0]] if term.kind == "own" else None)

        return term.replaced(change)

    # ---- elements

    def _initial(self, one: Line, scope: Scope, made: Flat, outside: Mapping[str, str]) -> None:
        every = re.findall(r"v\s*\(\s*([^()\s]+)\s*\)\s*=\s*(\{[^}]*\}|'[^']*'|\S+)", one.text)
        if not every:
            raise Untranslated(one.where, ".ic states no voltage of a node")
        for node, value in every:
            term = self._meant(term_of(value, one), scope, made, one.where)
            made.initial.append((node_of(node, scope.prefix, outside), term, one.where))

    def _inserted(self, one: Line, scope: Scope, made: Flat, outside: Mapping[str, str], depth: int) -> None:
        at = KEY.search(one.text)
        plain = (one.text[: at.start()] if at else one.text).replace("params:", " ").split()
        master = plain[-1]
        body = self._body(master)
        if body is None or len(plain) - 2 != len(body.ports):
            raise Untranslated(one.where, f"{plain[0]} is of no subcircuit of the file with so many nodes, {master!r}")
        given = assigned(one.text[at.start() :] if at else "", one)
        inner = Scope(f"{scope.prefix}{plain[0]}.", self._global, body.functions)
        for key, default in body.defaults.items():
            inner.names[key] = f"{inner.prefix}{key}"
            if key in given:
                made.constants[inner.names[key]] = self._meant(given[key], scope, made, one.where)
            else:
                inner.open[key] = default, body.head.where
        if unknown := given.keys() - body.defaults.keys() - {"m"}:
            raise Untranslated(one.where, f"{master} has no parameter {min(unknown)}")
        if "m" in given and "m" not in body.defaults:
            raise Untranslated(one.where, "a multiplier m of a subcircuit has no translation")
        ends = dict(zip(body.ports, (node_of(node, scope.prefix, outside) for node in plain[1:-1]), strict=True))
        self._fill(body, inner, made, ends, depth + 1)

    def _element(self, one: Line, scope: Scope, made: Flat, outside: Mapping[str, str]) -> Element:
        words = one.text.split(None, 1 + _NODES[one.text[0]])
        name, count = words[0], _NODES[one.text[0]]
        if len(words) < 1 + count:
            raise Untranslated(one.where, f"the element {name} has not all of its nodes")
        rest = words[1 + count] if len(words) > 1 + count else ""
        nodes, model, values = words[1 : 1 + count], "", dict[str, Term]()
        letter = name[0]
        if letter in "eg" and not re.search(r"(?<![=<>!])=(?!=)", rest):
            parts = rest.split(None, 2)
            if len(parts) < 3 or "(" in parts[0]:
                raise Untranslated(one.where, f"the source {name} is of a kind that has no translation")
            nodes, rest = [*nodes, *parts[:2]], parts[2]
        elif letter in "fh":
            model, _, rest = rest.partition(" ")
        elif letter in "dqjm":
            model, _, rest = rest.partition(" ")
            if letter == "m" and not model:
                raise Untranslated(one.where, f"the element {name} has no model")
        elif letter in "vi":
            rest = re.sub(r"^dc\s*=?\s*", "", rest) or "0"
            begun = BEGUN.match(rest)
            if begun is not None:
                values = steps_of(begun[1], one)
                return Element(f"{scope.prefix}{name}", _nodes(nodes, scope, outside), values, "", one.where)
        at = KEY.search(rest)
        first = (rest[: at.start()] if at else rest).strip()
        if first:
            values[""] = term_of(first, one)
        values |= assigned(rest[at.start() :] if at else "", one)
        meant = {}
        for key, term in values.items():
            prefix = scope.prefix

            def located(t: Term, prefix: str = prefix) -> Term | None:
                if t.kind == "volts":
                    return t._replace(words=tuple(node_of(node, prefix, outside) for node in t.words))
                return t._replace(words=(f"{prefix}{t.words[0]}",)) if t.kind == "amps" else None

            meant[key] = self._meant(term, scope, made, one.where).replaced(located)
        if letter in "dqjm":
            found = scope.card(model)
            if not found:
                raise Untranslated(one.where, f"the model {model!r} of {name} is not in the file")
            if (home := self._homes.pop(found, None)) is not None:  # parameters may be declared behind their model
                card = made.cards[found]
                own = {key: self._meant(term, home, made, card.where) for key, term in card.values.items()}
                made.cards[found] = card._replace(values=own)
            model = found
        elif letter in "fh":
            model = f"{scope.prefix}{model}"
        return Element(f"{scope.prefix}{name}", _nodes(nodes, scope, outside), meant, model, one.where)


def _nodes(nodes: Iterable[str], scope: Scope, outside: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(node_of(node, scope.prefix, outside) for node in nodes)
