"""Products of thin matrices in tiles that stay in registers: C = factor C + A B for 64 columns at once.

A BLAS packs both operands at every call, which costs more than it saves where one side is as thin as a head of
attention. Here the columns lie side by side in memory and the entries of A are spread over them, so that nothing is
packed. LLVM splits the vectors into whatever registers there are, and no column's sums depend on the other columns.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.codegen import get_host_cpu_features
from numba.extending import intrinsic

LANES = 64  # columns of a tile
SINGLE, DOUBLE = 6, 3  # rows of a tile in single and in double precision
# Columns summed at once: with so many rows they fill 24 of the 32 registers of AVX-512, or 12 of the 16 of AVX2.
GROUP = LANES if "+avx512f" in get_host_cpu_features() else 16
WORD, INDEX = ir.IntType(64), ir.IntType(32)
ELEMENTS = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}


def _tile(many):
    @intrinsic
    def tile(typing, depth, a, at, row, step, b, b_at, c, c_at, factor):
        """c[c_at + 64 r + l] = factor[l] c[c_at + 64 r + l] + sum_k a[at + r row + k step] b[b_at + 64 k + l].

        For k < depth, l < 64 and r = 0 alone, or r < 6 in single and r < 3 in double precision. a is float32, the
        others are all float32 or all float64.
        """
        rows = (SINGLE if c.dtype == types.float32 else DOUBLE) if many else 1
        kinds = [
            types.intp if isinstance(kind, types.Integer) else kind for kind in (a, at, row, step, b, b_at, c, c_at)
        ]
        return types.void(types.intp, *kinds, factor), _codegen(rows, ELEMENTS[c.dtype])

    return tile


def _codegen(rows, element):
    def build(context, builder, signature, args):
        def place(array, *offsets):
            data = context.make_array(signature.args[array])(context, builder, args[array]).data
            for offset in offsets:
                data = builder.gep(data, [offset])
            return data

        depth, _, at, row, step, _, b_at, _, c_at, _ = args
        v = _Vectors(builder, ir.VectorType(element, GROUP))
        for lane in range(0, LANES, GROUP):
            sums = v.sums(depth, _rows(builder, place(1, at), row, rows), step, place(5, b_at, WORD(lane)))
            factor = v.load(place(9, WORD(lane)))
            for r in range(rows):
                target = place(7, c_at, WORD(r * LANES + lane))
                v.store(v.fma(v.load(target), factor, sums[r]), target)
        return context.get_dummy_value()

    return build


def _rows(builder, first, row, count):
    return [builder.gep(first, [builder.mul(WORD(r), row)]) for r in range(count)]


class _Vectors:
    """Instructions on vectors of one form."""

    def __init__(self, builder: Any, form: Any) -> None:
        self.builder, self.form = builder, form
        self.empty = ir.Constant(form, ir.Undefined)
        self.bytes = 4 if form.element == ir.FloatType() else 8

    def load(self, place):
        return self.builder.load(self.builder.bitcast(place, self.form.as_pointer()), align=self.bytes)

    def store(self, value, place):
        self.builder.store(value, self.builder.bitcast(place, self.form.as_pointer()), align=self.bytes)

    def fma(self, x, y, z):
        """x y + z, rounded once where the processor has such an instruction."""
        kind = ir.FunctionType(self.form, [self.form] * 3)
        name = f"llvm.fmuladd.v{self.form.count}f{8 * self.bytes}"
        return self.builder.call(cgutils.get_or_insert_function(self.builder.module, kind, name), [x, y, z])

    def spread(self, scalar):
        if scalar.type != self.form.element:
            scalar = self.builder.fpext(scalar, self.form.element)
        one = self.builder.insert_element(self.empty, scalar, INDEX(0))
        everywhere = ir.Constant(ir.VectorType(INDEX, self.form.count), [0] * self.form.count)
        return self.builder.shuffle_vector(one, self.empty, everywhere)

    def sums(self, depth, rows, step, columns):
        """sum over k < depth of rows[r][k step] columns[64 k], for each r: a loop that keeps every sum in registers."""
        builder, zero = self.builder, ir.Constant(self.form, [0.0] * self.form.count)
        before, body, after = builder.block, *(builder.append_basic_block(name) for name in ("depth", "summed"))
        builder.branch(body)
        builder.position_at_end(body)
        k, *old = (builder.phi(kind) for kind in [WORD, *[self.form] * len(rows)])
        column = self.load(builder.gep(columns, [builder.mul(k, WORD(LANES))]))
        along = builder.mul(k, step)
        new = [
            self.fma(self.spread(builder.load(builder.gep(a, [along]))), column, s)
            for a, s in zip(rows, old, strict=True)
        ]
        following = builder.add(k, WORD(1))
        for phi, first, second in [(k, WORD(0), following), *((s, zero, t) for s, t in zip(old, new, strict=True))]:
            phi.add_incoming(first, before)
            phi.add_incoming(second, body)
        builder.cbranch(builder.icmp_signed("<", following, depth), body, after)
        builder.position_at_end(after)
        return new


tile_of_rows, tile_of_one = _tile(True), _tile(False)


def _prefetch(typing, array, at):
    """Ask for array[at] to be brought near; an index past the end is no error."""

    def build(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, INDEX, INDEX, INDEX])
        hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch")
        builder.call(hint, [builder.bitcast(builder.gep(data, [args[1]]), byte), INDEX(0), INDEX(2), INDEX(1)])
        return context.get_dummy_value()

    return types.void(array, types.intp), build


prefetch: Any = intrinsic(_prefetch)
