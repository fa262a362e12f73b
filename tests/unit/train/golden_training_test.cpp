#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "quartet/data/dataset.h"
#include "quartet/train/lora_init.h"
#include "quartet/train/trainer.h"
#include "support/test_files.h"

namespace quartet::train {
namespace {

using nlohmann::json;

/// How far a curve may lie from that of transformers + peft.
constexpr double kLossTolerance = 1e-4;
/// Live and folded logits of peft itself differ by 4e-5 at +-10.
constexpr double kLogitTolerance = 1e-4;

constexpr std::int64_t kMaxLength = 256;
constexpr std::int64_t kVocabSize = 128;
constexpr std::uint64_t kPeerSeed = 11;

std::filesystem::path folder(const std::string& name) {
  return testing::golden("training") / name;
}

json read_json(const std::filesystem::path& path) {
  return json::parse(testing::read_bytes(path));
}

std::vector<data::Sample> read_rows(const std::string& name) {
  data::DatasetOptions options;
  options.vocab_size = kVocabSize;
  options.max_length_tokens = kMaxLength;
  return data::read_dataset({{nullptr, folder(name)}}, options, {}).samples;
}

TrainConfig config_of(const json& run) {
  TrainConfig config;
  config.method = parse_method(run.at("method").get<std::string>());
  config.batches.order = data::Order::kSequential;
  config.batches.batch_size = run.at("batch_size");
  config.micro_batches.size = run.at("micro_batch");
  config.max_steps = run.at("max_steps");
  config.lr = run.at("lr");
  config.schedule = parse_schedule_shape(run.at("schedule").get<std::string>());
  config.warmup_steps = run.at("warmup_steps");
  config.max_grad_norm = run.at("max_grad_norm");
  config.adamw = {run.at("adam_beta1"), run.at("adam_beta2"), run.at("adam_eps"), run.at("weight_decay")};
  return config;
}

std::unique_ptr<model::Transformer> load_model(const json& run, const std::string& name) {
  model::LoadOptions options;
  options.trainable = run.at("method") == "full";
  options.dtype = at::kFloat;
  auto model =
      model::Transformer::load(*checkpoint::CheckpointReader::open(folder(run.at("base").get<std::string>())), options);
  if (!options.trainable) {
    model->attach_adapter(checkpoint::AdapterFile::read(folder(name) / "initial_adapter"), /*trainable=*/true);
  }
  return model;
}

double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

at::Tensor logits_of(const model::Transformer& model, const at::Tensor& ids) {
  const at::NoGradGuard no_grad;
  return model.logits(model.forward(ids.unsqueeze(0)))[0];  // [T, V]
}

class GoldenTraining : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenTraining, FollowsTransformersAndPeftStepByStep) {
  const std::string name = GetParam();
  const json run = read_json(folder(name) / "run.json");
  const json eval = read_json(folder(name) / "eval.json");
  const auto golden = checkpoint::SafetensorsFile::open(folder(name) / "golden.safetensors");
  const auto rows = read_rows("train.jsonl"), held_out = read_rows("eval.jsonl");
  const auto model = load_model(run, name);
  const TrainConfig config = config_of(run);
  const at::Tensor prompt = golden->tensor("prompt.input_ids");
  EXPECT_LT(max_difference(logits_of(*model, prompt), golden->tensor("logits.initial")), kLogitTolerance);

  Trainer trainer(*model, config, rows, held_out);
  base::JsonlReader expected(folder(name) / "metrics.jsonl");
  std::vector<double> eval_losses;
  double worst = 0;
  TrainObservers observers;
  observers.on_step = [&](const StepMetrics& metrics) {
    const json row = expected.next().value();
    worst = std::max(worst, std::abs(metrics.loss - row.at("loss").get<double>()));
    EXPECT_EQ(metrics.step, row.at("step"));
    EXPECT_NEAR(metrics.loss, row.at("loss"), kLossTolerance) << "step " << metrics.step;
    EXPECT_NEAR(metrics.lr, row.at("lr"), 1e-12) << "step " << metrics.step;
    EXPECT_NEAR(metrics.grad_norm, row.at("grad_norm"), 1e-4 * (1 + row.at("grad_norm").get<double>()));
    EXPECT_EQ(metrics.tokens, row.at("tokens"));
    EXPECT_EQ(metrics.trained_tokens, row.at("trained_tokens"));
  };
  observers.on_eval = [&](std::int64_t, double loss) { eval_losses.push_back(loss); };
  trainer.run(observers);
  RecordProperty("largest_loss_difference", std::to_string(worst));

  EXPECT_FALSE(expected.next().has_value());
  ASSERT_EQ(eval_losses.size(), 2U);
  EXPECT_NEAR(eval_losses[0], eval.at("initial_loss"), kLossTolerance);
  EXPECT_NEAR(eval_losses[1], eval.at("final_loss"), kLossTolerance);
  const char* final_logits = config.method == Method::kFull ? "logits.final" : "logits.live";
  EXPECT_LT(max_difference(logits_of(*model, prompt), golden->tensor(final_logits)), kLogitTolerance);
}

INSTANTIATE_TEST_SUITE_P(Runs, GoldenTraining,
                         ::testing::Values("full", "full_decay", "full_tied", "lora", "lora_decay", "lora_cosine_qv",
                                           "lora_one_micro_batch"),
                         [](const auto& test) { return std::string(test.param); });

TEST(InitAdapter, DrawsWhatPeftDraws) {
  const json run = read_json(folder("lora/run.json"));
  LoraOptions options;
  options.rank = run.at("rank");
  options.alpha = run.at("alpha");
  const auto base = checkpoint::CheckpointReader::open(folder("base"));
  const auto ours = init_adapter(base->config(), options, "base", kPeerSeed);
  const auto theirs = checkpoint::AdapterFile::read(folder("lora/initial_adapter"));
  ASSERT_EQ(ours.pairs.size(), theirs.pairs.size());
  for (const auto& [name, pair] : theirs.pairs) {
    EXPECT_TRUE(at::equal(ours.pairs.at(name).a, pair.a)) << name;
    EXPECT_TRUE(at::equal(ours.pairs.at(name).b, pair.b)) << name;
    EXPECT_EQ(ours.pairs.at(name).scaling, pair.scaling);
  }
}

}  // namespace
}  // namespace quartet::train
