"""Tuples of arrays that compiled functions take by reference.

What a transient works on are a few hundred arrays in nested tuples. Machine code takes a tuple by value: each array is
seven numbers, and functions of thousands of arguments take minutes to compile. Here all of them stand in one block of
memory, an array by where its values are and by its shape, and a function is given where the block is; what it asks of
the tuple is read there. A block is valid while the tuple that it was made from lives.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyspice_models.engine.nodal.linear.compiled import numba

ir: Any = numba.core.cgutils.ir
types: Any = numba.types
_templates: Any = numba.core.typing.templates
_Type: Any = types.Type
_Model: Any = numba.extending.models.PrimitiveModel
_Attributes: Any = _templates.AttributeTemplate
_lower_parts: Any = numba.extending.lower_getattr_generic
_WORD = 8  # bytes
_BYTES = ir.IntType(8).as_pointer()


class Reference(_Type):
    """The type of a reference to a tuple with names, or of a part of one."""

    def __init__(self, of: Any) -> None:
        """`of`: the tuple's own type."""
        self.of = of
        # function names are made from those of types: the tuple's own is thousands of letters long
        super().__init__(name=f"Reference{hashlib.sha256(str(of).encode()).hexdigest()[:16]}")

    def part(self, name: str) -> tuple[Any, int]:
        """Type of a part, and how many words into the block it begins."""
        number = self.of.fields.index(name)
        return self.of.types[number], sum(_words(one) for one in self.of.types[:number])


def _words(of: Any) -> int:
    """How much of a block something takes up."""
    if isinstance(of, types.BaseTuple):
        return sum(_words(one) for one in of.types)
    if isinstance(of, types.Array):
        return 1 + int(of.ndim) * (1 if of.layout == "C" else 2)
    if isinstance(of, types.Float | types.Integer | types.Boolean):
        return 1
    raise TypeError(f"{of} cannot be taken by reference")


@numba.extending.register_model(Reference)
class _Pointer(_Model):
    def __init__(self, manager: Any, of: Any) -> None:
        super().__init__(manager, of, _BYTES)


@_templates.infer_getattr
class _Parts(_Attributes):
    key = Reference

    def generic_resolve(self, of: Any, name: str) -> Any:
        if name not in of.of.fields:
            return None
        part, _ = of.part(name)
        return Reference(part) if isinstance(part, types.BaseNamedTuple) else part


@_lower_parts(Reference)
def _lowered(context: Any, builder: Any, of: Any, value: Any, name: str) -> Any:
    part, place = of.part(name)
    if isinstance(part, types.BaseNamedTuple):
        return _moved(builder, value, place)
    return _read(context, builder, part, value, place)


def _moved(builder: Any, value: Any, words: int) -> Any:
    return builder.gep(value, [ir.Constant(ir.IntType(64), words * _WORD)], inbounds=True)


def _word(builder: Any, of: Any, value: Any, place: int) -> Any:
    """A number of the block, which is written before the code runs and does not change."""
    found = builder.load(builder.bitcast(_moved(builder, value, place), of.as_pointer()))
    found.set_metadata("invariant.load", builder.module.add_metadata([]))
    return found


def _read(context: Any, builder: Any, of: Any, value: Any, place: int) -> Any:
    """A part by value."""
    if isinstance(of, types.BaseTuple):
        found = []
        for one in of.types:
            found.append(_read(context, builder, one, value, place))
            place += _words(one)
        return context.make_tuple(builder, of, found)
    if isinstance(of, types.Boolean):
        return builder.trunc(_word(builder, ir.IntType(64), value, place), ir.IntType(1))
    if not isinstance(of, types.Array):
        return _word(builder, context.get_value_type(of), value, place)
    size = context.get_abi_sizeof(context.get_data_type(of.dtype))
    word, itemsize = ir.IntType(64), ir.Constant(ir.IntType(64), size)
    shape = [_word(builder, word, value, place + 1 + n) for n in range(of.ndim)]
    if of.layout == "C":
        strides: list[Any] = []
        step = itemsize
        for length in reversed(shape):
            strides.insert(0, step)
            step = builder.mul(step, length)
    else:
        strides = [_word(builder, word, value, place + 1 + of.ndim + n) for n in range(of.ndim)]
    array = context.make_array(of)(context, builder)
    numba.np.arrayobj.populate_array(
        array, data=builder.inttoptr(_word(builder, word, value, place), array.data.type), shape=shape,
        strides=strides, itemsize=itemsize, meminfo=None,
    )  # fmt: skip
    return array._getvalue()


def reference_at(of: Any) -> Any:
    """A compiled function that makes a reference of this type of the address of a block."""

    def typed(context: Any, address: Any) -> Any:
        def lowered(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.inttoptr(values[0], _BYTES)

        return Reference(of)(types.int64), lowered

    return numba.extending.intrinsic(typed)


def shape_of(part: Any) -> Any:
    """What tells one type of tuples from another: equal where `numba.typeof` is."""
    if isinstance(part, tuple):
        return (type(part), *map(shape_of, part))
    if isinstance(part, np.ndarray):
        flags = part.flags
        return part.dtype, part.ndim, flags.c_contiguous, flags.f_contiguous, flags.writeable, flags.aligned
    return type(part)


def block_of(thing: tuple[Any, ...]) -> NDArray[np.int64]:
    """The block of a tuple."""
    words: list[int | float] = []
    reals: list[int] = []
    _put(thing, words, reals)
    block = np.array([0 if isinstance(one, float) else one for one in words], dtype=np.int64)
    block.view(np.float64)[reals] = [words[n] for n in reals]
    return block


def _put(part: Any, words: list[int | float], reals: list[int]) -> None:
    if isinstance(part, tuple):
        for one in part:
            _put(one, words, reals)
    elif isinstance(part, np.ndarray):
        words.append(part.__array_interface__["data"][0])
        words.extend(part.shape)
        if not part.flags.c_contiguous:
            words.extend(part.strides)
    elif isinstance(part, float):
        reals.append(len(words))
        words.append(part)
    else:
        words.append(int(part))
