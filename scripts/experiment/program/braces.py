"""What Java, JavaScript and C++ share: braces, semicolons, the three-part for loop."""

from __future__ import annotations

from . import tree as t
from .printer import Printer, ends_in_minus_one


class BracesPrinter(Printer):
    counter_kind = "int"  # how a loop variable is declared

    def braced(self, head: str, body: tuple[t.Stmt, ...], tail: str = "}") -> None:
        self.line(head + " {")
        self.block(body)
        self.line(tail)

    def spell_Text(self, expr: t.Text):
        return f'"{expr.value}"'

    def spell_Letter(self, expr: t.Letter):
        return f"'{expr.value}'"

    def spell_At(self, expr: t.At):
        return f"{self.expr(expr.array)}[{self.expr(expr.index)}]"

    def binary(self, expr: t.Bin):
        return self._infix(expr, "/", 6) if expr.op == "//" else super().binary(expr)

    def do_Set(self, s: t.Set):
        self.line(f"{self.expr(s.target)} = {self.expr(s.value)};")

    def do_Update(self, s: t.Update):
        target = self.expr(s.target)
        if s.value == t.Num(1) and s.op in "+-":
            self.line(f"{target}{s.op * 2};")
        else:
            self.line(f"{target} {s.op.replace('//', '/')}= {self.expr(s.value)};")

    def do_Count(self, s: t.Count):
        i = self.name(s.target)
        last_expr = s.last
        sign, step = (">=", "--") if s.down else ("<=", "++")
        if not s.down and ends_in_minus_one(last_expr):
            sign, last_expr = "<", last_expr.left
        first, last = self.expr(s.first), self.expr(last_expr)
        self.braced(f"for ({self.counter_kind} {i} = {first}; {i} {sign} {last}; {i}{step})", s.body)

    def do_Indices(self, s: t.Indices):
        i = self.name(s.target)
        length = self.expr(t.Length(s.array))
        self.braced(f"for ({self.counter_kind} {i} = 0; {i} < {length}; {i}++)", s.body)

    def do_While(self, s: t.While):
        self.braced(f"while ({self.expr(s.condition)})", s.body)

    def do_If(self, s: t.If):
        self.braced(f"if ({self.expr(s.condition)})", s.body, "} else {" if s.otherwise else "}")
        if s.otherwise:
            self.block(s.otherwise)
            self.line("}")

    def do_Break(self, s: t.Break):
        self.line("break;")

    def do_Return(self, s: t.Return):
        self.line(f"return {self.expr(s.value)};")
