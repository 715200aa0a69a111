"""A cell of a matrix product: some rows, columns and terms of the sums, panel by panel and tile by tile.

The function of cells is the same for all products of a dtype: what makes them differ are numbers, and the tiles and
packings that they use, which it is given in one table.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from llvmlite import ir

from ...ir.loops import emit_loop, smaller
from ...ir.types import INDEX, TYPES, Builder, Value
from .tiles import pack_type, place_at, tile_type

PANEL_BYTES = 24 << 10
"""What is multiplied with one row of tiles stays in the nearest cache, which has 32 KB or more."""


class ProductRules(NamedTuple):
    """What makes a product: numbers, and functions (``None`` where there is no such tile, or nothing is packed).

    Attributes:
        rows, width: the size of a tile.
        block: how many terms are summed with one panel.
        last_row, last_column: where the tiles begin that are smaller; behind the end, if none are.
        row, step: how far apart the rows of the left matrix are, and their numbers.
        down, across: the same of the right matrix.
        line, last_line: how far apart the lines of a panel are, and of the last one.
        length: of a row of the result.
        pack, last_pack: bring a panel in order.
    """

    rows: int
    width: int
    block: int
    last_row: int
    last_column: int
    row: int
    step: int
    down: int
    across: int
    line: int
    last_line: int
    length: int
    pack: Any
    last_pack: Any
    tile: Any
    tile_of_last_row: Any
    tile_of_last_column: Any
    last_tile: Any

    def emit(self, module: ir.Module, dtype: str) -> Value:
        """Bring it to memory."""
        kind = _table_type(dtype)
        pairs = zip(self, kind.elements, strict=True)
        parts = [value if isinstance(value, ir.Function) else ir.Constant(of, value) for value, of in pairs]
        table: Any = ir.GlobalVariable(module, kind, module.get_unique_name("table"))
        table.linkage = "internal"
        table.global_constant = True
        table.initializer = ir.Constant(kind, parts)
        return table


def _table_type(dtype: str) -> Any:
    functions = {name: tile_type for name in ProductRules._fields if "tile" in name} | dict.fromkeys(_PACKS, pack_type)
    kinds = [functions[name](dtype).as_pointer() if name in functions else INDEX for name in ProductRules._fields]
    return ir.LiteralStructType(kinds)


_PACKS = ("pack", "last_pack")


def emit_cell(module: ir.Module, dtype: str) -> ir.Function:
    """``cell(table, x, y, result, row, row_end, column, column_end, begin, end)``: the sums of these terms."""
    name = f"cell_{dtype}"
    if name in module.globals:
        return module.globals[name]
    pointer = TYPES[dtype].as_pointer()
    kinds = [_table_type(dtype).as_pointer(), *[pointer] * 3, *[INDEX] * 6]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    _Cell(ir.IRBuilder(function.append_basic_block()), dtype).emit()
    return function


class _Cell:
    """Writes the function of cells."""

    def __init__(self, builder: Builder, dtype: str) -> None:
        self.builder = builder
        table, self.x, self.y, self.result, *self.bounds = builder.function.args
        self.kind = TYPES[dtype]
        self.entries = {
            name: builder.load(builder.gep(table, [ir.IntType(32)(0), ir.IntType(32)(i)]))
            for i, name in enumerate(ProductRules._fields)
        }
        bytes_of = 8 if isinstance(self.kind, ir.DoubleType) else 4
        self.panel = builder.alloca(self.kind, INDEX(PANEL_BYTES // bytes_of))
        self.panel.align = 64

    def emit(self) -> None:
        *_, begin, end = self.bounds
        self._loop(begin, end, "block", lambda p: self._block(p, begin, end))
        self.builder.ret_void()

    def _loop(self, begin: Value, end: Value, step: str, body: Any) -> None:
        emit_loop(self.builder, begin, end, body, step=self.entries[step])

    def _block(self, p: Value, begin: Value, end: Value) -> None:
        """The terms that are summed with one panel."""
        builder = self.builder
        depth = builder.sub(smaller(builder, builder.add(p, self.entries["block"]), end), p)
        adds = builder.icmp_unsigned(">", p, begin)
        _, _, column, column_end, _, _ = self.bounds
        self._loop(column, column_end, "width", lambda j: self._columns(p, depth, adds, j))

    def _columns(self, p: Value, depth: Value, adds: Value, j: Value) -> None:
        """All rows times one panel."""
        row, row_end, *_ = self.bounds
        is_last = self.builder.icmp_unsigned("==", j, self.entries["last_column"])
        line = self._either(is_last, "last_line", "line")
        right = self._packed(place_at(self.builder, self.y, (p, self["down"]), (j, self["across"])), is_last, depth)
        tiles = [
            self._either(is_last, last, other)
            for last, other in (("last_tile", "tile_of_last_row"), ("tile_of_last_column", "tile"))
        ]

        def tile(i: Value) -> None:
            function = self.builder.select(self.builder.icmp_unsigned("==", i, self["last_row"]), *tiles)
            left = place_at(self.builder, self.x, (i, self["row"]), (p, self["step"]))
            place = place_at(self.builder, self.result, (i, self["length"]), (j, 1))
            strides = [self["row"], self["step"]]
            self.builder.call(function, [left, *strides, right, line, place, self["length"], depth, adds])

        self._loop(row, row_end, "rows", tile)

    def _packed(self, right: Value, is_last: Value, depth: Value) -> Value:
        """Where the panel is: packed, or in the matrix itself."""
        builder, before = self.builder, self.builder.block
        pack = self._either(is_last, "last_pack", "pack")
        is_packed = builder.icmp_unsigned("!=", pack, ir.Constant(pack.type, None))
        with builder.if_then(is_packed):
            builder.call(pack, [right, self["down"], self["across"], self.panel, depth])
            packing = builder.block
        place = builder.phi(right.type)
        place.add_incoming(right, before)
        place.add_incoming(self.panel, packing)
        return place

    def _either(self, condition: Value, name: str, other: str) -> Value:
        return self.builder.select(condition, self[name], self[other])

    def __getitem__(self, name: str) -> Value:
        return self.entries[name]
