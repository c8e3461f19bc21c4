"""Numbers that several threads read and write, for compiled loops: shape (number,), of whole ones."""

from __future__ import annotations

from typing import Any

from pyspice_models.engine.toolchain.own_folder import imported

_ir: Any = imported("llvmlite.ir")
_types: Any = imported("numba.core.types")
_utils: Any = imported("numba.core.cgutils")
_intrinsic: Any = imported("numba.extending").intrinsic

_WORD = 8  # bytes


def _place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.gep(array.data, [args[1]])


def _read(typing: Any, array: Any, place: Any) -> Any:
    """A number, and with it everything that was written before it was."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load_atomic(_place(context, builder, signature, args), "acquire", _WORD)

    return _types.int64(array, _types.intp), generate


def _write(typing: Any, array: Any, place: Any, value: Any) -> Any:
    """Write a number, after everything that was written before."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store_atomic(args[2], _place(context, builder, signature, args), "release", _WORD)
        return context.get_dummy_value()

    return _types.void(array, _types.intp, _types.int64), generate


def _exchange(typing: Any, array: Any, place: Any, old: Any, new: Any) -> Any:
    """Write a new number where the old one stands; whether it did: of several threads one is told so."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        at = _place(context, builder, signature, args)
        return builder.extract_value(builder.cmpxchg(at, args[2], args[3], "acq_rel", "acquire"), 1)

    return _types.boolean(array, _types.intp, _types.int64, _types.int64), generate


def _rest(typing: Any) -> Any:
    """Sleep for 50 us: others may have the core. To give it up without sleeping would be to lose it for milliseconds
    where others want it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = _ir.IntType(32)
        sleep = _utils.get_or_insert_function(builder.module, _ir.FunctionType(word, [word]), "usleep")
        builder.call(sleep, [word(50)])
        return context.get_dummy_value()

    return _types.void(), generate


read: Any = _intrinsic(_read)
write: Any = _intrinsic(_write)
exchange: Any = _intrinsic(_exchange)
rest: Any = _intrinsic(_rest)
