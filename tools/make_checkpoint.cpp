// Writes a checkpoint of random weights for any config.json, tensor by tensor in chunks: models of real size can be
// loaded, run and measured on any machine.

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/cli_app.h"
#include "quartet/arch/model_config.h"
#include "quartet/arch/tensor_spec.h"
#include "quartet/base/atomic_file.h"
#include "quartet/base/config_reader.h"
#include "quartet/base/error.h"
#include "quartet/base/progress.h"
#include "quartet/base/rng.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/checkpoint/companion_files.h"
#include "quartet/tensor/device.h"
#include "quartet/tensor/dtype.h"

namespace {

namespace fs = std::filesystem;
using namespace quartet;

constexpr std::int64_t kChunkElements = std::int64_t{1} << 19;  // 2 MiB in float32: stays in the cache
constexpr std::int64_t kBytesPerMegabyte = 1'000'000;

struct Options {
  std::string model_config;
  std::string output;
  std::string dtype = "bfloat16";
  std::string tokenizer;
  double std = 0.02;
  std::uint64_t shard_bytes = 5'000'000'000;
  bool overwrite = false;
};

// SplitMix64's finaliser: 64 well-mixed bits from a counter.
std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

// Bell-shaped with the given deviation: the sum of the four 16-bit parts of one word. A value depends on the tensor's
// key and its index alone, so the size of chunks does not change the result.
void fill_chunk(float* values, std::int64_t first, std::int64_t count, std::uint64_t key, float deviation) {
  constexpr double kSumDeviation = 37837.22;  // sqrt(4 * (65536^2 - 1) / 12)
  const float scale = deviation / static_cast<float>(kSumDeviation);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint64_t word = mix(key + static_cast<std::uint64_t>(first + i) * 0x9e3779b97f4a7c15U);
    const std::uint64_t sum = (word & 0xffff) + ((word >> 16) & 0xffff) + ((word >> 32) & 0xffff) + (word >> 48);
    values[i] = static_cast<float>(static_cast<std::int32_t>(sum) - 2 * 65535) * scale;
  }
}

void write_random(checkpoint::CheckpointWriter& writer, const arch::TensorSpec& spec, at::ScalarType dtype,
                  const Options& options, std::uint64_t seed, const std::function<void(std::int64_t)>& on_rows) {
  const std::int64_t row_elements = spec.shape.size() == 2 ? spec.shape[1] : 1;
  const std::int64_t chunk_rows = std::max<std::int64_t>(1, kChunkElements / row_elements);
  const std::uint64_t key = base::Rng(seed, "random weights of " + spec.name).next();
  for (std::int64_t row = 0; row < spec.shape[0]; row += chunk_rows) {
    const std::int64_t rows = std::min(chunk_rows, spec.shape[0] - row);
    std::vector<std::int64_t> shape = spec.shape;
    shape[0] = rows;
    at::Tensor chunk = at::empty(shape, at::kFloat);
    if (spec.role == arch::TensorRole::kNorm) {
      chunk.fill_(1);
    } else {
      fill_chunk(chunk.mutable_data_ptr<float>(), row * row_elements, chunk.numel(), key,
                 static_cast<float>(options.std));
    }
    writer.write_rows(spec.name, row, chunk.to(dtype));
    on_rows(rows * row_elements);
    base::throw_if_stopped("stopped; nothing was written");
  }
}

void check(const Options& options) {
  std::vector<std::string> problems;
  if (!(options.std > 0 && options.std < 1e3))
    problems.push_back(base::cat("--std: got ", options.std, ", expected more than 0"));
  if (options.shard_bytes == 0) problems.push_back("--shard-bytes: got 0, expected at least 1");
  if (!options.tokenizer.empty() && !fs::exists(options.tokenizer)) {
    problems.push_back(base::cat("--tokenizer: ", options.tokenizer, " does not exist"));
  }
  if (!problems.empty()) throw ConfigError(problems);
}

void copy_tokenizer(const fs::path& source, const fs::path& directory) {
  if (source.empty()) return;
  if (fs::is_directory(source)) {
    checkpoint::copy_companions(checkpoint::companion_files(source), directory);
  } else {
    checkpoint::copy_companion(source, directory / "tokenizer.model");
  }
}

void run(const Options& options, const cli::CommonFlags& flags) {
  check(options);
  tensor::set_num_threads(1);  // one core makes weights faster than most disks take them
  const at::ScalarType dtype = tensor::parse_float_dtype(options.dtype, "--dtype");
  const arch::ModelConfig config =
      arch::parse_hf_config(base::read_json_config(options.model_config), options.model_config);
  const auto specs = arch::tensor_specs(config);
  std::vector<checkpoint::PlannedTensor> plan;
  std::int64_t num_elements = 0;
  for (const arch::TensorSpec& spec : specs) {
    plan.push_back({spec.name, dtype, spec.shape});
    num_elements += c10::multiply_integers(spec.shape);
  }
  base::AtomicDirectory directory(options.output, options.overwrite);
  checkpoint::CheckpointWriter writer(directory.staging(), std::move(plan), options.shard_bytes);
  const auto element_bytes = static_cast<std::int64_t>(c10::elementSize(dtype));
  const auto megabytes = [&](std::int64_t elements) {
    return static_cast<std::uint64_t>(elements * element_bytes / kBytesPerMegabyte);
  };
  base::Progress progress("writing", megabytes(num_elements), "MB");
  std::int64_t done_elements = 0;
  for (const arch::TensorSpec& spec : specs) {
    write_random(writer, spec, dtype, options, flags.seed, [&](std::int64_t elements) {
      done_elements += elements;
      progress.update(megabytes(done_elements), spec.name);
    });
  }
  writer.commit();
  base::write_file(directory.staging() / "config.json", arch::to_hf_config(config, options.dtype).dump(2) + "\n");
  copy_tokenizer(options.tokenizer, directory.staging());
  directory.commit();
  progress.finish(base::cat(num_elements, " parameters in ", options.output));
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  cli::App app("make_checkpoint", "Writes a checkpoint of random weights for any config.json (for developers).");
  app.set_exception_translator(tensor::translate_torch_exception);
  app.main()
      .option("--model-config FILE", options.model_config, "config.json of a Mistral or Mixtral model")
      .required()
      .option("--output DIR", options.output, "model directory to write")
      .required()
      .option("--dtype", options.dtype, "how weights are stored")
      .choices({"float32", "bfloat16", "float16"})
      .option("--std", options.std, "deviation of the weights; norms are 1")
      .option("--shard-bytes", options.shard_bytes, "largest file of weights")
      .option("--tokenizer PATH", options.tokenizer,
              "tokenizer.model, or a directory to take the tokenizer's files from")
      .option("--overwrite", options.overwrite, "replace an existing directory")
      .examples("  make_checkpoint --model-config config.json --output models/random --seed 1");
  app.set_run([&](const cli::CommonFlags& flags) { run(options, flags); });
  return app.run(argc, argv);
}
