"""A flat circuit of resistors, capacitors, inductors and sources as a module of Verilog-A with the same equations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyspice_models.inputs.spice.circuit import GROUND, Element, Flat, Untranslated
from pyspice_models.inputs.spice.formulas import Term, number

HOLDING = 1e10
"""Conductance that holds a node at its initial value until time begins, as in ngspice [S]."""

_HEAD = '`include "constants.vams"\n`include "disciplines.vams"\n'
_ALIKE = {  # by name and number of values
    ("abs", 1): "abs", ("cos", 1): "cos", ("sin", 1): "sin", ("tan", 1): "tan", ("acos", 1): "acos",
    ("asin", 1): "asin",
    ("atan", 1): "atan", ("cosh", 1): "cosh", ("sinh", 1): "sinh", ("tanh", 1): "tanh", ("acosh", 1): "acosh",
    ("asinh", 1): "asinh", ("atanh", 1): "atanh", ("sqrt", 1): "sqrt", ("ln", 1): "ln", ("log", 1): "ln",
    ("log10", 1): "log", ("floor", 1): "floor", ("max", 2): "max", ("min", 2): "min",
    ("exp", 1): "spice_exp", ("u", 1): "spice_u", ("stp", 1): "spice_u", ("sgn", 1): "spice_sgn",
    ("pow", 2): "spice_pow", ("pwr", 2): "spice_pwr", ("arctan", 1): "atan",
}  # fmt: skip
_FUNCTIONS = {
    # ngspice gives 1e99 there; no solution lies beyond, and none is looked for far from it
    "spice_exp": ("x", "(x > 227.9559242) ? 1.0e99 : exp(x)"),
    "spice_u": ("x", "(x > 0.0) ? 1.0 : ((x < 0.0) ? 0.0 : 0.5)"),
    "spice_sgn": ("x", "(x > 0.0) ? 1.0 : ((x < 0.0) ? -1.0 : 0.0)"),
    # 0 apart: the slope of a power is a quotient there
    "spice_pow": ("x, y", "(x == 0.0) ? ((y > 0.0) ? 0.0 : 1.0) : pow(abs(x), y)"),
    "spice_pwr": ("x, y", "(x == 0.0) ? 0.0 : ((x > 0.0) ? pow(x, y) : -pow(-x, y))"),
    "spice_power": (
        "x, y", "(x == 0.0) ? ((y > 0.0) ? 0.0 : 1.0) : ((x > 0.0) ? pow(x, y) : ((abs(y - floor(y + 0.5)) > 1.0e-9) "
        "? 0.0 : ((abs(y/2.0 - floor(y/2.0 + 0.5)) < 1.0e-6) ? pow(-x, y) : -pow(-x, y))))",
    ),
}  # fmt: skip
_TRUE = {"||", "&&", "!", "==", "!=", "<", ">", "<=", ">="}
_CONSTANTS = {"pi": 3.14159265358979323846, "e": 2.71828182845904523536}
_SIGNS = {"+", "-", "*", "/"}


@dataclass(frozen=True)
class Translated:
    """A module.

    Attributes:
        text: of it.
        module: its name.
        nodes: what nodes of the circuit are called in it.
        parameters: likewise.
    """

    text: str
    module: str
    nodes: Mapping[str, str]
    parameters: Mapping[str, str]


def translated(circuit: Flat, module: str, *, signed_powers: bool, ports: Iterable[str] = ()) -> Translated:
    """The module of a circuit.

    Args:
        circuit: without devices such as diodes and transistors.
        module: name to give.
        signed_powers: as with LTspice, x ** y of a negative x has its sign for whole y, and is 0 for others; else it is
            that of |x|.
        ports: nodes that are terminals, where they are not those of the circuit.

    Raises:
        Untranslated: an element or a function that has none.
    """
    try:
        return _Writer(circuit, signed_powers, tuple(ports) or circuit.ports).module(module)
    except RecursionError:
        raise Untranslated(module, "functions stand in each other too deep") from None


@dataclass
class _Writer:
    circuit: Flat
    signed_powers: bool
    ports: tuple[str, ...]
    nodes: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    branches: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def module(self, name: str) -> Translated:
        """All of it."""
        circuit = self.circuit
        for port in self.ports:
            self.node(port)
        elements = {one.name: one for one in circuit.elements}
        for name_, term in circuit.constants.items():
            self.lines.append(f"{_variable(name_)} = {self.real(term, '')};")
        for one in circuit.elements:
            self._element(one, elements)
        for node, term, where in circuit.initial:
            if node != GROUND:
                held = f"V({self.node(node)})"
                self.lines.append(
                    f"if ($abstime <= 0.0) I({self.node(node)}) <+ {HOLDING:.1e}*({held} - ({self.real(term, where)}));"
                )
        names = [self.nodes[port] for port in self.ports]
        inner = [node for node in self.nodes.values() if node not in names]
        parameters = {key: f"p_{key}" for key in circuit.parameters}
        text = [
            _HEAD, f"module {name}({', '.join(names)});", f"  inout {', '.join(names)};",
            f"  electrical {', '.join([*names, *inner])};", *(f"  {line}" for line in self.branches),
            *(f'  (* type="instance" *) parameter real p_{key} = {self.real(term, "")};'
              for key, term in circuit.parameters.items()),
            *(f"  real {_variable(key)};" for key in circuit.constants),
            *(self._function(one) for one in sorted(self.used)),
            "  analog begin", *(f"    {line}" for line in self.lines), "  end", "endmodule", "",
        ]  # fmt: skip
        return Translated("\n".join(text), name, self.nodes, parameters)

    def node(self, node: str) -> str:
        """What a node is called in the module."""
        if node not in self.nodes:
            plain = re.sub(r"\W", "_", node)
            own = f"n_{plain}"
            while own in self.nodes.values():
                own += "_"
            self.nodes[node] = own
        return self.nodes[node]

    @staticmethod
    def _function(name: str) -> str:
        args, body = _FUNCTIONS[name]
        return (
            f"  analog function real {name};\n    input {args};\n    real {args};\n    {name} = {body};\n  endfunction"
        )

    # ---- elements

    def _element(self, one: Element, elements: Mapping[str, Element]) -> None:
        letter, branch = one.letter, _branch(one.name)
        plus, minus = one.nodes[:2]
        if letter not in "rlcvibefgh":
            raise Untranslated(one.where, f"the element {one.name}, a device of SPICE, has no translation")
        if plus == minus:
            if letter in "rcigb" and "v" not in one.values:
                return  # what flows from a node into itself is nothing
            raise Untranslated(one.where, f"both ends of {one.name} are one node")
        kind, value = self._value(one)
        for term in value.every():
            if term.kind == "amps" and (term.words[0] not in elements or elements[term.words[0]].letter not in "vehb"):
                raise Untranslated(one.where, f"i({term.words[0]}) is the current of no source of voltage here")
        ends = (plus, minus)
        if plus == GROUND:
            ends, value = (minus, plus), value if letter in "rlc" else Term("-1", (value,))
        # currents that are asked for are those from the first node to the second
        inside = self.node(ends[0]) if ends[1] == GROUND else f"{self.node(ends[0])}, {self.node(ends[1])}"
        self.branches.append(f"branch ({inside}) {branch};")
        written = self.real(value, one.where)
        if letter == "r":
            if value.kind == "number" and value.value == 0:
                raise Untranslated(one.where, f"{one.name} has no resistance: join its nodes")
            line = f"I({branch}) <+ V({branch})/({written});"
        elif letter == "c":
            line = f"I({branch}) <+ ddt(({written})*V({branch}));"
        elif letter == "l":
            line = f"V({branch}) <+ ddt(({written})*I({branch}));"
        else:
            line = f"{kind}({branch}) <+ {written};"
        self.lines.append(line)

    def _value(self, one: Element) -> tuple[str, Term]:
        """Whether a source is one of a current or of a voltage, and its value, or that of another element."""
        letter, values = one.letter, dict(one.values)
        if letter in "vi" and values.keys() == {"before", "after"}:
            return letter.upper(), Term("begun", (values["after"], values["before"]))
        own = {"r": ("", "r"), "c": ("", "c"), "l": ("", "l"), "v": ("", "dc"), "i": ("", "dc"), "b": ("i", "v"),
               "e": ("", "value", "vol"), "g": ("", "value", "cur"), "f": ("", "gain"), "h": ("",)}[letter]  # fmt: skip
        given = [key for key in own if key in values]
        if len(given) != 1 or len(values) != 1:
            extra = sorted(values.keys() - set(own))
            what = f"the parameter {extra[0]} of {one.name} has no translation" if extra else f"{one.name} has no value"
            raise Untranslated(one.where, what)
        value = values[given[0]]
        if letter in "clvi" and any(term.kind in ("volts", "amps") for term in value.every()):
            raise Untranslated(one.where, f"{one.name} follows voltages, which has no translation: write a source")
        if letter in "eg" and len(one.nodes) == 4:
            value = Term("*", (value, Term("volts", words=one.nodes[2:])))
        if letter in "fh":
            value = Term("*", (value, Term("amps", words=(one.model,))))
        return "V" if letter in "veh" or given[0] == "v" else "I", value

    # ---- expressions

    def real(self, term: Term, where: str) -> str:
        """A term as a real number."""
        if term.kind in _TRUE:
            return f"({self.truth(term, where)} ? 1.0 : 0.0)"
        kind, args = term.kind, term.args
        if kind == "number":
            return f"{term.value!r}"
        if kind == "name":
            return self._name(term.words[0], where)
        if kind == "volts":
            return self._volts(*term.words)
        if kind == "amps":
            return self._amps(term.words[0])
        if kind == "begun":
            return f"(($abstime > 0.0) ? {self.real(args[0], where)} : {self.real(args[1], where)})"
        if kind == "-1":
            return f"(-{self.real(args[0], where)})"
        if kind == "?":
            return f"({self.truth(args[0], where)} ? {self.real(args[1], where)} : {self.real(args[2], where)})"
        if kind in _SIGNS:
            return f"({self.real(args[0], where)} {kind} {self.real(args[1], where)})"
        if kind == "^" or (kind == "call" and term.words[0] == "pow" and len(args) == 2):
            return self._power(args[0], args[1], where)
        if kind == "call":
            return self._call(term, where)
        raise Untranslated(where, f"{kind!r} has no translation")

    def truth(self, term: Term, where: str) -> str:
        """A term as a condition."""
        if term.kind not in _TRUE:
            return f"({self.real(term, where)} != 0.0)"
        if term.kind == "!":
            return f"(!{self.truth(term.args[0], where)})"
        one = self.truth if term.kind in ("||", "&&") else self.real
        return f"({one(term.args[0], where)} {term.kind} {one(term.args[1], where)})"

    def _name(self, name: str, where: str) -> str:
        if name in self.circuit.parameters:
            return f"p_{name}"
        if name in self.circuit.constants:
            return _variable(name)
        if name in ("temper", "temp"):
            return "($temperature - 273.15)"
        if name in _CONSTANTS:
            return repr(_CONSTANTS[name])
        if name == "time":
            raise Untranslated(where, "it asks for the time: give it a voltage that changes instead")
        raise Untranslated(where, f"{name!r} is no parameter that is known here")

    def _volts(self, plus: str, minus: str) -> str:
        if plus == minus:
            return "0.0"
        if plus == GROUND:
            return f"(-V({self.node(minus)}))"
        return f"V({self.node(plus)})" if minus == GROUND else f"V({self.node(plus)}, {self.node(minus)})"

    def _amps(self, source: str) -> str:
        turned = next(one for one in self.circuit.elements if one.name == source).nodes[0] == GROUND
        return f"(-I({_branch(source)}))" if turned else f"I({_branch(source)})"

    def _power(self, base: Term, exponent: Term, where: str) -> str:
        if exponent.kind == "number" and exponent.value in (2.0, 3.0, 4.0):
            one = self.real(base, where)
            first = one if self.signed_powers or exponent.value != 3.0 else f"abs({one})"
            return "(" + "*".join([first, *[one] * (int(exponent.value) - 1)]) + ")"
        name = "spice_power" if self.signed_powers else "spice_pow"
        self.used.add(name)
        return f"{name}({self.real(base, where)}, {self.real(exponent, where)})"

    def _call(self, term: Term, where: str) -> str:
        name, args = term.words[0], term.args
        if name in ("if", "ternary_fcn") and len(args) == 3:
            return self.real(Term("?", args), where)
        if name == "uramp" and len(args) == 1:
            return f"max({self.real(args[0], where)}, 0.0)"
        if name == "limit" and len(args) == 3:
            low, high = Term("call", args[1:], words=("min",)), Term("call", args[1:], words=("max",))
            return self.real(Term("call", (Term("call", (args[0], low), words=("max",)), high), words=("min",)), where)
        if name == "u2" and len(args) == 1:
            return self.real(Term("call", (args[0], number(0.0), number(1.0)), words=("limit",)), where)
        if name == "ceil" and len(args) == 1:  # which openvaf-r cannot compile
            return f"(-floor(-({self.real(args[0], where)})))"
        if name == "int" and len(args) == 1:
            one = self.real(args[0], where)
            return f"(({one} >= 0.0) ? floor({one}) : (-floor(-({one}))))"
        if name == "sqr" and len(args) == 1:
            return self._power(args[0], number(2.0), where)
        if name == "ddt" and len(args) == 1:
            return f"ddt({self.real(args[0], where)})"
        alike = _ALIKE.get((name, len(args)))
        if alike is None:
            raise Untranslated(where, f"{name}() with {len(args)} values has no translation")
        if alike in _FUNCTIONS:
            self.used.add(alike)
        return f"{alike}({', '.join(self.real(one, where) for one in args)})"


def _variable(name: str) -> str:
    return "q_" + re.sub(r"\W", "_", name)


def _branch(name: str) -> str:
    return "b_" + re.sub(r"\W", "_", name)
