"""Calls of a module's functions by their addresses.

Arguments that all loops share:
    calls: addresses of eval, of the two loads of residuals and of the two writers of Jacobians, and the handle that
        eval wants.
    info, clock: the `SimInfo` as whole numbers and as floats, one memory.
    inst, model: addresses of a cell's data.
    rows, cols, counts: entries of both Jacobians by node, the resistive ones first; how many of each.
A row of voltages has a place for every node and one for ground, which is the last.
"""

from __future__ import annotations

from typing import Any

from pyspice_models.engine.nodal.linear.compiled import uncounted
from pyspice_models.engine.osdi.layout import FATAL, FINISH, STOP, WORD_FLAGS, WORD_TIME, WORD_VOLTAGES
from pyspice_models.engine.toolchain.own_folder import imported

_ir: Any = imported("llvmlite.ir")
_types: Any = imported("numba.core.types")
_intrinsic: Any = imported("numba.extending").intrinsic
BAD = FATAL | FINISH | STOP
"""What an evaluation asks for that ends a run."""


def _pointers(builder: Any, args: Any) -> list[Any]:
    pointer = _ir.IntType(8).as_pointer()
    return [builder.inttoptr(one, pointer) for one in args]


@_intrinsic
def _evaluate(typing: Any, call: Any, handle: Any, inst: Any, model: Any, info: Any) -> Any:
    signature = _types.int64(*[_types.int64] * 5)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer, word = _ir.IntType(8).as_pointer(), _ir.IntType(32)
        function = builder.inttoptr(args[0], _ir.FunctionType(word, [pointer] * 4).as_pointer())
        return builder.zext(builder.call(function, _pointers(builder, args[1:])), _ir.IntType(64))

    return signature, generate


@_intrinsic
def _load(typing: Any, call: Any, inst: Any, model: Any, target: Any) -> Any:
    signature = _types.void(*[_types.int64] * 4)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = _ir.IntType(8).as_pointer()
        function = builder.inttoptr(args[0], _ir.FunctionType(_ir.VoidType(), [pointer] * 3).as_pointer())
        builder.call(function, _pointers(builder, args[1:]))
        return context.get_dummy_value()

    return signature, generate


@_intrinsic
def double_at(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(builder.inttoptr(args[0], _ir.DoubleType().as_pointer()))

    return _types.float64(_types.int64), generate


@uncounted
def copied(given: Any, into: Any) -> Any:
    for k in range(len(given)):
        into[k] = given[k]


@uncounted
def copied_rows(given: Any, into: Any) -> Any:
    """A table copied."""
    for m in range(given.shape[0]):
        copied(given[m], into[m])


@uncounted
def added(
    calls: Any, info: Any, clock: Any, inst: Any, model: Any, flags: Any, time: Any, v: Any, r: Any, q: Any
) -> Any:
    """Evaluate one cell at one row of voltages and add its residuals; what the module asks for."""
    clock[WORD_TIME] = time
    info[WORD_VOLTAGES] = v.ctypes.data
    info[WORD_FLAGS] = flags
    asked = _evaluate(calls[0], calls[5], inst, model, info.ctypes.data)
    _load(calls[1], inst, model, r.ctypes.data)
    _load(calls[2], inst, model, q.ctypes.data)
    return asked & BAD


@uncounted
def at_once(
    calls: Any, info: Any, clock: Any, inst: Any, model: Any, flags: Any, time: Any, v: Any, r: Any, q: Any
) -> Any:
    """Evaluate one cell at one row of voltages into its residuals; what the module asks for."""
    for k in range(len(r)):
        r[k] = 0.0
        q[k] = 0.0
    return added(calls, info, clock, inst, model, flags, time, v, r, q)


@uncounted
def written_slopes(calls: Any, inst: Any, model: Any, of_r: Any, from_r: Any, of_q: Any, from_q: Any) -> Any:
    """Both Jacobians of the last evaluation of a cell, entry by entry, from these places on."""
    _load(calls[3], inst, model, of_r.ctypes.data + 8 * from_r)
    _load(calls[4], inst, model, of_q.ctypes.data + 8 * from_q)


@uncounted
def slopes(
    calls: Any, inst: Any, model: Any, rows: Any, cols: Any, counts: Any, scratch: Any, of_r: Any, of_q: Any
) -> Any:
    """Both Jacobians of the last evaluation of a cell."""
    for a in range(len(of_r)):
        for b in range(len(of_r)):
            of_r[a, b] = 0.0
            of_q[a, b] = 0.0
    _load(calls[3], inst, model, scratch.ctypes.data)
    for m in range(counts[0]):
        of_r[rows[m], cols[m]] += scratch[m]
    _load(calls[4], inst, model, scratch.ctypes.data)
    for m in range(counts[1]):
        of_q[rows[counts[0] + m], cols[counts[0] + m]] += scratch[m]
