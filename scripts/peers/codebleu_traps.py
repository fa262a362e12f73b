"""Cases for the CodeBLEU goldens where a port is likely to differ: (language, name, prediction, references)."""


def deep(opening, leaf, closing, depth):
    return opening * depth + leaf + closing * depth


# Text: what strip() and split() take for blanks, empties, short texts, keywords, lengths.
TEXT = [
    ("empty_prediction", "", ["x = 1\ny = x"]), ("empty_reference", "x = 1", [""]), ("both_empty", "", [""]),
    ("blanks_only", " \t\n ", ["x = 1"]), ("one_token", "x", ["x"]), ("two_tokens", "x y", ["x y"]), ("three_tokens", "x y z", ["x y z"]),
    ("language_name", "Python", ["x = 1\ny = x"]), ("unrelated", "lorem ipsum dolor sit amet", ["x = 1 + y"]),
    ("nbsp", "a\u00a0=\u00a0b\u00a0+\u00a0c", ["a = b + c"]), ("ideographic_space", "a\u3000=\u3000b ;", ["a = b ;"]),
    ("separators", "a\x1c=\x1db\x1e+\x1fc\x85d", ["a = b + c d"]), ("line_separator", "a = b\u2028c = a", ["a = b\nc = a"]),
    ("zero_width", "a\u200b=\ufeffb", ["a = b"]), ("control", "a \x00 b \x07 c", ["a b c"]),
    ("longer_is_recall", "x = 1 ; x = 1 ; x = 1 ; y = x ;", ["x = 1 ;"]), ("shorter", "x = 1", ["x = 1 ; y = 2 ; z = x + y"]),
    ("repeats", "a a a a a a", ["a b a c a d"]), ("swapped", "y = x\nx = z", ["x = z\ny = x"]),
    ("two_references", "x = a + 1", ["x = b + 1", "x = a + 2"]), ("same_reference_twice", "x = a + 1", ["x = a + 1", "x = a + 1"]),
    ("tie_of_lengths", "a b c", ["a b", "a b c d"]), ("three_references", "x = a", ["", "x = a", "y = b\nz = y"]),
    ("block_glyph", "s = \" , \u2581 \" ; t = s ; u = t", ["s = \" , \u2581 \" ; t = s ; u = s"]),
    ("block_glyph_early", "\u2581 x = y ; z = x", ["\u2581 x = y ; w = x"]), ("emoji", "s = \"🙂\" ; t = s ; u = t", ["s = \"🙂\" ; v = s ; u = v"]),
    ("deep_brackets_900", "x = 1\ny = " + deep("(", "x", ")", 900), ["x = 1\ny = " + deep("(", "x", ")", 900)]),
    ("deep_brackets_2000", "x = 1\ny = " + deep("(", "x", ")", 2000), ["x = 1\ny = " + deep("(", "x", ")", 2000)]),
    ("only_brackets", deep("(", "", ")", 50), ["( ( ) )"]), ("quotes", "' \" '", ["\" ' \""]),
]

PYTHON = [
    ("docstring", "def f ( x ) :\n    return x", ["def f ( x ) :\n    \"\"\" doc \"\"\"\n    return x"]),
    ("docstring_stacked", "\"a\"\n\"b\"\nx = 1\ny = x", ["\"a\"\nx = 1\ny = x", "x = 1\ny = x"]),
    ("string_after_dedent", "def f ( ) :\n  pass\n'x'\ny = 1\nz = y", ["def f ( ) :\n  pass\ny = 1\nz = y"]),
    ("column_0_in_brackets", "a = [\n\"x\" ,\n\"z\" ]\nb = a", ["a = [\n\"x\" ,\n\"y\" ]\nb = a"]),
    ("comment_kept_on_error", "def f ( x ) :\n    return ( x # c", ["def f ( x ) :\n    return x # c"]),
    ("comment_lines", "# a\nx = 1 # b\n\n# c\ny = x # d", ["x = 1\ny = x"]),
    ("tabs", "if x :\n\ty = x\n\tz = y\n\tif z :\n\t\tw = z", ["if x :\n    y = x\n    z = y\n    if z :\n        w = z"]),
    ("tab_before_odd_sign", "x\t? y\nz = x", ["x ? y\nz = x"]), ("form_feed", "x = 1\n\x0cy = x", ["x = 1\ny = x"]),
    ("continuation", "x = 1 + \\\n  2\ny = x", ["x = 1 + 2\ny = x"]), ("string_continuation", "x = 'a\\\nb'\ny = x", ["x = 'ab'\ny = x"]),
    ("broken_string", "x = 'a\ny = x", ["x = 'a'\ny = x"]), ("triple_open", "x = '''a\ny = x", ["x = 1\ny = x"]),
    ("bad_dedent", "if x :\n    y = 1\n  z = y # c", ["if x :\n    y = 1\nz = y"]), ("stray_bracket", "x = 1 )\ny = x # c", ["x = 1\ny = x"]),
    ("crlf", "x = 1 # a\r\ny = x\r\n", ["x = 1\ny = x"]), ("lone_cr", "x = 1\ry = x # a", ["x = 1\ny = x"]),
    ("prefixes", "rb'x'\nx = Rb\"y\" + f'{z}' + u'w'\ny = x", ["x = b'y' + f'{z}' + 'w'\ny = x"]),
    ("f_string", "n = 1\nprint ( f\"{n} {m}\" )", ["n = 1\nprint ( f\"{n} {n}\" )"]),
    ("pairs", "x , y = y , x\nx [ i ] = y [ j ]", ["x , y = z , x\nx [ i ] = y [ k ]"]), ("pairs_uneven", "x , y = f ( z )\nw = x", ["x , y = f ( y )\nw = y"]),
    ("attribute_of_string", "a . b = \"s\"\nc = a", ["a . b = \"s\"\nc = a"]), ("attribute_of_number", "a . b = 1\nc = a", ["a . b = 2\nc = a"]),
    ("augmented", "x = 1\nx += y\nx -= x", ["x = 1\nx += x\nx -= y"]), ("chained", "x = y = z = 1\nw = x", ["x = y = 1\nw = y"]),
    ("annotated", "x : int\ny : int = x\nz = y", ["x : str\ny : str = z\nz = y"]), ("walrus", "if ( n := f ( x ) ) > 1 :\n  y = n", ["n = f ( x )\nif n > 1 :\n  y = n"]),
    ("default_arguments", "def f ( a , b = c , * d , ** e ) :\n  return a + b", ["def f ( a , b = a ) :\n  return a + b"]),
    ("if_elif_else", "if a :\n  x = 1\nelif b :\n  x = 2\nelse :\n  x = 3\ny = x", ["if a :\n  x = 1\nelse :\n  x = 3\ny = x"]),
    ("if_alone", "x = 0\nif a :\n  x = 1\ny = x", ["x = 0\nif a :\n  x = 1\nelse :\n  x = 2\ny = x"]),
    ("one_line_block", "def f ( x ) : return x\nif a : b = a\nelse : b = 1\nc = b", ["def f ( x ) :\n  return x\nif a :\n  b = a\nelse :\n  b = 1\nc = b"]),
    ("splat_targets", "print ( * a )\n* b , c = a", ["print ( * b )\nd , c = a"]),
    ("for_else", "for i in a :\n  s = i\nelse :\n  s = 0\nt = s", ["for i in a :\n  s = i\nt = s"]),
    ("for_merges", "s = 0\nfor i , j in enumerate ( a ) :\n  s = s + i * j\n  t = s\nprint ( t )", ["s = 0\nfor i , j in zip ( a , b ) :\n  s = s + j * i\n  t = s\nprint ( t )"]),
    ("while_merges", "while a < b :\n  a , b = b , a + c\n  c = a + b + d", ["while a < b :\n  a , b = b , a + d\n  c = a + b + c"]),
    ("nested_loops", "for i in a :\n  for j in b :\n    while c :\n      for k in d :\n        e = i + j + k + e", ["for i in a :\n  for j in b :\n    e = i + j + e"]),
    ("comprehension", "x = [ f ( p , q ) for p in r if p for q in p ]", ["x = [ f ( q , p ) for p in r for q in p if q ]"]),
    ("comprehension_names", "{ a : b for a , b in c . items ( ) if a in b and b not in d }", ["{ b : a for a , b in d . items ( ) }"]),
    ("lambda", "g = lambda a , b = c : a * b + d", ["g = lambda a , b = d : a * b + c"]),
    ("match", "match x :\n  case 1 :\n    y = x\n  case _ :\n    y = 2\ntype Z = int", ["match y :\n  case 1 :\n    y = x"]),
    ("xlcost_one_line", "def f ( n ) : NEW_LINE INDENT return n * n NEW_LINE DEDENT print ( f ( 2 ) ) NEW_LINE",
     ["def f ( n ) : NEW_LINE INDENT return n + n NEW_LINE DEDENT print ( f ( 3 ) ) NEW_LINE"]),
    ("define_junk", "#define X 1\nx = X", ["x = X"]), ("print_2", "print x\nprint \"a\" , y", ["print ( x )\nprint ( \"a\" , y )"]),
    ("many_sources", "z = a + b + c + d + e + f + g + h\nfor i in q :\n  z = z + a + b + c + d + e + f + g + h + i\ny = z",
     ["z = h + g + f + e + d + c + b + a\nfor i in q :\n  z = z + a + b + c + d + e + f + g + h + i\ny = z"]),
    ("try_with", "try :\n  a = b\nexcept E as e :\n  a = e\nfinally :\n  with a as c :\n    d = c", ["try :\n  a = b\nexcept E as e :\n  a = b"]),
    ("global_del", "global a\na = 1\ndel a\nnonlocal b\nassert a , b", ["global b\na = 1\nassert a"]),
    ("wide_names", "größe = 1\n重み = größe\nx = 重み", ["größe = 1\nweight = größe\nx = weight"]),
]

JAVA = [
    ("slashes_in_string", "String s = \"a // b\" ; int x = s . length ( ) ;", ["String s = \"a /* b\" ; int x = s . length ( ) ;"]),
    ("open_quote", "char c = ' ; int x = 1 ; int y = x ;", ["char c = 'c' ; int x = 1 ; int y = x ;"]),
    ("comments", "int x = 1 ; // a\n/* b\n c */ int y = x ;", ["int x = 1 ; int y = x ;"]), ("open_comment", "int x = 1 ; /* a", ["int x = 1 ;"]),
    ("comment_between", "int /**/ x = 1 ; int y = /* z */ x ;", ["int x = 1 ; int y = x ;"]),
    ("quote_over_lines", "s = \"a\nb\" ; // c\nx = s ;", ["s = \"a b\" ; x = s ;"]), ("escapes", "s = \"\\\\\" ; // c\nt = '\\'' ; /* d */", ["s = \"\\\\\" ; t = '\\'' ;"]),
    ("else_from_before", "int x = 0 ; if ( a ) { x = 1 ; } else { y = x ; } z = x ;", ["int x = 0 ; if ( a ) { x = 1 ; } else { y = x ; } z = y ;"]),
    ("else_if", "if ( a ) x = 1 ; else if ( b ) x = 2 ; else x = 3 ; y = x ;", ["if ( a ) x = 1 ; else x = 3 ; y = x ;"]),
    ("for_second_pass", "int s = 0 ; for ( int i = 0 ; i < n ; i ++ ) { s = s + t ; t = s ; }", ["int s = 0 ; for ( int i = 0 ; i < n ; i ++ ) { t = s ; s = s + t ; }"]),
    ("for_no_pass", "int i ; for ( i = 0 ; i < n ; i ++ ) { s = s + t ; t = s ; }", ["int i ; for ( i = 0 ; i < n ; i ++ ) { t = s ; s = s + t ; }"]),
    ("enhanced_for", "for ( int v : values ) { s = s + v ; t = s ; }", ["for ( int v : values ) { t = s ; s = s + v ; }"]),
    ("while", "while ( a < b ) { a = b + c ; c = a ; }", ["while ( a < b ) { c = a ; a = b + c ; }"]), ("do_while", "do { a = b ; b = a ; } while ( a < b ) ;", ["do { b = a ; a = b ; } while ( a < b ) ;"]),
    ("increments", "i ++ ; -- j ; a [ i ] ++ ; x = i ;", ["i -- ; ++ j ; a [ j ] ++ ; x = j ;"]), ("compound", "x += y ; y -= x ; x = x ;", ["x += x ; y -= y ; x = y ;"]),
    ("declarators", "int a = b , c = a , d ; d = c ;", ["int a = b , c = b , d ; d = a ;"]), ("arrays", "int [ ] a = { b , c , b } ; a [ 0 ] = a [ 1 ] ;", ["int [ ] a = { c , b } ; a [ 1 ] = a [ 0 ] ;"]),
    ("lambda", "f = ( a , b ) -> a + b ; g = x -> { y = x ; return y ; } ;", ["f = ( a , b ) -> b + a ; g = x -> { return x ; } ;"]),
    ("switch", "switch ( a ) { case 1 : b = a ; break ; default : b = c ; } d = b ;", ["switch ( a ) { case 1 : b = a ; default : b = c ; } d = a ;"]),
    ("try", "try { a = f ( b ) ; } catch ( E e ) { a = e ; } finally { c = a ; }", ["try { a = f ( b ) ; } catch ( E e ) { c = e ; } finally { c = a ; }"]),
    ("generics", "Map < String , List < Integer > > m = new HashMap < > ( ) ; m . put ( k , v ) ;", ["Map < String , Integer > m = new HashMap < > ( ) ; m . get ( k ) ;"]),
    ("class", "public class A extends B implements C { private int x = 1 ; public A ( int x ) { this . x = x ; } int f ( ) { return x ; } }", ["class A { int x = 1 ; A ( int y ) { this . x = y ; } }"]),
    ("truncated", "public static void main ( String [ ] args ) { int n = 5 ; for ( int i = 0 ; i < n ; i ++ ) { System . out . print", ["public static void main ( String [ ] args ) { int n = 5 ; System . out . println ( n ) ; }"]),
    ("ternary", "x = a > b ? a : b ; y = x ;", ["x = a > b ? b : a ; y = x ;"]), ("block_glyph_string", "String s = \"a \u2581 b\" ; int n = s . length ( ) ; int m = n ;", ["String s = \"a \u2581 b\" ; int n = s . size ( ) ; int m = s ;"]),
]

JAVASCRIPT = [
    ("plain_assignment", "let a = 1 ; b = a ; c = b ;", ["let a = 1 ; b = c ; c = a ;"]), ("augmented", "let a = 1 ; a += b ; b *= a ;", ["let a = 1 ; a += a ; b *= b ;"]),
    ("for_of", "for ( const v of vs ) { s += v ; t = s ; }", ["for ( const v in vs ) { t = s ; s += v ; }"]), ("for_var", "for ( var i = 0 ; i < n ; i ++ ) { s += i ; t += s ; }", ["for ( let i = 0 ; i < n ; i ++ ) { s += i ; t += s ; }"]),
    ("template_with_slashes", "let u = `http://x/${a}` ; let b = u ;", ["let u = 'http://x/' + a ; let b = u ;"]), ("regex_quotes", "let r = /'\\/x/g ; let s = r . test ( t ) ;", ["let r = /x/ ; let s = r . test ( t ) ;"]),
    ("regex_slashes", "let r = /a\\//; // c\nlet s = r ;", ["let r = /a/ ; let s = r ;"]), ("true_keyword", "let a = True ; let b = true ;", ["let a = true ; let b = True ;"]),
    ("destructuring", "let { a , b : c = d , ... e } = f ; const [ g , h = a ] = e ;", ["let { a , b : c } = f ; const [ g , h ] = a ;"]),
    ("arrow", "const f = ( a , b = c ) => { let d = a + b ; return d ; } ; f ( e ) ;", ["const f = ( a , b = a ) => a + b ; f ( e ) ;"]),
    ("if_else", "let x = 0 ; if ( a ) { x += 1 ; } else { x += 2 ; } let y = x ;", ["let x = 0 ; if ( a ) { x += 1 ; } let y = x ;"]),
    ("else_if", "if ( a ) { var x = 1 ; } else if ( b ) { var x = 2 ; } else { var x = 3 ; } var y = x ;", ["if ( a ) { var x = 1 ; } else { var x = 3 ; } var y = x ;"]),
    ("class", "class A { constructor ( x ) { this . x = x ; } get y ( ) { return this . x ; } static z = 1 ; }", ["class A { constructor ( y ) { this . y = y ; } }"]),
    ("no_semicolons", "let a = 1\nlet b = a\n( c )\nlet d = b", ["let a = 1 ; let b = a ; ( c ) ; let d = b ;"]), ("missing_semicolons", "let a = 1 let b = a var c = b", ["let a = 1 ; let b = a ; var c = b ;"]),
    ("async", "async function f ( a ) { const b = await g ( a ) ; yield b ; }", ["function f ( a ) { const b = g ( a ) ; return b ; }"]), ("optional", "a ?. b ?? c ; let d = a ?. [ e ] ;", ["a . b || c ; let d = a [ e ] ;"]),
    ("jsx_like", "x = < b > y < / b > ; z = a < b ;", ["x = b > y ; z = a < b ;"]), ("ideographic_space", "let a = 0 \u3000 ; let b = a ;", ["let a = 0 ; let b = a ;"]),
    ("comments", "let a = 1 /* x */ // y\nlet b = a // z", ["let a = 1\nlet b = a"]), ("while", "while ( i -- ) { a += i ; b = a ; }", ["while ( -- i ) { b = a ; a += i ; }"]),
    ("truncated", "function f ( a ) { for ( let i = 0 ; i < a . length ; i ++ ) { if ( a [ i ] ===", ["function f ( a ) { for ( let i = 0 ; i < a . length ; i ++ ) { return i ; } }"]),
]

CPP = [
    ("init_declarator", "int a = 1 ; int b = a ; b = a + b ;", ["int a = 1 ; int c = a ; c = c + a ;"]), ("range_for", "for ( int v : vs ) { s = s + v ; }", ["for ( auto v : vs ) { s = s + v ; }"]),
    ("define_eats_line", "#define N 5 int main ( ) { int a = N ; b = a ; }", ["int main ( ) { int a = 5 ; b = a ; }"]), ("include_line", "#include <bits/stdc++.h> using namespace std ; int x = y ;", ["#include <iostream>\nusing namespace std ;\nint x = y ;"]),
    ("digit_separators", "int a = 1'000 ; // c\nint b = 2'000 ;", ["int a = 1000 ; int b = 2000 ;"]), ("else_clause", "if ( a ) { x = 1 ; } else { y = x ; } z = x ;", ["if ( a ) { x = 1 ; } y = x ; z = x ;"]),
    ("macro_errors", "FOR ( i , 0 , n ) { s = s + i ; } END", ["for ( int i = 0 ; i < n ; ++ i ) { s = s + i ; }"]), ("raw_string", "auto s = R\"(a \" // b)\" ; auto t = s ;", ["auto s = \"a\" ; auto t = s ;"]),
    ("templates", "template < typename T , int N > T f ( const T & a ) { return a + N ; }", ["template < class T > T f ( T a ) { return a ; }"]), ("pointers", "int * p = & x ; * p = y ; p -> z = * q ;", ["int * p = & x ; * p = z ; p -> z = y ;"]),
    ("lambda", "auto f = [ & ] ( int a ) { b = a ; return b ; } ; c = f ( d ) ;", ["auto f = [ = ] ( int a ) { return a ; } ; c = f ( d ) ;"]), ("streams", "cin >> a >> b ; cout << a + b << endl ;", ["cin >> a ; cout << a << \"x\" << endl ;"]),
    ("while", "while ( a < b ) { a = b ; b = a + c ; }", ["while ( a < b ) { b = a + c ; a = b ; }"]), ("increments", "i ++ ; ++ j ; a [ i ++ ] = j -- ;", ["i -- ; ++ j ; a [ j ] = i ;"]),
    ("class", "class A : public B { int x ; public : A ( int x ) : x ( x ) { } int f ( ) const { return x ; } } ;", ["struct A { int x ; int f ( ) { return x ; } } ;"]), ("new_delete", "int * a = new int [ n ] ; a [ 0 ] = n ; delete [ ] a ;", ["int a [ n ] ; a [ 0 ] = n ;"]),
    ("for", "for ( int i = 0 , j = n ; i < j ; i ++ , j -- ) { t = a [ i ] ; a [ i ] = a [ j ] ; a [ j ] = t ; }", ["for ( int i = 0 ; i < n ; i ++ ) { t = a [ i ] ; a [ j ] = t ; }"]),
    ("char_quote", "char c = '\\'' ; char d = '\"' ; c = d ; // e", ["char c = 'c' ; char d = 'd' ; c = d ;"]), ("apostrophe_in_comment", "// don't\nint x = 1 ; y = x ; // can't", ["int x = 1 ; y = x ;"]),
    ("truncated", "int main ( ) { vector < int > a = { 1 , 2 , 3 } ; for ( int i = 0 ; i < a . size ( ) ; i ++ ) { sum = sum + a [", ["int main ( ) { int sum = 0 ; sum = sum + 1 ; return 0 ; }"]),
    ("namespaces", "std :: vector < int > :: iterator it = v . begin ( ) ; it = std :: next ( it ) ;", ["auto it = v . begin ( ) ; it = next ( it ) ;"]), ("switch", "switch ( a ) { case 'x' : b = a ; break ; default : b = c ; } d = b ;", ["switch ( a ) { case 'x' : b = c ; } d = b ;"]),
    ("chained", "a = b = c = d ; a += b ; b = ( c , d ) ;", ["a = b = d ; a += c ; b = ( d , c ) ;"]), ("block_glyph", "string s = \" \u2581 \" ; t = s ; s = t + s ;", ["string s = \" \u2581 \" ; t = s ; s = s + t ;"]),
]

TRAPS = [(language, *case) for language, cases in
         [("python", PYTHON), ("java", JAVA), ("javascript", JAVASCRIPT), ("cpp", CPP)] for case in [*TEXT, *cases]]
