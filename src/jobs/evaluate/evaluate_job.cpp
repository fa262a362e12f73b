#include "quartet/jobs/evaluate/evaluate_job.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "job_options.h"
#include "quartet/base/atomic_file.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/log.h"
#include "quartet/base/manifest.h"
#include "quartet/base/ordered_pipeline.h"
#include "quartet/base/progress.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/eval/guard.h"
#include "quartet/eval/prediction_file.h"
#include "quartet/eval/score_board.h"
#include "quartet/eval/score_page.h"
#include "quartet/eval/score_report.h"
#include "quartet/eval/score_rows.h"
#include "quartet/eval/table_report.h"

namespace quartet::jobs {
namespace {

using nlohmann::json;

/// As many of the worst rows are shown in the report.
constexpr std::size_t kNumShownSamples = 200;

eval::ScoreOptions score_options(const CodeBleuJob& job) {
  eval::ScoreOptions options;
  options.compat = job.mode != "strict";
  options.strict = job.mode != "compat";
  options.python = parse_python(job.hash_seed, job.python_hash);
  options.detok_xlcost = job.detok == "xlcost";
  options.weights = parse_weights(job.weights);
  return options;
}

/// Warns, and refuses unless the guard is off.
void apply_guard(const eval::GuardReport& report, bool guard) {
  for (const auto& finding : report.warnings) base::log_warning(finding.check + ": " + finding.message);
  if (report.refusals.empty()) return;
  std::vector<std::string> reasons;
  for (const auto& finding : report.refusals) reasons.push_back(finding.check + ": " + finding.message);
  const std::string all = base::join(reasons, "; ");
  if (guard)
    throw DataError("guard refused the predictions: " + all + " (look at them, or score anyway with --no-guard)");
  base::log_warning("guard overridden: " + all);
}

std::vector<std::filesystem::path> input_files(const CodeBleuJob& job) {
  std::vector<std::filesystem::path> files(job.predictions.begin(), job.predictions.end());
  if (!job.references.empty()) files.emplace_back(job.references);
  std::erase(files, std::filesystem::path("-"));
  return files;
}

void warn_of_limits(const eval::ScoreBoard& board) {
  const auto rows = board.rows();
  const auto num_over = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.over_budget; });
  if (num_over == 0) return;
  base::log_warning(base::cat(num_over, " of ", rows.size(),
                              " rows would take too long or go too deep to parse or to follow: see over_budget in "
                              "scores_per_sample.jsonl"));
}

/// A row's scores as they go to the files.
struct Result {
  eval::ScoredRow row;
  std::string json_line;
  std::string csv_line;
};

/// The second pass: scores every row and writes the files of samples as they come.
eval::ScoreBoard score_files(eval::RowFiles& rows, const eval::ScoreOptions& options, int num_threads,
                             const std::filesystem::path& directory, const eval::Baseline* baseline,
                             eval::QualityGuard& quality) {
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<std::string> columns = eval::sample_columns(options);
  base::AtomicFile json_file(directory / "scores_per_sample.jsonl");
  base::AtomicFile csv_file(directory / "scores_per_sample.csv");
  csv_file.write(eval::csv_header(columns));
  eval::ScoreBoard board(options, kNumShownSamples, baseline);
  base::Progress progress("scoring", rows.num_rows(), "pairs");
  base::run_ordered(
      num_threads,
      [&] {
        base::throw_if_stopped("scoring stopped: run the command again");
        return rows.next();
      },
      [&](eval::RowFiles::RawRow&& raw) {
        Result result{eval::score_row(rows.parse(raw), options), "", ""};
        const json sample = eval::sample_json(result.row, options);
        result.json_line = base::to_json_line(sample) + "\n";
        result.csv_line = eval::csv_line(columns, sample);
        return result;
      },
      [&](Result&& result) {
        json_file.write(result.json_line);
        csv_file.write(result.csv_line);
        quality.add({result.row.row.grammar, result.row.detected_language, result.row.prediction_parses});
        board.add(std::move(result.row));
        progress.update(board.rows().size());
      });
  board.finish();
  json_file.commit();
  csv_file.commit();
  progress.finish();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  base::log_info(base::cat("scored ", rows.num_rows(), " pairs in ", base::format_duration(seconds), ": ",
                           static_cast<long>(static_cast<double>(rows.num_rows()) / std::max(seconds, 1e-9)),
                           " pairs/s on ", num_threads, " threads"));
  return board;
}

}  // namespace

std::string CodeBleuJob::run(const json& job_options, bool dry_run) const {
  // 1. Everything that can be wrong with the flags.
  const eval::ScoreOptions options = score_options(*this);
  const int threads =
      num_threads > 0 ? num_threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  if (predictions.empty()) throw ConfigError("--predictions is missing: a JSONL file of predictions");
  const std::vector<std::string> names{
      "scores.json", "scores_per_sample.jsonl", "scores_per_sample.csv", "report.md", "report.html", "manifest.json"};
  const bool replace = may_replace(output, names, overwrite);
  base::require_empty_directory(output, replace);

  // 2. Every row is looked at before any is scored.
  const json header = eval::score_header(options, seed);
  std::optional<eval::Baseline> before;
  if (!baseline.empty()) before.emplace(baseline, header);
  eval::RowSources sources{{predictions.begin(), predictions.end()}, std::nullopt, language};
  if (!references.empty()) sources.references = references;
  eval::RowFiles rows(sources);
  eval::TextGuard texts;
  rows.check([&](const eval::EvalRow& row) { texts.add(row); });
  eval::GuardReport report = texts.report();
  apply_guard(report, guard);
  if (dry_run) return base::cat("would score ", rows.num_rows(), " predictions (", mode, ") into ", output, "\n");

  // 3. Scores.
  base::AtomicDirectory directory(output, replace);
  eval::QualityGuard quality;
  const eval::ScoreBoard board =
      score_files(rows, options, threads, directory.staging(), before ? &*before : nullptr, quality);
  warn_of_limits(board);
  const eval::GuardReport quality_report = quality.report();
  apply_guard(quality_report, guard);
  report.append(quality_report);

  // 4. Reports.
  const json scores = eval::summarize(board, options, report, guard, quality.confusion(), header, seed);
  base::write_file(directory.staging() / "scores.json", base::to_json_pretty(scores));
  base::write_file(directory.staging() / "report.md", eval::summary_markdown(scores));
  eval::ScorePageData page = eval::page_data(board, options);
  page.command = command_line("evaluate codebleu", job_options);
  base::write_file(directory.staging() / "report.html", eval::score_page(scores, page));
  base::write_file(directory.staging() / "manifest.json",
                   base::to_json_pretty(base::make_manifest("evaluate codebleu", job_options, input_files(*this))));
  directory.commit();
  return eval::summary_text(scores);
}

std::string TableJob::run(const json& job_options, bool dry_run) const {
  // 1. Flags.
  eval::TableRequest request;
  request.systems = parse_named_paths("NAME=DIR", systems);
  request.routers = parse_named_paths("--router", routers);
  request.seed = seed;
  std::vector<std::string> names;
  for (const auto& [name, path] : request.systems) names.push_back(name);
  if (names.empty()) throw ConfigError("NAME=DIR is missing: at least one scored system");
  const auto find = [&](const char* flag, const std::string& name) -> std::optional<std::string> {
    if (name.empty()) return std::nullopt;
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      throw ConfigError(base::cat(flag, ": no system is called ", base::excerpt(name), base::did_you_mean(name, names),
                                  ", expected one of ", base::join(names, " ")));
    }
    return name;
  };
  request.baseline = find("--baseline", baseline);
  request.best = find("--best", best);
  for (const auto& [name, path] : request.routers) find("--router", name);
  const bool replace = may_replace(output, {"table.json", "table.md", "table.html", "manifest.json"}, overwrite);
  base::require_empty_directory(output, replace);

  // 2. Numbers.
  const eval::Comparison comparison = eval::compare_systems(request);
  if (dry_run) return base::cat("would compare ", request.systems.size(), " systems into ", output, "\n");

  // 3. Files.
  std::vector<std::filesystem::path> inputs;
  for (const auto& [name, path] : request.systems) {
    inputs.push_back(path / "scores_per_sample.jsonl");
    if (std::filesystem::exists(path / "scores.json")) inputs.push_back(path / "scores.json");
  }
  for (const auto& [name, path] : request.routers) inputs.push_back(path / "router_report.json");
  base::AtomicDirectory directory(output, replace);
  base::write_file(directory.staging() / "table.json", base::to_json_pretty(comparison.numbers));
  base::write_file(directory.staging() / "table.md", eval::comparison_markdown(comparison.numbers));
  base::write_file(directory.staging() / "table.html", eval::comparison_html(comparison));
  base::write_file(directory.staging() / "manifest.json",
                   base::to_json_pretty(base::make_manifest("evaluate table", job_options, inputs)));
  directory.commit();
  return eval::comparison_text(comparison.numbers);
}

}  // namespace quartet::jobs
