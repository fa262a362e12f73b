#include "quartet/jobs/finetune/finetune_job.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "check_config.h"
#include "quartet/base/config_reader.h"
#include "quartet/base/error.h"
#include "quartet/base/log.h"
#include "quartet/base/manifest.h"
#include "quartet/base/progress.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/adapter_file.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/data/dataset.h"
#include "quartet/model/transformer.h"
#include "quartet/tensor/device.h"
#include "quartet/tensor/dtype.h"
#include "quartet/tokenizer/tokenizer.h"
#include "quartet/train/run_dir.h"
#include "quartet/train/train_plan.h"
#include "quartet/train/trainer.h"
#include "resolved_options.h"

namespace quartet::jobs {
namespace fs = std::filesystem;
namespace {

using base::cat;

constexpr std::int64_t kDefaultMaxLength = 1024;

/// The base's tokenizer, opened when the first row of text comes up: rows of ids need none.
class LazyTokenizer {
 public:
  explicit LazyTokenizer(const checkpoint::CheckpointReader& base) : base_(base) {}

  const tokenizer::Tokenizer& get() {
    if (!tokenizer_) {
      tokenizer_ = std::make_unique<tokenizer::Tokenizer>(tokenizer::Tokenizer::load(base_.directory()));
      if (tokenizer_->vocab_size() > base_.config().vocab_size) {
        throw CheckpointError(cat(base_.directory().string(), ": its tokenizer has ", tokenizer_->vocab_size(),
                                  " pieces, more than the model's vocab_size of ", base_.config().vocab_size,
                                  ": it belongs to another model"));
      }
    }
    return *tokenizer_;
  }

 private:
  const checkpoint::CheckpointReader& base_;
  std::unique_ptr<tokenizer::Tokenizer> tokenizer_;
};

struct Data {
  std::vector<data::Sample> train, held_out;
  std::int64_t max_length_tokens = 0;
};

void log_stats(const char* what, const data::DatasetStats& stats, std::int64_t max_length) {
  base::log_info(cat(what, ": ", stats.num_rows, " rows, ", stats.num_tokens, " tokens, ", stats.num_trained_tokens,
                     " of them trained"));
  if (stats.num_other_language > 0) {
    base::log_info(cat(what, ": ", stats.num_other_language, " rows of other languages left out"));
  }
  if (stats.num_cut > 0) {
    base::log_warning(cat(what, ": ", stats.num_cut, " rows are longer than --max-length ", max_length,
                          " and were cut there: their end and EOS are not learnt"));
  }
  if (stats.num_untrained > 0) {
    base::log_warning(cat(what, ": ", stats.num_untrained, " rows have no trained token within --max-length ",
                          max_length, " and were left out"));
  }
}

/// What --detok xlcost found; nothing where it was not asked for.
void log_detokenization(const char* what, const data::DatasetStats& stats) {
  if (stats.num_detokenized == 0) return;
  base::log_info(cat(what, ": the code of ", stats.num_detokenized, " rows was XLCoST tokens and is source text now"));
  if (stats.num_damaged == 0) return;
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : stats.num_by_damage) kinds.push_back(cat(kind, " ", count));
  base::log_warning(cat(what, ": ", stats.num_damaged, " of these rows are damaged and stay as they are (",
                        base::join(kinds, ", "), ")"));
}

data::DatasetOptions dataset_options(const FinetuneConfig& config, const FinetuneSources& sources,
                                     const arch::ModelConfig& model) {
  data::DatasetOptions options;
  options.template_name = config.template_name;
  options.language = sources.language;
  options.train_on_prompt = config.train_on_prompt;
  options.detokenize_xlcost = config.detok == "xlcost";
  options.max_length_tokens = config.max_length.value_or(std::min(kDefaultMaxLength, model.max_position_embeddings));
  options.vocab_size = model.vocab_size;
  if (options.max_length_tokens > model.max_position_embeddings) {
    throw ConfigError(cat("max-length: got ", options.max_length_tokens, ", expected at most the base's context of ",
                          model.max_position_embeddings));
  }
  return options;
}

Data read_data(const FinetuneConfig& config, const FinetuneSources& sources, const checkpoint::CheckpointReader& base) {
  const data::DatasetOptions options = dataset_options(config, sources, base.config());
  LazyTokenizer tokenizer(base);
  const data::TokenizerSource source = [&]() -> const tokenizer::Tokenizer& { return tokenizer.get(); };
  data::Dataset train = data::read_dataset(sources.train, options, source);
  log_stats("data", train.stats, options.max_length_tokens);
  log_detokenization("data", train.stats);
  Data result{std::move(train.samples), {}, options.max_length_tokens};
  if (config.eval_fraction > 0) result.held_out = data::split_held_out(result.train, config.eval_fraction);
  if (!sources.held_out.empty()) {
    data::Dataset held_out = data::read_dataset(sources.held_out, options, source);
    log_stats("held-out data", held_out.stats, options.max_length_tokens);
    log_detokenization("held-out data", held_out.stats);
    result.held_out = std::move(held_out.samples);
  }
  return result;
}

/// The adapter to start from. Throws: CheckpointError if a given one does not fit the base.
checkpoint::AdapterFile starting_adapter(const FinetuneConfig& config, const checkpoint::CheckpointReader& base) {
  if (config.init_adapter.empty()) return train::init_adapter(base.config(), config.lora, config.base, config.seed);
  checkpoint::AdapterFile adapter = checkpoint::AdapterFile::read(config.init_adapter);
  adapter.check_fits(base, config.init_adapter);
  adapter.settings.base_model = config.base;
  adapter.settings.dropout = config.lora.dropout;
  return adapter;
}

checkpoint::AdapterFile trained_adapter(const model::Transformer& model, const checkpoint::LoraSettings& settings) {
  checkpoint::AdapterFile adapter;
  adapter.settings = settings;
  for (const auto& [name, pair] : model.adapters()) {
    adapter.pairs[name] = {pair.a.detach().cpu(), pair.b.detach().cpu(), pair.scaling};
  }
  return adapter;
}

nlohmann::ordered_json metrics_row(const train::StepMetrics& metrics) {
  nlohmann::ordered_json row = {{"step", metrics.step},
                                {"epoch", metrics.epoch},
                                {"loss", metrics.loss},
                                {"lr", metrics.lr},
                                {"grad_norm", metrics.grad_norm},
                                {"tokens", metrics.tokens},
                                {"trained_tokens", metrics.trained_tokens},
                                {"seconds", metrics.seconds},
                                {"tokens_per_second", static_cast<double>(metrics.tokens) / metrics.seconds}};
  if (metrics.language_loss) row["language_loss"] = *metrics.language_loss;
  if (metrics.language_accuracy) row["language_accuracy"] = *metrics.language_accuracy;
  return row;
}

/// What the run says about itself at the end.
struct Outcome {
  std::vector<double> losses;  ///< one a step
  double seconds = 0;
  std::int64_t tokens = 0;
  std::optional<double> first_eval_loss, last_eval_loss;
};

std::string loss_text(const Outcome& outcome) {
  const auto [first, last] = train::quarter_means(outcome.losses);
  return cat("loss ", first, " in the first quarter, ", last, " in the last");
}

Outcome train_model(train::Trainer& trainer, const train::TrainPlan& plan, train::RunDirectory& run_directory) {
  Outcome outcome;
  base::Progress progress("training", static_cast<std::uint64_t>(plan.num_tokens), "tokens");
  train::TrainObservers observers;
  observers.on_step = [&](const train::StepMetrics& metrics) {
    run_directory.append_metrics(metrics_row(metrics));
    outcome.losses.push_back(metrics.loss);
    outcome.tokens += metrics.tokens;
    outcome.seconds += metrics.seconds;
    progress.update(static_cast<std::uint64_t>(outcome.tokens),
                    cat("step ", metrics.step, "/", plan.num_steps, ", loss ", metrics.loss));
  };
  observers.on_eval = [&](std::int64_t step, double eval_loss) {
    run_directory.append_metrics({{"step", step}, {"eval_loss", eval_loss}});
    if (!outcome.first_eval_loss) outcome.first_eval_loss = eval_loss;
    outcome.last_eval_loss = eval_loss;
  };
  trainer.run(observers);
  progress.finish(loss_text(outcome));
  return outcome;
}

nlohmann::json manifest_of(const nlohmann::ordered_json& options, const FinetuneSources& sources,
                           const checkpoint::CheckpointReader& base, const Outcome& outcome) {
  std::vector<fs::path> inputs = base.weight_files();
  for (const auto* list : {&sources.train, &sources.held_out}) {
    for (const data::DataSource& source : *list) inputs.push_back(source.path);
  }
  nlohmann::json manifest = base::make_manifest("finetune", options, inputs);
  nlohmann::json& result = manifest["result"];
  const auto [first, last] = train::quarter_means(outcome.losses);
  result = {{"mean_loss_of_first_quarter", first},
            {"mean_loss_of_last_quarter", last},
            {"tokens", outcome.tokens},
            {"seconds", outcome.seconds}};
  if (outcome.last_eval_loss) result["eval_loss"] = *outcome.last_eval_loss;
  return manifest;
}

void log_outcome(const FinetuneConfig& config, const Outcome& outcome, const at::Device& device) {
  std::string eval;
  if (outcome.last_eval_loss) {
    eval = cat(", held-out loss ", *outcome.first_eval_loss, " -> ", *outcome.last_eval_loss);
  }
  const double rate = static_cast<double>(outcome.tokens) / outcome.seconds;
  base::log_info(
      cat("done: ", loss_text(outcome), eval, ", ", outcome.tokens, " tokens in ",
          base::format_duration(outcome.seconds), " (", static_cast<std::int64_t>(rate), " tokens/s), peak memory ",
          base::format_bytes(static_cast<double>(tensor::peak_memory_bytes(device))), ", in ", config.output));
}

}  // namespace

void run_finetune(const FinetuneConfig& config) {
  // 1. what was asked for
  const FinetuneSources sources = check_config(config);
  const at::Device device = tensor::parse_device(config.device);
  tensor::set_num_threads(config.threads);
  tensor::keep_freed_memory();
  const bool is_full = config.train.method == train::Method::kFull;

  // 2. the base, the adapter and the data
  const auto base = checkpoint::CheckpointReader::open(config.base);
  checkpoint::check_against_specs(*base);
  checkpoint::AdapterFile adapter;
  if (!is_full) adapter = starting_adapter(config, *base);
  const Data data = read_data(config, sources, *base);
  const train::TrainPlan plan = train::plan_training(data.train, config.train);
  base::log_info(cat("plan: method ", is_full ? "full" : "lora", ", ", plan.num_steps, " steps, ", plan.num_tokens,
                     " tokens, ", plan.num_trained_tokens, " of them trained; ", data.train.size(), " rows, ",
                     data.held_out.size(), " held out"));
  UsedValues used{data.max_length_tokens, config.train.lr_schedule(plan.num_steps), nullptr};
  if (!is_full) used.adapter = &adapter.settings;
  const nlohmann::ordered_json resolved = resolved_options(config, used);
  if (config.dry_run) return;

  // 3. the model
  model::LoadOptions options;
  options.dtype = at::kFloat;
  options.device = device;
  options.trainable = is_full;
  const auto model = model::Transformer::load(*base, options);
  if (!is_full) model->attach_adapter(adapter, /*trainable=*/true);
  train::Trainer trainer(*model, config.train, data.train, data.held_out);
  base::throw_if_stopped("stopped before the first step: nothing was written");

  // 4. training
  train::RunDirectory run_directory(config.output, config.overwrite);
  if (run_directory.replaces_a_run()) {
    base::log_info(cat(config.output, ": the earlier run stays until this one, in ", run_directory.files().string(),
                       ", is complete"));
  }
  run_directory.write_config(base::to_yaml(resolved));
  const Outcome outcome = train_model(trainer, plan, run_directory);

  // 5. the result
  if (is_full) {
    std::optional<at::ScalarType> dtype;
    if (!config.save_dtype.empty()) dtype = tensor::parse_float_dtype(config.save_dtype, "save-dtype");
    run_directory.commit_model(*model, *base, dtype);
  } else {
    run_directory.commit_adapter(trained_adapter(*model, adapter.settings));
  }
  run_directory.complete(manifest_of(resolved, sources, *base, outcome));
  log_outcome(config, outcome, device);
}

}  // namespace quartet::jobs
