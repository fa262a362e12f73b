#include <iostream>
#include <nlohmann/json.hpp>

#include "common/cli_app.h"
#include "quartet/base/error.h"
#include "quartet/jobs/evaluate/evaluate_job.h"

namespace {

constexpr const char* kCodeBleuExamples =
    R"(  evaluate codebleu --predictions runs/first/moe-python.jsonl --references experiments/tiny/data/test/references.jsonl \
    --output runs/first/scores-python
  evaluate codebleu --predictions runs/first/moe-python.jsonl --predictions runs/first/moe-java.jsonl \
    --references experiments/tiny/data/test/references.jsonl --output runs/first/scores-compat --mode compat --hashseed any:40)";

constexpr const char* kTableExamples =
    R"(  evaluate table base=runs/first/scores-base moe=runs/first/scores-moe --baseline base --best moe \
    --router moe=runs/first/moe --output runs/first/table-2)";

}  // namespace

int main(int argc, char** argv) {
  quartet::jobs::CodeBleuJob score;
  quartet::jobs::TableJob table;
  quartet::cli::App app(
      "evaluate",
      "Scores generated code: CodeBLEU as the Python package computes it, and a strict one that cannot flatter.");
  quartet::cli::Command* score_command = nullptr;
  quartet::cli::Command* table_command = nullptr;

  score_command = &app.subcommand("codebleu", "CodeBLEU of predictions against references",
                                  [&](const quartet::cli::CommonFlags& flags) {
                                    score.num_threads = flags.threads;
                                    score.seed = flags.seed;
                                    std::cout << score.run(score_command->resolved(), flags.dry_run);
                                  });
  score_command->option("--predictions FILE", score.predictions, "JSONL of predictions; several are scored as one")
      .required()
      .option("--references FILE", score.references, "JSONL of references, matched by id, where the rows have none")
      .option("--output DIR", score.output, "folder for scores and reports")
      .required()
      .option("--baseline DIR", score.baseline, "earlier scores of the same tasks: the reports show what changed")
      .option("--mode", score.mode, "which scores")
      .choices({"compat", "strict", "both"})
      .option("--language NAME", score.language, "language of rows without one")
      .option("--hashseed N|any:K", score.hash_seed,
              "PYTHONHASHSEED that the compat score repeats; any:K adds the spread over K")
      .option("--pyhash", score.python_hash, "string hash of that Python: SipHash 1-3 (3.11 and later) or 2-4 (before)")
      .choices({"1-3", "2-4"})
      .option("--weights W", score.weights, "of n-gram, weighted n-gram, syntax, data-flow: a,b,c,d or paper")
      .option("--guard", score.guard, "refuse predictions that cannot be a model's answers")
      .option("--overwrite", score.overwrite, "replace the output folder whatever it holds")
      .option("--detok", score.detok, "make source text of XLCoST's tokens, in predictions and references, first")
      .choices({"none", "xlcost"})
      .with_dry_run()
      .examples(kCodeBleuExamples);

  table_command = &app.subcommand("table", "scored systems side by side, paired by task",
                                  [&](const quartet::cli::CommonFlags& flags) {
                                    table.seed = flags.seed;
                                    std::cout << table.run(table_command->resolved(), flags.dry_run);
                                  });
  table_command->positional("SYSTEMS", table.systems, "NAME=DIR: a name and a folder that evaluate codebleu wrote")
      .option("--baseline NAME", table.baseline, "system that differences are taken to")
      .option("--best NAME", table.best, "system whose score is to be kept")
      .option("--router NAME=MODEL_DIR", table.routers, "mixture whose router_report.json is shown")
      .option("--output DIR", table.output, "folder for table.json, table.md, table.html")
      .required()
      .option("--overwrite", table.overwrite, "replace the output folder whatever it holds")
      .with_dry_run()
      .examples(kTableExamples);

  app.subcommand("doctor", "versions, grammars and a self-test",
                 [](const quartet::cli::CommonFlags&) {
                   std::string report;
                   const bool passed = quartet::jobs::DoctorJob{}.run(report);
                   std::cout << report;
                   if (!passed)
                     throw quartet::StateError(
                         "the self-test failed: build from a clean clone (scripts/setup.sh, scripts/test.sh)");
                 })
      .examples("  evaluate doctor");

  app.refused_subcommands({"pass"});
  return app.run(argc, argv);
}
