#include <iostream>
#include <optional>

#include "common/cli_app.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"
#include "quartet/jobs/merge/merge_job.h"
#include "quartet/tensor/device.h"

namespace {

using quartet::cli::Command;
using quartet::cli::CommonFlags;
using quartet::jobs::MergeOptions;

constexpr const char* kBlendExamples = R"(  merge blend configs/first/ties.yaml runs/first/ties-2
  merge blend configs/first/ties.yaml runs/first/ties-3 --dtype bfloat16 --dry-run

configs/first/ties.yaml:
  merge_method: ties
  base_model: experiments/tiny/base
  models:
    - model: experiments/tiny/base+runs/first/python/adapter
      parameters: {weight: 1, density: 0.5}
    - model: experiments/tiny/base+runs/first/java/adapter
      parameters: {weight: 1, density: 0.5}
  parameters: {lambda: 0.3}
  dtype: float32)";

constexpr const char* kMoeExamples = R"(  merge moe configs/first/moe.yaml runs/first/moe-2
  merge moe configs/first/moe.yaml runs/first/moe-3 --dry-run

configs/first/moe.yaml:
  base_model: experiments/tiny/base
  gate_mode: contrastive
  dtype: float32
  experts_per_token: 2
  experts:
    - source_model: experiments/tiny/base+runs/first/python/adapter
      calibration: experiments/tiny/data/calibration/python.jsonl
    - source_model: experiments/tiny/base+runs/first/java/adapter
      calibration: experiments/tiny/data/calibration/java.jsonl)";

constexpr const char* kFoldExamples =
    R"(  merge fold --base experiments/tiny/base --adapter runs/first/java/adapter runs/first/java-dense)";

void add_output_options(Command& command, MergeOptions& options) {
  command.option("--overwrite", options.overwrite, "replace OUT_DIR, at the very end")
      .option("--dtype", options.dtype, "type of the result (default: the config's, else the inputs')")
      .choices({"float32", "bfloat16", "float16"})
      .option("--out-shard-size SIZE", options.out_shard_size, "largest weight file in bytes: 500M, 5B; 0 = one file")
      .option("--copy-tokenizer", options.copy_tokenizer, "copy the base's tokenizer files")
      .option("--plan-format", options.plan_format, "how --dry-run prints the plan")
      .choices({"table", "json"})
      .with_dry_run();
}

/// What mergekit's users write for our --device and --threads.
struct MergekitFlags {
  bool cuda = false;
  std::optional<int> num_threads;
};

/// A flag of mergekit that asks for what is not done here, and what is done instead.
struct EmptyFlag {
  const char* name;
  bool takes_value;
  const char* reason;
};

constexpr EmptyFlag kEmptyFlags[] = {
    {"--lora-merge-dtype", true, "adapters are folded in float32 and rounded once"},
    {"--load-in-4bit", false, "the base is loaded as it is stored"},
    {"--load-in-8bit", false, "the base is loaded as it is stored"},
    {"--trust-remote-code", false, "no code of a model is ever run"},
    {"--transformers-cache", true, "models are local directories"},
    {"--write-model-card", false, "manifest.json and merge_plan.json say what was merged"},
    {"--no-safe-serialization", false, "weights are always written as safetensors"},
    {"--read-to-gpu", false, "weights are merged on the CPU"},
    {"--gpu-rich", false, "weights are merged on the CPU"},
    {"--multi-gpu", false, "weights are merged on the CPU"}};

/// Those that ask for what happens anyway, or for nothing that shows in the result.
constexpr const char* kHarmlessFlags[] = {"--low-cpu-memory",
                                          "--no-low-cpu-memory",
                                          "--clone-tensors",
                                          "--no-clone-tensors",
                                          "--no-trust-remote-code",
                                          "--lazy-unpickle",
                                          "--no-lazy-unpickle",
                                          "--no-write-model-card",
                                          "--safe-serialization",
                                          "--no-read-to-gpu",
                                          "--no-gpu-rich",
                                          "--no-multi-gpu",
                                          "--no-load-in-4bit",
                                          "--no-load-in-8bit",
                                          "--async-write",
                                          "--no-async-write",
                                          "-v",
                                          "-vv",
                                          "--verbose"};

void accept_mergekit_flags(Command& command, MergekitFlags& flags) {
  command.option("--cuda", flags.cuda, "mergekit's name for --device cuda")
      .option("--num-threads N", flags.num_threads, "mergekit's name for --threads")
      .option("-j N", flags.num_threads, "the same");
  for (const EmptyFlag& flag : kEmptyFlags) command.accepted(flag.name, flag.takes_value);
  for (const char* flag : kHarmlessFlags) command.accepted(flag);
  for (const char* option : {"--lora-merge-cache", "--write-threads"}) command.accepted(option, /*takes_value=*/true);
}

void warn_if_given(const Command& command, const EmptyFlag& flag) {
  if (!command.given(flag.name)) return;
  quartet::base::log_warning(quartet::base::cat(flag.name, " has no effect: ", flag.reason));
}

/// The common flags with mergekit's names for them taken in; one warning for each flag that changes nothing.
CommonFlags take_mergekit_flags(const Command& command, const MergekitFlags& theirs, CommonFlags flags) {
  if (theirs.cuda && !command.given("--device")) flags.device = "cuda";
  if (theirs.num_threads && !command.given("--threads")) flags.threads = *theirs.num_threads;
  for (const EmptyFlag& flag : kEmptyFlags) warn_if_given(command, flag);
  return flags;
}

void add_random_options(Command& command, MergeOptions& options) {
  command.option("--random-seed N", options.random_seed, "mergekit's name for --seed")
      .option("--compat-rng", options.compat_rng, "mergekit's random streams");
  command.refused("--compat-bugs", false);
}

void finish(const quartet::jobs::MergeReport& report, const CommonFlags& flags) {
  std::cout << report.results << std::flush;
  if (!flags.quiet) std::cerr << report.summary;
}

void take_flags(MergeOptions& options, const CommonFlags& flags) {
  options.dry_run = flags.dry_run;
  options.seed = flags.seed;
  options.device = flags.device;
  quartet::tensor::set_num_threads(flags.threads);
  quartet::tensor::keep_freed_memory();
}

}  // namespace

int main(int argc, char** argv) {
  quartet::cli::App app("merge", "Blends models, folds adapters, and builds mixtures of experts.");
  app.set_exception_translator(quartet::tensor::translate_torch_exception);

  quartet::jobs::BlendJob blend;
  MergekitFlags blend_flags;
  Command* blend_words = nullptr;
  auto& blend_command =
      app.subcommand("blend", "mergekit-yaml files: linear, task_arithmetic, ties", [&](const CommonFlags& flags) {
        take_flags(blend.options, take_mergekit_flags(*blend_words, blend_flags, flags));
        finish(quartet::jobs::run_blend(blend), flags);
      });
  blend_command.positional("CONFIG", blend.config, "mergekit YAML")
      .positional("OUT_DIR", blend.options.output, "model directory to write")
      .option("--allow-unknown", blend.allow_unknown, "warn of unknown parameters instead of refusing them")
      .option("--allow-crimes", blend.allow_crimes, "blend models that differ in rope_theta or rms_norm_eps")
      .option("--unsafe-truncate-embeddings", blend.unsafe_truncate_embeddings,
              "cut all vocabularies to the smallest one");
  add_output_options(blend_command, blend.options);
  add_random_options(blend_command, blend.options);
  accept_mergekit_flags(blend_command, blend_flags);
  blend_command.with_device().examples(kBlendExamples);
  blend_words = &blend_command;

  quartet::jobs::MoeJob moe;
  MergekitFlags moe_flags;
  Command* moe_words = nullptr;
  auto& moe_command =
      app.subcommand("moe", "mergekit-moe files: a Mixtral-style mixture of experts", [&](const CommonFlags& flags) {
        take_flags(moe.options, take_mergekit_flags(*moe_words, moe_flags, flags));
        warn_if_given(*moe_words, {"--allow-crimes", false, "experts must be of the base's architecture"});
        finish(quartet::jobs::run_moe(moe), flags);
      });
  moe_command.positional("CONFIG", moe.config, "mergekit-moe YAML")
      .positional("OUT_DIR", moe.options.output, "model directory to write")
      .option("--allow-dropped-deltas", moe.allow_dropped_deltas,
              "build although expert changes outside the MLPs are lost")
      .option("--i-understand-this-is-not-useful-without-training", moe.allow_untrained,
              "allow the same model for all experts");
  add_output_options(moe_command, moe.options);
  add_random_options(moe_command, moe.options);
  accept_mergekit_flags(moe_command, moe_flags);
  moe_words = &moe_command;
  moe_command.refused("--layout", true, {"classic"})
      .refused("--attention", true, {"base"})
      .accepted("--allow-crimes")
      .accepted("--no-allow-crimes")
      .with_device(/*allow_auto=*/true)
      .examples(kMoeExamples);

  quartet::jobs::FoldJob fold;
  auto& fold_command = app.subcommand("fold", "base + LoRA adapter -> dense model", [&](const CommonFlags& flags) {
    take_flags(fold.options, flags);
    finish(quartet::jobs::run_fold(fold), flags);
  });
  fold_command.positional("OUT_DIR", fold.options.output, "model directory to write")
      .option("--base DIR", fold.base, "base model")
      .required()
      .option("--adapter DIR", fold.adapter, "PEFT adapter")
      .required();
  add_output_options(fold_command, fold.options);
  fold_command.with_device().examples(kFoldExamples);

  app.refused_subcommands({"quantize", "report"});
  return app.run(argc, argv);
}
