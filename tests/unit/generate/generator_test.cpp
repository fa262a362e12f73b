#include "quartet/generate/generator.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>
#include <cstdlib>

#include "quartet/base/error.h"
#include "quartet/base/signals.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/checkpoint/safetensors_reader.h"
#include "quartet/generate/scorer.h"
#include "support/test_files.h"

namespace quartet::generate {
namespace {

std::unique_ptr<model::Transformer> load(const std::string& name) {
  model::LoadOptions options;
  options.dtype = at::kFloat;
  return model::Transformer::load(*checkpoint::CheckpointReader::open(quartet::testing::golden("models") / name),
                                  options);
}

std::vector<std::int64_t> golden_ids(const std::string& model, const std::string& tensor) {
  const auto file =
      checkpoint::SafetensorsFile::open(quartet::testing::golden("models") / model / "golden.safetensors");
  const auto ids = file->tensor(tensor).contiguous();
  return {ids.const_data_ptr<std::int64_t>(), ids.const_data_ptr<std::int64_t>() + ids.numel()};
}

std::vector<Request> golden_requests(const std::string& model) {
  std::vector<Request> requests;
  for (std::uint64_t i = 0; i < 3; ++i) {
    requests.push_back({golden_ids(model, "prompt." + std::to_string(i) + ".input_ids"), i, 0});
  }
  return requests;
}

GeneratorOptions options_for(std::int64_t batch_size, std::int64_t max_new_tokens = 64) {
  GeneratorOptions options;
  options.batch_size = batch_size;
  options.max_new_tokens = max_new_tokens;
  options.ignore_eos = true;
  return options;
}

class GoldenModel : public ::testing::TestWithParam<const char*> {
  const c10::InferenceMode no_autograd_;
};

TEST_P(GoldenModel, GreedyAnswersEqualTransformers) {
  const auto model = load(GetParam());
  const auto requests = golden_requests(GetParam());
  const auto answers = Generator(*model, nullptr, options_for(2)).run(requests, {});
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_EQ(answers[i].token_ids, golden_ids(GetParam(), "prompt." + std::to_string(i) + ".greedy"))
        << "prompt " << i;
    EXPECT_EQ(answers[i].stop_reason, StopReason::kLength);
  }
}

TEST_P(GoldenModel, SampledAnswersDoNotDependOnTheBatch) {
  const auto model = load(GetParam());
  std::vector<Request> requests;
  for (const auto& request : golden_requests(GetParam())) {
    for (std::int64_t sample = 0; sample < 3; ++sample) requests.push_back({request.prompt_ids, request.index, sample});
  }
  auto options = options_for(1, 24);
  options.sampling.temperature = 0.8;
  options.sampling.top_p = 0.95;
  options.seed = 11;
  const auto alone = Generator(*model, nullptr, options).run(requests, {});
  options.batch_size = 5;
  const auto together = Generator(*model, nullptr, options).run(requests, {});
  ASSERT_EQ(alone.size(), together.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(alone[i].token_ids, together[i].token_ids) << "request " << i;
    EXPECT_EQ(alone[i].logprobs_nats, together[i].logprobs_nats) << "request " << i;  // bit for bit
  }
  EXPECT_NE(alone[0].token_ids, alone[1].token_ids) << "two samples of a prompt should differ";
}

TEST_P(GoldenModel, ScoringAnAnswerGivesItsLogprobs) {
  const auto model = load(GetParam());
  const auto requests = golden_requests(GetParam());
  const auto answers = Generator(*model, nullptr, options_for(3, 20)).run(requests, {});
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto scored = score_completion(*model, requests[i].prompt_ids, answers[i].token_ids);
    ASSERT_EQ(scored.size(), answers[i].logprobs_nats.size());
    for (std::size_t t = 0; t < scored.size(); ++t) EXPECT_NEAR(scored[t], answers[i].logprobs_nats[t], 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenModel,
                         ::testing::Values("mistral_gqa2", "mistral_mqa", "mistral_window8", "mistral_head_dim",
                                           "mistral_tied", "mistral_sharded", "mistral_native", "mistral_bfloat16",
                                           "mixtral_e4k2", "mixtral_e3k1", "mixtral_e8k2", "mixtral_e4k2_fused",
                                           "mixtral_e4k2_native"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Generator, PromptLogitsEqualTransformers) {
  const c10::InferenceMode no_autograd;
  const auto model = load("mistral_window8");
  const auto file =
      checkpoint::SafetensorsFile::open(quartet::testing::golden("models/mistral_window8/golden.safetensors"));
  Callbacks callbacks;
  int seen = 0;
  callbacks.prompt_logits = [&](std::size_t request, const at::Tensor& logits) {
    const auto expected = file->tensor("prompt." + std::to_string(request) + ".logits");
    ASSERT_EQ(logits.sizes(), expected.sizes());
    EXPECT_LE((logits - expected).abs().max().item<float>(), 1e-5 * expected.abs().max().item<float>());
    ++seen;
  };
  Generator(*model, nullptr, options_for(0, 1)).run(golden_requests("mistral_window8"), callbacks);
  EXPECT_EQ(seen, 3);
}

TEST(Generator, EosEndsAnAnswerAndIsCounted) {
  const c10::InferenceMode no_autograd;
  const auto model = load("mistral_gqa2");
  const auto requests = golden_requests("mistral_gqa2");
  auto options = options_for(4, 200);
  options.ignore_eos = false;
  options.sampling.temperature = 3;  // hot enough to meet EOS
  int ended = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    options.seed = seed;
    for (const auto& answer : Generator(*model, nullptr, options).run(requests, {})) {
      ASSERT_EQ(answer.token_ids.size(), answer.logprobs_nats.size());
      if (answer.stop_reason != StopReason::kEos) continue;
      ++ended;
      EXPECT_EQ(answer.token_ids.back(), 2);
    }
  }
  EXPECT_GT(ended, 0);
}

TEST(Generator, OneExpertPerAnswerEqualsForcingIt) {
  const c10::InferenceMode no_autograd;
  const auto model = load("mixtral_e4k2");
  const auto requests = golden_requests("mixtral_e4k2");
  auto options = options_for(2, 12);
  options.routing = Routing::kAnswer;
  std::vector<std::int64_t> chosen(requests.size(), -1);
  Callbacks callbacks;
  callbacks.routing = [&](const RoutingRow& row) {
    ASSERT_EQ(row.weights.front(), 1.0f);
    if (chosen[row.request] < 0) chosen[row.request] = row.experts.front();
    EXPECT_EQ(row.experts.front(), chosen[row.request]);
  };
  const auto sticky = Generator(*model, nullptr, options).run(requests, callbacks);
  options.routing = Routing::kToken;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    model->force_expert(chosen[i]);
    const auto forced = Generator(*model, nullptr, options).run({requests[i]}, {});
    EXPECT_EQ(forced[0].token_ids, sticky[i].token_ids);
  }
}

TEST(Generator, RoutingTraceCoversEveryTokenOfEveryLayerOnce) {
  const c10::InferenceMode no_autograd;
  const auto model = load("mixtral_e4k2");
  const auto requests = golden_requests("mixtral_e4k2");
  std::map<std::tuple<std::size_t, std::int64_t, std::int64_t>, int> seen;
  Callbacks callbacks;
  callbacks.routing = [&](const RoutingRow& row) {
    ++seen[{row.request, row.layer, row.position}];
    EXPECT_EQ(row.experts.size(), 2u);
    EXPECT_NEAR(row.weights[0] + row.weights[1], 1, 1e-5);
  };
  Generator(*model, nullptr, options_for(2, 4)).run(requests, callbacks);
  std::size_t expected = 0;  // the last token of an answer is never fed back
  for (const auto& request : requests) expected += (request.prompt_ids.size() + 4 - 1) * 2;
  EXPECT_EQ(seen.size(), expected);
  for (const auto& [key, count] : seen) EXPECT_EQ(count, 1);
}

TEST(Generator, APromptThatFillsTheContextIsRefused) {
  const c10::InferenceMode no_autograd;
  const auto model = load("mistral_gqa2");
  const std::vector<std::int64_t> ids(model->config().max_position_embeddings, 5);
  EXPECT_THROW(Generator(*model, nullptr, options_for(1)).run({{ids, 0, 0}}, {}), DataError);
  EXPECT_THROW(Generator(*model, nullptr, options_for(1)).run({{{}, 0, 0}}, {}), DataError);
}

TEST(Generator, TheLongestAnswerIsWhatTheContextHolds) {
  const c10::InferenceMode no_autograd;
  const auto model = load("mistral_gqa2");
  const std::vector<std::int64_t> ids(model->config().max_position_embeddings - 3, 5);
  const auto answers = Generator(*model, nullptr, options_for(1, INT64_MAX)).run({{ids, 0, 0}}, {});
  EXPECT_EQ(answers.at(0).token_ids.size(), 3u);
  EXPECT_EQ(answers[0].stop_reason, StopReason::kLength);
}

// Runs in a process of its own: the request to stop stays.
int code_after_stopping(const std::function<void()>& work) {
  base::install_stop_handlers();
  try {
    work();
  } catch (const Stopped& stopped) {
    return stopped.signal();
  }
  return 0;
}

TEST(GeneratorDeathTest, StopsBetweenPromptsWhoseAnswersEndAtOnce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto work = [] {
    const c10::InferenceMode no_autograd;
    const auto model = load("mistral_gqa2");
    Callbacks callbacks;
    callbacks.done = [](std::size_t request, const Answer&) {
      if (request == 0) std::raise(SIGTERM);
    };
    Generator(*model, nullptr, options_for(1, 1)).run(golden_requests("mistral_gqa2"), callbacks);
  };
  EXPECT_EXIT(std::_Exit(code_after_stopping(work)), ::testing::ExitedWithCode(SIGTERM), "");
}

TEST(GeneratorDeathTest, StopsScoring) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto work = [] {
    const c10::InferenceMode no_autograd;
    const auto model = load("mistral_gqa2");
    std::raise(SIGTERM);
    score_completion(*model, {1, 5}, {7});
  };
  EXPECT_EXIT(std::_Exit(code_after_stopping(work)), ::testing::ExitedWithCode(SIGTERM), "");
}

}  // namespace
}  // namespace quartet::generate
