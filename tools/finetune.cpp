#include "common/cli_app.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/jobs/finetune/finetune_job.h"
#include "quartet/tensor/device.h"

namespace {

using quartet::jobs::FinetuneConfig;

constexpr const char* kExamples =
    R"(  finetune --base experiments/tiny/base --data python=experiments/tiny/data/train/python.jsonl --output runs/lora \
    --target-modules gate_proj,up_proj,down_proj --batch-tokens 1024 --max-steps 60 --lr 0.008
  finetune --base experiments/tiny/base --data java=experiments/tiny/data/train/java.jsonl --output runs/dense \
    --method full --batch-size 16 --max-steps 40 --eval-fraction 0.05 --eval-every 20
  finetune --config configs/pipeline/tiny/finetune/unified.yaml --output runs/unified --dry-run)";

/// Options whose text has a meaning of its own.
struct Texts {
  std::string method = "lora";
  std::string target_modules = "all-linear";
  std::string micro_batch = "auto";
  std::string order = "shuffled";
  std::string schedule = "linear";
};

void add_model_options(quartet::cli::Command& command, FinetuneConfig& config, Texts& texts) {
  command.option("--base DIR", config.base, "model directory")
      .option("--method NAME", texts.method, "what is trained: lora or full")
      .option("--rank", config.lora.rank, "LoRA rank")
      .option("--alpha", config.lora.alpha, "LoRA alpha (default: 2 x rank)")
      .option("--target-modules LIST", texts.target_modules,
              "adapted linear layers, a,b,… or all-linear (all but the head)")
      .option("--rslora", config.lora.use_rslora, "scale by alpha / sqrt(rank)")
      .option("--init-adapter DIR", config.init_adapter,
              "start from this PEFT adapter; its rank, alpha and targets hold")
      .option("--save-dtype NAME", config.save_dtype, "how a full model is stored (default: as the base)")
      .choices({"float32", "bfloat16", "float16"})
      .refused("--dropout", true, {"0", "0.0"})
      .refused("--quant", true, {"none"})
      .refused("--double-quant", true);
}

void add_data_options(quartet::cli::Command& command, FinetuneConfig& config, Texts& texts) {
  command.option("--data PATH", config.data, "[LANG=]PATH of a JSONL file")
      .option("--language NAME", config.language, "train on this language only; the language of rows that name none")
      .option("--template NAME", config.template_name, "how text and code become a prompt and an answer")
      .choices({"none", "study", "plain", "mistral-v1", "mistral-v2", "mistral-v3"})
      .option("--train-on-prompt", config.train_on_prompt, "loss on the prompt too")
      .option("--detok NAME", config.detok, "xlcost: turns the rows' code from XLCoST tokens into source text")
      .choices({"xlcost", "none"})
      .option("--max-length", config.max_length, "longest row in tokens, longer ones are cut (default: 1024)")
      .option("--order NAME", texts.order, "order of the rows")
      .choices({"shuffled", "sequential", "length"})
      .option("--eval-data PATH", config.eval_data, "[LANG=]PATH of held-out rows")
      .option("--eval-fraction", config.eval_fraction, "or: share of the data that is held out")
      .option("--eval-every", config.train.eval_every, "steps between held-out losses, 0 = first and last only")
      .refused("--packing", true, {"false"})
      .refused("--filter", true, {"none"});
}

void add_training_options(quartet::cli::Command& command, FinetuneConfig& config, Texts& texts) {
  quartet::train::TrainConfig& train = config.train;
  command.option("--output DIR", config.output, "directory of the run, absent or empty")
      .option("--overwrite", config.overwrite, "replace an earlier run in the output directory")
      .option("--epochs", train.epochs, "passes over the data")
      .option("--max-steps", train.max_steps, "optimizer steps, instead of epochs")
      .option("--batch-size", train.batches.batch_size, "sequences a step")
      .option("--batch-tokens", train.batches.batch_tokens, "instead: tokens a step, in whole rows")
      .option("--micro-batch N|auto", texts.micro_batch, "sequences a forward pass, or auto")
      .option("--lr", train.lr, "peak learning rate (default: 0.0002, full 0.001)")
      .option("--schedule NAME", texts.schedule, "shape of the learning rate")
      .choices({"linear", "cosine", "constant", "wsd"})
      .option("--final-lr-ratio", train.final_lr_ratio, "last learning rate / peak")
      .option("--stable-fraction", train.stable_fraction, "wsd: share of the steps before the decay")
      .option("--warmup-steps", train.warmup_steps, "steps to the peak (default: by --warmup-ratio)")
      .option("--warmup-ratio", train.warmup_ratio, "the same as a share of all steps")
      .option("--weight-decay", train.adamw.weight_decay, "decoupled; norm weights are spared")
      .option("--adam-beta1", train.adamw.beta1, "AdamW's decay of the mean")
      .option("--adam-beta2", train.adamw.beta2, "AdamW's decay of the square")
      .option("--adam-eps", train.adamw.eps, "AdamW's epsilon")
      .option("--max-grad-norm", train.max_grad_norm, "gradients are scaled down to this norm, 0 = off")
      .option("--language-head", train.language_head_weight,
              "loss weight of a linear language classifier on every layer's router input, while training only")
      .refused("--optimizer", true, {"adamw"})
      .refused("--compute-dtype", true, {"float32"})
      .refused("--save-every", true, {"0"})
      .refused("--keep-last", true)
      .refused("--resume", true)
      .refused("--preflight", false);
}

/// A count, or "auto". Throws: ConfigError.
std::optional<std::int64_t> parse_micro_batch(const std::string& text) {
  if (text == "auto") return std::nullopt;
  const bool digits = !text.empty() && text.size() < 10 && text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits)
    throw quartet::ConfigError(quartet::base::cat("micro-batch: got '", text, "', expected a count or auto"));
  return std::stoll(text);
}

/// `target` = `parse`(`text`), or a problem of the config.
template <class Target, class Parse>
void resolve(const std::string& text, Parse parse, Target& target, FinetuneConfig& config) {
  try {
    target = parse(text);
  } catch (const quartet::ConfigError& error) {
    config.problems.insert(config.problems.end(), error.problems().begin(), error.problems().end());
  }
}

void resolve_texts(const Texts& texts, FinetuneConfig& config) {
  quartet::train::TrainConfig& train = config.train;
  resolve(texts.method, quartet::train::parse_method, train.method, config);
  resolve(texts.schedule, quartet::train::parse_schedule_shape, train.schedule, config);
  resolve(texts.order, quartet::data::parse_order, train.batches.order, config);
  resolve(texts.micro_batch, parse_micro_batch, train.micro_batches.size, config);
  if (texts.target_modules != "all-linear") {
    config.lora.target_modules = quartet::base::split(texts.target_modules, ',');
  }
}

/// --batch-size and --batch-tokens exclude each other; a flag beats the other one in a config.
void choose_batch_size(const quartet::cli::Command& command, FinetuneConfig& config) {
  if (!command.given("--batch-size") || !command.given("--batch-tokens")) return;
  const bool size_is_flag = command.given_as_flag("--batch-size");
  if (size_is_flag == command.given_as_flag("--batch-tokens")) {
    config.problems.emplace_back("batch-size and batch-tokens: both given, expected one of them");
  } else if (size_is_flag) {
    config.train.batches.batch_tokens.reset();
  }
}

}  // namespace

int main(int argc, char** argv) {
  FinetuneConfig config;
  Texts texts;
  quartet::cli::App app("finetune",
                        "Trains a LoRA adapter, or all weights, of a Mistral or Mixtral model on text-to-code rows.");
  app.set_exception_translator(quartet::tensor::translate_torch_exception);
  quartet::cli::Command& command = app.main();
  add_model_options(command, config, texts);
  add_data_options(command, config, texts);
  add_training_options(command, config, texts);
  command.with_device().with_dry_run().examples(kExamples);
  app.set_run([&](const quartet::cli::CommonFlags& flags) {
    resolve_texts(texts, config);
    choose_batch_size(command, config);
    config.device = flags.device;
    config.threads = flags.threads;
    config.seed = flags.seed;
    config.train.batches.seed = flags.seed;
    config.dry_run = flags.dry_run;
    config.options = command.resolved();
    quartet::jobs::run_finetune(config);
  });
  return app.run(argc, argv);
}
