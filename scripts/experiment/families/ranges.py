"""Numbers one after the other: range_agg, array_agg, print_list, and nested loops."""

from __future__ import annotations

from program.tree import Bin, Count, Each, Expr, Huge, Let, Num, Pick, Print, Program, Role, Set, Stmt, Update, Var
from stream import Stream

from .common import ARRAYS, BOUNDS, DIGIT_ARRAYS, FILTERS, MAPS, SMALL_BOUNDS, STARTS, Chosen, array
from .registry import family

REDUCES = ("sum", "product", "largest", "smallest", "count")


def reducer(reduce: str) -> tuple[Let, Expr]:
    """The declaration of the variable that a reduction fills, and the variable."""
    role, kind, start = {
        "sum": ("total", "int", Num(0)),
        "product": ("product", "long", Num(1)),
        "largest": ("largest", "int", Num(0)),
        "smallest": ("smallest", "int", Huge()),
        "count": ("count", "int", Num(0)),
    }[reduce]
    return Let(kind, Role(role), start), Role(role)


def reduction(reduce: str, target: Expr, value: Expr) -> Stmt:
    if reduce == "sum":
        return Update("+", target, value)
    if reduce == "product":
        return Update("*", target, value)
    if reduce == "count":
        return Update("+", target, Num(1))
    return Set(target, Pick(reduce == "largest", target, value))


def _no_map_to_count(reduce: str, map_: str, filter_: str) -> bool:
    return reduce == "count" and map_ != "id"


_AGGREGATE = (
    "Print the {what} {where}.",
    "Find the {what} {where} and print it.",
    "Compute the {what} {where}.",
    "What is the {what} {where}? Print it.",
)
_COUNT = ("Count the {what} {where}.", "Print how many {what} there are {where}.", "Print the count of {what} {where}.")


def _describe(reduce: str, map_: str, chosen: Chosen, where: str, stream: Stream) -> str:
    if reduce == "count":
        return stream.pick(_COUNT).format(what=chosen.plural, where=where)
    what = f"{reduce} of {MAPS[map_].plural} {chosen.plural}"
    return stream.pick(_AGGREGATE).format(what=what, where=where)


def _aggregate(reduce: str, map_: str, chosen: Chosen, item: Expr) -> tuple[Let, tuple[Stmt, ...], Print]:
    let, target = reducer(reduce)
    return let, chosen.guard(item, reduction(reduce, target, MAPS[map_].value(item))), Print(target)


@family("range_agg", REDUCES, MAPS, FILTERS, in_base=True, skip=_no_map_to_count)
def range_agg(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    reduce, map_, filter_ = parts
    chosen = Chosen.draw(filter_, stream)
    first = stream.pick(STARTS)
    last = stream.pick(SMALL_BOUNDS if reduce == "product" else BOUNDS)
    where = stream.pick(("from {} to {}", "between {} and {}")).format(first, last)
    let, body, show = _aggregate(reduce, map_, chosen, Role("row"))
    return (
        _describe(reduce, map_, chosen, where, stream),
        Program((let, Count(Role("row"), Num(first), Num(last), body), show)),
    )


@family("array_agg", REDUCES, MAPS, FILTERS, skip=_no_map_to_count)
def array_agg(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    reduce, map_, filter_ = parts
    chosen = Chosen.draw(filter_, stream)
    name = stream.pick(DIGIT_ARRAYS if reduce == "product" else tuple(ARRAYS))
    where = stream.pick(("in the array {}", "of the array {}")).format(name)
    let, body, show = _aggregate(reduce, map_, chosen, Role("item"))
    return (
        _describe(reduce, map_, chosen, where, stream),
        Program((array(name), let, Each(Role("item"), Var(name), body), show)),
    )


_LIST = ("Print {what} {where}.", "List {what} {where}.", "Show {what} {where}, one per line.")


@family("print_list", MAPS, FILTERS, ("up", "down", "array"), in_base=True)
def print_list(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    map_, filter_, order = parts
    chosen = Chosen.draw(filter_, stream)
    item = Role("item" if order == "array" else "row")
    body = chosen.guard(item, Print(MAPS[map_].value(item)))
    if order == "array":
        name = stream.pick(tuple(ARRAYS))
        where = f"in the array {name}"
        program = Program((array(name), Each(item, Var(name), body)))
    else:
        low, high = stream.pick(STARTS), stream.pick(BOUNDS)
        down = order == "down"
        where = f"from {high} down to {low}" if down else f"from {low} to {high}"
        first, last = (high, low) if down else (low, high)
        program = Program((Count(item, Num(first), Num(last), body, down),))
    what = f"{MAPS[map_].plural} {chosen.plural}"
    return stream.pick(_LIST).format(what=what, where=where), program


_NESTED_OPS = {"plus": "+", "minus": "-", "times": "*"}


@family("nested", _NESTED_OPS, ("full", "up_to", "onwards"), ("print", "total"))
def nested(parts: tuple[str, ...], stream: Stream) -> tuple[str, Program]:
    op, inner, output = parts
    rows = stream.pick((3, 4, 5, 6))
    columns = rows if inner == "onwards" else stream.pick((2, 3, 4, 5))
    i, j = Role("row"), Role("column")
    first, last, words = {
        "full": (Num(1), Num(columns), f"from 1 to {columns}"),
        "up_to": (Num(1), i, "from 1 to i"),
        "onwards": (i, Num(columns), f"from i to {columns}"),
    }[inner]
    value = Bin(_NESTED_OPS[op], i, j)
    loops = f"i from 1 to {rows} and j {words}"
    if output == "print":
        text = stream.pick(("For {loops} print i {op} j.", "Print i {op} j for {loops}."))
        return text.format(loops=loops, op=op), Program(
            (Count(i, Num(1), Num(rows), (Count(j, first, last, (Print(value),)),)),)
        )
    text = stream.pick(("For {loops} add up i {op} j; print the total.", "Print the total of i {op} j for {loops}."))
    let, total = reducer("sum")
    loop = Count(i, Num(1), Num(rows), (Count(j, first, last, (Update("+", total, value),)),))
    return text.format(loops=loops, op=op), Program((let, loop, Print(total)))
