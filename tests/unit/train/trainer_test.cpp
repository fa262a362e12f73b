#include "quartet/train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/data/dataset.h"
#include "quartet/train/lora_init.h"
#include "quartet/train/loss.h"
#include "support/test_files.h"

namespace quartet::train {
namespace {

const std::vector<data::Sample> kNoSamples;

std::vector<data::Sample> golden_rows() {
  data::DatasetOptions options;
  options.vocab_size = 128;
  return data::read_dataset({{nullptr, testing::golden("training/train.jsonl")}}, options, {}).samples;
}

std::unique_ptr<model::Transformer> golden_model(bool trainable = true) {
  model::LoadOptions options;
  options.trainable = trainable;
  return model::Transformer::load(*checkpoint::CheckpointReader::open(testing::golden("training/base")), options);
}

TrainConfig full_config() {
  TrainConfig config;
  config.method = Method::kFull;
  config.batches.order = data::Order::kSequential;
  config.batches.batch_size = 8;
  config.lr = 2e-3;
  return config;
}

struct Result {
  std::vector<StepMetrics> steps;
  std::map<std::string, at::Tensor> weights;
};

Result run(const TrainConfig& config, const std::vector<data::Sample>& samples) {
  const auto model = golden_model();
  Trainer trainer(*model, config, samples, kNoSamples);
  Result result;
  trainer.run({[&](const StepMetrics& metrics) { result.steps.push_back(metrics); }, {}});
  result.weights = model->weights();
  return result;
}

TEST(Trainer, AccumulationEqualsOneBigBatch) {
  const auto samples = golden_rows();
  TrainConfig config = full_config();
  config.max_steps = 6;
  config.micro_batches.size = 8;
  const Result whole = run(config, samples);
  for (const std::int64_t size : {1, 3}) {
    config.micro_batches.size = size;
    const Result parts = run(config, samples);
    for (std::size_t i = 0; i < whole.steps.size(); ++i) {
      EXPECT_NEAR(parts.steps[i].loss, whole.steps[i].loss, 1e-5) << "micro-batch " << size << ", step " << i;
      EXPECT_NEAR(parts.steps[i].grad_norm, whole.steps[i].grad_norm, 1e-4);
    }
  }
}

TEST(Trainer, TheSameSeedGivesTheSameBits) {
  const auto samples = golden_rows();
  TrainConfig config = full_config();
  config.batches.order = data::Order::kShuffled;
  config.max_steps = 4;
  const Result first = run(config, samples), second = run(config, samples);
  for (const auto& [name, weight] : first.weights) EXPECT_TRUE(at::equal(weight, second.weights.at(name))) << name;
  config.batches.seed = 1;
  EXPECT_NE(run(config, samples).steps[0].loss, first.steps[0].loss);
}

TEST(Trainer, ALossThatCannotFallIsNoSuccess) {
  TrainConfig config = full_config();
  config.max_steps = 20;
  config.lr = 1e-30;
  EXPECT_THROW(run(config, golden_rows()), NumericError);
}

TEST(Trainer, ANanWeightStopsTheFirstStep) {
  const auto model = golden_model();
  {
    const at::NoGradGuard no_grad;
    model->weights().at("model.norm.weight").fill_(std::nan(""));
  }
  const TrainConfig config = full_config();
  const auto samples = golden_rows();
  Trainer trainer(*model, config, samples, kNoSamples);
  EXPECT_THROW(trainer.run({[](const StepMetrics&) {}, {}}), NumericError);
}

TEST(Trainer, TheLanguageHeadReportsItsLossAndNeedsLanguages) {
  auto samples = golden_rows();
  TrainConfig config = full_config();
  config.max_steps = 3;
  config.language_head_weight = 0.1;
  EXPECT_THROW(run(config, samples), DataError);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].language = base::find_language(i % 2 == 0 ? "python" : "java");
  }
  const Result result = run(config, samples);
  EXPECT_NEAR(result.steps[0].language_loss.value(), std::log(2.0), 1e-5);
  EXPECT_LE(result.steps[2].language_accuracy.value(), 1);
}

/// One step that trains a new adapter on these modules, of the last layer only if asked.
StepMetrics adapter_step(const std::vector<std::string>& modules, bool last_layer_only, double language_head_weight) {
  LoraOptions options;
  options.rank = 2;
  options.target_modules = modules;
  const auto model = golden_model(/*trainable=*/false);
  checkpoint::AdapterFile adapter = init_adapter(model->config(), options, "base", 0);
  const std::string last = base::cat("layers.", model->config().num_hidden_layers - 1, ".");
  if (last_layer_only) {
    std::erase_if(adapter.pairs, [&](const auto& pair) { return pair.first.find(last) == std::string::npos; });
    adapter.settings.target_modules.clear();
    for (const auto& [name, pair] : adapter.pairs) {
      adapter.settings.target_modules.emplace_back(arch::module_of(name));
    }
  }
  model->attach_adapter(adapter, /*trainable=*/true);
  auto samples = golden_rows();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].language = base::find_language(i % 2 == 0 ? "python" : "java");
  }
  TrainConfig config = full_config();
  config.method = Method::kLora;
  config.max_steps = 4;
  config.language_head_weight = language_head_weight;
  Trainer trainer(*model, config, samples, kNoSamples);
  StepMetrics last_step;
  trainer.run({[&](const StepMetrics& metrics) { last_step = metrics; }, {}});
  return last_step;
}

TEST(Trainer, AdaptersMaySitAnywhere) {
  for (const double language_head_weight : {0.0, 0.1}) {
    EXPECT_GT(adapter_step({"lm_head"}, false, language_head_weight).grad_norm, 0);
    EXPECT_GT(adapter_step({"lm_head", "q_proj"}, false, language_head_weight).grad_norm, 0);
    EXPECT_GT(adapter_step({"down_proj"}, true, language_head_weight).grad_norm, 0);
    EXPECT_GT(adapter_step({"o_proj"}, true, language_head_weight).grad_norm, 0);
  }
}

TEST(AnswerLoss, MeasuresOnlyTrainedPositions) {
  const auto model = golden_model();
  const std::vector<data::Sample> samples = {{{1, 9, 8, 2}, {0, 0, 1, 1}, nullptr}};
  const data::Batch batch = data::collate(samples, {0}, at::kCPU);
  const at::Tensor hidden = model->forward(batch.ids);  // [1, 4, D]
  const LossSum loss = answer_loss(*model, hidden, batch);
  const at::Tensor log_probs = at::log_softmax(model->logits(hidden)[0].detach(), -1);  // [4, V]
  EXPECT_EQ(loss.num_tokens, 2);
  EXPECT_NEAR(loss.nats, -(log_probs[1][8] + log_probs[2][2]).item<double>(), 1e-5);
}

}  // namespace
}  // namespace quartet::train
