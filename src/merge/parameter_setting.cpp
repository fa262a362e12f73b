#include "quartet/merge/parameter_setting.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"

namespace quartet::merge {
namespace {

using nlohmann::json;

std::optional<double> as_number(const json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1.0 : 0.0;
  if (value.is_number()) {
    const double number = value.get<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
  }
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

/// What keeps a value from being a number of the merge, or nothing.
std::string number_problem(const json& value) {
  if (value.is_number() && !std::isfinite(value.get<double>())) {
    return base::cat("got ", base::show_json(value), ", expected a finite number");
  }
  const auto number = as_number(value);
  if (number && std::abs(*number) > std::numeric_limits<float>::max()) {
    return base::cat("got ", base::show_json(value), ", expected at most 3.4e38 in magnitude (float32)");
  }
  return "";
}

}  // namespace

ParameterSetting ParameterSetting::parse(const json& value, base::ConfigReader& reader, const std::string& key) {
  ParameterSetting setting;
  if (const std::string problem = number_problem(value); !problem.empty()) {
    reader.problem(key, problem);
    return setting;
  }
  if (const auto number = as_number(value)) {
    setting.values_.push_back(*number);
    return setting;
  }
  const json items = value.is_object() ? json::array({value}) : value;
  if (!items.is_array()) {
    reader.problem(key, base::cat("got ", base::show_json(value),
                                  ", expected a number, a list of numbers, or a list of {filter, value}"));
    return setting;
  }
  if (items.empty()) {
    reader.problem(key, "is an empty list; expected at least one value");
    return setting;
  }
  for (const json& item : items) {
    if (const std::string problem = number_problem(item); !problem.empty()) {
      reader.problem(key, problem);
      return setting;
    }
  }
  if (std::all_of(items.begin(), items.end(), [](const json& item) { return as_number(item).has_value(); })) {
    for (const json& item : items) setting.values_.push_back(*as_number(item));
    setting.picked_ = std::all_of(items.begin(), items.end(), [](const json& item) { return item.is_boolean(); });
    return setting;
  }
  for (const json& item : items) {
    if (!item.is_object() || !item.contains("value")) {
      reader.problem(key, base::cat("got ", base::show_json(item),
                                    ", expected {filter, value}; numbers and filters cannot be mixed in one list"));
      return setting;
    }
    Branch branch{"*", {}};
    for (const auto& [name, part] : item.items()) {
      if (name == "value") {
        branch.value = parse(part, reader, key);
      } else if (name == "filter" && part.is_string()) {
        branch.filter = part.get<std::string>();
      } else if (name == "filter" && !part.is_null()) {
        reader.problem(key, base::cat("filter is ", base::show_json(part), ", expected a text"));
      } else if (name != "filter") {
        const std::vector<std::string> known{"filter", "value"};
        reader.problem(key, base::cat("has the unknown key '", name, "'", base::did_you_mean(name, known)));
      }
    }
    setting.branches_.push_back(std::move(branch));
  }
  return setting;
}

std::optional<double> ParameterSetting::evaluate(std::string_view tensor_name, double t) const {
  for (const Branch& branch : branches_) {
    if (branch.filter == "*" || tensor_name.find(branch.filter) != std::string_view::npos) {
      return branch.value.evaluate(tensor_name, t);
    }
  }
  if (values_.empty()) return std::nullopt;
  const double position = t * static_cast<double>(values_.size() - 1);
  const auto low = static_cast<std::size_t>(position);
  if (picked_) return values_[low];
  const std::size_t high = std::min(values_.size() - 1, low + 1);
  const double fraction = position - static_cast<double>(low);
  return (1 - fraction) * values_[low] + fraction * values_[high];
}

}  // namespace quartet::merge
