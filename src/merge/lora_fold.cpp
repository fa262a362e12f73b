#include "quartet/merge/lora_fold.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <array>
#include <cmath>

#include "blend_kernels.h"
#include "block_io.h"
#include "quartet/tensor/shape_check.h"

namespace quartet::merge {
namespace {

constexpr std::int64_t kColumns = 64;  // columns that the low-rank kernel computes at once
constexpr std::int64_t kRowsPerTask = 16;

struct SquareSums {
  double weight = 0;
  double delta = 0;
  double added = 0;
};

/// A [R, in] as tiles of 64 columns, [tiles, R, 64], padded with zeros.
at::Tensor tile_columns(const at::Tensor& a) {
  const std::int64_t num_tiles = (a.size(1) + kColumns - 1) / kColumns;
  at::Tensor padded = at::zeros({a.size(0), num_tiles * kColumns}, at::kFloat);  // [R, tiles * 64]
  padded.narrow(1, 0, a.size(1)).copy_(a);
  return padded.view({a.size(0), num_tiles, kColumns}).transpose(0, 1).contiguous();
}

/// Row by row: one row's sums are always added in the same order, whichever thread has the row.
class RowFolder {
 public:
  RowFolder(const at::Tensor& weight, const checkpoint::LoraPair& pair, at::Tensor& result)
      : weight_(weight.flatten(), at::kFloat),
        result_flat_(result.view({-1})),
        tiles_(tile_columns(pair.a)),
        b_(pair.b.to(at::kFloat).contiguous()),
        scaling_(static_cast<float>(pair.scaling)),
        width_(weight.size(1)) {}

  SquareSums fold_row(std::int64_t row) {
    const BlendKernels& kernels = blend_kernels();
    const std::int64_t rank = b_.size(1);
    const float* const b = b_.const_data_ptr<float>() + row * rank;
    SquareSums sums;
    for (std::int64_t column = 0; column < width_; column += kColumns) {
      const std::int64_t n = std::min(kColumns, width_ - column);
      std::array<float, kColumns> delta;
      std::array<float, kColumns> weight;
      std::array<float, kColumns> result;
      kernels.low_rank_row(delta.data(), b, tiles_.const_data_ptr<float>() + column * rank, rank);
      kernels.scale(delta.data(), scaling_, n);
      weight_.load(row * width_ + column, weight.data(), n);
      result = weight;
      kernels.add(result.data(), delta.data(), n);
      round_block(result_flat_.scalar_type(), result.data(), n);
      store_block(result.data(), result_flat_, row * width_ + column, n);
      for (std::int64_t i = 0; i < n; ++i) {
        const double added = static_cast<double>(result[i]) - static_cast<double>(weight[i]);
        sums.weight += static_cast<double>(weight[i]) * weight[i];
        sums.delta += static_cast<double>(delta[i]) * delta[i];
        sums.added += added * added;
      }
    }
    return sums;
  }

 private:
  BlockReader weight_;
  at::Tensor result_flat_;  // [out * in]
  at::Tensor tiles_;        // [tiles, R, 64]
  at::Tensor b_;            // [out, R]
  float scaling_;
  std::int64_t width_;
};

}  // namespace

at::Tensor fold_lora(const at::Tensor& weight, const checkpoint::LoraPair& pair, at::ScalarType dtype,
                     FoldNorms& norms) {
  tensor::check_shape("fold_lora", "weight", weight, {-1, -1});
  tensor::check_shape("fold_lora", "lora_A", pair.a, {-1, weight.size(1)});
  tensor::check_shape("fold_lora", "lora_B", pair.b, {weight.size(0), pair.a.size(0)});
  const std::int64_t num_rows = weight.size(0);
  at::Tensor result = at::empty(weight.sizes(), at::TensorOptions(dtype));  // [out, in]
  RowFolder folder(weight.contiguous(), pair, result);
  std::vector<SquareSums> rows(num_rows);
  at::parallel_for(0, num_rows, kRowsPerTask, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t row = first; row < last; ++row) rows[row] = folder.fold_row(row);
  });
  SquareSums total;
  for (const SquareSums& row : rows) {
    total.weight += row.weight;
    total.delta += row.delta;
    total.added += row.added;
  }
  norms = {std::sqrt(total.weight), std::sqrt(total.delta), std::sqrt(total.added)};
  return result;
}

}  // namespace quartet::merge
