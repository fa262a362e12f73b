#include "quartet/model/matmul.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"

namespace quartet::model {
namespace {

constexpr std::int64_t kUnitRows = 12;            ///< a multiple of every register block's rows
constexpr std::int64_t kThreadWork = 64 * 1024;   ///< multiply-adds below which a thread is not worth waking
constexpr std::int64_t kInputBytes = 512 * 1024;  ///< rows of x that are worked on together: half a second-level cache
constexpr std::int64_t kFewestInputs = 16;        ///< enough products a weight that memory is not the limit
constexpr std::int64_t kMostInputs = 96;

std::int64_t num_units(const MatmulTask& task) {
  return (task.w.size(0) + kUnitRows - 1) / kUnitRows;
}

void run_units(const MatmulTask& task, std::int64_t begin, std::int64_t end) {
  const std::int64_t num_inputs = task.x.size(0);  // M
  const std::int64_t in = task.w.size(1);
  const std::int64_t out = task.w.size(0);
  const std::int64_t fitting = kInputBytes / (in * static_cast<std::int64_t>(sizeof(float))) / 4 * 4;
  const std::int64_t together = std::clamp(fitting, kFewestInputs, kMostInputs);
  for (std::int64_t row = 0; row < num_inputs; row += together) {
    kernels::kernels().dense_gemv(task.x.const_data_ptr<float>() + row * task.x.stride(0), task.x.stride(0),
                                  std::min(together, num_inputs - row), rows_of(task.w), in, begin * kUnitRows,
                                  std::min(end * kUnitRows, out), task.y.mutable_data_ptr<float>() + row * out, out);
  }
}

}  // namespace

kernels::FloatType float_type(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return kernels::FloatType::kFloat32;
    case at::kBFloat16:
      return kernels::FloatType::kBfloat16;
    case at::kHalf:
      return kernels::FloatType::kFloat16;
    default:
      throw StateError(base::cat("[model] weights of type ", tensor::dtype_name(dtype), " have no kernels"));
  }
}

kernels::FloatRows rows_of(const at::Tensor& matrix) {
  return {matrix.const_data_ptr(), float_type(matrix.scalar_type()), matrix.stride(0)};
}

void steady_matmul_all(std::span<const MatmulTask> tasks) {
  std::int64_t units = 0;
  std::int64_t work = 0;
  for (const MatmulTask& task : tasks) {
    units += num_units(task);
    work += task.x.size(0) * task.w.numel();
  }
  if (units == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, kThreadWork * units / std::max<std::int64_t>(1, work));
  at::parallel_for(0, units, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t first = 0;  // of this task's units in the whole list
    for (const MatmulTask& task : tasks) {
      const std::int64_t last = first + num_units(task);
      if (begin < last && end > first) {
        run_units(task, std::max(begin, first) - first, std::min(end, last) - first);
      }
      first = last;
    }
  });
}

at::Tensor steady_matmul(const at::Tensor& x, const at::Tensor& w) {
  const MatmulTask task{x, w, at::empty({x.size(0), w.size(0)}, x.options())};
  steady_matmul_all({&task, 1});
  return task.y;
}

}  // namespace quartet::model
