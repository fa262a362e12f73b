#include "quartet/jobs/generate/generate_job.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <charconv>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "job_output.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/log.h"
#include "quartet/base/progress.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/adapter_file.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/generate/prompt_file.h"
#include "quartet/generate/scorer.h"
#include "quartet/tensor/device.h"
#include "quartet/tensor/dtype.h"

namespace quartet::jobs {
namespace {

using nlohmann::json;

constexpr std::int64_t kMaxSamples = 1'000'000;

/// Everything that the three modes share: the opened model and its tokenizer.
struct Session {
  std::shared_ptr<const checkpoint::CheckpointReader> reader;
  std::unique_ptr<tokenizer::Tokenizer> tokenizer;  ///< null where the directory has none
  std::optional<checkpoint::AdapterFile> adapter;
  std::unique_ptr<model::Transformer> model;
  generate::PromptOptions prompts;
};

std::unique_ptr<tokenizer::Tokenizer> open_tokenizer(const checkpoint::CheckpointReader& reader) {
  const auto path = reader.directory() / "tokenizer.model";
  if (!std::filesystem::exists(path)) return nullptr;
  auto result = std::make_unique<tokenizer::Tokenizer>(tokenizer::Tokenizer::load(path));
  if (result->vocab_size() > reader.config().vocab_size) {
    throw CheckpointError(base::cat(path.string(), " has ", result->vocab_size(),
                                    " pieces, more than the model's vocab_size of ", reader.config().vocab_size,
                                    ": it belongs to another model"));
  }
  return result;
}

Session open_session(const GenerateJob& job) {
  Session session;
  session.reader = checkpoint::CheckpointReader::open(job.model);
  session.tokenizer = open_tokenizer(*session.reader);
  const auto& config = session.reader->config();
  const bool routes = job.force_expert || job.trace_routing || job.generator.routing == generate::Routing::kAnswer;
  if (routes && !config.is_moe()) {
    throw ConfigError(base::cat("--force-expert, --trace-routing and --routing answer are for mixtures, but ",
                                job.model, " is a dense ", config.model_type, " model"));
  }
  if (job.force_expert && (*job.force_expert < 0 || *job.force_expert >= config.num_local_experts)) {
    throw ConfigError(
        base::cat("--force-expert: got ", *job.force_expert, ", expected 0 to ", config.num_local_experts - 1));
  }
  if (job.adapter) {
    session.adapter = checkpoint::AdapterFile::read(*job.adapter);
    session.adapter->check_fits(*session.reader, *job.adapter);
  }
  session.prompts = {.prompt_template = job.prompt_template,
                     .language = job.language.value_or(""),
                     .add_bos = job.add_bos,
                     .vocab_size = config.vocab_size,
                     .max_tokens = config.max_position_embeddings};
  return session;
}

void load_model(const GenerateJob& job, Session& session) {
  model::LoadOptions options;
  if (job.dtype) options.dtype = tensor::parse_float_dtype(*job.dtype, "--dtype");
  options.device = tensor::parse_device(job.device);
  session.model = model::Transformer::load(*session.reader, options);
  if (session.adapter) session.model->attach_adapter(*session.adapter, /*trainable=*/false);
  if (job.force_expert) session.model->force_expert(*job.force_expert);
}

/// The answer's text: EOS left out, cut where a stop text begins.
std::string answer_text(const Session& session, const GenerateJob& job, const std::vector<std::int64_t>& prompt_ids,
                        const generate::Answer& answer) {
  if (!session.tokenizer) return "";
  std::vector<std::int64_t> ids = answer.token_ids;
  if (answer.stop_reason == generate::StopReason::kEos) ids.pop_back();
  std::string text = session.tokenizer->decode_answer(prompt_ids, ids);
  if (answer.stop_reason != generate::StopReason::kStop) return text;
  std::size_t cut = text.size();
  for (const auto& stop : job.generator.stop_texts) cut = std::min(cut, text.find(stop));
  return text.substr(0, cut);
}

json answer_row(const Session& session, const GenerateJob& job, const generate::PromptRow& prompt,
                const generate::Request& request, const generate::Answer& answer) {
  json row = *prompt.fields;
  row["sample"] = request.sample;
  row["text"] = answer_text(session, job, request.prompt_ids, answer);
  row["prompt_ids"] = request.prompt_ids;
  row["token_ids"] = answer.token_ids;
  row["num_tokens"] = answer.token_ids.size();
  double sum = 0;
  for (const double logprob : answer.logprobs_nats) sum += logprob;
  row["logprob_sum_nats"] = sum;
  if (job.logprobs) row["token_logprobs"] = answer.logprobs_nats;
  row["stop_reason"] = generate::stop_reason_name(answer.stop_reason);
  return row;
}

void answer_file(const GenerateJob& job, Session& session) {
  const auto prompts = generate::read_prompt_file(*job.prompts, session.tokenizer.get(), session.prompts, false);
  if (job.dry_run) {
    base::log_info(
        base::cat(prompts.size(), " prompts, ", job.num_samples, " answers each; nothing was run (--dry-run)"));
    return;
  }
  std::vector<generate::Request> requests;
  requests.reserve(prompts.size() *
                   static_cast<std::size_t>(job.num_samples));  // too many: out of memory now, not later
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    for (std::int64_t sample = 0; sample < job.num_samples; ++sample)
      requests.push_back({prompts[i].prompt_ids, i, sample});
  }
  OutputFile output(*job.output);
  std::optional<LogitsFile> logits;
  if (job.logits) logits.emplace(*job.logits, prompts, session.reader->config().vocab_size);
  std::optional<OutputFile> trace;
  if (job.trace_routing) trace.emplace(*job.trace_routing);
  load_model(job, session);

  generate::Generator generator(*session.model, session.tokenizer.get(), job.generator);
  base::Progress progress("generate", requests.size(), "answers");
  std::uint64_t finished = 0, tokens = 0;
  generate::Callbacks callbacks;
  callbacks.token = [&](std::size_t, std::int64_t) { ++tokens; };
  callbacks.done = [&](std::size_t, const generate::Answer&) {
    progress.update(++finished, base::cat(tokens, " tokens"));
  };
  if (logits) {
    callbacks.prompt_logits = [&](std::size_t request, const at::Tensor& value) {
      logits->write(prompts[requests[request].index], value);
    };
  }
  if (trace) {
    callbacks.routing = [&](const generate::RoutingRow& row) {
      json line{{"id", (*prompts[requests[row.request].index].fields)["id"]},
                {"layer", row.layer},
                {"position", row.position},
                {"experts", row.experts},
                {"weights", row.weights}};
      if (job.num_samples > 1) line["sample"] = requests[row.request].sample;
      trace->add(line);
    };
  }
  const auto answers = generator.run(requests, callbacks);
  progress.finish();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    output.add(answer_row(session, job, prompts[requests[i].index], requests[i], answers[i]));
  }
  if (logits) logits->commit();
  if (trace) trace->commit();
  output.commit();
  print_summary(job, *session.model, generator.statistics(), hash_of(answers));
}

void answer_one(const GenerateJob& job, Session& session) {
  if (!session.tokenizer) throw CheckpointError(base::cat(job.model, " has no tokenizer.model: --prompt needs one"));
  const auto ids = generate::encode_prompt(*job.prompt, session.prompts.language, *session.tokenizer, session.prompts);
  if (job.dry_run) return base::log_info(base::cat("a prompt of ", ids.size(), " tokens; nothing was run (--dry-run)"));
  load_model(job, session);
  generate::Generator generator(*session.model, session.tokenizer.get(), job.generator);
  TextStream stream(*session.tokenizer, ids, job.generator.stop_texts, session.model->config().eos_token_ids);
  generate::Callbacks callbacks;
  callbacks.token = [&](std::size_t, std::int64_t token) { stream.push(token); };
  const auto answers = generator.run({{ids, 0, 0}}, callbacks);
  stream.finish();
  print_summary(job, *session.model, generator.statistics(), hash_of(answers));
}

json score_row(const GenerateJob& job, const Session& session, const generate::PromptRow& row) {
  const auto where = [&] { return base::cat(*job.score, ": row ", base::excerpt(row.id_text, 40), ": "); };
  std::vector<double> logprobs;
  try {
    logprobs = generate::score_completion(*session.model, row.prompt_ids, row.completion_ids);
  } catch (const DataError& error) {
    throw DataError(where() + error.what());
  } catch (const NumericError& error) {
    throw NumericError(where() + error.what());
  }
  double sum = 0;
  for (const double logprob : logprobs) sum += logprob;
  json line{{"id", (*row.fields)["id"]}, {"num_tokens", logprobs.size()}, {"logprob_sum_nats", sum}};
  if (row.fields->contains("sample")) line["sample"] = (*row.fields)["sample"];
  if (job.logprobs) line["token_logprobs"] = logprobs;
  return line;
}

void score_file(const GenerateJob& job, Session& session) {
  const auto rows = generate::read_prompt_file(*job.score, session.tokenizer.get(), session.prompts, true);
  if (job.dry_run) return base::log_info(base::cat(rows.size(), " rows; nothing was run (--dry-run)"));
  OutputFile output(*job.output);
  load_model(job, session);
  base::Progress progress("score", rows.size(), "rows");
  std::uint64_t finished = 0;
  generate::RunStatistics statistics;
  std::string lines;
  for (const auto& row : rows) {
    base::throw_if_stopped("stopped: no scores were written");
    const auto begin = std::chrono::steady_clock::now();
    const json line = score_row(job, session, row);
    statistics.prompt_tokens += row.prompt_ids.size() + row.completion_ids.size() - 1;
    statistics.prompt_seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    output.add(line);
    lines += base::to_json_line(line) + "\n";
    progress.update(++finished);
  }
  progress.finish();
  output.commit();
  print_summary(job, *session.model, statistics, base::sha256_hex(lines).substr(0, 16));
}

/// "auto" = 0, else a whole number from 1.
std::int64_t parse_batch_size(const std::string& text) {
  if (text == "auto") return 0;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1) {
    throw ConfigError(base::cat("--batch-size: got '", text, "', expected 'auto' or a whole number from 1"));
  }
  return value;
}

/// Two flags that name one file: one of them would be lost.
void require_distinct_files(const GenerateJob& job) {
  std::map<std::filesystem::path, std::string> named;
  std::vector<std::string> problems;
  const auto add = [&](const char* flag, const std::optional<std::string>& path) {
    if (!path || *path == "-") return;
    std::error_code ignored;
    const auto [place, is_new] = named.emplace(std::filesystem::weakly_canonical(*path, ignored), flag);
    if (!is_new) problems.push_back(base::cat(flag, " and ", place->second, " name the same file, ", *path));
  };
  add("--prompts", job.prompts);
  add("--score", job.score);
  add("--output", job.output);
  add("--logits", job.logits);
  add("--trace-routing", job.trace_routing);
  if (!problems.empty()) throw ConfigError(problems);
}

}  // namespace

void GenerateJob::check() const {
  std::vector<std::string> problems;
  const auto require = [&](bool good, const std::string& problem) {
    if (!good) problems.push_back(problem);
  };
  require(!model.empty(), "--model DIR is needed");
  require(prompts.has_value() + prompt.has_value() + score.has_value() == 1,
          "exactly one of --prompts FILE, --prompt TEXT and --score FILE is needed");
  require(prompt.has_value() || output.has_value(), "--output FILE is needed with --prompts and --score");
  for (const auto& [name, path] :
       {std::pair("--output", &output), std::pair("--logits", &logits), std::pair("--trace-routing", &trace_routing),
        std::pair("--prompts", &prompts), std::pair("--score", &score), std::pair("--adapter", &adapter)}) {
    require(!*path || !(*path)->empty(), base::cat(name, ": the path is empty"));
  }
  require(!logits || prompts, "--logits goes with --prompts");
  require(!trace_routing || prompts, "--trace-routing goes with --prompts");
  require(generator.max_new_tokens >= 1,
          base::cat("--max-new-tokens: got ", generator.max_new_tokens, ", expected 1 or more"));
  require(num_samples >= 1 && num_samples <= kMaxSamples,
          base::cat("--num-samples: got ", num_samples, ", expected 1 to ", kMaxSamples));
  require(num_samples <= 1 || !prompt, "--num-samples goes with --prompts");
  require(!(force_expert && generator.routing == generate::Routing::kAnswer),
          "--force-expert and --routing answer exclude each other");
  for (const auto& stop : generator.stop_texts) require(!stop.empty(), "--stop: the text is empty");
  const auto collect = [&](const auto& check_part) {
    try {
      check_part();
    } catch (const ConfigError& error) {
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  };
  collect([&] { generator.sampling.check(); });
  collect([&] { parse_batch_size(batch_size); });
  collect([&] { require_distinct_files(*this); });
  if (!problems.empty()) throw ConfigError(problems);
}

void run_generate(GenerateJob job) {
  job.check();
  job.generator.batch_size = parse_batch_size(job.batch_size);
  tensor::set_num_threads(job.threads);
  tensor::keep_freed_memory();
  const c10::InferenceMode no_autograd;
  Session session = open_session(job);
  if (job.prompts) return answer_file(job, session);
  if (job.prompt) return answer_one(job, session);
  score_file(job, session);
}

}  // namespace quartet::jobs
