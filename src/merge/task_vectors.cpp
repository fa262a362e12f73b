// Methods that add task vectors (model - base) to the base. In a work dtype narrower than float32 every step is rounded
// to it, sums over models once at their end, as mergekit 0.1.5 does.
#include <array>
#include <cmath>

#include "blend_kernels.h"
#include "block_io.h"
#include "quartet/base/error.h"
#include "quartet/merge/merge_methods.h"
#include "selection.h"

namespace quartet::merge {
namespace {

using Block = std::array<float, kBlockElements>;

class TaskVectorBlend final : public TensorBlend {
 public:
  TaskVectorBlend(const BlendArguments& arguments, bool cut_to_largest, bool elect_signs);
  void apply(std::int64_t begin, at::Tensor& result) const override;

 private:
  struct Member {
    BlockReader reader;
    float weight;
    std::optional<Selection> selection;
  };

  void load_delta(const BlockReader& reader, std::int64_t begin, const float* base, float* delta, std::int64_t n) const;
  Selection select(const BlockReader& reader, double density) const;
  /// mixed = the members' weighted deltas put together. `weighted`: one block per member.
  void mix(const std::vector<Block>& weighted, Block& mixed, std::int64_t n) const;

  at::ScalarType work_dtype_;
  BlockReader base_;
  bool elect_signs_;
  bool normalize_;
  float lambda_;
  float weight_sum_ = 0;
  std::vector<Member> members_;
};

float rounded(at::ScalarType dtype, double value) {
  auto x = static_cast<float>(value);
  round_block(dtype, &x, 1);
  return x;
}

TaskVectorBlend::TaskVectorBlend(const BlendArguments& arguments, bool cut_to_largest, bool elect_signs)
    : work_dtype_(arguments.work_dtype),
      base_(arguments.inputs.at(arguments.base.value()), work_dtype_),
      elect_signs_(elect_signs),
      normalize_(arguments.values.at("normalize") != 0),
      lambda_(static_cast<float>(arguments.values.at("lambda"))) {
  if (arguments.values.at("rescale") != 0) throw ConfigError("parameter rescale: true is not built yet; remove it");
  for (std::size_t i = 0; i < arguments.inputs.size(); ++i) {
    if (i == *arguments.base) continue;
    const auto& values = arguments.model_values[i];
    members_.push_back({BlockReader(arguments.inputs[i], work_dtype_), rounded(work_dtype_, values.at("weight")), {}});
    weight_sum_ += members_.back().weight;
    if (cut_to_largest && values.at("density") < 1) {
      members_.back().selection = select(members_.back().reader, values.at("density"));
    }
  }
  weight_sum_ = rounded(work_dtype_, weight_sum_);
  if (std::abs(weight_sum_) < 1e-8F) weight_sum_ = 1;
}

Selection TaskVectorBlend::select(const BlockReader& reader, double density) const {
  const std::int64_t size = base_.size();
  const auto wanted = static_cast<std::int64_t>(density * static_cast<double>(size));
  const std::int64_t k = density > 0 ? std::max<std::int64_t>(1, wanted) : 0;
  return Selection::largest(size, k, [&](std::int64_t begin, float* out, std::int64_t n) {
    Block base;
    base_.load(begin, base.data(), n);
    load_delta(reader, begin, base.data(), out, n);
  });
}

void TaskVectorBlend::load_delta(const BlockReader& reader, std::int64_t begin, const float* base, float* delta,
                                 std::int64_t n) const {
  reader.load(begin, delta, n);
  blend_kernels().subtract(delta, base, n);
  round_block(work_dtype_, delta, n);
}

void TaskVectorBlend::mix(const std::vector<Block>& weighted, Block& mixed, std::int64_t n) const {
  const BlendKernels& kernels = blend_kernels();
  Block sum{};
  for (const Block& delta : weighted) kernels.add(sum.data(), delta.data(), n);
  round_block(work_dtype_, sum.data(), n);
  if (!elect_signs_) {
    mixed = sum;
    if (normalize_) kernels.divide(mixed.data(), weight_sum_, n);
  } else {
    mixed.fill(0);
    Block divisor{};
    for (std::size_t i = 0; i < weighted.size(); ++i) {
      kernels.add_agreeing(mixed.data(), divisor.data(), weighted[i].data(), sum.data(), members_[i].weight, n);
    }
    round_block(work_dtype_, mixed.data(), n);
    round_block(work_dtype_, divisor.data(), n);
    kernels.zeros_to_ones(divisor.data(), n);
    if (normalize_) kernels.divide_by(mixed.data(), divisor.data(), n);
  }
  if (normalize_) round_block(work_dtype_, mixed.data(), n);
}

void TaskVectorBlend::apply(std::int64_t begin, at::Tensor& result) const {
  const BlendKernels& kernels = blend_kernels();
  for_each_block(result.numel(), [&](std::int64_t offset, std::int64_t n) {
    const std::int64_t first = begin + offset;
    Block out;
    base_.load(first, out.data(), n);
    if (!members_.empty()) {
      thread_local std::vector<Block> weighted;
      weighted.resize(members_.size());
      for (std::size_t i = 0; i < members_.size(); ++i) {
        float* const delta = weighted[i].data();
        load_delta(members_[i].reader, first, out.data(), delta, n);
        if (members_[i].selection) members_[i].selection->apply(first, delta, n);
        kernels.scale(delta, members_[i].weight, n);
        round_block(work_dtype_, delta, n);
      }
      Block mixed;
      mix(weighted, mixed, n);
      if (lambda_ != 1) {
        kernels.scale(mixed.data(), lambda_, n);
        round_block(work_dtype_, mixed.data(), n);
      }
      kernels.add(out.data(), mixed.data(), n);
      round_block(work_dtype_, out.data(), n);
    }
    store_block(out.data(), result, offset, n);
  });
}

std::vector<ParameterSpec> parameters(double normalize, bool with_density) {
  std::vector<ParameterSpec> specs{{"weight", true, false, std::nullopt},
                                   {"normalize", false, true, normalize},
                                   {"lambda", false, false, 1},
                                   {"rescale", false, true, 0},
                                   {"int8_mask", false, true, 0}};  // saves memory in mergekit, changes no number
  if (with_density) specs.push_back({"density", true, false, 1});
  return specs;
}

}  // namespace

const MethodSpec& task_arithmetic_method() {
  static const MethodSpec spec{"task_arithmetic", parameters(0, false), true, false, [](BlendArguments arguments) {
                                 return std::make_unique<TaskVectorBlend>(arguments, false, false);
                               }};
  return spec;
}

const MethodSpec& ties_method() {
  static const MethodSpec spec{"ties", parameters(1, true), true, false, [](BlendArguments arguments) {
                                 return std::make_unique<TaskVectorBlend>(arguments, true, true);
                               }};
  return spec;
}

}  // namespace quartet::merge
