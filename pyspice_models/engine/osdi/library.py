"""A compiled object in this process: read by its layout, refused if it is another one. Only the child opens any."""

from __future__ import annotations

import ctypes as c
from collections.abc import Mapping

import numpy as np

from pyspice_models.engine.osdi import layout
from pyspice_models.engine.osdi.descriptor import Descriptor, NodeOf, ParameterOf
from pyspice_models.engine.osdi.layout import DescriptorLayout, InitInfo, SimInfo, SimParas

_KINDS = {0: "model", 1: "instance", 2: "output", 3: "output"}
_TYPES = {layout.REAL: "real", layout.INTEGER: "integer", layout.STRING: "string"}
_SIMPARAM = {"gmin": 1e-15, "tnom": 26.85, "simulatorVersion": 1.0, "scale": 1.0, "shrink": 0.0, "gdev": 0.0}
"""What `$simparam` finds; the nominal temperature is in degrees Celsius, as the language has it."""

_MOST_WORDS = 20  # lines of `$strobe` and the like that are kept
_LOG = c.CFUNCTYPE(None, c.c_void_p, c.c_char_p, c.c_uint32)


class Refused(Exception):
    """What this object, or a request to it, is refused for, in words."""


class Library:
    """One module of an object.

    Attributes:
        layout: its descriptor as it lies in memory.
        words: what the module printed, the first lines of it.
        paras: what `$simparam` finds.
        handle: address that the module gives back when it prints.
    """

    def __init__(self, path: str, module: str, *, any_case: bool = False) -> None:
        """Open it; with `any_case`, capitals in the module's name do not count where no other is called alike.

        Raises:
            Refused: no object of a version that is read, no such module, or one that needs what is not done here.
        """
        try:
            self._library = c.CDLL(path)
            version = tuple(self._number(f"OSDI_VERSION_{part}") for part in ("MAJOR", "MINOR"))
        except (OSError, ValueError) as error:
            raise Refused(f"it is no OSDI object: {error}") from None
        if version not in layout.VERSIONS:
            known = " and ".join(f"{a}.{b}" for a, b in layout.VERSIONS)
            raise Refused(f"it is an OSDI object of version {version[0]}.{version[1]}; {known} are read")
        size = self._number("OSDI_DESCRIPTOR_SIZE")
        wanted = layout.SIZES[version]
        if size < wanted or (version == layout.VERSIONS[-1] and size != wanted):
            raise Refused(f"its descriptors have {size} bytes, and those of OSDI {version[0]}.{version[1]} {wanted}")
        self.version = f"{version[0]}.{version[1]}"
        base = c.addressof(c.c_char.in_dll(self._library, "OSDI_DESCRIPTORS"))
        count = self._number("OSDI_NUM_DESCRIPTORS")
        found = [DescriptorLayout.from_address(base + k * size) for k in range(count)]
        names = [_text(one.name) for one in found]
        if any_case and module not in names:
            alike = [name for name in names if name.lower() == module.lower()]
            module = alike[0] if len(alike) == 1 else module
        if module and module not in names:
            raise Refused(f"it has no module {module}, but {', '.join(names)}")
        if not module and count != 1:
            raise Refused(f"it has {count} modules, {', '.join(names)}: name one")
        self.layout = found[names.index(module) if module else 0]
        self.words: list[str] = []
        self._log = _LOG(self._keep)
        c.c_void_p.in_dll(self._library, "osdi_log").value = c.cast(self._log, c.c_void_p).value
        self._memory = c.create_string_buffer(16)
        self.handle = c.addressof(self._memory)
        self._simparam()
        self._functions()
        self.ids = {
            _text(self.layout.variables[k].names[alias]): k
            for k in range(self.layout.parameters_count + self.layout.outputs_count)
            for alias in range(self.layout.variables[k].aliases + 1)
        }

    def _number(self, name: str) -> int:
        return c.c_uint32.in_dll(self._library, name).value

    def _keep(self, handle: object, message: bytes, level: int) -> None:
        if len(self.words) < _MOST_WORDS:
            self.words.append(_text(message).strip())

    def _simparam(self) -> None:
        names = (c.c_char_p * (len(_SIMPARAM) + 1))(*[name.encode() for name in _SIMPARAM], None)
        values = (c.c_double * len(_SIMPARAM))(*_SIMPARAM.values())
        none, texts = (c.c_char_p * 1)(None), (c.c_char_p * 1)(None)
        self._kept = names, values, none, texts
        text = c.POINTER(c.c_char_p)
        self.paras = SimParas(
            c.cast(names, text), c.cast(values, c.POINTER(c.c_double)), c.cast(none, text), c.cast(texts, text)
        )

    def _functions(self) -> None:
        pointer, number = c.c_void_p, c.c_uint32
        paras, told = c.POINTER(SimParas), c.POINTER(InitInfo)
        one = self.layout
        self.access = c.CFUNCTYPE(pointer, pointer, pointer, number, number)(one.access)
        self.setup_model = c.CFUNCTYPE(None, pointer, pointer, paras, told)(one.setup_model)
        self.setup_instance = c.CFUNCTYPE(None, pointer, pointer, pointer, c.c_double, number, paras, told)(
            one.setup_instance
        )

    @property
    def calls(self) -> np.ndarray:
        """Addresses for the compiled loops, and the handle."""
        one = self.layout
        return np.array(
            [
                one.eval, one.load_residual_resist, one.load_residual_react, one.write_jacobian_array_resist,
                one.write_jacobian_array_react, self.handle,
            ],
            dtype=np.int64,
        )  # fmt: skip

    def variable(self, k: int) -> tuple[str, int, int]:
        """Name, kind and type of a parameter or output variable by its number."""
        one = self.layout.variables[k]
        return _text(one.names[0]), one.flags >> 30, one.flags & 3

    def describe(self, defaults: Mapping[str, float], joined: list[tuple[int, int]]) -> Descriptor:
        """What the module says of itself, with the defaults and joined nodes that a set-up gave."""
        one = self.layout
        names = [_text(one.nodes[k].name) for k in range(one.nodes_count)]
        reactive = self.entries()[1]
        charged = {row for row, _ in reactive}
        own = {row for row, col in reactive if col >= one.terminals_count and row >= one.terminals_count}
        variables = []
        for k in range(one.parameters_count + one.outputs_count):
            name, kind, kind_of_value = self.variable(k)
            raw = one.variables[k]
            aliases = tuple(_text(raw.names[alias]) for alias in range(1, raw.aliases + 1))
            of = _TYPES.get(kind_of_value, "string")
            about, unit = _text(raw.about), _text(raw.units)
            variables.append(ParameterOf(name, unit, about, _KINDS[kind], of, aliases, defaults.get(name)))

        def pair(nodes: tuple[int, int]) -> tuple[str, str]:
            first, second = ("0" if k == layout.NOWHERE else names[k] for k in nodes)
            return first, second

        every = [(one.collapsible[k].first, one.collapsible[k].second) for k in range(one.collapsible_count)]
        return Descriptor(
            _text(one.name),
            tuple(
                NodeOf(name, k >= one.terminals_count, k in charged, k in own, bool(one.nodes[k].is_flow))
                for k, name in enumerate(names)
            ),
            tuple(one for one in variables if one.kind != "output"),
            tuple(one for one in variables if one.kind == "output"),
            one.limits_count,
            one.delays_count if self.version != "0.4" else 0,
            tuple(pair(nodes) for nodes in every),
            tuple(pair(nodes) for nodes in joined),
            one.bound_step_offset != layout.NOWHERE,
            self.version,
        )

    def entries(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Places of the entries of the resistive and of the reactive Jacobian, in the order of their writers."""
        every = [self.layout.entries[k] for k in range(self.layout.entries_count)]
        resistive, reactive = (
            [(one.nodes.first, one.nodes.second) for one in every if one.flags & flag]
            for flag in (layout.ENTRY_RESISTIVE, layout.ENTRY_REACTIVE)
        )
        return resistive, reactive

    def info(self) -> np.ndarray:
        """A `SimInfo` as words of 8 bytes, to be filled by the loops."""
        words = np.zeros(c.sizeof(SimInfo) // 8 + 1, np.int64)
        told = SimInfo.from_address(words.ctypes.data)
        told.paras = self.paras
        # of a module without limits nothing is kept between evaluations; it has a place all the same
        self._states = np.zeros(max(1, self.layout.limits_count))
        told.prev_state = told.next_state = self._states.ctypes.data
        return words


def _text(given: bytes | None) -> str:
    return (given or b"").decode(errors="replace")
