#include "quartet/merge/merge_plan.h"

#include <algorithm>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <sstream>

#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"

namespace quartet::merge {
namespace {

using nlohmann::ordered_json;

const char* op_name(PlanOp op) {
  switch (op) {
    case PlanOp::kCopy:
      return "copy";
    case PlanOp::kFold:
      return "fold";
    case PlanOp::kBlend:
      return "blend";
    case PlanOp::kRouter:
      return "router";
  }
  return "";
}

std::uint64_t num_elements(const PlanEntry& entry) {
  std::uint64_t count = 1;
  for (const std::int64_t extent : entry.shape) count *= static_cast<std::uint64_t>(extent);
  return count;
}

ordered_json entry_to_json(const PlanEntry& entry, const FoldReport& folds) {
  ordered_json row{{"output", entry.output},
                   {"op", op_name(entry.op)},
                   {"shape", entry.shape},
                   {"dtype", tensor::dtype_name(entry.dtype)}};
  if (entry.op == PlanOp::kBlend) {
    row["work_dtype"] = tensor::dtype_name(entry.work_dtype);
    row["parameters"] = entry.values;
  }
  row["sources"] = ordered_json::array();
  for (std::size_t i = 0; i < entry.sources.size(); ++i) {
    const PlanSource& source = entry.sources[i];
    ordered_json item{{"model", source.model}, {"tensor", source.tensor}};
    if (entry.base == i) item["base"] = true;
    if (!source.values.empty()) item["parameters"] = source.values;
    row["sources"].push_back(item);
  }
  if (const auto found = folds.find(entry.output); found != folds.end()) {
    row["weight_norm"] = found->second.weight;
    row["delta_norm"] = found->second.delta;
    row["added_norm"] = found->second.added;
  }
  return row;
}

std::string values_text(const std::map<std::string, double>& values) {
  std::string text;
  for (const auto& [name, value] : values) text += base::cat(text.empty() ? " (" : ", ", name, " ", value);
  return text.empty() ? text : text + ")";
}

}  // namespace

std::vector<checkpoint::PlannedTensor> MergePlan::planned_tensors() const {
  std::vector<checkpoint::PlannedTensor> tensors;
  for (const PlanEntry& entry : entries) tensors.push_back({entry.output, entry.dtype, entry.shape});
  return tensors;
}

std::uint64_t MergePlan::output_bytes() const {
  std::uint64_t bytes = 0;
  for (const PlanEntry& entry : entries) bytes += num_elements(entry) * c10::elementSize(entry.dtype);
  return bytes;
}

ordered_json plan_to_json(const MergePlan& plan, const FoldReport& folds) {
  ordered_json json{{"kind", plan.kind}};
  if (!plan.method.empty()) json["method"] = plan.method;
  json["dtype"] = tensor::dtype_name(plan.dtype);
  json["output_bytes"] = plan.output_bytes();
  json["models"] = plan.models;
  json["dropped_deltas"] = ordered_json::array();
  for (const DroppedDelta& delta : plan.dropped) {
    json["dropped_deltas"].push_back({{"model", delta.model}, {"tensor", delta.tensor}});
  }
  json["tensors"] = ordered_json::array();
  for (const PlanEntry& entry : plan.entries) json["tensors"].push_back(entry_to_json(entry, folds));
  return json;
}

std::string plan_to_table(const MergePlan& plan) {
  std::ostringstream out;
  out << plan.kind << (plan.method.empty() ? "" : " " + plan.method) << ": " << plan.entries.size() << " tensors, "
      << base::format_bytes(static_cast<double>(plan.output_bytes())) << ", " << tensor::dtype_name(plan.dtype) << "\n";
  for (std::size_t i = 0; i < plan.models.size(); ++i) out << "model " << i << ": " << plan.models[i] << "\n";
  std::size_t width = 0;
  for (const PlanEntry& entry : plan.entries) width = std::max(width, entry.output.size());
  for (const PlanEntry& entry : plan.entries) {
    out << std::left << std::setw(static_cast<int>(width) + 2) << entry.output << std::setw(8)
        << tensor::dtype_name(entry.dtype).substr(0, 8) << " " << std::setw(15) << tensor::shape_text(entry.shape)
        << " " << op_name(entry.op) << values_text(entry.values);
    for (std::size_t i = 0; i < entry.sources.size(); ++i) {
      const PlanSource& source = entry.sources[i];
      out << (i == 0 ? " " : " + ") << source.model << (entry.base == i ? " base" : "") << values_text(source.values);
      if (source.tensor != entry.output) out << ":" << source.tensor;
    }
    out << "\n";
  }
  for (const DroppedDelta& delta : plan.dropped) out << "dropped: model " << delta.model << " " << delta.tensor << "\n";
  return out.str();
}

std::string folds_to_table(const FoldReport& folds) {
  std::size_t width = 6;
  for (const auto& [name, norms] : folds) width = std::max(width, name.size());
  std::ostringstream out;
  const int first = static_cast<int>(width) + 2;
  out << std::left << std::setw(first) << "tensor" << std::right << std::setw(12) << "weight" << std::setw(12)
      << "delta" << std::setw(12) << "added" << std::setw(12) << "share"
      << "\n";
  for (const auto& [name, norms] : folds) {
    out << std::left << std::setw(first) << name << std::right << std::setprecision(5) << std::setw(12) << norms.weight
        << std::setw(12) << norms.delta << std::setw(12) << norms.added << std::setw(12)
        << (norms.weight > 0 ? norms.added / norms.weight : 0) << "\n";
  }
  return out.str();
}

at::ScalarType promote(at::ScalarType a, at::ScalarType b) {
  return a == b ? a : at::kFloat;
}

}  // namespace quartet::merge
