#include "quartet/data/batch.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace quartet::data {
namespace {

at::Tensor to_tensor(const std::vector<std::int64_t>& values, const at::Device& device) {
  return at::tensor(values, at::kLong).to(device);
}

}  // namespace

Batch collate(const std::vector<Sample>& samples, const Indices& indices, const at::Device& device) {
  Batch batch;
  std::int64_t width = 0;
  for (const std::int64_t index : indices) width = std::max(width, samples[index].num_tokens());
  std::vector<std::int64_t> ids(indices.size() * width, 0), positions, targets, real;
  std::int64_t row = 0;  // of [B * T]
  for (const std::int64_t index : indices) {
    const Sample& sample = samples[index];
    std::copy(sample.ids.begin(), sample.ids.end(), ids.begin() + row);
    for (std::int64_t t = 0; t < sample.num_tokens(); ++t) {
      real.push_back(row + t);
      if (t == 0 || !sample.trained[t]) continue;
      positions.push_back(row + t - 1);
      targets.push_back(sample.ids[t]);
    }
    batch.lengths.push_back(sample.num_tokens());
    batch.languages.push_back(sample.language);
    row += width;
  }
  batch.ids = to_tensor(ids, device).view({static_cast<std::int64_t>(indices.size()), width});
  batch.positions = to_tensor(positions, device);
  batch.targets = to_tensor(targets, device);
  batch.real = to_tensor(real, device);
  return batch;
}

}  // namespace quartet::data
