// What a checkpoint reaches on this machine, beside what the machine allows.
//
// usage: model_bench MODEL_DIR [--threads N] [--dtype float32|bfloat16|float16] [--repeats R] [--train]
// One JSON object a line: median of wall time, and CPU time, which other programs on the machine disturb less.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

#include "quartet/arch/tensor_spec.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/kernels/kernels.h"
#include "quartet/model/transformer.h"
#include "quartet/tensor/device.h"
#include "quartet/tensor/dtype.h"

namespace quartet {
namespace {

struct Seconds {
  double wall;
  double cpu;
};

Seconds median_of(int repeats, const std::function<void()>& work) {
  work();
  std::vector<double> wall;
  std::vector<double> cpu;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::clock_t cpu_start = std::clock();
    work();
    wall.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    cpu.push_back(static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC);
  }
  std::sort(wall.begin(), wall.end());
  std::sort(cpu.begin(), cpu.end());
  return {wall[wall.size() / 2], cpu[cpu.size() / 2]};
}

void print_limits(int repeats) {
  const auto block = at::ones({std::int64_t{1} << 28});  // 1 GiB
  float sink = 0;
  const Seconds read = median_of(repeats, [&] { sink += block.sum().item<float>(); });
  const double gigabytes = static_cast<double>(block.nbytes()) / 1e9;
  std::printf("{\"case\": \"limit_read\", \"GB/s\": %.1f, \"GB_per_cpu_s\": %.1f, \"check\": %g}\n",
              gigabytes / read.wall, gigabytes / read.cpu, static_cast<double>(sink));
  const auto a = at::randn({1024, 1024});
  const auto b = at::randn({1024, 1024});
  const Seconds product = median_of(repeats, [&] { at::mm(a, b); });
  const double gflop = 2.0 * 1024 * 1024 * 1024 / 1e9;
  std::printf("{\"case\": \"limit_gemm_float32\", \"GFLOP/s\": %.1f, \"GFLOP_per_cpu_s\": %.1f}\n",
              gflop / product.wall, gflop / product.cpu);
}

/// FLOP of one token's matrix products without the head.
double layer_flop(const model::Transformer& model) {
  const auto& c = model.config();
  const double attention = static_cast<double>(c.hidden_size * c.head_dim) *
                           static_cast<double>(2 * c.num_attention_heads + 2 * c.num_key_value_heads);
  const double mlp = static_cast<double>(3 * c.hidden_size * c.intermediate_size) *
                     static_cast<double>(std::max<std::int64_t>(1, c.num_experts_per_tok));
  return 2 * static_cast<double>(c.num_hidden_layers) * (attention + mlp);
}

void bench_prefill(const model::Transformer& model, std::int64_t tokens, int repeats) {
  model::KvCache cache(model.config(), 1, tokens, model.cache_dtype(), model.device());
  const auto ids = at::randint(3, model.config().vocab_size, {tokens}, at::TensorOptions().dtype(at::kLong));
  const Seconds time = median_of(repeats, [&] {
    cache.reset(0);
    const auto hidden = model.prefill(ids, cache, 0);
    model.logits(hidden.narrow(0, tokens - 1, 1));
  });
  const auto count = static_cast<double>(tokens);
  std::printf(
      "{\"case\": \"prefill_%d\", \"tokens/s\": %.1f, \"tokens_per_cpu_s\": %.1f, \"GFLOP/s\": %.1f, "
      "\"GFLOP_per_cpu_s\": %.1f}\n",
      static_cast<int>(tokens), count / time.wall, count / time.cpu, count * layer_flop(model) / 1e9 / time.wall,
      count * layer_flop(model) / 1e9 / time.cpu);
}

void bench_decode(const model::Transformer& model, std::int64_t batch, int repeats) {
  constexpr std::int64_t kPrompt = 64;
  constexpr std::int64_t kSteps = 16;
  model::KvCache cache(model.config(), batch, kPrompt + kSteps * (repeats + 1), model.cache_dtype(), model.device());
  std::vector<std::int64_t> slots;
  for (std::int64_t slot = 0; slot < batch; ++slot) {
    model.prefill(at::full({kPrompt}, 5, at::kLong), cache, slot);
    slots.push_back(slot);
  }
  auto next = at::full({batch}, 5, at::kLong);
  const Seconds time = median_of(repeats, [&] {
    for (std::int64_t step = 0; step < kSteps; ++step) next = model.logits(model.decode(next, cache, slots)).argmax(-1);
  });
  const auto tokens = static_cast<double>(batch * kSteps);
  const double gigabytes = static_cast<double>(model.weight_bytes_per_token()) * kSteps / 1e9;
  std::printf(
      "{\"case\": \"decode_batch_%d\", \"tokens/s\": %.1f, \"tokens_per_cpu_s\": %.1f, \"weights_GB/s\": %.1f}\n",
      static_cast<int>(batch), tokens / time.wall, tokens / time.cpu, gigabytes / time.wall);
}

/// One step of LoRA training without the optimizer: rank 16 on every linear layer but the head, rows of 512 tokens.
void bench_lora_step(model::Transformer& model, std::int64_t batch, int repeats) {
  constexpr std::int64_t kTokens = 512;
  constexpr std::int64_t kRank = 16;
  checkpoint::AdapterFile adapter;
  double linear_weights = 0;
  for (const auto& spec : arch::tensor_specs(model.config())) {
    if (spec.shape.size() != 2 || spec.role == arch::TensorRole::kEmbedding) continue;
    linear_weights += static_cast<double>(spec.shape[0] * spec.shape[1]);
    if (spec.role == arch::TensorRole::kHead || spec.role == arch::TensorRole::kRouter) continue;
    adapter.pairs[spec.name] = {at::randn({kRank, spec.shape[1]}) * 0.01, at::zeros({spec.shape[0], kRank}), 2.0};
  }
  model.attach_adapter(adapter, /*trainable=*/true);
  const at::AutoGradMode with_gradients(true);
  const auto ids = at::randint(3, model.config().vocab_size, {batch, kTokens}, at::TensorOptions().dtype(at::kLong));
  const Seconds time = median_of(repeats, [&] {
    const auto logits = model.logits(model.forward(ids)).flatten(0, 1);  // [B * T, V]
    at::cross_entropy_loss(logits, ids.flatten()).backward();
  });
  const auto tokens = static_cast<double>(batch * kTokens);
  const double gflop = 4 * linear_weights * tokens / 1e9;  // forward and the gradient of the activations
  std::printf(
      "{\"case\": \"lora_step_batch_%d\", \"tokens/s\": %.1f, \"tokens_per_cpu_s\": %.1f, "
      "\"useful_GFLOP/s\": %.1f, \"useful_GFLOP_per_cpu_s\": %.1f}\n",
      static_cast<int>(batch), tokens / time.wall, tokens / time.cpu, gflop / time.wall, gflop / time.cpu);
}

int run(const std::vector<std::string>& arguments) {
  int threads = 2;
  int repeats = 5;
  model::LoadOptions options;
  const bool train = std::find(arguments.begin(), arguments.end(), "--train") != arguments.end();
  for (std::size_t i = 1; i + 1 < arguments.size(); i += 2) {
    if (arguments[i] == "--threads") threads = std::stoi(arguments[i + 1]);
    if (arguments[i] == "--repeats") repeats = std::stoi(arguments[i + 1]);
    if (arguments[i] == "--dtype") options.dtype = tensor::parse_float_dtype(arguments[i + 1], "--dtype");
  }
  tensor::set_num_threads(threads);
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const at::NoGradGuard no_grad;
  std::printf("{\"case\": \"machine\", \"threads\": %d, \"kernels\": \"%s\"}\n", threads, kernels::kernels().name);
  print_limits(repeats);
  const auto model = model::Transformer::load(*checkpoint::CheckpointReader::open(arguments[0]), options);
  for (const std::int64_t tokens : {128, 512}) bench_prefill(*model, tokens, repeats);
  for (const std::int64_t batch : {1, 8, 32}) bench_decode(*model, batch, repeats);
  const auto peak = static_cast<double>(tensor::peak_memory_bytes(at::kCPU));
  std::printf("{\"case\": \"peak_memory\", \"GB\": %.2f}\n", peak / 1e9);
  if (train) bench_lora_step(*model, 1, repeats);
  return 0;
}

}  // namespace
}  // namespace quartet

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: model_bench MODEL_DIR [--threads N] [--dtype TYPE] [--repeats R] [--train]\n");
    return 2;
  }
  return quartet::run({argv + 1, argv + argc});
}
