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
constexpr std::int64_t kPanelElements = 1 << 20;  ///< 4 MB of float32: stays in the last cache between its two uses

std::int64_t num_units(const GemvTask& task) {
  return (task.w.size(0) + kUnitRows - 1) / kUnitRows;
}

void run_units(const GemvTask& task, std::int64_t begin, std::int64_t end) {
  const std::int64_t out = task.w.size(0);
  kernels::kernels().dense_gemv(task.x.const_data_ptr<float>(), task.x.stride(0), task.x.size(0), rows_of(task.w),
                                task.w.size(1), begin * kUnitRows, std::min(end * kUnitRows, out),
                                task.y.mutable_data_ptr<float>(), out);
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

void gemv_all(std::span<const GemvTask> tasks) {
  std::int64_t units = 0;
  std::int64_t work = 0;
  for (const GemvTask& task : tasks) {
    units += num_units(task);
    work += task.x.size(0) * task.w.numel();
  }
  if (units == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, kThreadWork * units / std::max<std::int64_t>(1, work));
  at::parallel_for(0, units, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t first = 0;  // of this task's units in the whole list
    for (const GemvTask& task : tasks) {
      const std::int64_t last = first + num_units(task);
      if (begin < last && end > first) {
        run_units(task, std::max(begin, first) - first, std::min(end, last) - first);
      }
      first = last;
    }
  });
}

at::Tensor gemv(const at::Tensor& x, const at::Tensor& w) {
  const GemvTask task{x, w, at::empty({x.size(0), w.size(0)}, x.options())};
  gemv_all({&task, 1});
  return task.y;
}

at::Tensor gemm(const at::Tensor& x, const at::Tensor& w) {
  if (w.scalar_type() == at::kFloat) return at::linear(x, w);
  const std::int64_t out = w.size(0);
  const std::int64_t in = w.size(1);
  const std::int64_t panel_rows = std::clamp<std::int64_t>(kPanelElements / in, 1, out);
  const auto panel = at::empty({panel_rows, in}, x.options());  // [P, in]
  auto y = at::empty({x.size(0), out}, x.options());            // [M, out]
  const kernels::FloatType type = float_type(w.scalar_type());
  const auto* bytes = static_cast<const char*>(w.const_data_ptr());
  for (std::int64_t row = 0; row < out; row += panel_rows) {
    const std::int64_t rows = std::min(panel_rows, out - row);
    at::parallel_for(0, rows, std::max<std::int64_t>(1, kThreadWork / in), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        kernels::kernels().to_float32(bytes + (row + r) * w.stride(0) * w.element_size(), type, in,
                                      panel.mutable_data_ptr<float>() + r * in);
      }
    });
    auto columns = y.narrow(1, row, rows);  // [M, rows]
    at::mm_out(columns, x, panel.narrow(0, 0, rows).t());
  }
  return y;
}

}  // namespace quartet::model
