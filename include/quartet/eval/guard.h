#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quartet/code/syntax_tree.h"

namespace quartet::eval {

struct EvalRow;

/// What the guard found wrong with a set of predictions.
struct GuardReport {
  /// One finding: the check's name and a sentence with its figures.
  struct Finding {
    std::string check;
    std::string message;
  };
  std::vector<Finding> refusals;  ///< the predictions are not what a model answered
  std::vector<Finding> warnings;

  /// Adds another report's findings behind these.
  void append(const GuardReport& other);
};

/// Looks at the texts of predictions, before they are scored, for the failures that have fooled people: names of
/// languages in place of answers, one answer for everything, a start that all share (these refuse, the last from a
/// high share on); empty answers, prompts echoed, answers cut off (these warn). Checks that need many rows look at 20
/// or more, per language and over all. Rows are fed one at a time and their texts are not kept: memory is bounded
/// whatever their number.
class TextGuard {
 public:
  TextGuard();
  ~TextGuard();
  TextGuard(TextGuard&& other) noexcept;
  TextGuard& operator=(TextGuard&& other) noexcept;

  void add(const EvalRow& row);
  GuardReport report() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// How often a language was asked and which one was detected.
struct LanguageConfusion {
  /// Column of the texts in which no language was recognised.
  static constexpr int kNothing = code::kNumGrammars;
  /// [asked][detected]
  std::array<std::array<std::uint64_t, code::kNumGrammars + 1>, code::kNumGrammars> counts{};

  void add(code::Grammar asked, std::optional<code::Grammar> detected);
  std::uint64_t count(code::Grammar asked, std::optional<code::Grammar> detected) const;
  std::uint64_t num_asked(code::Grammar asked) const;
  /// Those of `num_asked` in which another language was detected.
  std::uint64_t num_other(code::Grammar asked) const;
  /// Languages that were asked or detected, in the order of the grammars: the table's rows and columns worth showing.
  std::vector<code::Grammar> languages() const;
};

/// What scoring found out about one prediction.
struct JudgedRow {
  code::Grammar asked = code::Grammar::kPython;
  std::optional<code::Grammar> detected;
  bool parses = false;
};

/// Looks at what scoring found: predictions in another language than asked, in none, and predictions that do not parse.
/// All are warnings.
class QualityGuard {
 public:
  void add(const JudgedRow& row);
  GuardReport report() const;
  const LanguageConfusion& confusion() const { return confusion_; }

 private:
  LanguageConfusion confusion_;
  std::array<std::uint64_t, code::kNumGrammars> num_unparsable_{};
};

/// The name of the check that one row fails by itself ("language_name", "empty", "prompt_echo", "replaced_text"), or
/// "".
std::string row_flag(const EvalRow& row);

}  // namespace quartet::eval
