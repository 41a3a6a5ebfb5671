"""Sixteen 64-bit words as one value of a kernel: loads, stores and bitwise arithmetic that stay in registers.

For the bit-packed lattices: small local arrays would go through memory, and whether a loop over them becomes vector
instructions would be left to chance. A vector is LLVM's <16 x i64>, split into whatever registers the processor has, so
the bits are the same everywhere. `^ & | + * >>` act word by word.
"""

from __future__ import annotations

import operator
from functools import partial
from typing import Any

from llvmlite import ir
from numba import extending, njit
from numba.core import types
from numba.extending import models, overload, register_model

intrinsic: Any = extending.intrinsic  # the first argument, the typing context, is numba's own

# For functions that borrow all their arrays. Counting references to them costs more than the work (measured: five times
# as much as finding the unsatisfied bonds), as the calls between the instructions send every vector through memory.
borrowing: Any = partial(njit, cache=True, _nrt=False)
inlined: Any = partial(njit, cache=True, _nrt=False, forceinline=True)

WIDTH = 16
WORD, INDEX = ir.IntType(64), ir.IntType(32)
FORM = ir.VectorType(WORD, WIDTH)


class VectorType(types.Type):
    """Sixteen words."""

    def __init__(self):
        super().__init__(name=f"vector of {WIDTH} words")


vector = VectorType()


@register_model(VectorType)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, front_end):
        super().__init__(manager, front_end, FORM)


def place(context, builder, array_type, array, index):
    """Pointer to array[index] of a contiguous 1-D array."""
    return builder.gep(context.make_array(array_type)(context, builder, array).data, [index])


@intrinsic
def load(typing, array, first):
    """array[first : first + 16] of uint64."""

    def build(context, builder, signature, args):
        first = place(context, builder, signature.args[0], *args)
        return builder.load(builder.bitcast(first, FORM.as_pointer()), align=8)

    return vector(array, types.intp), build


@intrinsic
def store(typing, array, first, value):
    """array[first : first + 16] = value."""

    def build(context, builder, signature, args):
        first = place(context, builder, signature.args[0], args[0], args[1])
        builder.store(args[2], builder.bitcast(first, FORM.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), build


@intrinsic
def gather(typing, array, table, first):
    """array[table[first : first + 16]], for a table of int32."""

    def build(context, builder, signature, args):
        array, table, first = args
        found = ir.Constant(FORM, ir.Undefined)
        for k in range(WIDTH):
            entry = place(context, builder, signature.args[1], table, builder.add(first, ir.Constant(WORD, k)))
            word = place(context, builder, signature.args[0], array, builder.sext(builder.load(entry), WORD))
            found = builder.insert_element(found, builder.load(word), ir.Constant(INDEX, k))
        return found

    return vector(array, table, types.intp), build


def _spread(builder, word):
    empty = ir.Constant(FORM, ir.Undefined)
    one = builder.insert_element(empty, word, ir.Constant(INDEX, 0))
    return builder.shuffle_vector(one, empty, ir.Constant(ir.VectorType(INDEX, WIDTH), [0] * WIDTH))


@intrinsic
def splat(typing, word):
    """Sixteen times the same word."""
    return vector(types.uint64), lambda context, builder, signature, args: _spread(builder, args[0])


@intrinsic
def rising(typing, start, step):
    """start + k step, k = 0 ... 15."""

    def build(context, builder, signature, args):
        start, step = (_spread(builder, word) for word in args)
        return builder.add(start, builder.mul(step, ir.Constant(FORM, list(range(WIDTH)))))

    return vector(types.uint64, types.uint64), build


@intrinsic
def some(typing, value):
    """Whether any bit is set."""

    def build(context, builder, signature, args):
        flags = ir.IntType(WIDTH)
        set_ = builder.bitcast(builder.icmp_unsigned("!=", args[0], ir.Constant(FORM, None)), flags)
        return builder.icmp_unsigned("!=", set_, ir.Constant(flags, 0))

    return types.boolean(vector), build


def _wordwise(instruction):
    @intrinsic
    def operation(typing, a, b):
        def build(context, builder, signature, args):
            return getattr(builder, instruction)(*args)

        return vector(vector, vector), build

    return operation


def _with_word(instruction):
    @intrinsic
    def operation(typing, a, b):
        def build(context, builder, signature, args):
            return getattr(builder, instruction)(args[0], _spread(builder, args[1]))

        return vector(vector, types.uint64), build

    return operation


def _define(sign, instruction):
    both, one = _wordwise(instruction), _with_word(instruction)

    @overload(sign)
    def defined(a, b):
        if a == vector and b == vector:
            return lambda a, b: both(a, b)
        if a == vector and b == types.uint64:
            return lambda a, b: one(a, b)
        return None


for _sign, _instruction in (
    (operator.xor, "xor"), (operator.and_, "and_"), (operator.or_, "or_"),
    (operator.add, "add"), (operator.mul, "mul"), (operator.rshift, "lshr"),
):  # fmt: skip
    _define(_sign, _instruction)
