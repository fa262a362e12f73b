#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/base/config_reader.h"

namespace quartet::merge {

/// The value of one merge parameter as mergekit's YAML writes it: a number, a gradient over the layers, or a list of
/// values that hold for tensors whose name contains a filter.
/// Source: mergekit 0.1.5.
class ParameterSetting {
 public:
  ParameterSetting() = default;
  explicit ParameterSetting(double value) : values_{value} {}

  /// Number, boolean, numeric text, list of those (gradient), list of {filter, value}, or one bare {filter, value}.
  /// Anything else is a problem of `reader` at `key`.
  static ParameterSetting parse(const nlohmann::json& value, base::ConfigReader& reader, const std::string& key);

  /// The value for a tensor at depth `t` (0 = first layer, 1 = last). Absent where no filter fits: the next level of
  /// the lookup decides. The first filter that is "*", missing, or a substring of the name wins; a list of numbers is
  /// interpolated linearly in double, a list of booleans is picked from.
  std::optional<double> evaluate(std::string_view tensor_name, double t) const;

 private:
  struct Branch;

  std::vector<double> values_;  // one = constant, several = gradient
  bool picked_ = false;         // a list of booleans
  std::vector<Branch> branches_;
};

struct ParameterSetting::Branch {
  std::string filter;  // "*" = every tensor
  ParameterSetting value;
};

/// Parameter name -> setting, of one level of a config.
using Parameters = std::map<std::string, ParameterSetting>;

}  // namespace quartet::merge
