#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quartet::merge {

/// A parameter that a method reads.
struct ParameterSpec {
  std::string name;
  bool per_model = false;          ///< looked up for every input; else once per tensor
  bool boolean = false;            ///< must come out as 0 or 1
  std::optional<double> fallback;  ///< absent = required
};

/// One tensor of the merge: its inputs and the parameters that hold for it.
struct BlendArguments {
  std::vector<at::Tensor> inputs;                           ///< [N] each: flat, contiguous, on the CPU, floats
  std::optional<std::size_t> base;                          ///< index into inputs
  std::vector<std::map<std::string, double>> model_values;  ///< per input; empty for a base that stands apart
  std::map<std::string, double> values;
  at::ScalarType work_dtype;  ///< inputs are rounded to it on load, the result once to it
};

/// One tensor's merge, ready to be applied to any range: selections and reductions over the whole tensor are done.
class TensorBlend {
 public:
  virtual ~TensorBlend() = default;
  /// Computes elements [begin, begin + result.numel()). Shapes: result [n], contiguous. The result is rounded to the
  /// work dtype and then to the result's own. Bytes do not depend on the thread count or on how a tensor is cut into
  /// ranges that start at multiples of `kBlockElements`.
  virtual void apply(std::int64_t begin, at::Tensor& result) const = 0;
};

/// Ranges given to `apply` start at multiples of this.
inline constexpr std::int64_t kBlockElements = 1024;

/// A merge method: what it asks for and how it starts on a tensor.
struct MethodSpec {
  std::string name;
  std::vector<ParameterSpec> parameters;
  bool needs_base = false;
  bool divides_by_weight_sum = false;  ///< with `normalize`, whatever the sum: zero is refused when planning
  std::function<std::unique_ptr<TensorBlend>(BlendArguments)> prepare;

  const ParameterSpec* find_parameter(std::string_view parameter) const;
};

/// Throws: ConfigError; a method of mergekit that is not built yet is refused by name, another one with the nearest
/// name.
const MethodSpec& require_method(const std::string& name, const std::string& where);
/// Names of the methods that are built, sorted.
std::vector<std::string> method_names();
/// True for a parameter that some method of mergekit reads, built here or not.
bool is_known_parameter(std::string_view name);
/// All such parameters, sorted.
const std::vector<std::string>& known_parameters();

/// Weighted average: sum of weight * tensor, divided by the sum of weights if `normalize`.
/// Source: mergekit 0.1.5 (float32 accumulator, one fused multiply-add per model).
const MethodSpec& linear_method();
/// Base plus weighted task vectors. Source: arXiv:2212.04089; mergekit 0.1.5.
const MethodSpec& task_arithmetic_method();
/// Task vectors cut to their largest elements, with sign election. Source: arXiv:2306.01708; mergekit 0.1.5 (signs are
/// elected on weighted vectors).
const MethodSpec& ties_method();

}  // namespace quartet::merge
