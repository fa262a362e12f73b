#include <algorithm>
#include <thread>

#include "quartet/base/manifest.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"
#include "quartet/code/syntax_tree.h"
#include "quartet/eval/keywords.h"
#include "quartet/eval/self_test.h"
#include "quartet/jobs/evaluate/evaluate_job.h"

namespace quartet::jobs {
namespace {

base::TextTable grammar_table() {
  base::TextTable table;
  table.title = "Grammars";
  table.header = {"language", "tree-sitter grammar", "hash", "keywords compat", "strict"};
  for (int i = 0; i < code::kNumGrammars; ++i) {
    const auto grammar = static_cast<code::Grammar>(i);
    table.rows.push_back({std::string(code::language_id(grammar)), std::string(code::grammar_version(grammar)),
                          code::grammar_hash(grammar), std::to_string(eval::compat_keywords(grammar).size()),
                          std::to_string(eval::strict_keywords(grammar).size())});
  }
  return table;
}

}  // namespace

bool DoctorJob::run(std::string& report) const {
  report =
      base::cat("quartet ", base::version(), "\ntree-sitter runtime ", code::tree_sitter_version(),
                "\ncompat score as codebleu 0.6.0, strict keyword lists version ", eval::kStrictKeywordsVersion, "\n",
                std::max(1U, std::thread::hardware_concurrency()), " threads\n\n", grammar_table().to_text(), "\n");
  bool all_passed = true;
  report += "Self-test\n";
  for (const eval::SelfCheck& check : eval::run_self_test()) {
    report += base::cat(check.passed ? "  ok    " : "  FAIL  ", check.name, ": ", check.detail, "\n");
    all_passed = all_passed && check.passed;
  }
  report += all_passed ? "all is well\n" : "scores of this build cannot be trusted\n";
  return all_passed;
}

}  // namespace quartet::jobs
