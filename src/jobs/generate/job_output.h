#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "quartet/base/atomic_file.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/generate/generator.h"
#include "quartet/generate/prompt_file.h"
#include "quartet/jobs/generate/generate_job.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::jobs {

/// A JSONL file that appears when complete, or standard output for "-".
class OutputFile {
 public:
  explicit OutputFile(const std::string& path);
  /// Throws: ResourceError.
  void add(const nlohmann::json& row);
  void commit();

 private:
  std::optional<base::AtomicFile> file_;  ///< none: standard output
};

/// `logits.<id>` [T, V] float32 of every prompt, in one safetensors file.
class LogitsFile {
 public:
  /// Throws: DataError if two ids have the same text.
  LogitsFile(const std::string& path, const std::vector<generate::PromptRow>& prompts, std::int64_t vocab_size);
  void write(const generate::PromptRow& prompt, const at::Tensor& logits);
  void commit() { writer_.commit(); }

 private:
  checkpoint::SafetensorsWriter writer_;
};

/// Streams an answer to standard output as it grows; holds back what may still become a stop text.
class TextStream {
 public:
  TextStream(const tokenizer::Tokenizer& tokenizer, const std::vector<std::int64_t>& prompt_ids,
             std::vector<std::string> stop_texts, std::vector<std::int64_t> eos_ids);
  void push(std::int64_t token);
  /// Prints what was held back and ends the line.
  void finish();

 private:
  void print_up_to(std::size_t end);

  tokenizer::StreamDecoder decoder_;
  std::vector<std::string> stop_texts_;
  std::vector<std::int64_t> eos_ids_;
  std::string text_;
  std::size_t printed_ = 0;
  bool stopped_ = false;
};

/// The one line at the end of every run, on stderr: rates, memory traffic and its share of what the machine can do,
/// peak memory, and a hash of the output. Nothing with --quiet.
void print_summary(const GenerateJob& job, const model::Transformer& model, const generate::RunStatistics& statistics,
                   const std::string& output_hash);

/// 16 hex digits over the answers' tokens.
std::string hash_of(const std::vector<generate::Answer>& answers);

}  // namespace quartet::jobs
