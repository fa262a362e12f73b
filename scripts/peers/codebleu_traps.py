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
    ("wide_operator", "let a = b\nin\u05b0 c\nlet d = a", ["let a = b\nin c\nlet d = a"]), ("wide_operator_reference", "let a = b\nin c", ["let a = b\ninstanceofß c\nlet d = a"]),
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

C = [
    ("init_declarator", "int a = 1 ; int b = a ; b = a + b ;", ["int a = 1 ; int c = a ; c = c + a ;"]), ("else_clause", "if ( a ) { x = 1 ; } else { y = x ; } z = x ;", ["if ( a ) { x = 1 ; } y = x ; z = x ;"]),
    ("for_no_pass", "for ( int i = 0 ; i < n ; i ++ ) { s = s + t ; t = s ; }", ["for ( int i = 0 ; i < n ; i ++ ) { t = s ; s = s + t ; }"]), ("while", "while ( a < b ) { a = b ; b = a + c ; }", ["while ( a < b ) { b = a + c ; a = b ; }"]),
    ("define_line", "#define N 5\nint x = N ; y = x ; // c", ["#define M 5\nint x = M ; y = x ;"]), ("pointers", "int * p = & x ; * p = y ; p -> z = * q ;", ["int * p = & x ; * p = z ; p -> z = y ;"]),
    ("compound", "x += y ; y -= x ; x = x ; x ++ ; -- y ;", ["x += x ; y -= y ; x = y ; x -- ;"]), ("struct", "struct a { int b ; } c ; c . b = d ; e = c . b ;", ["struct a { int d ; } c ; c . d = b ; e = c . d ;"]),
    ("char_quote", "char c = '\\'' ; char d = '\"' ; c = d ; // e", ["char c = 'c' ; char d = 'd' ; c = d ;"]), ("old_style", "f ( a , b ) int a ; { return a ; }", ["int f ( int a , int b ) { return b ; }"]),
    ("double_keyword", "double a ; _Packed struct b { float c ; } ;", ["float a ; struct b { double c ; } ;"]), ("truncated", "int main ( void ) { int a [ ] = { 1 , 2 } ; for ( i = 0 ; i < 2 ; i ++ ) s = s + a [", ["int main ( void ) { int s = 0 ; s = s + 1 ; return s ; }"]),
]

C_SHARP = [
    ("declarators", "int a = b , c = a , d ; d = c ;", ["int a = b , c = b , d ; d = a ;"]), ("fixed_size", "fixed int a [ 3 ] ; int b [ 2 ] = c ; d = b ;", ["fixed int a [ 2 ] ; int c [ 3 ] = b ; d = c ;"]),
    ("three_children", "class A { fixed int a [ 3 ] = b ; int c = a ; }", ["class A { fixed int b [ 3 ] = a ; int c = b ; }"]), ("for_no_pass", "for ( int i = 0 ; i < n ; i ++ ) { s = s + t ; t = s ; }", ["for ( int i = 0 ; i < n ; i ++ ) { t = s ; s = s + t ; }"]),
    ("foreach", "foreach ( var v in vs ) { s = s + v ; t = s ; }", ["foreach ( int v in vs ) { t = s ; s = s + v ; }"]), ("foreach_tuple", "foreach ( var ( a , b ) in vs ) { s = a ; t = b ; }", ["foreach ( var ( a , b ) in vs ) { s = b ; t = a ; }"]),
    ("increments", "i ++ ; -- j ; a [ i ] ++ ; x = i -- ; x !  ; y = x ;", ["i -- ; ++ j ; a [ j ] ++ ; x = j ++ ; y = x ;"]), ("while", "while ( a < b ) { a = b + c ; c = a ; }", ["while ( a < b ) { c = a ; a = b + c ; }"]),
    ("else_from_before", "int x = 0 ; if ( a ) { x = 1 ; } else { y = x ; } z = x ;", ["int x = 0 ; if ( a ) { x = 1 ; } else { y = x ; } z = y ;"]), ("else_if", "if ( a ) x = 1 ; else if ( b ) x = 2 ; else x = 3 ; y = x ;", ["if ( a ) x = 1 ; else x = 3 ; y = x ;"]),
    ("verbatim", "string s = @\"c:\\\" ; // a\nint x = 1 ; y = x ;", ["string s = \"c\" ; int x = 1 ; y = x ;"]), ("interpolated", "var s = $\"{a} // {b:x}\" ; t = s ;", ["var s = $\"{b}\" ; t = a ;"]),
    ("lambda", "f = ( a , b ) => a + b ; g = x => { y = x ; return y ; } ;", ["f = ( a , b ) => b + a ; g = x => { return x ; } ;"]), ("query", "var q = from a in b where a > c orderby a select a ;", ["var q = from b in a where b > c select b ;"]),
    ("property", "class A { int x ; public int X { get { return x ; } set { x = value ; } } int Y => x ; }", ["class A { int y ; public int Y { get { return y ; } set { value = y ; } } }"]), ("compound", "x += y ; y ??= x ; x = y = z ;", ["x += x ; y ??= y ; x = z = y ;"]),
    ("directive", "#region a\nint x = 1 ; y = x ;\n#endregion", ["int x = 1 ; y = x ;"]), ("switch_expression", "x = a switch { 1 => b , _ => c } ; y = x ;", ["x = a switch { 1 => c , _ => b } ; y = x ;"]),
    ("namespace", "using System ; namespace A . B { enum C { D = 1 , E } delegate int F ( ref int g , out int h ) ; }", ["using B ; namespace A { enum C { D , E = 1 } }"]), ("truncated", "class A { static void Main ( ) { var a = new int [ ] { 1 , 2 } ; for ( int i = 0 ; i < a . Length ; i ++", ["class A { static void Main ( ) { var a = 1 ; } }"]),
]

PHP = [
    ("no_tag", "$x = 1; $y = $x;", ["$x = 1; $y = $x;"]), ("text_only", "x = 1 // a\ny = 'b'", ["x = 1 // b\ny = 'a'"]), ("short_tag", "<?= $x ?> a <?php $y = $x ; ?> b", ["<?= $y ?> a <?php $x = $y ; ?>"]),
    ("foreach", "<?php foreach ($a as $x) { $s = $s . $x; $t = $s; }", ["<?php foreach ($a as $x) { $t = $s; $s = $s . $x; }"]), ("foreach_pair", "<?php $q = 1; foreach ($a as $k => $v) { $s = $q; }", ["<?php $q = 1; foreach ($a as $k => $v) { $s = $q; }"]),
    ("foreach_reference", "<?php $q = 1; $r = $q; foreach ($a as &$x) { $x = $q; }", ["<?php $q = 1; $r = $q; foreach ($a as $x) { $x = $q; }"]), ("foreach_expression", "<?php $q = 1; $r = $q; foreach ($this->a as $x) { $s = $x; }", ["<?php $q = 1; $r = $q; foreach ($a as $x) { $s = $x; }"]),
    ("foreach_member", "<?php foreach ($a as $this->x) { $s = $q; } $r = $s;", ["<?php foreach ($a as $b->x) { $s = $q; } $r = $s;"]), ("foreach_colon", "<?php foreach ($a as $x): $s .= $x; endforeach; echo $s;", ["<?php foreach ($a as $x) { $s .= $x; } echo $s;"]),
    ("for_second_pass", "<?php for ($i = 0; $i < $n; $i++) { $s = $s + $t; $t = $s; }", ["<?php for ($i = 0; $i < $n; $i++) { $t = $s; $s = $s + $t; }"]), ("for_update_triggers", "<?php for (; $i < $n; $i = $i + 1) { $s = $s + $t; $t = $s; }", ["<?php for (; $i < $n; $i++) { $s = $s + $t; $t = $s; }"]),
    ("for_sequence", "<?php for ($i = 0, $j = 1; $i < $n; $i++, $j--) { $s = $t; $t = $s; }", ["<?php for ($i = 0; $i < $n; $i++) { $s = $t; $t = $s; }"]), ("for_colon", "<?php for ($i = 0; ; ): $s = $t; $t = $i; endfor;", ["<?php for ($i = 0; ; ) { $s = $t; $t = $i; }"]),
    ("elseif", "<?php if ($a) { $x = 1; } elseif ($b) { $x = $c; } else { $x = $d; } $y = $x;", ["<?php if ($a) { $x = 1; } else if ($b) { $x = $c; } else { $x = $d; } $y = $x;"]), ("if_alone", "<?php $x = 0; if ($a) $x = 1; $y = $x;", ["<?php $x = 0; if ($a) $x = 1; else $x = 2; $y = $x;"]),
    ("if_colon", "<?php if ($a): $x = 1; elseif ($b): $x = 2; else: $x = 3; endif; $y = $x;", ["<?php if ($a): $x = 1; endif; $y = $x;"]), ("while", "<?php while ($a < $b) { $a = $b; $b = $a + $c; }", ["<?php while ($a < $b) { $b = $a + $c; $a = $b; }"]),
    ("increments", "<?php $i++; --$j; $a[$i]++; $x = $i++;", ["<?php $i--; ++$j; $a[$j]++; $x = $j--;"]), ("augmented", "<?php $x += $y; $y .= $x; $z ??= $x; $a = &$b;", ["<?php $x += $x; $y .= $y; $z ??= $y; $b = &$a;"]),
    ("parameters", "<?php function f($a, $b = C, array $c = [], ...$d) { return $a . $b; }", ["<?php function f($a, $b = D, array $c = [1], &$d) { return $b . $a; }"]), ("list", "<?php list($a, , $b) = $c; [$a, $b] = [$b, $a]; ['k' => $x] = $y;", ["<?php list($b, $a) = $c; [$a, $b] = [$a, $b];"]),
    ("strings", "<?php $s = 'a // b'; $t = \"x $s {$u['k']} // y\"; $v = $s . $t;", ["<?php $s = 'a /* b'; $t = \"x $t {$u['l']}\"; $v = $t . $s;"]), ("hash_comment", "<?php # it's a comment\n$x = 1; $y = $x; # don't", ["<?php $x = 1; $y = $x;"]),
    ("heredoc", "<?php $s = <<<EOT\n a $b // c\nEOT;\n$t = $s;", ["<?php $s = <<<'EOT'\n a $b // c\nEOT;\n$t = $s;"]), ("closure", "<?php $f = function ($x) use ($y) { return $x . $y; }; $g = fn($x = 1) => $x + $f($x);", ["<?php $f = function ($y) use ($x) { return $y; }; $g = fn($x) => $x;"]),
    ("class", "<?php class A extends B implements C { const D = 1; public ?int $x = self::D; public static function f(int $a = 2): int { return static::$x; } }", ["<?php class A { public $x = 1; function f($a) { return $a; } }"]),
    ("try_match", "<?php try { $a = f($b); } catch (E | F $e) { $a = $e; } finally { $c = match ($a) { 1 => $b, default => $c }; }", ["<?php try { $a = f($b); } catch (E $e) { $c = $e; }"]), ("truncated", "<?php function f($a) { foreach ($a as $x) { if ($x ===", ["<?php function f($a) { foreach ($a as $x) { return $x; } }"]),
]

GO = [
    ("var_spec", "var a , b int = c , d ; var e = a ; var f int", ["var a , b int = d , c ; var e = b ; var f string"]), ("short_var", "a := 1 ; b := a ; c = b", ["a := 1 ; b := c ; c = a"]), ("pairs", "a , b = b , a ; x [ i ] , y = y , x", ["a , b = a , b ; x [ j ] , y = x , y"]),
    ("for_update_twice", "for i := 0 ; i < n ; i ++ { s = s + i ; t = s }", ["for i := 0 ; i < n ; i += 1 { t = s ; s = s + i }"]), ("for_update_assigns", "for i = 0 ; i < n ; i = i + s { s = i + t ; t = s }", ["for i = 0 ; i < n ; { s = i + t ; t = s }"]),
    ("for_update_in_body", "for i = 0 ; i < n ; { i = i + s ; s = i + t ; t = s }", ["for i = 0 ; i < n ; i = i + s { s = i + t ; t = s }"]),
    ("for_no_update", "for i = 0 ; i < n ; { s = i ; i = s + t }", ["for i = 0 ; i < n ; { i = s + t ; s = i }"]), ("for_condition", "for a < b { a = b ; b = a + c }", ["for a < b { b = a + c ; a = b }"]), ("for_range", "for k , v := range m { s = s + v ; t = k }", ["for k , v = range m { s = s + k ; t = v }"]),
    ("for_ever", "for { a = b ; b = a }", ["for { b = a ; a = b }"]), ("if_else", "x = 0 ; if a { x = 1 } else { y = x } ; z = x", ["x = 0 ; if a { x = 1 } ; y = x ; z = x"]), ("else_if", "if x := f ( a ) ; x > 0 { b = x } else if c { b = c } else { b = a } ; d = b", ["if a { b = a } else { b = c } ; d = b"]),
    ("increments", "i ++ ; j -- ; a [ i ] ++ ; x = i", ["i -- ; j ++ ; a [ j ] ++ ; x = j"]), ("compound", "x += y ; y <<= x ; x &^= y", ["x += x ; y <<= y ; x &^= z"]), ("raw_string", "s = `a // b\n'c'` ; t = s // d", ["s = \"a\" ; t = s"]),
    ("rune_quote", "c = '\\'' ; d = '\"' ; e = c // f", ["c = 'c' ; d = 'd' ; e = c"]), ("switch", "switch x := a . ( type ) { case int : b = x ; default : b = c } ; d = b", ["switch a { case 1 : b = c } ; d = b"]), ("function_literal", "f = func ( a int ) int { b = a ; return b } ; g = f ( c )", ["f = func ( b int ) int { return b } ; g = c"]),
    ("channels", "ch <- a ; b = <- ch ; select { case c := <- ch : d = c ; case ch <- d : e = d }", ["ch <- b ; a = <- ch ; select { default : d = c }"]), ("composite", "m = map [ string ] int { \"a\" : b , \"c\" : d } ; p = & T { x : y }", ["m = map [ string ] int { \"a\" : d } ; p = T { y : x }"]),
    ("literals", "a = true ; b = false ; c = nil ; d = iota ; e = 0x1F ; f = 1.5e3i", ["a = false ; b = true ; c = nil ; d = 1"]), ("labels", "L : for i = 0 ; i < n ; i ++ { if a { continue L } ; goto M } ; M : b = i", ["for i = 0 ; i < n ; i ++ { break } ; b = i"]),
    ("truncated", "package main\nfunc main ( ) {\nfor i := 0 ; i < n ; i ++ {\nfmt . Println ( i", ["package main\nfunc main ( ) {\nfmt . Println ( 1 )\n}"]),
]

RUBY = [
    ("keyword_parameter", "def f a: , b: a , c: 1\n d = a + b\nend", ["def f ( a: , b: c , c: 2 )\n d = b + a\nend"]), ("keyword_first", "x = 1\nif y\n def f a: 2\n end\nelse\n z = a\nend\nw = a", ["x = 1\nif y\n def f a:\n end\nelse\n z = x\nend\nw = a"]),
    ("keyword_in_branches", "case x\nwhen 1 then def f a:\n b = a end\nwhen 2 then c = a\nelse d = a end\ne = a", ["case x\nwhen 1 then c = a\nelse d = a end\ne = a"]), ("pairs", "a , b = b , a\nx [ i ] = y [ j ]\np . q = r . s", ["a , b = a , b\nx [ j ] = y [ i ]\np . s = r . q"]),
    ("pairs_uneven", "a , b = f ( c )\nd , * e = 1 , 2 , 3\n( g , h ) , i = j", ["a , b = c\nd , * e = f\ng , h = j"]), ("string_of_three_parts", "z = 1\na , b , c = \"x\"\nd = a", ["z = 1\na , b , c = x\nd = z"]), ("string_of_two_parts", "a , b = \"\"\nc = a", ["a , b = ''\nc = b"]),
    ("string_pairs", "a . b = \"x\"\nc = a\nd [ e ] = \"#{f}y\"", ["a . b = 1\nc = a"]), ("operator_assignment", "x += y\nx ||= z\n@a -= @a\nx [ i ] <<= y", ["x += x\nx ||= y\n@a -= @b\nx [ j ] <<= x"]), ("operator_pair", "x . y += a , b\nz = x", ["x . z += b\nz = x"]),
    ("operator_comment", "x += # c\n y\nz = x", ["x += y\nz = x"]), ("if_elsif_else", "if a\n x = 1\nelsif b\n x = c\nelse\n x = d\nend\ny = x", ["if a then x = 1 else x = d end\ny = x"]), ("if_alone", "x = 0\nif a\n x = 1\nend\ny = x", ["x = 0\nif a\n x = 1\nelse\n x = 2\nend\ny = x"]),
    ("unless", "unless a\n x = 1\nelse\n x = b\nend\ny = x", ["unless a then x = b end\ny = x"]), ("modifiers", "x = 1 if a\ny = x unless b\nz = y while c\nw = z until d\nv = w rescue e", ["x = 1 if b\ny = x unless a\nz = x while c\nw = y until d"]),
    ("case_when", "case a\nwhen 1 , 2 then x = a\nwhen B\n x = c\nelse\n x = d\nend\ny = x", ["case a\nwhen 1 then x = c\nend\ny = x"]), ("case_in_when", "case a\nwhen 1 then if b then x = 1 else x = 2 end\nend\ny = x", ["case a\nwhen 1 then x = 1\nend\ny = x"]),
    ("while_is_plain", "while a < b\n a = b\n b = a + c\nend", ["while a < b do\n b = a + c\n a = b\nend"]), ("until", "until a > b\n a = b\n b = a + c\nend", ["until a > b do\n b = a + c\n a = b\nend"]), ("while_modifier", "begin\n a = b\n b = a + c\nend while a", ["begin\n b = a + c\n a = b\nend while a"]),
    ("for", "for i in a\n s = s + i\n t = s\nend", ["for i in a do\n t = s\n s = s + i\nend"]), ("for_pairs", "for i , j in a\n s = s + i * j + k\n t = s\nend\nu = t", ["for i , ( j , l ) in a\n s = k + j * i + s\n t = s\nend\nu = s"]),
    ("for_nothing", "i = q\nf ( i )", ["for i in [] do\n f ( i )\nend"]), ("for_over_nothing", "for i in []\n s = i\nend\nt = s", ["for i in []\n s = i\nend\nt = i"]),
    ("for_merges", "for i in q\n z = z + a + b + c + d + e + f + g + i\nend\ny = z", ["for i in q\n z = z + i + a + b + c + d + e + f + g\nend\ny = z"]), ("blocks", "a . each do | x , y = 1 , * z , k: 2 , & b |\n s = x + y + k\nend\nc . map { | v | w = v }", ["a . each { | y , x = 1 | s = y }\nc . map { | w | v = w }"]),
    ("comments_stay", "x = 1 # y\n=begin\nz = x\n=end\ny = x # 'z", ["x = 1\ny = x"]), ("slashes", "x = a // b\ny = x /* c */ z", ["x = a\ny = x"]), ("strings", "s = \"a #{b + c} d\"\nt = 'e' \"f\" + s\nu = %q(g) + %Q(h #{t})\nv = `i #{u}`", ["s = \"a #{c + b}\"\nt = 'e' + s\nu = %q(h)\nv = s"]),
    ("heredocs", "s = <<~A + <<-B\n x #{y}\nA\n z\nB\nt = s", ["s = <<~A\n x #{z}\nA\nt = s"]), ("symbols", "h = { a: 1 , :b => 2 , \"c\" => d , \"e\": f }\ng = h [ :a ] + %i[b c]", ["h = { b: 1 , :a => 2 }\ng = h [ :b ]"]),
    ("begin_rescue", "begin\n a = b\nrescue C , D => e\n a = e\n retry\nelse\n f = a\nensure\n g = a\nend", ["begin\n a = b\nrescue => e\n f = e\nend"]), ("conditional", "x = a ? b : c\ny = x && ! x || z\nnot y and return x", ["x = a ? c : b\ny = z || x"]),
    ("class", "module M\n class A < B\n  @@n = 0\n  attr_accessor :x\n  def initialize ( x = $y ) ; @x = x ; end\n  def self . f ; super ; end\n end\nend", ["class A\n def initialize ( y ) ; @y = y ; end\nend"]),
    ("wide_heredoc", "s = <<ÉT\n a #{x}\nÉT\nt = s", ["s = <<ET\n a #{x}\nET\nt = s"]), ("wide_regex_flags", "r = /x/ß ; s = r", ["r = /x/m ; s = r"]),
    ("wide_heredoc_reference", "s = <<ET\n a #{x}\nET\nt = s", ["s = <<AÉ\n a #{x}\nAÉ\nt = s"]), ("wide_mark", "s = <<\u05b0T\n a #{x}\n\u05b0T\nt = s", ["s = <<ET\n a #{x}\nET\nt = s"]),
    ("patterns", "f = -> ( a , b = 2 ) { a + b }\ng = lambda { | c | c }\nh = f . ( 1 ) . then ( & g )\nalias i h\nundef f", ["f = -> ( b ) { b }\nh = f . ( 2 )"]), ("end_data", "x = 1\ny = x\n__END__\nz = y", ["x = 1\ny = x"]), ("truncated", "def f ( a )\n a . each do | x |\n  if x ==", ["def f ( a )\n a . each do | x |\n  x\n end\nend"]),
]

RUST = [
    ("function_body", "fn f ( a : i32 ) -> i32 { b = a ; c = b ; c }", ["fn f ( a : i32 ) -> i32 { b = c ; c = a ; b }"]), ("function_forms", "pub fn f ( a : B ) { } fn g < T > ( a : T ) { } fn h ( ) ; unsafe fn i ( x : Y ) { }", ["fn f ( a : B ) { } pub fn g ( a : T ) { } fn h ( ) { } fn i ( x : Y ) { }"]),
    ("function_uses_known", "a = b ; fn f ( a : b ) { } c = a ; d = f ;", ["a = b ; fn f ( b : a ) { } c = b ; d = f ;"]), ("let", "let a = 1 ; let mut b = a ; c = b ;", ["let a = 1 ; let mut b = c ; c = a ;"]), ("assignments", "a = b ; b += a ; ( a , b ) = ( b , a ) ; x [ i ] = y [ j ] ;", ["a = a ; b += b ; ( a , b ) = ( a , b ) ; x [ j ] = y [ i ] ;"]),
    ("if_else", "x = 0 ; if a { x = 1 ; } else { y = x ; } z = x ;", ["x = 0 ; if a { x = 1 ; } y = x ; z = x ;"]), ("else_if", "if a { x = 1 ; } else if b { x = c ; } else { x = d ; } y = x ;", ["if a { x = 1 ; } else { x = d ; } y = x ;"]), ("if_value", "y = if a { b } else { c } ; if if d { e } else { f } { y = e ; } z = y ;", ["y = if a { c } else { b } ; z = y ;"]),
    ("if_let", "if let Some ( a ) = b { c = a ; } else { c = d ; } e = c ;", ["if let Some ( a ) = b { c = a ; } e = c ;"]), ("match", "match a { 1 => x = 2 , b if b > c => { x = b ; } _ => x = d } y = x ;", ["match a { 1 => { x = d ; } _ => { x = 2 ; } } y = x ;"]), ("match_in_match", "match match a { b => c } { d => { e = d ; } } f = e ;", ["match a { d => { e = d ; } } f = e ;"]),
    ("loop", "loop { a = b ; b = a + c ; if a { break ; } }", ["loop { b = a + c ; a = b ; }"]), ("while", "while a < b { a = b ; b = a + c ; }", ["while a < b { b = a + c ; a = b ; }"]), ("while_let", "while let Some ( a ) = b . pop ( ) { s += a ; t = s ; }", ["while let Some ( a ) = b . pop ( ) { t = s ; s += a ; }"]),
    ("for_one_pass", "for i in 0 .. n { s = s + t ; t = s ; }", ["for i in 0 .. n { t = s ; s = s + t ; }"]), ("for_merges", "for i in a { for j in b { s = i + j + s ; } } t = s ;", ["for i in a { for j in b { s = s + j + i ; } } t = s ;"]), ("lifetimes", "impl < 'a > A < 'a > { } x = 1 ; // b\ny = x ; let c = 'd' ;", ["impl A { } x = 1 ; y = x ; let c = 'd' ;"]),
    ("raw_string", "s = r#\"a \" // b\"# ; t = s ; /* c /* d */ e */ u = t ;", ["s = \"a\" ; t = s ; u = t ;"]), ("line_comments_kept", "s = \" ; // a\nt = s ; // b", ["s = 1 ; t = s ;"]), ("closure", "f = | a : i32 | { b = a ; b } ; g = move | | f ( c ) ; h = g ;", ["f = | b | b ; g = f ( c ) ; h = f ;"]),
    ("macros", "println ! ( \"{} {}\" , a , b ) ; vec ! [ a ; b ] ; macro_rules ! m { ( $ x : expr ) => { $ x } }", ["println ! ( \"{}\" , b ) ; vec ! [ b ] ;"]), ("items", "struct A { b : C } enum D { E ( F ) , G { h : I } } trait J { fn k ( & self ) ; } use l :: { m , n as o } ; mod p { const Q : u8 = 1 ; }", ["struct A { c : B } enum D { E , F } use l :: m ;"]),
    ("references", "* p = & mut q ; r = & * p ; s = p . q . r ; t = s ? ; u = t as u8 ;", ["* q = & p ; r = * q ; s = r . q ; u = s ;"]), ("literals", "a = true ; b = 1_000u64 ; c = b'x' ; d = 'y' ; e = 1.5e3 ; f = ( ) ; g = [ 0 ; 3 ] ;", ["a = false ; b = 1 ; c = 'x' ; d = b'y' ;"]),
    ("truncated", "fn main ( ) { let v = vec ! [ 1 , 2 ] ; for i in v . iter ( ) { println ! ( \"{}\" , i", ["fn main ( ) { let v = 1 ; println ! ( \"{}\" , v ) ; }"]),
]

# Loops in which one variable takes from many: the order of the sources follows Python's hashes of the names.
LOOPS = {
    "python": "while {0} :\n  {1} = {1} + {2} + {3} + {4}\n  {2} = {1}\n{5} = {1}",
    "java": "while ( {0} ) {{ {1} = {1} + {2} + {3} + {4} ; {2} = {1} ; }} {5} = {1} ;",
    "javascript": "while ( {0} ) {{ {1} += {1} + {2} + {3} + {4} ; {2} += {1} ; }} {5} += {1} ;",
    "cpp": "while ( {0} ) {{ {1} = {1} + {2} + {3} + {4} ; {2} = {1} ; }} {5} = {1} ;",
    "c": "while ( {0} ) {{ {1} = {1} + {2} + {3} + {4} ; {2} = {1} ; }} {5} = {1} ;",
    "c_sharp": "while ( {0} ) {{ {1} = {1} + {2} + {3} + {4} ; {2} = {1} ; }} {5} = {1} ;",
    "php": "<?php while (${0}) {{ ${1} = ${1} + ${2} + ${3} + ${4}; ${2} = ${1}; }} ${5} = ${1};",
    "go": "for {0} = 0 ; {0} < 9 ; {0} ++ {{ {1} = {1} + {2} + {3} + {4} ; {2} = {1} }} ; {5} = {1}",
    "ruby": "until {0} do\n  {1} = {1} + {2} + {3} + {4}\n  {2} = {1}\nend\n{5} = {1}",
    "rust": "while {0} {{ {1} = {1} + {2} + {3} + {4} ; {2} = {1} ; }} {5} = {1} ;",
}
NAMINGS = [("a", "b", "c", "d", "e", "f"), ("total", "x", "count", "index", "key", "y"), ("w", "größe", "n1", "n2", "n3", "z")]


# What a name takes its value from after branches shows in whether its first use is kept: each of these is compared with
# straight code in both directions.
BRACES = ["if ( a ) { f ( x ) ; } else if ( b ) { g ( x ) ; } else { h ( x ) ; } k ( x ) ;", "f ( x ) ; if ( a ) { x += 1 ; } else { x += 2 ; } g ( x ) ;",
          "f ( x ) ; if ( a ) { x += 1 ; } g ( x ) ;", "if ( a ) if ( b ) { f ( x ) ; } else { g ( x ) ; } h ( x ) ;", "f ( x ) ; if ( a ) if ( b ) x += 1 ; g ( x ) ;",
          "if ( x ) if ( a ) { f ( x ) ; } else { g ( x ) ; } else { h ( x ) ; } k ( x ) ;"]
BRACES_STRAIGHT = ["f ( x ) ; g ( x ) ; h ( x ) ; k ( x ) ;", "f ( x ) ; x += 1 ; x += 2 ; g ( x ) ;"]
BARE = ["if a { f ( x ) ; } else if b { g ( x ) ; } else { h ( x ) ; } ; k ( x ) ;", "f ( x ) ; if a { x += 1 ; } else { x += 2 ; } ; g ( x ) ;",
        "f ( x ) ; if a { x += 1 ; } ; g ( x ) ;"]  # Go, Rust
PYTHON_BRANCHES = ["if a :\n  f ( x )\nelif b :\n  g ( x )\nelse :\n  h ( x )\nk ( x )", "f ( x )\nif a :\n  x += 1\nelse :\n  x += 2\ng ( x )",
                   "f ( x )\nif a :\n  x += 1\ng ( x )", "f ( x )\nif a :\n  x += 1\nelif b :\n  g ( x )\nh ( x )"]
RUBY_BRANCHES = ["if a\n f ( x )\nelsif b\n g ( x )\nelse\n h ( x )\nend\nk ( x )", "f ( x )\nif a\n x += 1\nelse\n x += 2\nend\ng ( x )",
                 "unless a\n f ( x )\nelse\n g ( x )\nend\nh ( x )", "f ( x )\nunless a\n x += 1\nend\ng ( x )",
                 "case a\nwhen 1 then f ( x )\nwhen 2 then g ( x )\nelse h ( x )\nend\nk ( x )", "f ( x )\ncase a\nwhen 1 then x += 1\nelse x += 2\nend\ng ( x )",
                 "f ( x )\nif a then if b then x += 1 else x += 2 end end\ng ( x )", "if x\n f ( x )\nelse\n g ( x )\nend\nh ( x )",
                 "if a\n f ( x )\nelse\n x += 1\n if b\n  g ( x )\n end\nend\nh ( x )", "if a\n f ( x )\nelse\n x += 1\n unless b\n  g ( x )\n end\nend\nh ( x )"]
RUST_BRANCHES = ["if let a = b { f ( x ) ; } else { g ( x ) ; } h ( x ) ;", "f ( x ) ; if let a = b { x += 1 ; } else { x += 2 ; } g ( x ) ;",
                 "f ( x ) ; if let a = b { x += 1 ; } g ( x ) ;",
                 "f ( x ) ; match a { 1 => x += 1 , _ => x += 2 } g ( x ) ;", "match match a { 1 => f ( x ) } { 2 => g ( x ) } h ( x ) ;",
                 "match if a { f ( x ) } else { g ( x ) } { 2 => h ( x ) } k ( x ) ;", "if match a { 1 => f ( x ) } { g ( x ) ; } h ( x ) ;",
                 "if if let a = b { f ( x ) } { g ( x ) ; } else { h ( x ) ; } k ( x ) ;"]


# In PHP a use defines nothing; a parameter does.
PHP_BRANCHES = ["<?php function f ( $x ) { if ( $a ) { $x = 1 ; } else { g ( $x ) ; } }", "<?php function f ( $x ) { if ( $a ) { $x = 1 ; } else { $x = 2 ; } g ( $x ) ; }",
                "<?php function f ( $x ) { if ( $x = 2 ) if ( $b ) { g ( $x ) ; } }", "<?php function f ( $x ) { if ( $x = 2 ) if ( $b ) : h ( ) ; endif ; elseif ( $c ) g ( $x ) ; }",
                "<?php function f ( $x ) { if ( $a ) { $x = 1 ; } elseif ( $b ) { g ( $x ) ; } else { h ( $x ) ; } }", "<?php function f ( $x ) { if ( $a ) $x = 1 ; g ( $x ) ; }"]
PHP_STRAIGHT = ["<?php function f ( $x ) { g ( $x ) ; $x = 1 ; h ( $x ) ; }", "<?php function f ( $x ) { $x = 1 ; g ( $x ) ; }"]
LINES_STRAIGHT = [text.replace(" ; ", "\n").replace(" ;", "") for text in BRACES_STRAIGHT]
BRANCHES = {
    "python": (PYTHON_BRANCHES, LINES_STRAIGHT), "ruby": (RUBY_BRANCHES, LINES_STRAIGHT), "php": (PHP_BRANCHES, PHP_STRAIGHT),
    "go": (BARE, BRACES_STRAIGHT),
    "rust": (BARE + RUST_BRANCHES, BRACES_STRAIGHT), **{language: (BRACES, BRACES_STRAIGHT) for language in ("java", "javascript", "cpp", "c", "c_sharp")}}

# A string is one token in some grammars, whatever is in it; in others its parts are.
STRINGS = {
    "python": "x = ''\ny = x + \"a\\n{b}\" + f'{c} {d}'\nz = y + ''", "ruby": "x = ''\ny = x + \"a\\n#{b} #{c}\" + 'd'\nz = y + ''",
    "php": "<?php $x = ''; $y = $x . \"a\\n$b {$c}\" . 'd\\'e'; $z = $y . '';", "javascript": "let x = '' ; let y = x + 'a\\nb' + `${c} ${d}` ; let z = y + '' ;",
    "rust": "x = \"\" ; y = x + \"a\\n{b}\" + 'c' + b\"d\" ; z = y + \"\" ;",
    **{language: "x = \"\" ; y = x + \"a\\n\\t b\" + 'c' + '\\n' ; z = y + \"\" ;" for language in ("java", "cpp", "c", "c_sharp", "go")}}


def branches(language):
    for i, text in enumerate(BRANCHES[language][0]):
        for k, straight in enumerate(BRANCHES[language][1]):
            yield f"branches_{i}_{k}", text, [straight]
            yield f"straight_{k}_{i}", straight, [text]


def strings(language):
    plain = "<?php $x = $a; $y = $x . $b . $c; $z = $y . $d;" if language == "php" else "x = a ; y = x + b + c ; z = y + d ;"
    yield "strings_0", plain, [STRINGS[language]]
    yield "strings_1", STRINGS[language], [plain]


# Every loop is followed twice, so this deep a body 64 times.
DEPTH = 6
NESTS = {"python": "x = 1\n" + "".join(" " * i + "while x :\n" for i in range(DEPTH)) + " " * DEPTH + "y = y + x + z\n" + " " * DEPTH + "x = y",
         "javascript": "while ( x ) { " * DEPTH + "y += x + z ; x += y ; " + "} " * DEPTH, "php": "<?php " + "foreach ($a as $x) { " * DEPTH + "$y = $x + $z; $x = $y; " + "} " * DEPTH,
         "go": "for i = 0 ; i < x ; i = i + y { " * DEPTH + "y = y + x + z ; x = y " + "} " * DEPTH, "ruby": "for i in x do until y do\n" * (DEPTH // 2) + "y = y + i + z\nx = y\n" + "end\nend\n" * (DEPTH // 2),
         "rust": "while x { loop { " * (DEPTH // 2) + "y = y + x + z ; x = y ; " + "} } " * (DEPTH // 2),
         **{language: "while ( x ) { " * DEPTH + "y = y + x + z ; x = y ; " + "} " * DEPTH for language in ("java", "cpp", "c", "c_sharp")}}


def merged_sources(language):
    texts = [LOOPS[language].format(*names) for names in NAMINGS]
    pairs = [(f"merged_sources_{i}", texts[i], [texts[(i + 1) % len(texts)]]) for i in range(len(texts))]
    return [*pairs, ("nested_loops", texts[0], [NESTS[language]]), ("nested_loops_equal", NESTS[language], [NESTS[language]])]


TRAPS = [(language, *case) for language, cases in
         [("python", PYTHON), ("java", JAVA), ("javascript", JAVASCRIPT), ("cpp", CPP), ("c", C), ("c_sharp", C_SHARP), ("php", PHP),
          ("go", GO), ("ruby", RUBY), ("rust", RUST)] 
         for case in [*TEXT, *cases, *merged_sources(language), *branches(language), *strings(language)]]
