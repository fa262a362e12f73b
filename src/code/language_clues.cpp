#include "language_clues.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "quartet/code/python_text.h"

namespace quartet::code {
namespace {

constexpr unsigned bit(Grammar grammar) {
  return 1u << static_cast<unsigned>(grammar);
}
constexpr unsigned kPy = bit(Grammar::kPython);
constexpr unsigned kJava = bit(Grammar::kJava);
constexpr unsigned kJs = bit(Grammar::kJavascript);
constexpr unsigned kCpp = bit(Grammar::kCpp);
constexpr unsigned kC = bit(Grammar::kC);
constexpr unsigned kCs = bit(Grammar::kCSharp);
constexpr unsigned kPhp = bit(Grammar::kPhp);
constexpr unsigned kGo = bit(Grammar::kGo);
constexpr unsigned kRuby = bit(Grammar::kRuby);
constexpr unsigned kRust = bit(Grammar::kRust);

/// Phrases that speak as strongly for the same languages. A phrase is lexemes with blanks between them; `~` stands for
/// any one word, `^` for one that begins with a capital and goes on in small letters, `"` for any string literal.
struct ClueGroup {
  double points;
  unsigned languages;
  std::string_view phrases;  ///< separated by two blanks
};

constexpr ClueGroup kClueGroups[] = {
    // Python
    {4, kPy, "in range (  if __name__  def __init__  async def ~  from ~ import  for ~ , ~ in"},
    {3, kPy, "elif ~  elif (  else :  try :  except :  except ~  INDENT  DEDENT  for ~ in ~ :  def ~ ( self"},
    {2.5, kPy, "self . ~  ) : NEW_LINE  ] : NEW_LINE"},
    {2, kPy, "None  not in  is None  is not  import ~ as  lambda ~ :  lambda ~ ,  def ~ (  print ( f"},
    {2, kPy, "isinstance (  enumerate (  sorted (  with open  input ( )  - > int :  - > str :  - > bool :"},
    {1.5, kPy, "print (  len (  . append (  : NEW_LINE  import math  import sys  if not  and not  str ("},
    {1, kPy, "True  False  for ~ in  pass  yield ~  assert ~  ) :  ] :  lambda  NEW_LINE  in ~ :  or not"},
    {0.5, kPy, "* *  in ~  and ~  or ~  import ~  raise ~ ("},
    // Java
    {5, kJava, "System . out  System . in  import java  public static void main (  public static boolean"},
    {4, kJava, "@ Override  static boolean  String [ ] ~  new Scanner (  import javax  import org"},
    {3, kJava, "boolean ~  Scanner (  throws ~  final int  final String  public boolean  package ~ .  import com"},
    {2, kJava, "implements ~  ArrayList <  HashMap < Integer  Integer >  Integer .  HashMap < String"},
    {2, kJava, "HashMap < Character  Character .  < Character  private final  String . valueOf  Arrays . ~  . get ("},
    {1.5, kJava, "final ~ ~  String ~  . charAt (  . equals (  static void main  extends ~  . println ("},
    {1, kJava, ". substring (  instanceof  new int [  Math . max (  Math . min (  char [ ]"},
    {1, kJava | kCpp, ". length ( )  . size ( )"},
    // Java and C#
    {3, kJava | kCs, "public static ~  public class ~"},
    {2, kJava | kCs, "int [ ] ~  StringBuilder  private static  new int [  public int  private int  public void"},
    {1.5, kJava | kCs, "catch ( Exception  protected ~  private ~ ~  static int  static void  class GFG  class ~ {"},
    {1, kJava | kCs, "public ~  private ~  = new ~  throw new  static ~ ~ ("},
    // JavaScript
    {5, kJs, "console . ~  document . ~  module . exports  async function  for ( let  for ( const  `$"},
    {4, kJs, "export default  export const  import {  export {  export function  typeof ~  new Array (  const ~ of"},
    {3, kJs, "let ~ =  const ~ =  let [  const {  const [  = = =  ! = =  function ( ~  JSON . ~  let ~ of"},
    {2.5, kJs, "function ~ ( ~  function ~ ( )  let ~ ;  let ~ ,"},
    {2, kJs, "undefined  parseInt (  new Map (  new Set (  require ( \"  . forEach (  < script  prototype .  let ~ in"},
    {1.5, kJs,
     "var ~ =  for ( var ~  . push (  Math . ~  Number (  Array . ~  function (  . map (  . filter (  . reduce (  "
     "Number . ~"},
    {1, kJs, ". length  = > ~  . charAt (  this . ~  `  new ~ (  . join (  null  var ~ ;  await ~  alert ("},
    {1.5, kJs | kCs | kRust, "= > {"},
    {1, kCs, ") = >"},
    // C and C++
    {5, kC | kCpp, "int main ("},
    {3, kC | kCpp, "# include"},
    {2.5, kC | kCpp, "# define  # ifdef  # ifndef  # endif  # pragma"},
    {2, kC | kCpp, "sizeof  unsigned ~  NULL  int ~ [ ~  int ~ [ ]  char ~ [  long long  double ~ [  float ~ ["},
    {1.5, kC | kCpp,
     "printf ( \"  typedef ~  int *  char *  const char  struct ~ {  INT_MAX  INT_MIN  scanf (  void *"},
    {1, kC | kCpp, "- > ~  & ~ [  static inline  uint64_t  uint32_t  uint8_t  size_t  exit (  strlen (  long ~ ="},
    {3, kC, "typedef struct  struct ~ * ~  malloc (  stdio . h  main ( void )  void )  restrict  assert . h"},
    {2.5, kC, "stdlib . h  string . h  stdbool . h  stdint . h  math . h  calloc (  realloc (  struct ~ ~ ;"},
    {2, kC, "free (  scanf (  fprintf (  strcpy (  strcmp (  strlen (  sizeof ( struct  struct ~ ~ =  goto ~"},
    {1, kC, "printf ( \"  char *  static ~ ~ (  ctype . h  limits . h  float . h  sizeof (  putchar (  getchar ("},
    {5, kCpp, "using namespace  bits / stdc  < iostream >  std : : ~  cout < <"},
    {4, kCpp, "cin > >  endl  vector <  push_back (  template <  public :  private :  static_cast <  const auto &"},
    {3, kCpp, "# include < ~ >  nullptr  pair <  . begin (  . end (  unordered_map <  delete [  auto &  ( ) const"},
    {3, kCpp, "priority_queue <  make_pair (  class ~ : public  constexpr ~  protected :  auto ~ : ~  < < \" < <"},
    {2, kCpp, "auto ~  cout  map <  set <  queue <  stack <  const ~ &  int &  string &  operator"},
    {2, kCpp, ". second  memset (  virtual ~  ) const {  noexcept  deque <  namespace ~ {"},
    {1.5, kCpp, "bool ~ (  delete ~  . first  bool ~ =  string ~  ll ~  explicit ~  typename ~"},
    {1, kCpp, ": : ~  < <  auto"},
    {0.5, kCpp, "swap (  max (  min (  INT_MAX  long long  typedef long"},
    // What looks alike in C, C++, Java and C#
    {0.5, kC | kCpp | kJava | kCs, "int ~ =  int ~ ;  int ~ )  int ~ ,  double ~  float ~  char ~  long ~  int ~ ("},
    {1, kC | kCpp | kJava | kCs, "for ( int  void ~ ("},
    {1, kC | kCpp | kJava | kCs | kJs | kPhp, "do {  switch ("},
    {0.5, kC | kCpp | kJava | kCs | kJs | kPhp, "+ + )  + + ;  ; }  ) ;  else if (  } else {"},
    // C#
    {5, kCs, "using System  Console . ~  static void Main (  string [ ] ~  foreach ( var  get ;  int . Parse"},
    {4, kCs,
     "@ \"  foreach ( int  foreach ( string  foreach ( char  namespace ~ .  get = >  set ;  List < int >  bool [ ]"},
    {3, kCs, "Dictionary <  . ToString ( )  string . ^  Math . Max (  Math . Min (  Math . Abs (  Math . Sqrt ("},
    {3, kCs,
     "new string (  string [ ]  Math . Pow (  Math . Floor (  IEnumerable <  static bool  static string  public bool  "
     "public string"},
    {2.5, kCs, "$ \"  public override  HashSet < int  using static  . Length  internal ~  readonly ~  . Count"},
    {2, kCs,
     ". Add (  override ~  sealed ~  . Select (  . Where (  . Sum (  . ToList (  . ToArray (  nameof (  out var"},
    {2, kCs, "public virtual  int [ , ]  [ , ]  ref ~  namespace ~ ;  async Task  using ~ ;  ArgumentException"},
    {1, kCs, "namespace ~  bool ~  var ~ =  new List <  = > ~  this . ~"},
    // PHP
    {6, kPhp, "< ? php  declare ( strict_types"},
    {4, kPhp, "function ~ ( $  foreach ( $  $ this  for ( $  public function  private function  echo $  isset ("},
    {3, kPhp, "$ ~ - > ~  $ ~ =  count ( $  echo \"  $ ~ [  if ( $  protected function  return $  while ( $  < ? ="},
    {2.5, kPhp, "array_push (  str_repeat (  implode (  explode (  in_array (  $ ~ ;  array_map (  array ("},
    {2, kPhp, "echo ~  = array (  elseif (  use ~ \\  $ ~ )  $ ~ ,  foreach (  . = \"  strlen ( $  function ( $  ? >"},
    {1, kPhp, "$ ~  = > $  namespace ~ ;  namespace ~ \\  print (  = > \"  private ~ $  - > ~ ("},
    // Go
    {6, kGo, "package main  func main ( )  import ( \"  err ! = nil"},
    {4, kGo, "fmt . ~  func ~ ( ~  : = range  func ( ~ ~ ) ~  func ( ~ * ~  chan ~  type ~ struct  go func ("},
    {3, kGo, "func ~ ( )  [ ] int  [ ] string  [ ] byte  [ ] float64  for ~ : =  if ~ : =  make ( [  defer ~"},
    {3, kGo, ") int {  ) bool {  ) string {  ) error {  ) float64 {  type ~ interface  func ~ [  make ( map  := range"},
    {2.5, kGo,
     "map [ ~ ] ~  : =  package ~  func (  make ( ~  var ~ int  var ~ string  var ~ [ ]  select {  for ~ , ~ :"},
    {1.5, kGo, "= range ~  nil  float64  int64  strings . ~  errors . ~  append (  len (  sort . ~  for {  & ~ {"},
    {1, kGo, "import \"  var ~ ~  const ~ =  range ~  for ~ < ~ {"},
    // Go and Rust
    {1.5, kGo | kRust, "else if ~  if ~ {  if ~ < ~ {  if ~ > ~ {  if ~ = = ~ {  if ~ ! = ~ {"},
    // Ruby
    {5, kRuby,
     "attr_accessor :  attr_reader :  attr_writer :  require_relative \"  def self .  . each do  "
     "frozen_string_literal"},
    {4, kRuby,
     "puts \"  elsif ~  do | ~ |  { | ~ |  { | ~ ,  do | ~ ,  . nil ?  . empty ?  \"#  loop do  . each_with_index"},
    {3, kRuby,
     "puts ~  @ ~ =  . to_s  . to_i  unless ~  until ~  . upto (  . times  . downto (  end end  rescue ~  def "
     "initialize"},
    {2.5, kRuby,
     ". each  def ~ ( ~ ) ~  . even ?  . odd ?  . include ?  . map {  . map ( & :  ( & : ~  . inject  . zero ?"},
    {2, kRuby,
     "require \"  end def  end ~ =  @ ~ .  @ ~ [  . new (  end if  module ~  raise \"  def ~ ~  . reverse  gets .  "
     "private def"},
    {2, kRuby,
     "def ~ =  . length end  class ~ < ~  . select {  . any ?  . sort_by  p ~ (  begin ~  ensure ~  then ~  . new"},
    {1.5, kRuby, "def ~ (  def ~  do  puts  nil  . first  . last  = begin  < < ~  : ~ = >  end . ~"},
    {1, kRuby, "end  and ~  or ~  then  self . ~  . dup  : ~ , :  return if  return unless"},
    // Rust
    {6, kRust, "fn main ( )  println ! (  let mut ~  pub fn ~  use std : :"},
    {5, kRust,
     "macro_rules !  fn ~ ( ~ :  fn ~ ( &  & mut ~  # [ derive  # [ test  # [ cfg  vec ! [  & str  & self  assert_eq ! "
     "("},
    {4, kRust,
     "fn ~ ( )  fn ~ <  impl ~ for  impl ~ {  impl <  . unwrap (  as usize  as i32  as u64  as f64  Some (  pub "
     "struct"},
    {4, kRust,
     "String : :  Vec : :  pub enum  & ' ~  < ' ~  mut self  mut ~ :  use crate  use super  pub mod  panic ! (  self : "
     ":"},
    {3, kRust,
     "- > i32  - > bool {  - > Option  - > Result  - > usize  - > String  Vec <  match ~ {  . iter ( )  Option <  | & "
     "~ |"},
    {2.5, kRust,
     "i32  u32  u64  usize  i64  f64  u8  Self  u128  Ok (  Err (  if let  while let  print ! (  format ! (  let ("},
    {2, kRust,
     ". collect (  . len ( )  . . =  for ~ in ~ . .  . iter_mut (  use ~ : :  & [ ~  . into_iter (  . clone ( )  where "
     "~ :  . chars ( )"},
    {1.5, kRust,
     ": : ^  let ~ =  let ~ :  = > ~ (  . push (  . map (  | ~ |  HashMap : :  mod ~ {  loop {  std : : ~  impl"},
    {1, kRust, "for ~ in  = >  . . ~  None  match ~  self . ~  : : ~  pub ~"},
};

struct Clue {
  std::vector<std::string_view> rest;  ///< behind the first lexeme
  double points = 0;
  unsigned languages = 0;
};

/// A clue counts this many times at most.
constexpr std::uint8_t kMaxRepeats = 3;
constexpr std::size_t kMaxLexemes = 4000;
/// Longer strings and comments are taken for signs that stand alone: in a text of one long line nothing ends.
constexpr std::size_t kMaxStringBytes = 4000;
constexpr std::size_t kMaxCommentBytes = 200;

/// In order.
constexpr std::string_view kProseWords[] = {"are", "be",   "by",    "following", "has",   "have",  "of",
                                            "on",  "such", "that",  "the",       "their", "there", "they",
                                            "to",  "was",  "which", "will",      "you"};

bool is_word_character(char c) {
  return is_python_word(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
}

/// Clues by their first lexeme.
class ClueIndex {
 public:
  ClueIndex() {
    for (const ClueGroup& group : kClueGroups) {
      std::string_view phrases = group.phrases;
      while (!phrases.empty()) {
        const std::size_t end = std::min(phrases.find("  "), phrases.size());
        add(group, phrases.substr(0, end));
        phrases.remove_prefix(std::min(end + 2, phrases.size()));
      }
    }
  }

  std::size_t size() const { return clues_.size(); }
  const Clue& clue(std::uint16_t index) const { return clues_[index]; }
  const std::vector<std::uint16_t>* find(std::string_view first) const {
    const auto found = by_first_.find(first);
    return found == by_first_.end() ? nullptr : &found->second;
  }

 private:
  void add(const ClueGroup& group, std::string_view phrase) {
    std::vector<std::string_view> lexemes = python_split(phrase);
    if (lexemes.empty()) return;
    by_first_[lexemes.front()].push_back(static_cast<std::uint16_t>(clues_.size()));
    lexemes.erase(lexemes.begin());
    clues_.push_back({std::move(lexemes), group.points, group.languages});
  }

  std::vector<Clue> clues_;
  std::unordered_map<std::string_view, std::vector<std::uint16_t>> by_first_;
};

bool is_capitalised(std::string_view word) {
  return word.size() > 1 && word[0] >= 'A' && word[0] <= 'Z' && word[1] >= 'a' && word[1] <= 'z';
}

bool fits(std::string_view expected, std::string_view lexeme) {
  if (expected == "~") return is_word_character(lexeme[0]);
  if (expected == "^") return is_capitalised(lexeme);
  return expected == lexeme;
}

bool matches(const std::vector<std::string_view>& lexemes, std::size_t at, const std::vector<std::string_view>& rest) {
  if (at + rest.size() > lexemes.size()) return false;
  for (std::size_t k = 0; k < rest.size(); ++k) {
    if (!fits(rest[k], lexemes[at + k])) return false;
  }
  return true;
}

/// One pass over the text.
class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  Lexemes run() {
    lexemes_.list.reserve(std::min(text_.size() / 3 + 1, kMaxLexemes));
    while (at_ < text_.size() && lexemes_.list.size() < kMaxLexemes) {
      if (!skip_blank() && !skip_comment() && !take_string()) take_lexeme();
    }
    return std::move(lexemes_);
  }

 private:
  bool skip_blank() {
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (c >= 0x80 || !is_python_space(c)) return false;
    at_line_start_ |= c == '\n';
    ++at_;
    return true;
  }

  /// `/* … */`, `// …`, and `# …` with blanks around that is no directive.
  bool skip_comment() {
    const std::string_view rest = text_.substr(at_);
    const bool at_line_start = std::exchange(at_line_start_, false);
    if (rest.starts_with("/*")) {
      const std::size_t end = comments_close_ ? text_.find("*/", at_ + 2) : std::string_view::npos;
      comments_close_ = end != std::string_view::npos;
      if (comments_close_) at_ = end + 2;
      return comments_close_;
    }
    if (!rest.starts_with("//") && !((at_line_start || stands_alone()) && is_hash_comment(rest))) return false;
    const std::size_t end = rest.substr(0, kMaxCommentBytes).find('\n');
    if (end == std::string_view::npos) return false;
    at_ += end;
    return true;
  }

  bool stands_alone() const {
    return at_ > 0 && at_ + 1 < text_.size() && text_[at_ - 1] == ' ' && text_[at_ + 1] == ' ';
  }

  static bool is_hash_comment(std::string_view rest) {
    if (!rest.starts_with('#')) return false;
    rest = rest.substr(1, kMaxCommentBytes);
    if (rest.starts_with('[') || rest.starts_with('!')) return false;
    const std::string_view word = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    constexpr std::string_view kDirectives[] = {"include", "define", "if",    "else",   "elif",     "endif",
                                                "undef",   "pragma", "error", "region", "endregion"};
    return std::none_of(std::begin(kDirectives), std::end(kDirectives),
                        [&](std::string_view directive) { return word.starts_with(directive); });
  }

  bool take_string() {
    const char quote = text_[at_];
    if (quote != '"' && quote != '\'' && quote != '`') return false;
    if (quote == '\'' && !lexemes_.list.empty() && (lexemes_.list.back() == "&" || lexemes_.list.back() == "<"))
      return false;  // a lifetime of Rust
    const std::string_view triple = text_.substr(at_, 3);
    if (triple == "\"\"\"" || triple == "\'\'\'") {
      const std::size_t end = text_.find(triple, at_ + 3);
      if (end != std::string_view::npos) {
        add_sign("\"");
        at_ = end + 3;
        return true;
      }
    }
    const std::size_t end = string_end(quote);
    if (end == 0) return false;
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 2);
    at_ = end;
    if (quote == '`') {
      add_sign(inside.find("${") == std::string_view::npos ? "`" : "`$");
    } else {
      add_sign(quote == '"' && inside.find("#{") != std::string_view::npos ? "\"#" : "\"");
    }
    return true;
  }

  /// Behind the closing quote; 0 if there is none on the line (backquotes may span lines).
  std::size_t string_end(char quote) const {
    const std::size_t limit = std::min(text_.size(), at_ + kMaxStringBytes);
    for (std::size_t i = at_ + 1; i < limit; ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        return i + 1;
      } else if (text_[i] == '\n' && quote != '`') {
        return 0;
      }
    }
    return 0;
  }

  void take_lexeme() {
    std::size_t end = at_ + 1;
    if (!is_word_character(text_[at_])) {
      add_sign(text_.substr(at_, 1));
    } else {
      while (end < text_.size() && is_word_character(text_[end])) ++end;
      ++lexemes_.num_words;
      lexemes_.list.push_back(text_.substr(at_, end - at_));
      lexemes_.num_prose_words +=
          std::binary_search(std::begin(kProseWords), std::end(kProseWords), lexemes_.list.back());
    }
    at_ = end;
  }

  void add_sign(std::string_view sign) {
    ++lexemes_.num_signs;
    lexemes_.num_semicolons += sign == ";";
    lexemes_.num_braces += sign == "{";
    lexemes_.list.push_back(sign);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool at_line_start_ = true;
  bool comments_close_ = true;
  Lexemes lexemes_;
};

}  // namespace

Lexemes split_lexemes(std::string_view text) {
  return Splitter(text).run();
}

CluePoints count_clues(const Lexemes& lexemes) {
  static const ClueIndex index;
  std::vector<std::uint8_t> counts(index.size());
  CluePoints points{};
  for (std::size_t at = 0; at < lexemes.list.size(); ++at) {
    const std::vector<std::uint16_t>* clues = index.find(lexemes.list[at]);
    if (clues == nullptr) continue;
    for (const std::uint16_t i : *clues) {
      const Clue& clue = index.clue(i);
      if (counts[i] == kMaxRepeats || !matches(lexemes.list, at + 1, clue.rest)) continue;
      ++counts[i];
      for (unsigned left = clue.languages; left != 0; left &= left - 1) {
        points[static_cast<std::size_t>(std::countr_zero(left))] += clue.points;
      }
    }
  }
  return points;
}

}  // namespace quartet::code
