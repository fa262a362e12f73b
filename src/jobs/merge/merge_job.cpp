#include "quartet/jobs/merge/merge_job.h"

#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "model_directory.h"
#include "quartet/base/error.h"
#include "quartet/base/log.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/merge/blend_plan.h"
#include "quartet/merge/moe_plan.h"
#include "quartet/routing/build_routers.h"
#include "quartet/tensor/device.h"
#include "quartet/tensor/dtype.h"

namespace quartet::jobs {
namespace {

using base::cat;
using nlohmann::json;

/// The flags' own mistakes, before any file is opened.
void check_options(const MergeOptions& options) {
  parse_shard_size(options.out_shard_size);
  base::require_empty_directory(options.output, options.overwrite);
}

/// Throws: ResourceError for a device that is not there.
void merge_on_cpu(const std::string& device) {
  if (!tensor::parse_device(device).is_cpu()) {
    base::log_warning(cat("--device ", device, " has no effect: weights are merged on the CPU"));
  }
}

MergeReport show_plan(const merge::MergePlan& plan, const MergeOptions& options) {
  const bool as_json = options.plan_format == "json";
  return {as_json ? merge::plan_to_json(plan).dump(2) + "\n" : merge::plan_to_table(plan),
          cat(plan.entries.size(), " tensors planned; nothing was written (--dry-run)\n")};
}

json resolved_options(const MergeOptions& options) {
  return {{"dtype", options.dtype ? json(*options.dtype) : json()},
          {"out_shard_size", options.out_shard_size},
          {"copy_tokenizer", options.copy_tokenizer},
          {"seed", options.random_seed.value_or(options.seed)},
          {"compat_rng", options.compat_rng},
          {"device", options.device}};
}

std::string written(const merge::MergePlan& plan, const MergeOptions& options) {
  return cat("wrote ", options.output, ": ", plan.entries.size(), " tensors, ",
             base::format_bytes(static_cast<double>(plan.output_bytes())), ", ", tensor::dtype_name(plan.dtype), "\n");
}

/// What the gates read: the base's tokenizer and the calibration texts. Nothing where the gates need no model.
struct GateTexts {
  std::optional<tokenizer::Tokenizer> tokenizer;
  std::vector<routing::LabelledSequence> sequences;
};

GateTexts load_texts(const merge::MoeConfig& config, const merge::InputModel& base) {
  GateTexts texts;
  if (!routing::needs_model(config)) return texts;
  texts.tokenizer = tokenizer::Tokenizer::load(base.reference().model);
  if (texts.tokenizer->vocab_size() > base.config().vocab_size) {
    throw CheckpointError(cat(base.text(), ": its tokenizer has ", texts.tokenizer->vocab_size(),
                              " pieces, more than the model's vocab_size of ", base.config().vocab_size));
  }
  texts.sequences = routing::load_calibration(config, *texts.tokenizer, base.config().max_position_embeddings);
  return texts;
}

/// The dense base with its adapter folded in, as the gates want it.
std::unique_ptr<model::Transformer> load_base(const merge::InputModel& base, const at::Device& device) {
  for (const std::string& name : base.reader().names()) {
    base.check_finite(name);  // else the routers get the blame
    base::throw_if_stopped("nothing was written: run the same command again");
  }
  model::LoadOptions options;
  options.device = device;
  if (!device.is_cpu()) options.dtype = at::kFloat;  // the CPU computes in float32 whatever it holds weights in
  auto model = model::Transformer::load(base.reader(), options);
  if (base.adapter()) {
    const tensor::OneThread one_thread;  // the same bytes for any number of threads
    model->attach_adapter(*base.adapter(), /*trainable=*/false);
    model->fold_adapters();
  }
  return model;
}

void warn_of_routers(const routing::RouterReport& report) {
  if (!report.degenerate_layers.empty()) {
    std::vector<std::string> layers;
    for (const std::int64_t layer : report.degenerate_layers) layers.push_back(std::to_string(layer));
    base::log_warning(
        cat("the router rows of layers ", base::join(layers, ", "),
            " are close to dependent (condition number above 5): experts will be hard to tell apart there"));
  }
  for (const std::string& warning : routing::report_warnings(report)) base::log_warning(warning);
}

routing::BuiltRouters build_routers(const MoeJob& job, const merge::MoeConfig& config, const merge::MergePlan& plan,
                                    const merge::InputModel& base, const GateTexts& texts, const at::Device& device) {
  std::unique_ptr<model::Transformer> model;
  if (texts.tokenizer) model = load_base(base, device);
  const routing::BuildRoutersOptions options{.seed = job.options.random_seed.value_or(job.options.seed),
                                             .compat_rng = job.options.compat_rng};
  auto built = routing::build_routers(config, plan.config, plan.dtype, model.get(),
                                      texts.tokenizer ? &*texts.tokenizer : nullptr, texts.sequences, options);
  warn_of_routers(built.report);
  return built;
}

}  // namespace

MergeReport run_blend(const BlendJob& job) {
  check_options(job.options);
  merge::BlendConfig config = merge::read_blend_config(job.config, {.allow_unknown = job.allow_unknown});
  if (job.options.dtype) config.dtype = job.options.dtype;
  merge_on_cpu(job.options.device);

  merge::InputModels models;
  const merge::MergePlan plan = merge::make_blend_plan(
      config, models, {.allow_crimes = job.allow_crimes, .unsafe_truncate_embeddings = job.unsafe_truncate_embeddings});
  if (job.options.dry_run) return show_plan(plan, job.options);

  ModelDirectory directory(job.options);
  directory.write(plan, models, models.add(merge::donor_of(config)), {});
  directory.write_text("mergekit_config.yml", config.text);
  json resolved = resolved_options(job.options);
  resolved["config"] = job.config;
  directory.commit("merge blend", resolved, models);
  return {"", written(plan, job.options)};
}

MergeReport run_moe(const MoeJob& job) {
  check_options(job.options);
  merge::MoeConfig config = merge::read_moe_config(job.config, {.allow_untrained = job.allow_untrained});
  if (job.options.dtype) config.dtype = job.options.dtype;
  const at::Device device = tensor::parse_device(job.options.device);

  merge::InputModels models;
  const merge::MergePlan plan =
      merge::make_moe_plan(config, models, {.allow_dropped_deltas = job.allow_dropped_deltas});
  const std::size_t base = models.add(config.base_model);
  const GateTexts texts = load_texts(config, models[base]);
  if (job.options.dry_run) return show_plan(plan, job.options);

  ModelDirectory directory(job.options);
  const routing::BuiltRouters built = build_routers(job, config, plan, models[base], texts, device);
  directory.write(plan, models, base, merge::router_tensors(plan.config, built.routers));
  directory.write_text("router_report.json", routing::report_to_json(built.report).dump(2) + "\n");
  directory.write_text("router_report.html", routing::report_to_html(built.report));
  directory.write_text("mergekit_moe_config.yml", config.text);
  json resolved = resolved_options(job.options);
  resolved["config"] = job.config;
  directory.commit("merge moe", resolved, models);
  return {"", routing::report_to_table(built.report) + written(plan, job.options)};
}

MergeReport run_fold(const FoldJob& job) {
  check_options(job.options);
  merge_on_cpu(job.options.device);
  merge::InputModels models;
  const merge::ModelReference reference{job.base, job.adapter, job.base + "+" + job.adapter};
  const merge::MergePlan plan = merge::make_fold_plan(reference, job.options.dtype, models);
  if (job.options.dry_run) return show_plan(plan, job.options);

  ModelDirectory directory(job.options);
  const merge::FoldReport folds = directory.write(plan, models, 0, {});
  json resolved = resolved_options(job.options);
  resolved["base"] = job.base;
  resolved["adapter"] = job.adapter;
  directory.commit("merge fold", resolved, models);
  return {merge::folds_to_table(folds), written(plan, job.options)};
}

std::uint64_t parse_shard_size(const std::string& text) {
  const std::string lower = base::to_lower(text);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(lower.data(), lower.data() + lower.size(), number);
  const std::string unit(end, lower.data() + lower.size());
  std::int64_t factor = 0;
  if (unit.empty()) factor = 1;
  if (unit == "k") factor = 1'000;
  if (unit == "m") factor = 1'000'000;
  if (unit == "b" || unit == "g") factor = 1'000'000'000;
  if (error != std::errc() || factor == 0 || number > std::numeric_limits<std::int64_t>::max() / factor) {
    throw ConfigError(
        cat("--out-shard-size: got ", base::excerpt(text), ", expected a whole number with k, m or b, as 5B"));
  }
  return number <= 0 ? std::numeric_limits<std::uint64_t>::max() : static_cast<std::uint64_t>(number * factor);
}

}  // namespace quartet::jobs
