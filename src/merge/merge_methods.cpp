#include "quartet/merge/merge_methods.h"

#include <algorithm>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::merge {
namespace {

const std::vector<const MethodSpec*>& methods() {
  static const std::vector<const MethodSpec*> all{&linear_method(), &task_arithmetic_method(), &ties_method()};
  return all;
}

/// mergekit 0.1.5's other methods: refused by name.
const std::vector<std::string>& unbuilt_methods() {
  static const std::vector<std::string> names{
      "arcee_fusion", "breadcrumbs", "breadcrumbs_ties", "dare_linear", "dare_ties", "della",
      "della_linear", "karcher",     "model_stock",      "multislerp",  "nearswap",  "nuslerp",
      "passthrough",  "ram",         "ramplus_tl",       "sce",         "slerp"};
  return names;
}

}  // namespace

const ParameterSpec* MethodSpec::find_parameter(std::string_view parameter) const {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const ParameterSpec& spec) { return spec.name == parameter; });
  return found == parameters.end() ? nullptr : &*found;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const MethodSpec* method : methods()) names.push_back(method->name);
  return names;
}

const MethodSpec& require_method(const std::string& name, const std::string& where) {
  for (const MethodSpec* method : methods()) {
    if (method->name == name) return *method;
  }
  const auto& unbuilt = unbuilt_methods();
  const auto built = method_names();
  if (std::find(unbuilt.begin(), unbuilt.end(), name) != unbuilt.end()) {
    throw ConfigError(
        base::cat(where, ": the method ", name, " is not built yet; built are ", base::join(built, ", ")));
  }
  std::vector<std::string> all = built;
  all.insert(all.end(), unbuilt.begin(), unbuilt.end());
  throw ConfigError(base::cat(where, ": no merge method ", base::excerpt(name), base::did_you_mean(name, all),
                              "; built are ", base::join(built, ", ")));
}

const std::vector<std::string>& known_parameters() {
  static const std::vector<std::string> names{"alpha",
                                              "density",
                                              "eps",
                                              "epsilon",
                                              "filter_wise",
                                              "gamma",
                                              "int8_mask",
                                              "lambda",
                                              "max_iter",
                                              "normalize",
                                              "normalize_weights",
                                              "nuslerp_flatten",
                                              "nuslerp_row_wise",
                                              "r",
                                              "rescale",
                                              "scale",
                                              "select_topk",
                                              "t",
                                              "tol",
                                              "weight"};
  return names;
}

bool is_known_parameter(std::string_view name) {
  const auto& names = known_parameters();
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace quartet::merge
