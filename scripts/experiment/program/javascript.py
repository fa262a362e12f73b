"""JavaScript: const where nothing changes, ===, console.log."""

from __future__ import annotations

from . import tree as t
from .braces import BracesPrinter
from .printer import assigned_names


class JavascriptPrinter(BracesPrinter):
    language = "javascript"
    indent_width = 2
    equal_sign = "==="
    unequal_sign = "!=="
    counter_kind = "let"

    def program(self, program: t.Program) -> str:
        self.changed = assigned_names(self, program.body)
        for function in program.functions:
            self.braced(f"function {function.name}({', '.join(function.parameters)})", function.body)
            self.line("")
        self.statements(program.body)
        return "\n".join(self.lines)

    # --- expressions ---

    def binary(self, expr: t.Bin):
        if expr.op != "//":
            return super().binary(expr)
        return f"Math.floor({self._infix(expr, '/', 6)[0]})", 9

    def power(self, expr: t.Power):
        return f"{self.operand(expr.base)} ** {expr.exponent}", 7

    def spell_Letter(self, expr: t.Letter):
        return f'"{expr.value}"'

    def spell_Last(self, expr: t.Last):
        array = self.expr(expr.array)
        return f"{array}[{array}.length - 1]"

    def spell_Length(self, expr: t.Length):
        return f"{self.expr(expr.array)}.length"

    def spell_TextLength(self, expr: t.TextLength):
        return f"{self.expr(expr.text)}.length"

    def spell_EndLetter(self, expr: t.EndLetter):
        word = self.expr(expr.text)
        return f"{word}[{word}.length - 1]" if expr.last else f"{word}[0]"

    def spell_Pick(self, expr: t.Pick):
        return f"Math.{'max' if expr.largest else 'min'}({self.expr(expr.left)}, {self.expr(expr.right)})"

    def spell_Huge(self, expr: t.Huge):
        return "Infinity"

    def spell_Repeat(self, expr: t.Repeat):
        return f'"{expr.letter}".repeat({self.expr(expr.times)})'

    def spell_IsIn(self, expr: t.IsIn):
        return f'{"!" if expr.negated else ""}"{expr.letters}".includes({self.expr(expr.letter)})'

    def spell_Seen(self, expr: t.Seen):
        return f"{'!' if expr.negated else ''}{self.expr(expr.group)}.has({self.expr(expr.element)})"

    def spell_Size(self, expr: t.Size):
        return f"{self.expr(expr.group)}.size"

    # --- statements ---

    def do_Let(self, s: t.Let):
        name = self.name(s.target)
        self.line(f"{'let' if name in self.changed else 'const'} {name} = {self.expr(s.value)};")

    def do_LetArray(self, s: t.LetArray):
        self.line(f"const {s.name} = [{', '.join(map(str, s.values))}];")

    def do_LetSet(self, s: t.LetSet):
        self.line(f"const {self.name(s.target)} = new Set();")

    def do_Update(self, s: t.Update):
        if s.op == "//":
            self.do_Set(t.Set(s.target, t.Bin("//", s.target, s.value)))
        else:
            super().do_Update(s)

    def do_Put(self, s: t.Put):
        self.line(f"{self.expr(s.group)}.add({self.expr(s.element)});")

    def do_Each(self, s: t.Each):
        self.braced(f"for (const {self.name(s.target)} of {self.expr(s.array)})", s.body)

    def do_EachLetter(self, s: t.EachLetter):
        self.braced(f"for (const {self.name(s.target)} of {self.expr(s.text)})", s.body)

    def do_Print(self, s: t.Print):
        self.line(f"console.log({self.expr(s.value)});")

    def do_Sort(self, s: t.Sort):
        self.line(f"{self.expr(s.array)}.sort((a, b) => {'b - a' if s.down else 'a - b'});")

    def do_ChangeWord(self, s: t.ChangeWord):
        w = self.name(s.target)
        self.line(
            {
                "reverse": f'{w} = {w}.split("").reverse().join("");',
                "upper": f"{w} = {w}.toUpperCase();",
                "double": f"{w} = {w}.repeat(2);",
                "drop_first": f"{w} = {w}.slice(1);",
                "drop_last": f"{w} = {w}.slice(0, -1);",
                "add": f'{w} += "{s.letter}";',
            }[s.change]
        )

    def do_AppendNumber(self, s: t.AppendNumber):
        self.line(f"{self.name(s.target)} += {self.expr(s.number)};")
