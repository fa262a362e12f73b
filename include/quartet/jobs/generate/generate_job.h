#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "quartet/generate/generator.h"

namespace quartet::jobs {

/// What the generate program is asked to do; field names are those of cli.md's flags.
struct GenerateJob {
  std::string model;
  std::optional<std::string> adapter;
  std::optional<std::string> prompts;  ///< JSONL file, or "-" for standard input
  std::optional<std::string> prompt;   ///< one text: the answer is streamed to standard output
  std::optional<std::string> score;    ///< JSONL file of prompts with completions
  std::optional<std::string> output;   ///< JSONL file, or "-" for standard output
  std::optional<std::string> logits;
  std::optional<std::string> trace_routing;
  std::optional<std::string> dtype;
  std::string prompt_template = "none";
  std::optional<std::string> language;  ///< for templates that name it, where a row has none
  bool add_bos = true;
  std::int64_t num_samples = 1;
  bool logprobs = false;
  std::optional<std::int64_t> force_expert;
  std::string batch_size = "auto";       ///< or a whole number from 1
  generate::GeneratorOptions generator;  ///< its batch size comes from the text above

  std::string device = "cpu";
  int threads = 0;
  bool quiet = false;
  bool dry_run = false;

  /// Throws: ConfigError with every problem among the options themselves. Opens no file.
  void check() const;
};

/// Loads, answers or scores, writes the output file at the end by rename, and prints one summary line to stderr.
/// Throws: every class of base/error.h.
void run_generate(GenerateJob job);

}  // namespace quartet::jobs
