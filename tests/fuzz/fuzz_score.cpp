// The way from text to score. An input is one byte (its lower half chooses the grammar, its upper half the hash seed),
// a prediction, and its references, with separators between them.
#include <cstring>

#include "fuzz_input.h"
#include "quartet/base/text.h"
#include "quartet/code/language_detector.h"
#include "quartet/eval/code_bleu.h"
#include "quartet/eval/strict.h"

namespace {

using namespace quartet;

bool is_share(double value) {
  return value >= 0 && value <= 1;
}

/// Bit for bit: nothing may depend on what was scored before.
template <class Score>
bool is_same(const Score& a, const Score& b) {
  return std::memcmp(&a, &b, sizeof(Score)) == 0;
}

void check_compat(code::Grammar grammar, const std::vector<std::string>& references, const std::string& prediction,
                  std::uint32_t hash_seed, eval::TreeCache& trees) {
  const auto score = [&](eval::TreeCache& cache) {
    return eval::compat_score(eval::count_compat(grammar, references, prediction, {{hash_seed}, {}}, cache));
  };
  const eval::CompatScore first = score(trees);
  for (const double value : {first.codebleu, first.ngram, first.weighted, first.syntax, first.dataflow})
    fuzz::require(is_share(value), "compat numbers are shares");
  eval::TreeCache fresh(grammar);
  fuzz::require(is_same(first, score(fresh)), "compat scores the same twice");
}

void check_strict(const code::SyntaxTree& prediction, const code::SyntaxTree& reference) {
  const eval::StrictScore first = eval::strict_score(eval::count_strict(prediction, reference));
  for (const double value :
       {first.score, first.ngram, first.weighted, first.syntax.value_or(0), first.dataflow.value_or(0)})
    fuzz::require(is_share(value), "strict numbers are shares");
  const eval::StrictScore second = eval::strict_score(eval::count_strict(prediction, reference));
  fuzz::require(first.score == second.score && first.syntax == second.syntax && first.dataflow == second.dataflow,
                "strict scores the same twice");
}

void check_strict_self(const code::SyntaxTree& tree) {
  const eval::StrictCounts counts = eval::count_strict(tree, tree);
  if (counts.has_tokens) fuzz::require(eval::strict_score(counts).score == 1, "a text scores 1 against itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto grammar = static_cast<code::Grammar>((data[0] & 15) % code::kNumGrammars);
  const std::uint32_t hash_seed = (data[0] >> 4) ^ 3;  // 0 for the digits that seeds begin with
  std::vector<std::string> texts;
  for (const std::string_view part : fuzz::split_input(fuzz::as_text(data + 1, size - 1)))
    texts.push_back(base::to_valid_utf8(part));
  const std::string prediction = texts.front();
  if (texts.size() > 1) texts.erase(texts.begin());
  if (texts.size() > 4) texts.resize(4);

  eval::TreeCache trees(grammar);
  const code::SyntaxTree& tree = trees.get(eval::strict_text(prediction, grammar));
  check_strict_self(tree);
  for (const std::string& reference : texts) check_strict(tree, trees.get(eval::strict_text(reference, grammar)));
  check_compat(grammar, texts, prediction, hash_seed, trees);
  fuzz::require(code::detect_language(prediction) == code::detect_language(prediction), "a language is detected twice");
  return 0;
}
