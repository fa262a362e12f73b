#include "quartet/code/language_detector.h"

#include <algorithm>
#include <string>
#include <vector>

#include "language_clues.h"
#include "quartet/code/python_text.h"

namespace quartet::code {
namespace {

/// Enough points to decide by words alone; below, the syntax tree must be clean too.
constexpr double kClearPoints = 4;
constexpr double kSomePoints = 1.5;
/// Enough for the asked language where nothing parses.
constexpr double kSomeMorePoints = 2.5;
/// The best must be this much better than the next.
constexpr double kClearRatio = 1.5;
/// Prose has fewer signs than this for each word.
constexpr double kMinSignsPerWord = 0.15;
/// With more words of English than this among all words it takes many points to be code.
constexpr double kProseShare = 0.08;
constexpr double kManyPoints = 11;
/// C++ with as many points more than C is C++, and the other way round.
constexpr double kClearlyCpp = 2;
constexpr double kClearlyC = 2;
/// Where one of them was asked, it takes more to call a text the other: C is C++ too.
constexpr double kWrongCpp = 4;
constexpr double kWrongC = 12;
constexpr std::size_t kMaxLineBytes = 16384;
/// A doubt about a longer text is not worth a parse.
constexpr std::size_t kMaxParsedBytes = 20000;
constexpr std::size_t kMaxParses = 3;
constexpr double kPointsOfOpener = 3;
constexpr std::size_t kMaxOpeners = 3;

constexpr std::size_t index_of(Grammar grammar) {
  return static_cast<std::size_t>(grammar);
}

/// Where a line begins that opens or closes a fenced block, from `at` on.
std::size_t find_fence(std::string_view text, std::size_t at) {
  constexpr std::string_view kFence = "```";
  while ((at = text.find(kFence, at)) != std::string_view::npos) {
    const std::size_t last = at == 0 ? std::string_view::npos : text.find_last_not_of(" \t", at - 1);
    if (last == std::string_view::npos || text[last] == '\n') return at;
    at += kFence.size();
  }
  return at;
}

/// What stands between the first pair of ``` lines, if there is one.
std::string_view without_fences(std::string_view text) {
  const std::size_t fence = find_fence(text, 0);
  if (fence == std::string_view::npos) return text;
  const std::size_t begin = text.find('\n', fence);
  if (begin == std::string_view::npos) return text;
  return text.substr(begin + 1, find_fence(text, begin + 1) - begin - 1);
}

/// Lines that open a Python block: `if …:` and the like.
std::size_t num_python_openers(std::string_view text) {
  constexpr std::string_view kOpeners[] = {"if ",  "for ",   "while ", "else:", "elif ",
                                           "def ", "class ", "try:",   "with ", "except"};
  std::size_t count = 0;
  for (const std::string_view raw : split_lines(text.substr(0, kMaxLineBytes))) {
    const std::string_view line = python_strip(raw);
    count += line.ends_with(':') && std::any_of(std::begin(kOpeners), std::end(kOpeners),
                                                [&](std::string_view opener) { return line.starts_with(opener); });
  }
  return count;
}

CluePoints count_points(std::string_view text, const Lexemes& lexemes) {
  CluePoints points = count_clues(lexemes);
  auto& python = points[index_of(Grammar::kPython)];
  python += kPointsOfOpener * static_cast<double>(std::min(num_python_openers(text), kMaxOpeners));
  if (lexemes.num_semicolons > 0 && lexemes.num_braces > 0) {
    python *= 0.5;
    points[index_of(Grammar::kRuby)] *= 0.5;
  }
  return points;
}

/// One text and what is known about it.
class Detection {
 public:
  Detection(std::string_view text, std::optional<Grammar> asked, const SyntaxTree* parsed)
      : text_(text), asked_(asked), parsed_(parsed), lexemes_(split_lexemes(text)) {}

  std::optional<Grammar> run() {
    if (lexemes_.list.size() < 3 ||
        static_cast<double>(lexemes_.num_signs) < kMinSignsPerWord * static_cast<double>(lexemes_.num_words)) {
      return std::nullopt;
    }
    points_ = count_points(text_, lexemes_);
    const std::vector<Grammar> order = by_points();
    const double best = points_of(order[0]);
    const double next = points_of(order[1]);
    if (is_prose() && best < kManyPoints) return std::nullopt;
    if (best < kSomePoints) return asked_ && looks_like_statements() && parses(*asked_) ? asked_ : std::nullopt;
    if (best >= kClearPoints && best >= kClearRatio * next) return order[0];
    return settle(order);
  }

 private:
  double points_of(Grammar grammar) const { return points_[index_of(grammar)]; }

  /// C or C++, for a text that is one of them.
  Grammar c_or_cpp() const {
    const double more_cpp = points_of(Grammar::kCpp) - points_of(Grammar::kC);
    if (more_cpp >= (asked_ == Grammar::kC ? kWrongCpp : kClearlyCpp)) return Grammar::kCpp;
    if (asked_ == Grammar::kCpp) return more_cpp <= -kWrongC ? Grammar::kC : Grammar::kCpp;
    if (asked_ == Grammar::kC || more_cpp <= -kClearlyC) return Grammar::kC;
    return more_cpp > 0 ? Grammar::kCpp : Grammar::kC;
  }

  /// Languages by their points, the asked one first among equals; of C and C++ only the one that it would be.
  std::vector<Grammar> by_points() {
    const Grammar family = c_or_cpp();
    points_[index_of(family)] = std::max(points_of(Grammar::kC), points_of(Grammar::kCpp));
    std::vector<Grammar> order;
    for (int g = 0; g < kNumGrammars; ++g) {
      const auto grammar = static_cast<Grammar>(g);
      if ((grammar == Grammar::kC || grammar == Grammar::kCpp) && grammar != family) continue;
      order.push_back(grammar);
    }
    std::stable_sort(order.begin(), order.end(), [&](Grammar a, Grammar b) {
      return points_of(a) != points_of(b) ? points_of(a) > points_of(b) : a == asked_ && b != asked_;
    });
    return order;
  }

  /// In doubt: the candidate that parses; the asked one before the others.
  std::optional<Grammar> settle(const std::vector<Grammar>& order) {
    const double best = points_of(order[0]);
    std::vector<Grammar> candidates;
    for (const Grammar grammar : order) {
      if (points_of(grammar) >= kSomePoints && points_of(grammar) * kClearRatio > best) candidates.push_back(grammar);
    }
    const auto asked = std::find(candidates.begin(), candidates.end(), asked_);
    if (asked != candidates.end()) std::rotate(candidates.begin(), asked, asked + 1);
    candidates.resize(std::min(candidates.size(), kMaxParses));
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (!parses(candidates[i])) continue;
      const bool another_too = candidates[i] != asked_ && i + 1 < candidates.size() &&
                               points_of(candidates[i]) == points_of(candidates[i + 1]) && parses(candidates[i + 1]);
      return another_too ? std::nullopt : std::optional(candidates[i]);
    }
    if (order[0] == asked_) return best >= kSomeMorePoints ? asked_ : std::nullopt;
    return best >= kClearPoints && best > points_of(order[1]) ? std::optional(order[0]) : std::nullopt;
  }

  bool is_prose() const {
    return static_cast<double>(lexemes_.num_prose_words) > kProseShare * static_cast<double>(lexemes_.num_words);
  }

  /// Something is set or called: a list of numbers parses in most languages.
  bool looks_like_statements() const {
    return std::any_of(lexemes_.list.begin(), lexemes_.list.end(),
                       [](std::string_view lexeme) { return lexeme == "=" || lexeme == "("; });
  }

  bool parses(Grammar grammar) const {
    // Outside of its tags PHP is any text.
    const bool needs_tag = grammar == Grammar::kPhp && text_.find("<?") == std::string_view::npos;
    if (parsed_ != nullptr && parsed_->grammar() == grammar && !needs_tag) return !parsed_->has_error();
    if (text_.size() > kMaxParsedBytes) return false;
    return !SyntaxTree(grammar, (needs_tag ? "<?php " : "") + std::string(text_)).has_error();
  }

  std::string_view text_;
  std::optional<Grammar> asked_;
  const SyntaxTree* parsed_;
  Lexemes lexemes_;
  CluePoints points_{};
};

}  // namespace

std::optional<Grammar> detect_language(std::string_view text) {
  return Detection(python_strip(without_fences(text)), std::nullopt, nullptr).run();
}

std::optional<Grammar> detect_language(std::string_view text, Grammar asked, const SyntaxTree* parsed) {
  return Detection(python_strip(without_fences(text)), asked, parsed).run();
}

}  // namespace quartet::code
