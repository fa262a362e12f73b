#include "quartet/code/language_detector.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "quartet/code/python_text.h"

namespace quartet::code {
namespace {

using Points = std::array<double, kNumGrammars>;

/// Points a phrase gives to python, java, javascript, cpp. A phrase is words and signs separated by blanks; `*` stands
/// for any one word.
struct Clue {
  std::string_view phrase;
  Points points;
};

constexpr Clue kClues[] = {
    {"def * (", {4, 0, 0, 0}},
    {"elif", {3, 0, 0, 0}},
    {"NEW_LINE", {2, 0, 0, 0}},
    {"INDENT", {2, 0, 0, 0}},
    {"in range (", {4, 0, 0, 0}},
    {"for * in", {1.5, 0, 0, 0}},
    {"from * import", {4, 0, 0, 0}},
    {"import *", {1, 0.5, 0.5, 0}},
    {"print (", {1.5, 0, 0, 0}},
    {"None", {2, 0, 0, 0}},
    {"True", {1, 0, 0, 0}},
    {"False", {1, 0, 0, 0}},
    {"self .", {3, 0, 0, 0}},
    {"len (", {1.5, 0, 0, 0}},
    {"else :", {3, 0, 0, 0}},
    {". append (", {1.5, 0, 0, 0}},
    {"lambda", {1, 0, 0, 0}},
    {"__name__", {3, 0, 0, 0}},
    {"in *", {0.5, 0, 0, 0}},
    {"not in", {1, 0, 0, 0}},
    {"System . out", {0, 5, 0, 0}},
    {"public static", {0, 5, 0, 0}},
    {"public class", {0, 5, 0, 0}},
    {"import java", {0, 5, 0, 0}},
    {"String [", {0, 3, 0, 0}},
    {"static int", {0, 1.5, 0, 0.5}},
    {"static void", {0, 1.5, 0, 0.5}},
    {"static boolean", {0, 3, 0, 0}},
    {"boolean", {0, 2, 0, 0}},
    {"final int", {0, 2, 0, 0}},
    {"new int", {0, 2, 0, 0.5}},
    {"String *", {0, 1.5, 0, 0}},
    {"Integer", {0, 1.5, 0, 0}},
    {"ArrayList", {0, 2, 0, 0}},
    {"HashMap", {0, 2, 0, 0}},
    {"Scanner", {0, 2, 0, 0}},
    {"int [ ]", {0, 3, 0, 0}},
    {"implements", {0, 1, 0, 0}},
    {"throws", {0, 1, 0, 0}},
    {"function * (", {0, 0, 3, 0}},
    {"function (", {0, 0, 3, 0}},
    {"let * =", {0, 0, 3, 0}},
    {"const * =", {0, 0, 3, 0}},
    {"var * =", {0, 0, 3, 0}},
    {"console . log", {0, 0, 5, 0}},
    {"document . write", {0, 0, 5, 0}},
    {"= >", {0, 0, 1.5, 0}},
    {"= = =", {0, 0, 3, 0}},
    {"! = =", {0, 0, 3, 0}},
    {"typeof", {0, 0, 2, 0}},
    {"undefined", {0, 0, 2, 0}},
    {"parseInt", {0, 0.5, 1.5, 0}},
    {"new Array", {0, 0, 3, 0}},
    {"< script", {0, 0, 1, 0}},
    {"# include", {0, 0, 0, 5}},
    {"using namespace", {0, 0, 0, 5}},
    {"std : :", {0, 0, 0, 4}},
    {"cout", {0, 0, 0, 4}},
    {"cin > >", {0, 0, 0, 3}},
    {"endl", {0, 0, 0, 3}},
    {": :", {0, 0, 0, 1}},
    {"int main (", {0, 0, 0, 5}},
    {"vector <", {0, 0, 0, 3}},
    {"- >", {0, 0, 0, 1}},
    {"printf (", {0, 0.5, 0, 1}},
    {"bool *", {0, 0, 0, 2}},
    {"unsigned", {0, 0, 0, 2}},
    {"template <", {0, 0, 0, 2}},
    {"nullptr", {0, 0, 0, 3}},
    {"NULL", {0, 0, 0, 2}},
    {"sizeof", {0, 0, 0, 2}},
    {"# define", {0, 0, 0, 3}},
    {"struct *", {0, 0, 0, 1.5}},
    {"int * [", {0, 0, 0, 2}},
    {"int *", {0, 0.5, 0, 0.5}},
    {"double *", {0, 0.5, 0, 0.5}},
    {"float *", {0, 0.5, 0, 0.5}},
};

/// A clue counts this many times at most.
constexpr int kMaxRepeats = 3;
constexpr std::size_t kMaxTokens = 4000;
/// Enough points to decide by words alone; below, the syntax tree must be clean too.
constexpr double kClearPoints = 4;
constexpr double kSomePoints = 1.5;
/// The best must be this much better than the next.
constexpr double kClearRatio = 1.5;
/// Prose has fewer signs than this for each word.
constexpr double kMinSignsPerWord = 0.15;

bool is_word_character(char c) {
  return is_python_word(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
}

struct Tokens {
  std::vector<std::string_view> list;
  std::size_t num_words = 0;
  std::size_t num_signs = 0;
  bool has_semicolon = false;
  bool has_brace = false;
};

/// Words and single signs; what stands in quotes on one line is left out.
Tokens tokenize(std::string_view text) {
  Tokens tokens;
  for (std::size_t at = 0; at < text.size() && tokens.list.size() < kMaxTokens;) {
    const char c = text[at];
    if (is_python_space(static_cast<unsigned char>(c))) {
      ++at;
      continue;
    }
    if (c == '"' || c == '\'') {
      const std::size_t end = text.find_first_of(std::string{c, '\n'}, at + 1);
      if (end != std::string_view::npos && text[end] == c) {
        at = end + 1;
        continue;
      }
    }
    std::size_t end = at + 1;
    if (is_word_character(c)) {
      while (end < text.size() && is_word_character(text[end])) ++end;
      ++tokens.num_words;
    } else {
      ++tokens.num_signs;
      tokens.has_semicolon |= c == ';';
      tokens.has_brace |= c == '{';
    }
    tokens.list.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

std::size_t count_phrase(const std::vector<std::string_view>& tokens, const std::vector<std::string_view>& phrase) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + phrase.size() <= tokens.size(); ++i) {
    bool matches = true;
    for (std::size_t k = 0; k < phrase.size() && matches; ++k) {
      matches = phrase[k] == "*" ? is_word_character(tokens[i + k][0]) : phrase[k] == tokens[i + k];
    }
    count += matches;
  }
  return count;
}

/// Lines that open a Python block: `if …:` and the like.
std::size_t num_python_openers(std::string_view text) {
  constexpr std::string_view kOpeners[] = {"if ",  "for ",   "while ", "else:", "elif ",
                                           "def ", "class ", "try:",   "with ", "except"};
  std::size_t count = 0;
  for (const std::string_view raw : split_lines(text)) {
    const std::string_view line = python_strip(raw);
    count += line.ends_with(':') && std::any_of(std::begin(kOpeners), std::end(kOpeners),
                                                [&](std::string_view opener) { return line.starts_with(opener); });
  }
  return count;
}

Points count_points(std::string_view text, const Tokens& tokens) {
  static const std::vector<std::vector<std::string_view>> kPhrases = [] {
    std::vector<std::vector<std::string_view>> phrases;
    for (const Clue& clue : kClues) phrases.push_back(python_split(clue.phrase));
    return phrases;
  }();
  Points points{};
  for (std::size_t i = 0; i < kPhrases.size(); ++i) {
    const auto count = std::min<std::size_t>(count_phrase(tokens.list, kPhrases[i]), kMaxRepeats);
    for (int g = 0; g < kNumGrammars; ++g) points[g] += static_cast<double>(count) * kClues[i].points[g];
  }
  constexpr auto kPython = static_cast<std::size_t>(Grammar::kPython);
  points[kPython] += 3.0 * static_cast<double>(std::min<std::size_t>(num_python_openers(text), kMaxRepeats));
  if (tokens.has_semicolon && tokens.has_brace) points[kPython] *= 0.25;
  return points;
}

bool parses(Grammar grammar, std::string_view text) {
  return !SyntaxTree(grammar, std::string(text)).has_error();
}

}  // namespace

std::optional<Grammar> detect_language(std::string_view raw) {
  const std::string_view text = python_strip(raw);
  const Tokens tokens = tokenize(text);
  if (tokens.list.size() < 3 ||
      static_cast<double>(tokens.num_signs) < kMinSignsPerWord * static_cast<double>(tokens.num_words)) {
    return std::nullopt;
  }
  const Points points = count_points(text, tokens);
  std::array<int, kNumGrammars> order;
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return points[a] > points[b]; });
  const auto best = static_cast<Grammar>(order[0]);
  const double best_points = points[order[0]];
  const double next_points = points[order[1]];
  if (best_points >= kClearPoints && best_points >= kClearRatio * next_points) return best;
  if (best_points < kSomePoints) return std::nullopt;
  // In doubt: the one of the two best that parses, if the other does not.
  const bool best_parses = parses(best, text);
  const auto next = static_cast<Grammar>(order[1]);
  const bool next_parses = next_points >= kSomePoints && parses(next, text);
  if (best_parses && !next_parses) return best;
  if (next_parses && !best_parses) return next;
  if (best_parses && best_points >= kClearRatio * next_points) return best;
  return std::nullopt;
}

std::optional<Grammar> detect_language(std::string_view text, Grammar, const SyntaxTree*) {
  return detect_language(text);
}

}  // namespace quartet::code
