"""Angles less multiples of pi / 2: quickly for usual ones, exactly for all.

Usual angles: W. J. Cody and W. Waite, "Software Manual for the Elementary Functions" (1980), chapter 8, with fused
multiplication and a remainder in two floats. Angles of any size: M. Payne and R. Hanek, "Radian reduction
for trigonometric functions" (1983): of 2 / pi only the bits that matter are multiplied.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy
from llvmlite import ir

from ....facts.lowered import DOUBLE
from ....ir.scalar import Scalar
from ....ir.types import TYPES, Value
from .arithmetic import Format, Pair
from .constants import PI, pieces

# Products of the first two pieces with the quadrants of angles up to the limit are exact.
_HALF_PI = {"float64": pieces(PI / 2, 33, 33, 53, 53), "float32": pieces(PI / 2, 10, 10, 24, 24)}
LIMIT = {"float64": 2.0**20, "float32": 2.0**14}
"""Up to which size of angle the quick reduction is exact to rounding."""

# A 53-bit integer times 2^exponent times 2 / pi, modulo 4, in fixed point: 2 bits before the point and 190 after it.
_FRACTION = 190
_WIDTH = _FRACTION + 2
_LARGEST_EXPONENT = 971
_TABLE = int(2 / PI * 2 ** (_LARGEST_EXPONENT + _FRACTION))
_PIECE = 48

Formula = Callable[[Scalar, Pair], Scalar]


def quadrant(x: Scalar) -> tuple[Scalar, Pair]:
    """(q, r) with x = q pi / 2 + r and |r| <= pi / 4, for angles up to the limit."""
    form = Format.of(x)
    shifted = x.fma(2 / math.pi, form.rounder)
    k = form.rounder - shifted
    first, second, third, fourth = _HALF_PI[x.dtype.name]
    coarse = k.fma(first, x)
    middle = k.fma(second, coarse)
    lost = k.fma(second, coarse - middle)
    product = Pair.product(k, x.constant(third))
    # in order even if the product is larger: the sum so far is a multiple of its last place
    total = Pair.ordered_sum(middle, product.high)
    return shifted.bits(), Pair(total.high, total.low + (product.low + k.fma(fourth, lost)))


def quadrant_of_any(x: Scalar) -> tuple[Scalar, Pair]:
    """The same for every finite float64 from 1 on, in integers of 192 bits."""
    builder, wide = x.builder, ir.IntType(_WIDTH)
    bits = x.absolute().bits()
    mantissa = (bits & (2**52 - 1)) | 2**52
    product = builder.mul(_bits_of_two_over_pi(x, (bits >> 52) - 1075), builder.zext(mantissa.value, wide))
    two = ir.Constant(wide, 2)
    fraction = builder.ashr(builder.shl(product, two), two)
    whole = builder.lshr(builder.sub(product, fraction), ir.Constant(wide, _FRACTION))
    q = Scalar(builder, builder.trunc(whole, ir.IntType(64)), "int64")
    r = _as_pair(x, fraction) * Pair.constant(x, PI / 2)
    is_negative = x.compare("<", 0.0)
    return (-q).where(is_negative, q), Pair((-r.high).where(is_negative, r.high), (-r.low).where(is_negative, r.low))


def _bits_of_two_over_pi(x: Scalar, exponent: Scalar) -> Value:
    """2^exponent 2 / pi modulo 4 in fixed point."""
    builder = x.builder
    shift = _LARGEST_EXPONENT - exponent
    start = builder.gep(_table(builder.module), [ir.Constant(ir.IntType(64), 0), (shift >> 3).value])
    loaded = ir.IntType(_WIDTH + 64)
    window = builder.load(builder.bitcast(start, loaded.as_pointer()), align=1)
    return builder.trunc(builder.lshr(window, builder.zext((shift & 7).value, loaded)), ir.IntType(_WIDTH))


def _table(module: ir.Module) -> ir.GlobalVariable:
    """The bits of 2 / pi, the lowest byte first, as x86 and Arm machines read them."""
    name = "wengert.two_over_pi"
    if name not in module.globals:
        data = bytearray(_TABLE.to_bytes(_TABLE.bit_length() // 8 + 33, "little"))
        kind = ir.ArrayType(ir.IntType(8), len(data))
        table = ir.GlobalVariable(module, kind, name)
        table.linkage, table.global_constant = "internal", True
        table.initializer = ir.Constant(kind, data)  # type: ignore[attr-defined]
    return module.globals[name]


def _as_pair(x: Scalar, fraction: Value) -> Pair:
    """A signed fixed-point number, from four pieces that are floats exactly."""
    builder, kind = x.builder, fraction.type
    floats = []
    for i in range(4):
        shift = _FRACTION - _PIECE * (i + 1)
        piece = builder.ashr(fraction, ir.Constant(kind, shift)) if shift > 0 else fraction
        if i:
            piece = builder.and_(piece, ir.Constant(kind, 2 ** min(_PIECE, _PIECE + shift) - 1))
        number = Scalar(builder, builder.trunc(piece, ir.IntType(64)), "int64").to_float(DOUBLE)
        floats.append(number * 2.0 ** -min(_PIECE * (i + 1), _FRACTION))
    total = Pair.ordered_sum(floats[0], floats[1])
    return total.plus(floats[2] + floats[3])


def with_large_angles(x: Scalar, usual: Scalar, name: str, formula: Formula) -> Scalar:
    """The usual value, or beyond the limit that of the formula at the exact reduction, by a call.

    The call stands behind a branch, and loops vectorise around it: see `_function`.
    """
    builder = x.builder
    size = x.absolute()
    is_huge = builder.and_(size.compare(">", LIMIT[x.dtype.name]), size.compare("<", math.inf))
    if isinstance(x.value.type, ir.VectorType):
        function = _function(builder.module, name, formula, x.dtype)
        form = builder.module.globals[f"{function.name}.{x.value.type.count}"]
        return x.like(builder.call(form, [x.value, is_huge])).where(is_huge, usual)
    before = builder.block
    with builder.if_then(is_huge, likely=False):
        exact = builder.call(_function(builder.module, name, formula, x.dtype), [x.value])
        branch = builder.block
    result = builder.phi(usual.value.type)
    result.add_incoming(usual.value, before)
    result.add_incoming(exact, branch)
    return x.like(result)


# -- the call, and what it becomes in vectorised loops ---------------------------------------------

_INDEX = ir.IntType(64)
_VECTOR_BYTES = (16, 32, 64)
_RARE = ("noinline", "optnone")


def _function(module: ir.Module, name: str, formula: Formula, dtype: numpy.dtype) -> ir.Function:
    """The function of a huge number, once in a module, with the vector forms that loops call instead.

    A vector form asks whether any of its numbers is huge, and only then goes through them one by one. It is inlined
    after vectorisation, so that in the usual case it costs one test of a mask. The rest is rarely called:
    it is not optimised, so as not to make every compilation longer.
    """
    symbol = f"wengert.{name}_of_huge.{dtype}"
    function = module.globals.get(symbol)
    if function is None:
        kind = TYPES[dtype.name]
        function = _new_function(module, symbol, kind, [kind], *_RARE, "readnone")
        builder = ir.IRBuilder(function.append_basic_block())
        angle = Scalar(builder, function.args[0], dtype).cast(DOUBLE)
        builder.ret(formula(*quadrant_of_any(angle)).cast(dtype).value)
        each = _each(module, function)
        lengths = [size // dtype.itemsize for size in _VECTOR_BYTES]
        forms = [_vector_form(module, symbol, each, ir.VectorType(kind, length)) for length in lengths]
        names = ",".join(f"_ZGV_LLVM_M{n}v_{symbol}({form.name})" for n, form in zip(lengths, forms, strict=True))
        set.add(function.attributes, f'"vector-function-abi-variant"="{names}"')
        _keep(module, f"{symbol}.forms", forms)
    return function


def _new_function(
    module: ir.Module, symbol: str, result: ir.Type, operands: list[ir.Type], *attributes: str
) -> ir.Function:
    function = ir.Function(module, ir.FunctionType(result, operands), symbol)
    function.linkage = "internal"
    for attribute in ("nounwind", "willreturn", *attributes):
        # llvmlite's own `add` refuses those that it does not know
        set.add(function.attributes, attribute)
    return function


def _keep(module: ir.Module, symbol: str, functions: list[ir.Function]) -> None:
    """Keep functions that nothing calls yet, by a table of them."""
    pointer = ir.IntType(8).as_pointer()
    kind = ir.ArrayType(pointer, len(functions))
    ir.GlobalVariable(module, kind, symbol).initializer = ir.Constant(kind, [f.bitcast(pointer) for f in functions])  # type: ignore[attr-defined]


def _vector_form(module: ir.Module, symbol: str, each: ir.Function, numbers: ir.VectorType) -> ir.Function:
    """The function of those numbers in a vector for which a bit is set."""
    bits = ir.VectorType(ir.IntType(1), numbers.count)
    form = _new_function(module, f"{symbol}.{numbers.count}", numbers, [numbers, bits], "alwaysinline", "readnone")
    builder = ir.IRBuilder(form.append_basic_block())
    place = builder.alloca(numbers)
    mask = builder.zext(builder.bitcast(form.args[1], ir.IntType(numbers.count)), _INDEX)
    with builder.if_then(builder.icmp_unsigned("!=", mask, ir.Constant(_INDEX, 0)), likely=False):
        builder.store(form.args[0], place)
        builder.call(each, [builder.bitcast(place, numbers.element.as_pointer()), mask])
        builder.ret(builder.load(place))
    builder.ret(form.args[0])
    return form


def _each(module: ir.Module, function: ir.Function) -> ir.Function:
    """The function in place of each number at a pointer for which a bit is set, up to the last such bit."""
    pointer = function.args[0].type.as_pointer()
    result = _new_function(module, f"{function.name}.each", ir.VoidType(), [pointer, _INDEX], *_RARE)
    numbers, mask = result.args
    one, start = ir.Constant(_INDEX, 1), result.append_basic_block()
    turn, end = result.append_basic_block(), result.append_basic_block()
    ir.IRBuilder(start).branch(turn)
    builder = ir.IRBuilder(turn)
    index, rest = builder.phi(_INDEX), builder.phi(_INDEX)
    with builder.if_then(builder.trunc(rest, ir.IntType(1))):
        number = builder.gep(numbers, [index])
        builder.store(builder.call(function, [builder.load(number)]), number)
    following, remaining = builder.add(index, one), builder.lshr(rest, one)
    for phi, first, then in ((index, ir.Constant(_INDEX, 0), following), (rest, mask, remaining)):
        phi.add_incoming(first, start)
        phi.add_incoming(then, builder.block)
    builder.cbranch(builder.icmp_unsigned("!=", remaining, ir.Constant(_INDEX, 0)), turn, end)
    ir.IRBuilder(end).ret_void()
    return result
