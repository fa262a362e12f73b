"""Small programs written for the CodeBLEU goldens: every construct that the data-flow rules name, per language."""

PYTHON = [
    "def total(items, start=0):\n    # adds up\n    result = start\n    for item in items:\n        result += item\n"
    "    return result",
    "def clip(x, low, high):\n    '''keeps x between low and high'''\n    if x < low:\n        y = low\n    elif x > high:\n"
    "        y = high\n    else:\n        y = x\n    return y",
    "a, b = 0, 1\nwhile b < 100:\n    a, b = b, a + b\nprint(a, b)",
    "squares = [n * n for n in range(10) if n % 2 == 0]\nnames = {key: len(key) for key in squares}",
    "class Stack:\n    def __init__(self):\n        self.items = []\n    def push(self, x):\n        self.items.append(x)\n"
    "        return self",
    "import sys\nwith open(sys.argv[1]) as f:\n    lines = f.read().split('\\n')  # all of it\nx[0] = lines[1]\nx[i], y = y, x",
    "f = lambda p, q=2: p ** q\nz = f(3) if f else None\nassert z == 9, \"größe\"",
    "try:\n    value = int(text)\nexcept ValueError as error:\n    value = -1\nfinally:\n    done = True\nglobal done",
]
JAVA = [
    "public static int total(int[] items) { int result = 0; for (int item : items) { result += item; } return result; }",
    "int clip(int x, int low, int high) { // keeps\n  int y; if (x < low) { y = low; } else if (x > high) y = high; else { y = x; }\n"
    "  return y; }",
    "for (int i = 0, j = n; i < j; i++, --j) { int t = a[i]; a[i] = a[j]; a[j] = t; }",
    "class Stack<T> { private List<T> items = new ArrayList<>(); void push(T x) { items.add(x); size++; } }",
    "while (b < 100) { int c = a + b; a = b; b = c; } System.out.println(a + \" \" + b);",
    "/* block */ String s = \"a // no comment\"; char c = 'x'; boolean ok = s.equals(\"b\") && !done || c == '\\n';",
    "switch (kind) { case 1: value = 2; break; default: value = value + 1; } do { value--; } while (value > 0);",
    "try { value = Integer.parseInt(text); } catch (NumberFormatException e) { value = -1; } finally { done = true; }",
]
JAVASCRIPT = [
    "function total(items, start = 0) { let result = start; for (const item of items) { result += item; } return result; }",
    "const clip = (x, low, high) => { // keeps\n  let y; if (x < low) { y = low; } else if (x > high) y = high; else { y = x; }\n"
    "  return y; };",
    "for (let i = 0, j = n; i < j; i++, --j) { const t = a[i]; a[i] = a[j]; a[j] = t; }",
    "class Stack { constructor() { this.items = []; } push(x) { this.items.push(x); this.size++; } }",
    "var a = 0, b = 1; while (b < 100) { var c = a + b; a = b; b = c; } console.log(`${a} ${b}`);",
    "/* block */ const s = \"a // no comment\", r = /x+/g; let ok = s === 'b' && !done || typeof s == \"object\";",
    "switch (kind) { case 1: value = 2; break; default: value += 1; } do { value--; } while (value > 0);",
    "const { p, q = 2, ...rest } = options; const [first] = list.map(x => x * 2).filter(Boolean); delete rest.p;",
]
CPP = [
    "#include <vector>\nint total(const std::vector<int>& items) { int result = 0; for (int item : items) { result += item; }\n"
    "  return result; }",
    "int clip(int x, int low, int high) { // keeps\n  int y; if (x < low) { y = low; } else if (x > high) y = high; else { y = x; }\n"
    "  return y; }",
    "for (int i = 0, j = n; i < j; i++, --j) { int t = a[i]; a[i] = a[j]; a[j] = t; }",
    "template <typename T> class Stack { public: void push(T x) { items_.push_back(x); ++size_; } private: std::vector<T> items_; };",
    "while (b < 100) { int c = a + b; a = b; b = c; } std::cout << a << \" \" << b << std::endl;",
    "/* block */ std::string s = \"a // no comment\"; char c = 'x'; bool ok = s == \"b\" && !done || c == '\\n';",
    "switch (kind) { case 1: value = 2; break; default: value = value + 1; } do { value--; } while (value > 0);",
    "auto f = [&](auto p) { return p * q; }; int* r = &x; *r = f(*r); std::sort(a.begin(), a.end(), std::less<int>());",
]
C = [
    "#include <stdio.h>\nint total(const int *items, int n) { int result = 0; for (int i = 0; i < n; i++) { result += items[i]; }\n"
    "  return result; }",
    "int clip(int x, int low, int high) { // keeps\n  int y; if (x < low) { y = low; } else if (x > high) y = high; else { y = x; }\n"
    "  return y; }",
    "typedef struct { int size; char *name; } item; void push(item *s, int x) { s->size = x; s->name[0] = 'x'; ++s->size; }",
    "while (b < 100) { int c = a + b; a = b; b = c; } printf(\"%d // %d\\n\", a, b);",
    "/* block */ static const char *s = \"a /* no comment */\"; unsigned long k = sizeof(s) + 0x1fUL; k <<= 2; k = ~k;",
    "switch (kind) { case 1: value = 2; break; default: value = value + 1; } do { value--; } while (value > 0); goto end;",
    "int i, j; for (i = 0, j = n; i < j; i++, --j) { int t = a[i]; a[i] = a[j]; a[j] = t; } *p = &a[i], q = p->next;",
]
C_SHARP = [
    "class Sums { public static int Total(int[] items) { int result = 0; foreach (var item in items) { result += item; } return result; } }",
    "int Clip(int x, int low, int high) { // keeps\n  int y; if (x < low) { y = low; } else if (x > high) y = high; else { y = x; }\n"
    "  return y; }",
    "for (int i = 0, j = n; i < j; i++, --j) { var t = a[i]; a[i] = a[j]; a[j] = t; }",
    "public class Stack<T> : Base { private List<T> items = new List<T>(); public int Size { get; set; } = 1; void Push(T x) => items.Add(x); }",
    "while (b < 100) { var c = a + b; a = b; b = c; b++; a--; } Console.WriteLine($\"{a} {b}\");",
    "/* block */ string s = \"a // no comment\", u = @\"c:\\x\"; char c = 'x'; bool ok = s == \"b\" && !done || c is '\\n';",
    "switch (kind) { case 1: value = 2; break; default: value++; break; } do { value--; } while (value > 0);",
    "var q = from x in xs where x > 1 select x * 2; var (f, g) = (1, x => x + 1); try { a = f ?? g(2); } catch (E e) { a = e; } finally { using (var r = a) { b = r; } }",
]
PHP = [
    "<?php\nfunction total($items, $start = 0) { $result = $start; foreach ($items as $item) { $result += $item; } return $result; }",
    "<?php function clip($x, $low, $high) { // keeps\n  if ($x < $low) { $y = $low; } elseif ($x > $high) $y = $high; else { $y = $x; }\n"
    "  return $y; } ?> <p>done</p>",
    "<?php for ($i = 0, $j = $n; $i < $j; $i++, --$j) { $t = $a[$i]; $a[$i] = $a[$j]; $a[$j] = $t; }",
    "<?php\nclass Stack extends Base { private $items = []; public function push($x) { $this->items[] = $x; $this->size++; return $this; } }",
    "<?php while ($b < 100) { $c = $a + $b; $a = $b; $b = $c; } echo \"$a {$b}\" . ' // no comment' . PHP_EOL;",
    "<?php /* block */ # hash\n$s = 'a'; $ok = $s === \"b\" && !$done || isset($s[0]); $u .= $s; $u = $ok ? $s : null;",
    "<?php switch ($kind) { case 1: $value = 2; break; default: $value = $value + 1; } do { $value--; } while ($value > 0);",
    "<?php foreach ($map as $key => $value) { $other[$value] = $key; } list($p, $q) = [$q, $p]; $f = function ($x) use (&$p) { return $x + $p; };",
]
GO = [
    "package main\nfunc total(items []int) int {\n\tresult := 0\n\tfor _, item := range items {\n\t\tresult += item\n\t}\n\treturn result\n}",
    "func clip(x, low, high int) int { // keeps\n  var y int\n  if x < low { y = low } else if x > high { y = high } else { y = x }\n  return y\n}",
    "for i, j := 0, n; i < j; i, j = i+1, j-1 { a[i], a[j] = a[j], a[i] }",
    "type Stack struct { items []int; size int }\nfunc (s *Stack) Push(x int) { s.items = append(s.items, x); s.size++ }",
    "package p\nvar a, b = 0, 1\nfunc f() { for b < 100 { c := a + b; a = b; b = c }; fmt.Println(a, \"x // y\", b) }",
    "/* block */ const s = `raw // text`\nvar ok bool = s == \"b\" && !done || r == '\\n'\nvar m map[string]int = map[string]int{\"a\": 1}",
    "switch kind { case 1: value = 2; default: value = value + 1 }; for i := 0; i < n; i++ { sum = sum + last; last = sum; sum -= i }",
    "func g() (x int, err error) { defer close(ch); go func(v int) { ch <- v }(x); select { case y := <-ch: x = y }; if z, e := h(x); e != nil { err = e }; return }",
]
RUBY = [
    "def total(items, start = 0)\n  # adds up\n  result = start\n  for item in items\n    result += item\n  end\n  result\nend",
    "def clip(x, low:, high: 9)\n  if x < low\n    y = low\n  elsif x > high\n    y = high\n  else\n    y = x\n  end\n  y\nend",
    "a, b = 0, 1\nwhile b < 100\n  a, b = b, a + b\nend\nputs \"#{a} #{b}\"",
    "class Stack < Base\n  attr_reader :items\n  def push(x)\n    @items ||= []\n    @items << x\n    @size = @items.size\n    self\n  end\nend",
    "squares = (1..10).select { |n| n.even? }.map do |n|\n  m = n * n\n  m\nend\nnames = { one: 1, 'two' => squares }",
    "case kind\nwhen 1, 2 then value = 2\nwhen 3\n  value = kind\nelse\n  value += 1\nend\nvalue -= 1 while value > 0\nuntil done do done = step(value) end",
    "begin\n  value = Integer(text)\nrescue ArgumentError => e\n  value = e\nensure\n  done = true\nend\nx = 1 unless done\nx[0], y = y, x[1]",
    "f = ->(p, q = 2) { p ** q }\nz = f.(3) ? /re#{x}/ : %w[a b]\nunless z then s = <<~END\n  text #{z}\nEND\nend\n=begin\nlong\n=end\nw = s",
]
RUST = [
    "fn total(items: &[i32]) -> i32 { let mut result = 0; for item in items { result += item; } result }",
    "let y; if x < low { y = low; } else if x > high { y = high; } else { y = x; } // keeps\nz = y;",
    "let mut i = 0; let mut j = n; while i < j { let t = a[i]; a[i] = a[j]; a[j] = t; i += 1; j -= 1; }",
    "pub struct Stack<T> { items: Vec<T> }\nimpl<T> Stack<T> { pub fn push(&mut self, x: T) -> &Self { self.items.push(x); self.size += 1; self } }",
    "loop { let c = a + b; a = b; b = c; if b > 100 { break; } } println!(\"{} // {}\", a, b);",
    "/* block */ static S: &str = \"a // no comment\"; let c = 'x'; ok = s == \"b\" && !done || c == '\\n'; let r = r#\"raw \" text\"#;",
    "match kind { 1 => value = 2, n if n > 2 => { value = n; } _ => value = value + 1 } if let Some(v) = next { value = v; } else { value = 0; }",
    "while let Some(x) = stack.pop() { sum += x; last = sum; } let f = |p: i32| -> i32 { p * q }; z = f(3)?; (a, b) = (b, a); *p = &mut q;",
]
PROGRAMS = {"python": PYTHON, "java": JAVA, "javascript": JAVASCRIPT, "cpp": CPP, "c": C, "c_sharp": C_SHARP, "php": PHP, "go": GO,
            "ruby": RUBY, "rust": RUST}

# Pairs at the edges (prediction, reference), scored in every language.
EDGES = [
    ("x", "x"), ("x = 1", "x = 1"), ("return", "return 1"), ("a b c d e", "a b c d"), ("# comment", "x = 1"),
    ("// only", "int x = 1;"), ("}}}}", "{ { }"), ("\"unclosed", "x = \"closed\""), ("naïve = größe + 重み", "naive = größe + 重み"),
    ("\u00a0x =\u30001\u2028y", "x = 1 y"), ("x = x = x = x", "x = x"), ("if if if", "if (x) { y(); }"), ("🙂", "🙂 🙂"),
    ("y = x\r\nz = y\r\n", "y = x\nz = y\n"), ("def f(: return", "def f(): return"), ("x\ty\tz w v", "x y z w v"),
]
