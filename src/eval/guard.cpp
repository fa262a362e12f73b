#include "quartet/eval/guard.h"

#include <algorithm>
#include <set>

#include "frequent_texts.h"
#include "guard_text.h"
#include "language_name.h"
#include "quartet/base/text.h"
#include "quartet/code/python_text.h"
#include "quartet/eval/prediction_file.h"

namespace quartet::eval {
namespace {

// Thresholds measured on 20 to 200 honest rows of the study's data, where at most half share a prefix.
constexpr std::size_t kPrefixCharacters = 24;
constexpr std::size_t kShortPrefixCharacters = 3;
constexpr double kRefusedPrefixShare = 0.6;
constexpr double kWarnedPrefixShare = 0.3;
constexpr double kHonestReferenceShare = 0.1;
constexpr double kNameShare = 0.5;
constexpr double kTruncatedShare = 0.5;
constexpr double kEmptyShare = 0.1;
constexpr double kEchoShare = 0.3;
constexpr std::size_t kEchoBytes = 30;

std::string_view prefix_of(std::string_view text, std::size_t num_characters) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < num_characters && end < text.size(); ++i) end += code::code_point_at(text, end).num_bytes;
  return text.substr(0, end);
}

/// The answer begins with the prompt, or with a part of it: wrongly sliced answers lose the first characters.
bool echoes_prompt(std::string_view prediction, std::string_view raw_prompt) {
  const std::string_view prompt = code::python_strip(raw_prompt);
  if (prompt.size() < kEchoBytes || prediction.size() < kEchoBytes) return false;
  return prediction.starts_with(prompt.substr(0, kEchoBytes)) ||
         prompt.find(prediction.substr(0, kEchoBytes)) != std::string_view::npos;
}

/// How predictions and references of one language begin.
class Starts {
 public:
  explicit Starts(std::size_t num_characters) : num_characters_(num_characters) {}

  void add(std::string_view prediction, const std::vector<std::string>& references) {
    if (!prediction.empty()) predictions_.add(prefix_of(prediction, num_characters_));
    std::vector<std::string_view> seen;
    for (const std::string& reference : references) {
      const std::string_view prefix = prefix_of(code::python_strip(reference), num_characters_);
      if (std::find(seen.begin(), seen.end(), prefix) != seen.end()) continue;
      references_.add(prefix);
      seen.push_back(prefix);
    }
  }

  const FrequentTexts& predictions() const { return predictions_; }
  const FrequentTexts& references() const { return references_; }

 private:
  std::size_t num_characters_;
  FrequentTexts predictions_;
  FrequentTexts references_;
};

/// Counts of one language.
struct LanguageTexts {
  std::uint64_t num_rows = 0;
  std::uint64_t num_names = 0;
  std::uint64_t num_empty = 0;
  std::uint64_t num_echoes = 0;
  std::uint64_t num_told = 0;  ///< say whether they were truncated
  std::uint64_t num_truncated = 0;
  std::set<std::size_t> distinct;  ///< hashes of the first kManyRows different texts
  Starts prefixes{kPrefixCharacters};
  Starts short_prefixes{kShortPrefixCharacters};
};

/// One language, or all together.
using Scope = std::vector<const LanguageTexts*>;

std::uint64_t sum(const Scope& scope, std::uint64_t LanguageTexts::*count) {
  std::uint64_t total = 0;
  for (const LanguageTexts* texts : scope) total += texts->*count;
  return total;
}

double share(const Scope& scope, std::uint64_t LanguageTexts::*part, std::uint64_t LanguageTexts::*whole) {
  return ratio(sum(scope, part), sum(scope, whole));
}

struct SharedPrefix {
  std::string text;
  double share = 0;  ///< of the predictions
  double share_of_references = 0;
};

/// The start that most predictions of a scope share, if more than `least` of them do. Such a start is as frequent in
/// one of the scope's languages at least.
SharedPrefix most_shared_prefix(const Scope& scope, Starts LanguageTexts::*starts, double least) {
  std::set<std::string> candidates;
  for (const LanguageTexts* texts : scope) {
    for (auto& [text, count] : (texts->*starts).predictions().more_frequent_than(least * double(texts->num_rows)))
      candidates.insert(text);
  }
  const std::uint64_t num_rows = sum(scope, &LanguageTexts::num_rows);
  SharedPrefix most;
  for (const std::string& text : candidates) {
    std::uint64_t count = 0;
    std::uint64_t count_of_references = 0;
    for (const LanguageTexts* texts : scope) {
      count += (texts->*starts).predictions().count(text);
      count_of_references += (texts->*starts).references().count(text);
    }
    const double of_predictions = ratio(count, num_rows);
    if (of_predictions <= std::max(least, most.share)) continue;
    most = {text, of_predictions, ratio(count_of_references, num_rows)};
  }
  return most;
}

/// The checks of one scope.
class TextChecks {
 public:
  TextChecks(const Scope& scope, std::size_t num_distinct, GuardReport& report)
      : scope_(scope), num_rows_(sum(scope, &LanguageTexts::num_rows)), num_distinct_(num_distinct), report_(report) {}

  /// True if the rows are names, which says everything about them.
  bool check_names() {
    const double names = share(scope_, &LanguageTexts::num_names, &LanguageTexts::num_rows);
    if (names < kNameShare) return false;
    report_.refusals.push_back(
        {"language_names",
         percent(names) + " of the predictions are the name of a language or an expert: was the wrong field read?"});
    return true;
  }

  void check_many() {
    if (num_rows_ < kManyRows) return;
    const std::size_t needed = std::min<std::size_t>(kManyRows, num_rows_ / 5);
    if (num_distinct_ < needed) {
      report_.refusals.push_back({"near_constant", base::cat("only ", num_distinct_, " distinct texts in ", num_rows_,
                                                             " predictions, expected at least ", needed)});
      return;
    }
    check_prefixes();
  }

  void check_shares() {
    warn_above(kEmptyShare, "empty", &LanguageTexts::num_empty, &LanguageTexts::num_rows,
               " of the predictions are empty");
    warn_above(kTruncatedShare, "truncated", &LanguageTexts::num_truncated, &LanguageTexts::num_told,
               " of the predictions were cut off at the token limit");
    warn_above(kEchoShare, "prompt_echo", &LanguageTexts::num_echoes, &LanguageTexts::num_rows,
               " of the predictions begin with their prompt");
  }

 private:
  void check_prefixes() {
    const SharedPrefix shared = most_shared_prefix(scope_, &LanguageTexts::prefixes, kWarnedPrefixShare);
    if (shared.share > kWarnedPrefixShare && shared.share_of_references < kHonestReferenceShare) {
      auto& findings = shared.share > kRefusedPrefixShare ? report_.refusals : report_.warnings;
      findings.push_back({"shared_prefix", base::cat(percent(shared.share), " of the predictions begin with ",
                                                     base::excerpt(shared.text), ", and ",
                                                     percent(shared.share_of_references), " of the references")});
      if (shared.share > kRefusedPrefixShare) return;
    }
    const SharedPrefix start = most_shared_prefix(scope_, &LanguageTexts::short_prefixes, kRefusedPrefixShare);
    if (start.share > kRefusedPrefixShare && start.share_of_references < kHonestReferenceShare) {
      report_.warnings.push_back(
          {"shared_start", base::cat(percent(start.share), " of the predictions begin with ", base::excerpt(start.text),
                                     ", which the references do not: was the prompt cut off at the wrong place?")});
    }
  }

  void warn_above(double limit, const char* check, std::uint64_t LanguageTexts::*part,
                  std::uint64_t LanguageTexts::*whole, const char* message) {
    const double found = share(scope_, part, whole);
    if (found > limit) report_.warnings.push_back({check, percent(found) + message});
  }

  const Scope& scope_;
  std::uint64_t num_rows_;
  std::size_t num_distinct_;
  GuardReport& report_;
};

}  // namespace

struct TextGuard::Impl {
  std::array<std::unique_ptr<LanguageTexts>, code::kNumGrammars> by_language;
  std::set<std::size_t> distinct;  ///< as in LanguageTexts, over all

  Scope asked() const {
    Scope scope;
    for (const auto& texts : by_language) {
      if (texts) scope.push_back(texts.get());
    }
    return scope;
  }
};

TextGuard::TextGuard() : impl_(std::make_unique<Impl>()) {}
TextGuard::~TextGuard() = default;
TextGuard::TextGuard(TextGuard&&) noexcept = default;
TextGuard& TextGuard::operator=(TextGuard&&) noexcept = default;

void TextGuard::add(const EvalRow& row) {
  auto& texts = impl_->by_language[static_cast<std::size_t>(row.grammar)];
  if (!texts) texts = std::make_unique<LanguageTexts>();
  const std::string_view prediction = code::python_strip(row.prediction);
  ++texts->num_rows;
  texts->num_names += is_language_name(prediction);
  texts->num_empty += prediction.empty();
  texts->num_echoes += echoes_prompt(prediction, row.prompt);
  texts->num_told += row.truncated.has_value();
  texts->num_truncated += row.truncated.value_or(false);
  for (auto* distinct : {&texts->distinct, &impl_->distinct}) {
    if (distinct->size() < kManyRows) distinct->insert(std::hash<std::string_view>{}(prediction));
  }
  texts->prefixes.add(prediction, row.references);
  texts->short_prefixes.add(prediction, row.references);
}

GuardReport TextGuard::report() const {
  GuardReport report;
  const Scope all = impl_->asked();
  TextChecks over_all(all, impl_->distinct.size(), report);
  if (all.empty() || over_all.check_names()) return report;
  over_all.check_many();
  over_all.check_shares();
  if (all.size() == 1) return report;
  std::vector<std::pair<code::Grammar, GuardReport>> by_language;
  for (std::size_t g = 0; g < impl_->by_language.size(); ++g) {
    const LanguageTexts* texts = impl_->by_language[g].get();
    if (texts == nullptr || texts->num_rows < kFewRows) continue;
    GuardReport own;
    const Scope scope{texts};
    TextChecks checks(scope, texts->distinct.size(), own);
    if (!checks.check_names()) {
      checks.check_many();
      checks.check_shares();
    }
    by_language.emplace_back(static_cast<code::Grammar>(g), std::move(own));
  }
  append_of_languages(report, by_language);
  return report;
}

std::string row_flag(const EvalRow& row) {
  const std::string_view prediction = code::python_strip(row.prediction);
  if (prediction.empty()) return "empty";
  if (is_language_name(prediction)) return "language_name";
  if (echoes_prompt(prediction, row.prompt)) return "prompt_echo";
  if (row.replaced_text) return "replaced_text";
  return "";
}

}  // namespace quartet::eval
