"""Python: indentation, range(), slices."""

from __future__ import annotations

from . import tree as t
from .printer import Printer


class PythonPrinter(Printer):
    language = "python"
    and_word = "and"
    or_word = "or"

    def program(self, program: t.Program) -> str:
        for function in program.functions:
            self.line(f"def {function.name}({', '.join(function.parameters)}):")
            self.block(function.body)
            self.line("")
        self.statements(program.body)
        return "\n".join(self.lines)

    # --- expressions ---

    def power(self, expr: t.Power):
        return f"{self.operand(expr.base)} ** {expr.exponent}", 7

    def spell_Text(self, expr: t.Text):
        return f'"{expr.value}"'

    def spell_Letter(self, expr: t.Letter):
        return f'"{expr.value}"'

    def spell_At(self, expr: t.At):
        return f"{self.expr(expr.array)}[{self.expr(expr.index)}]"

    def spell_Last(self, expr: t.Last):
        return f"{self.expr(expr.array)}[-1]"

    def spell_Length(self, expr: t.Length):
        return f"len({self.expr(expr.array)})"

    def spell_TextLength(self, expr: t.TextLength):
        return f"len({self.expr(expr.text)})"

    def spell_EndLetter(self, expr: t.EndLetter):
        return f"{self.expr(expr.text)}[{-1 if expr.last else 0}]"

    def spell_Pick(self, expr: t.Pick):
        return f"{'max' if expr.largest else 'min'}({self.expr(expr.left)}, {self.expr(expr.right)})"

    def spell_Huge(self, expr: t.Huge):
        return 'float("inf")'

    def spell_Repeat(self, expr: t.Repeat):
        return f'"{expr.letter}" * {self.operand(expr.times)}', 6

    def spell_IsIn(self, expr: t.IsIn):
        return f'{self.expr(expr.letter)} {"not in" if expr.negated else "in"} "{expr.letters}"', 4

    def spell_Seen(self, expr: t.Seen):
        return f'{self.expr(expr.element)} {"not in" if expr.negated else "in"} {self.expr(expr.group)}', 4

    def spell_Size(self, expr: t.Size):
        return f"len({self.expr(expr.group)})"

    # --- statements ---

    def do_Let(self, s: t.Let):
        self.line(f"{self.name(s.target)} = {self.expr(s.value)}")

    def do_LetArray(self, s: t.LetArray):
        self.line(f"{s.name} = [{', '.join(map(str, s.values))}]")

    def do_LetSet(self, s: t.LetSet):
        self.line(f"{self.name(s.target)} = set()")

    def do_Set(self, s: t.Set):
        self.line(f"{self.expr(s.target)} = {self.expr(s.value)}")

    def do_Update(self, s: t.Update):
        self.line(f"{self.expr(s.target)} {s.op}= {self.expr(s.value)}")

    def do_Put(self, s: t.Put):
        self.line(f"{self.expr(s.group)}.add({self.expr(s.element)})")

    def do_Count(self, s: t.Count):
        if s.down:
            assert isinstance(s.last, t.Num)
            bounds = f"{self.expr(s.first)}, {s.last.value - 1}, -1"
        else:
            bounds = f"{self.expr(s.first)}, {self.one_more(s.last)}"
        self.line(f"for {self.name(s.target)} in range({bounds}):")
        self.block(s.body)

    def do_Indices(self, s: t.Indices):
        self.line(f"for {self.name(s.target)} in range(len({self.expr(s.array)})):")
        self.block(s.body)

    def do_Each(self, s: t.Each):
        self.line(f"for {self.name(s.target)} in {self.expr(s.array)}:")
        self.block(s.body)

    def do_EachLetter(self, s: t.EachLetter):
        self.line(f"for {self.name(s.target)} in {self.expr(s.text)}:")
        self.block(s.body)

    def do_While(self, s: t.While):
        self.line(f"while {self.expr(s.condition)}:")
        self.block(s.body)

    def do_If(self, s: t.If):
        self.line(f"if {self.expr(s.condition)}:")
        self.block(s.body)
        if s.otherwise:
            self.line("else:")
            self.block(s.otherwise)

    def do_Break(self, s: t.Break):
        self.line("break")

    def do_Return(self, s: t.Return):
        self.line(f"return {self.expr(s.value)}")

    def do_Print(self, s: t.Print):
        self.line(f"print({self.expr(s.value)})")

    def do_Sort(self, s: t.Sort):
        self.line(f"{self.expr(s.array)}.sort({'reverse=True' if s.down else ''})")

    def do_ChangeWord(self, s: t.ChangeWord):
        w = self.name(s.target)
        self.line(
            {
                "reverse": f"{w} = {w}[::-1]",
                "upper": f"{w} = {w}.upper()",
                "double": f"{w} = {w} * 2",
                "drop_first": f"{w} = {w}[1:]",
                "drop_last": f"{w} = {w}[:-1]",
                "add": f'{w} += "{s.letter}"',
            }[s.change]
        )

    def do_AppendNumber(self, s: t.AppendNumber):
        self.line(f"{self.name(s.target)} += str({self.expr(s.number)})")
