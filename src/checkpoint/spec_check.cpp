#include <ATen/core/Tensor.h>

#include <set>

#include "quartet/arch/hf_names.h"
#include "quartet/arch/tensor_spec.h"
#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/tensor/dtype.h"

namespace quartet::checkpoint {
namespace {

using base::cat;

constexpr std::size_t kMaxListed = 5;

// "2 missing: a, b"; nothing for an empty list.
void add_group(std::vector<std::string>& report, std::vector<std::string> items, std::string_view what) {
  if (items.empty()) return;
  const std::size_t total = items.size();
  const bool is_cut = total > kMaxListed;
  if (is_cut) items.resize(kMaxListed);
  report.push_back(cat(total, " ", what, ": ", base::join(items, ", "), is_cut ? ", …" : ""));
}

}  // namespace

void check_against_specs(const CheckpointReader& reader) {
  std::vector<std::string> missing;
  std::vector<std::string> extra;
  std::vector<std::string> misshapen;
  std::vector<std::string> no_floats;
  std::set<std::string> known{arch::head_name()};  // may stand beside a tied head
  for (const arch::TensorSpec& spec : arch::tensor_specs(reader.config())) {
    known.insert(spec.name);
    if (!reader.has(spec.name)) {
      missing.push_back(spec.name);
      continue;
    }
    const auto shape = reader.shape(spec.name);
    if (shape != spec.shape) {
      misshapen.push_back(
          cat(spec.name, " (got ", tensor::shape_text(shape), ", expected ", tensor::shape_text(spec.shape), ")"));
    }
    const at::ScalarType dtype = reader.dtype(spec.name);
    if (!at::isFloatingType(dtype)) no_floats.push_back(cat(spec.name, " (", tensor::dtype_name(dtype), ")"));
  }
  for (const std::string& name : reader.names()) {
    if (!known.contains(name) && !arch::is_ignored_buffer(name)) extra.push_back(base::excerpt(name));
  }
  std::vector<std::string> report;
  add_group(report, std::move(missing), "missing");
  add_group(report, std::move(misshapen), "of a wrong shape");
  add_group(report, std::move(no_floats), "not of floats");
  add_group(report, std::move(extra), "that the model has not");
  if (report.empty()) return;
  throw CheckpointError(cat(reader.directory().string(),
                            ": the weights do not fit the configuration: ", base::join(report, "; "),
                            " (incomplete download, or the configuration of another model?)"));
}

}  // namespace quartet::checkpoint
