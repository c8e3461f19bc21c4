"""The binary interface of compiled Verilog-A, OSDI, as far as this package reads it: structures and flags.

Source: osdi_0_4.h of OpenVAF-Reloaded. Objects of version 0.5 keep that layout and add what stands at the end of
`DescriptorLayout`; of 0.3 lacks the functions that write a Jacobian as an array, and is refused.
"""

from __future__ import annotations

import ctypes as c

_U32, _ADDRESS, _TEXT = c.c_uint32, c.c_void_p, c.c_char_p

VERSIONS = ((0, 4), (0, 5))
"""Versions that are read."""

REAL, INTEGER, STRING = 0, 1, 2
"""Type of a parameter, the two lowest bits of its flags; the two highest say what it belongs to."""

READ, SET, OF_INSTANCE = 0, 1, 4
"""Flags of `access`."""

ENTRY_RESISTIVE, ENTRY_REACTIVE = 4, 8
"""Flags of an entry of the Jacobian."""

IN_TIME, AT_REST, RECORD = 1 | 2 | 4 | 8 | 8192, 1 | 4 | 8192, 32
"""Flags of an evaluation: all residuals and Jacobians within a transient; what an operating point before one has,
without charges; and output variables. Compiled code takes an `idt` for one at rest unless the Jacobian of charges is
asked for."""

SLOPES = 4
"""The part of these that asks for the Jacobian of resistive currents."""

FATAL, FINISH, STOP = 2, 4, 8
"""What an evaluation may ask for."""

NOWHERE = 0xFFFFFFFF
"""An offset of something that is not there, or the node of a collapsed pair that is ground."""


class NodePair(c.Structure):
    _fields_ = (("first", _U32), ("second", _U32))


class Entry(c.Structure):
    """One entry of the Jacobian."""

    _fields_ = (("nodes", NodePair), ("react_ptr_off", _U32), ("flags", _U32))


class Node(c.Structure):
    _fields_ = (
        ("name", _TEXT), ("units", _TEXT), ("residual_units", _TEXT), ("resist_off", _U32), ("react_off", _U32),
        ("limit_resist_off", _U32), ("limit_react_off", _U32), ("is_flow", c.c_bool),
    )  # fmt: skip


class Variable(c.Structure):
    """A parameter or an output variable."""

    _fields_ = (
        ("names", c.POINTER(_TEXT)), ("aliases", _U32), ("about", _TEXT), ("units", _TEXT), ("flags", _U32),
        ("length", _U32),
    )  # fmt: skip


class DescriptorLayout(c.Structure):
    """What an object says of one module."""

    _fields_ = (
        ("name", _TEXT), ("nodes_count", _U32), ("terminals_count", _U32), ("nodes", c.POINTER(Node)),
        ("entries_count", _U32), ("entries", c.POINTER(Entry)), ("collapsible_count", _U32),
        ("collapsible", c.POINTER(NodePair)), ("collapsed_offset", _U32), ("noise_sources", _ADDRESS),
        ("noise_count", _U32), ("parameters_count", _U32), ("instance_parameters_count", _U32),
        ("outputs_count", _U32), ("variables", c.POINTER(Variable)), ("node_mapping_offset", _U32),
        ("jacobian_ptr_resist_offset", _U32), ("limits_count", _U32), ("limits_offset", _U32),
        ("bound_step_offset", _U32), ("instance_size", _U32), ("model_size", _U32), ("access", _ADDRESS),
        ("setup_model", _ADDRESS), ("setup_instance", _ADDRESS), ("eval", _ADDRESS), ("load_noise", _ADDRESS),
        ("load_residual_resist", _ADDRESS), ("load_residual_react", _ADDRESS), ("load_limit_rhs_resist", _ADDRESS),
        ("load_limit_rhs_react", _ADDRESS), ("load_spice_rhs_dc", _ADDRESS), ("load_spice_rhs_tran", _ADDRESS),
        ("load_jacobian_resist", _ADDRESS), ("load_jacobian_react", _ADDRESS), ("load_jacobian_tran", _ADDRESS),
        ("given_flag_model", _ADDRESS), ("given_flag_instance", _ADDRESS), ("resistive_entries", _U32),
        ("reactive_entries", _U32), ("write_jacobian_array_resist", _ADDRESS),
        ("write_jacobian_array_react", _ADDRESS), ("inputs_count", _U32), ("inputs", c.POINTER(NodePair)),
        ("load_jacobian_with_offset_resist", _ADDRESS), ("load_jacobian_with_offset_react", _ADDRESS),
        ("unknown_nature", _ADDRESS), ("residual_nature", _ADDRESS), ("noise_source_type", _ADDRESS),
        ("load_noise_params", _ADDRESS),
        # from here on since 0.5
        ("module_flags", _U32), ("delays_count", _U32), ("delays", _ADDRESS),
    )  # fmt: skip


SIZES = {(0, 4): DescriptorLayout.module_flags.offset, (0, 5): c.sizeof(DescriptorLayout)}
"""How long a descriptor is by version [bytes]; a longer one of 0.4 ends with what this package does not read."""


class SimParas(c.Structure):
    """What `$simparam` finds."""

    _fields_ = (
        ("names", c.POINTER(_TEXT)), ("values", c.POINTER(c.c_double)), ("names_str", c.POINTER(_TEXT)),
        ("values_str", c.POINTER(_TEXT)),
    )  # fmt: skip


class SimInfo(c.Structure):
    """What an evaluation is told; the compiled loops see it as words of 8 bytes."""

    _fields_ = (
        ("paras", SimParas), ("time", c.c_double), ("prev_solve", _ADDRESS), ("prev_state", _ADDRESS),
        ("next_state", _ADDRESS), ("flags", _U32), ("history", _ADDRESS), ("query", _ADDRESS),
    )  # fmt: skip


WORD_TIME, WORD_VOLTAGES, WORD_FLAGS = (
    field.offset // 8 for field in (SimInfo.time, SimInfo.prev_solve, SimInfo.flags)
)  # fmt: skip


class InitError(c.Structure):
    _fields_ = (("code", _U32), ("parameter", _U32))


class InitInfo(c.Structure):
    _fields_ = (("flags", _U32), ("errors_count", _U32), ("errors", c.POINTER(InitError)))
