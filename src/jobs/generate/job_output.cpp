#include "job_output.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"
#include "quartet/generate/bandwidth.h"
#include "quartet/tensor/device.h"

namespace quartet::jobs {
namespace {

constexpr double kMemoryBytes = 64e6;  ///< what every CPU must read from memory, whatever its caches

std::string number(double value, const char* format) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::vector<checkpoint::PlannedTensor> plan_logits(const std::vector<generate::PromptRow>& prompts,
                                                   std::int64_t vocab_size) {
  std::vector<checkpoint::PlannedTensor> plan;
  std::map<std::string, int> seen;
  for (const auto& prompt : prompts) {
    if (seen[prompt.id_text]++ > 0) {
      throw DataError(base::cat("--logits: two rows have ids that are both written '",
                                base::excerpt(prompt.id_text, 40), "': make them differ"));
    }
    plan.push_back(
        {"logits." + prompt.id_text, at::kFloat, {static_cast<std::int64_t>(prompt.prompt_ids.size()), vocab_size}});
  }
  return plan;
}

/// What of the machine's read bandwidth the weights took; no share where they need not come from memory.
std::string traffic_text(double step_bytes, double bytes_per_second, const at::Device& device) {
  std::string text = base::cat("weights ", number(bytes_per_second / 1e9, "%.1f"), " GB/s");
  if (step_bytes < kMemoryBytes) return text + " (a model this small stays in the caches)";
  const double limit = generate::measure_read_bandwidth(device);
  return text + base::cat(", ", number(100 * bytes_per_second / limit, "%.0f"), " % of ", number(limit / 1e9, "%.1f"),
                          " GB/s");
}

}  // namespace

OutputFile::OutputFile(const std::string& path) {
  if (path != "-") file_.emplace(path);
}

void OutputFile::add(const nlohmann::json& row) {
  const std::string line = base::to_json_line(row) + "\n";
  if (file_) return file_->write(line);
  std::cout << line;
}

void OutputFile::commit() {
  if (file_) return file_->commit();
  if (!std::cout.flush()) throw ResourceError("standard output: cannot write (closed or full)");
}

std::string hash_of(const std::vector<generate::Answer>& answers) {
  std::string text;
  for (const auto& answer : answers) {
    for (const std::int64_t id : answer.token_ids) text += std::to_string(id) + " ";
    text += "\n";
  }
  return base::sha256_hex(text).substr(0, 16);
}

LogitsFile::LogitsFile(const std::string& path, const std::vector<generate::PromptRow>& prompts,
                       std::int64_t vocab_size)
    : writer_(path, plan_logits(prompts, vocab_size)) {}

void LogitsFile::write(const generate::PromptRow& prompt, const at::Tensor& logits) {
  writer_.write("logits." + prompt.id_text, logits);
}

TextStream::TextStream(const tokenizer::Tokenizer& tokenizer, const std::vector<std::int64_t>& prompt_ids,
                       std::vector<std::string> stop_texts, std::vector<std::int64_t> eos_ids)
    : decoder_(tokenizer, prompt_ids), stop_texts_(std::move(stop_texts)), eos_ids_(std::move(eos_ids)) {}

void TextStream::push(std::int64_t token) {
  if (stopped_ || std::find(eos_ids_.begin(), eos_ids_.end(), token) != eos_ids_.end()) return;
  text_ += decoder_.push(token);
  std::size_t end = text_.size();
  for (const auto& stop : stop_texts_) {
    const std::size_t found = text_.find(stop, printed_);
    if (found != std::string::npos) {
      stopped_ = true;
      end = std::min(end, found);
      continue;
    }
    // A tail that begins a stop text waits for the next token.
    for (std::size_t length = std::min(stop.size() - 1, text_.size() - printed_); length > 0; --length) {
      if (text_.compare(text_.size() - length, length, stop, 0, length) == 0) {
        end = std::min(end, text_.size() - length);
        break;
      }
    }
  }
  if (stopped_) text_.resize(end);
  print_up_to(end);
}

void TextStream::finish() {
  if (!stopped_) text_ += decoder_.flush();
  print_up_to(text_.size());
  std::cout << std::endl;
}

void TextStream::print_up_to(std::size_t end) {
  if (end <= printed_) return;
  std::cout.write(text_.data() + printed_, static_cast<std::streamsize>(end - printed_)).flush();
  printed_ = end;
}

void print_summary(const GenerateJob& job, const model::Transformer& model, const generate::RunStatistics& statistics,
                   const std::string& output_hash) {
  if (job.quiet) return;
  const std::uint64_t peak_bytes = tensor::peak_memory_bytes(model.device());  // before the bandwidth buffer
  const auto rate = [](double count, double seconds) { return seconds > 0 ? count / seconds : 0; };
  std::string line = base::cat("prompt ", number(rate(statistics.prompt_tokens, statistics.prompt_seconds), "%.1f"),
                               " tokens/s (", statistics.prompt_tokens, ")");
  if (statistics.decode_steps > 0) {
    const double step_bytes = static_cast<double>(model.weight_bytes_per_token());
    const double traffic = rate(step_bytes * statistics.decode_steps, statistics.decode_seconds);
    line += base::cat(" | decode ", number(rate(statistics.decoded_tokens, statistics.decode_seconds), "%.1f"),
                      " tokens/s (", statistics.decoded_tokens, ", ",
                      number(1e3 * statistics.decode_seconds / statistics.decode_steps, "%.2f"), " ms a step, ",
                      number(1e3 * statistics.decode_seconds / statistics.decoded_tokens, "%.2f"), " ms a token) | ",
                      traffic_text(step_bytes, traffic, model.device()));
  }
  line += base::cat(" | peak ", base::format_bytes(static_cast<double>(peak_bytes)), " | output ", output_hash);
  base::log_info(line);
}

}  // namespace quartet::jobs
