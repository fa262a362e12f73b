#include <array>

#include "blend_kernels.h"
#include "block_io.h"
#include "quartet/merge/merge_methods.h"

namespace quartet::merge {
namespace {

class LinearBlend final : public TensorBlend {
 public:
  explicit LinearBlend(const BlendArguments& arguments)
      : work_dtype_(arguments.work_dtype), normalize_(arguments.values.at("normalize") != 0) {
    for (std::size_t i = 0; i < arguments.inputs.size(); ++i) {
      readers_.emplace_back(arguments.inputs[i], work_dtype_);
      weights_.push_back(static_cast<float>(arguments.model_values[i].at("weight")));
      weight_sum_ += weights_.back();
    }
  }

  void apply(std::int64_t begin, at::Tensor& result) const override {
    const BlendKernels& kernels = blend_kernels();
    for_each_block(result.numel(), [&](std::int64_t offset, std::int64_t n) {
      std::array<float, kBlockElements> sum{};
      std::array<float, kBlockElements> x;
      for (std::size_t i = 0; i < readers_.size(); ++i) {
        readers_[i].load(begin + offset, x.data(), n);
        kernels.fma_scaled(sum.data(), x.data(), weights_[i], n);
      }
      if (normalize_) kernels.divide(sum.data(), weight_sum_, n);
      round_block(work_dtype_, sum.data(), n);
      store_block(sum.data(), result, offset, n);
    });
  }

 private:
  at::ScalarType work_dtype_;
  bool normalize_;
  std::vector<BlockReader> readers_;
  std::vector<float> weights_;
  float weight_sum_ = 0;
};

}  // namespace

const MethodSpec& linear_method() {
  static const MethodSpec spec{"linear",
                               {{"weight", true, false, std::nullopt}, {"normalize", false, true, 1}},
                               false,
                               true,
                               [](BlendArguments arguments) { return std::make_unique<LinearBlend>(arguments); }};
  return spec;
}

}  // namespace quartet::merge
