#include "quartet/merge/executor.h"

#include <ATen/ATen.h>

#include <numeric>

#include "finite_check.h"
#include "quartet/base/error.h"
#include "quartet/base/progress.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/merge/merge_methods.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

constexpr std::int64_t kChunkElements = 8 << 20;

/// Writes the entries of one plan and counts the bytes for the progress bar.
class PlanRunner {
 public:
  PlanRunner(const MergePlan& plan, const InputModels& models, const std::map<std::string, at::Tensor>& computed,
             const std::filesystem::path& directory, const ExecuteOptions& options)
      : plan_(plan),
        models_(models),
        computed_(computed),
        writer_(directory, plan.planned_tensors(), options.max_shard_bytes),
        progress_("merging", plan.output_bytes() / 1000, "kB") {}

  FoldReport run() {
    for (const PlanEntry& entry : plan_.entries) run_entry(entry);
    writer_.commit();
    progress_.finish();
    return std::move(folds_);
  }

 private:
  void run_entry(const PlanEntry& entry);
  void blend(const PlanEntry& entry);
  /// Writes `value`, cast to the entry's dtype chunk by chunk.
  void write_cast(const PlanEntry& entry, const at::Tensor& value);
  at::Tensor load(const PlanEntry& entry, const PlanSource& source, at::ScalarType fold_dtype);
  /// Calls `write(row, num_rows)` for chunks of rows that start at multiples of a block.
  template <class Write>
  void for_each_chunk(const PlanEntry& entry, Write write);
  /// Says whose fault it is that an output is not finite.
  [[noreturn]] void fail_not_finite(const PlanEntry& entry, const std::string& what) const;
  void count(std::int64_t num_elements, const PlanEntry& entry);

  const MergePlan& plan_;
  const InputModels& models_;
  const std::map<std::string, at::Tensor>& computed_;
  checkpoint::CheckpointWriter writer_;
  base::Progress progress_;
  std::uint64_t done_bytes_ = 0;
  FoldReport folds_;
};

void PlanRunner::count(std::int64_t num_elements, const PlanEntry& entry) {
  done_bytes_ += static_cast<std::uint64_t>(num_elements) * c10::elementSize(entry.dtype);
  progress_.update(done_bytes_ / 1000, entry.output);
  base::throw_if_stopped("nothing was written: run the same command again");
}

at::Tensor PlanRunner::load(const PlanEntry& entry, const PlanSource& source, at::ScalarType fold_dtype) {
  const InputModel& model = models_[source.model];
  std::optional<FoldNorms> norms;
  at::Tensor value = model.tensor(source.tensor, fold_dtype, norms);
  if (norms && entry.op == PlanOp::kFold) folds_[entry.output] = *norms;
  if (!value.sizes().equals(entry.shape) && entry.shape.at(0) < value.size(0))
    value = value.narrow(0, 0, entry.shape[0]);
  if (!value.sizes().equals(entry.shape)) {
    throw CheckpointError(base::cat(model.text(), ": ", source.tensor, " has shape ", tensor::shape_text(value.sizes()),
                                    ", expected ", tensor::shape_text(entry.shape)));
  }
  return value;
}

void PlanRunner::fail_not_finite(const PlanEntry& entry, const std::string& what) const {
  for (const PlanSource& source : entry.sources) models_[source.model].check_finite(source.tensor);
  throw NumericError(base::cat(entry.output, ": ", what,
                               ", although every input is finite: a number grew too large for ",
                               tensor::dtype_name(entry.dtype), " (smaller weights, or --dtype float32)"));
}

template <class Write>
void PlanRunner::for_each_chunk(const PlanEntry& entry, Write write) {
  const std::int64_t num_rows = entry.shape.at(0);
  const std::int64_t row_elements =
      std::accumulate(entry.shape.begin() + 1, entry.shape.end(), std::int64_t{1}, std::multiplies<>());
  const std::int64_t unit = kBlockElements / std::gcd(row_elements, kBlockElements);
  const std::int64_t chunk_rows = std::max<std::int64_t>(1, kChunkElements / (row_elements * unit)) * unit;
  for (std::int64_t row = 0; row < num_rows; row += chunk_rows) {
    const std::int64_t n = std::min(chunk_rows, num_rows - row);
    const at::Tensor chunk = write(row, n);
    if (const auto bad = find_not_finite(chunk, row)) fail_not_finite(entry, *bad);
    writer_.write_rows(entry.output, row, chunk);
    count(n * row_elements, entry);
  }
}

void PlanRunner::write_cast(const PlanEntry& entry, const at::Tensor& value) {
  for_each_chunk(entry, [&](std::int64_t row, std::int64_t n) { return value.narrow(0, row, n).to(entry.dtype); });
}

void PlanRunner::blend(const PlanEntry& entry) {
  BlendArguments arguments{{}, entry.base, {}, entry.values, entry.work_dtype};
  for (const PlanSource& source : entry.sources) {
    arguments.inputs.push_back(load(entry, source, entry.work_dtype).contiguous().view({-1}));
    arguments.model_values.push_back(source.values);
  }
  const auto method = require_method(plan_.method, "plan").prepare(std::move(arguments));
  for_each_chunk(entry, [&](std::int64_t row, std::int64_t n) {
    std::vector<std::int64_t> shape = entry.shape;
    shape[0] = n;
    at::Tensor out = at::empty(shape, at::TensorOptions(entry.dtype));
    at::Tensor flat = out.view({-1});
    method->apply(row * (flat.numel() / n), flat);
    return out;
  });
}

void PlanRunner::run_entry(const PlanEntry& entry) {
  switch (entry.op) {
    case PlanOp::kCopy:
    case PlanOp::kFold:
      write_cast(entry, load(entry, entry.sources.at(0), entry.dtype));
      break;
    case PlanOp::kBlend:
      blend(entry);
      break;
    case PlanOp::kRouter:
      write_cast(entry, computed_.at(entry.output));
      break;
  }
}

}  // namespace

FoldReport execute(const MergePlan& plan, const InputModels& models, const std::map<std::string, at::Tensor>& computed,
                   const std::filesystem::path& directory, const ExecuteOptions& options) {
  return PlanRunner(plan, models, computed, directory, options).run();
}

}  // namespace quartet::merge
