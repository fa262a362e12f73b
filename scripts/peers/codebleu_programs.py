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
PROGRAMS = {"python": PYTHON, "java": JAVA, "javascript": JAVASCRIPT, "cpp": CPP}

# Pairs at the edges (prediction, reference), scored in every language.
EDGES = [
    ("x", "x"), ("x = 1", "x = 1"), ("return", "return 1"), ("a b c d e", "a b c d"), ("# comment", "x = 1"),
    ("// only", "int x = 1;"), ("}}}}", "{ { }"), ("\"unclosed", "x = \"closed\""), ("naïve = größe + 重み", "naive = größe + 重み"),
    ("\u00a0x =\u30001\u2028y", "x = 1 y"), ("x = x = x = x", "x = x"), ("if if if", "if (x) { y(); }"), ("🙂", "🙂 🙂"),
    ("y = x\r\nz = y\r\n", "y = x\nz = y\n"), ("def f(: return", "def f(): return"), ("x\ty\tz w v", "x y z w v"),
]
