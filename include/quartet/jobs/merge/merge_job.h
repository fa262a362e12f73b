#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace quartet::jobs {

/// What all subcommands of merge share; field names are those of cli.md's flags.
struct MergeOptions {
  std::string output;
  bool overwrite = false;
  bool dry_run = false;
  std::string plan_format = "table";  ///< how --dry-run prints the plan: "table" or "json"
  std::optional<std::string> dtype;   ///< beats the config's
  std::string out_shard_size = "5B";  ///< bytes: 500M, 5B (mergekit's spelling), 0 = one file
  bool copy_tokenizer = true;
  std::uint64_t seed = 0;
  std::optional<std::uint64_t> random_seed;  ///< mergekit's name for the seed
  bool compat_rng = false;
  std::string device = "cpu";
};

struct BlendJob {
  MergeOptions options;
  std::string config;
  bool allow_unknown = false;
  bool allow_crimes = false;
  bool unsafe_truncate_embeddings = false;
};

struct MoeJob {
  MergeOptions options;
  std::string config;
  bool allow_dropped_deltas = false;
  bool allow_untrained = false;  ///< --i-understand-this-is-not-useful-without-training
};

struct FoldJob {
  MergeOptions options;
  std::string base;
  std::string adapter;
};

/// What a program prints: results for stdout, a summary for stderr.
struct MergeReport {
  std::string results;
  std::string summary;
};

/// Each reads its config, plans, and unless `dry_run` writes a model directory with merge_plan.json and manifest.json
/// (a mixture also router_report.json and .html), which appears under its name only when complete.
/// Throws: every class of base/error.h; Stopped.
MergeReport run_blend(const BlendJob& job);
MergeReport run_moe(const MoeJob& job);
MergeReport run_fold(const FoldJob& job);

/// mergekit's sizes: a whole number, optionally times k, m, b or g (thousands, millions, billions); 0 or less = no
/// limit. Throws: ConfigError.
std::uint64_t parse_shard_size(const std::string& text);

}  // namespace quartet::jobs
