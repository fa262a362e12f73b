#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "quartet/merge/model_reference.h"
#include "quartet/merge/parameter_setting.h"

namespace quartet::merge {

/// One input of a slice. Layers [first, last) of the model; absent = all of them.
struct SliceSource {
  ModelReference model;
  std::optional<std::pair<std::int64_t, std::int64_t>> layer_range;
  Parameters parameters;
};

struct Slice {
  std::vector<SliceSource> sources;
  std::optional<ModelReference> base_model;  ///< of this slice, where it differs from the config's
  Parameters parameters;
};

/// A mergekit-yaml file, normalised: `models` has become one slice over all layers in which an unlisted base stands
/// last.
struct BlendConfig {
  std::string source;  ///< the file, for messages
  std::string text;    ///< the file as it stands
  std::string method;
  std::vector<Slice> slices;
  std::optional<ModelReference> base_model;
  Parameters module_parameters;
  Parameters parameters;
  std::optional<std::string> dtype;      ///< inputs are cast to it on load
  std::optional<std::string> out_dtype;  ///< the result is cast to it at the end
};

struct BlendConfigOptions {
  bool allow_unknown = false;  ///< unknown parameters are warned of, not refused
};

/// Strict: unknown keys, unknown methods and parameters, wrong types, a model listed twice, a required parameter that
/// no level gives. Parameters that only other methods read are warned of. Throws: ConfigError with every problem.
BlendConfig read_blend_config(const std::filesystem::path& path, const BlendConfigOptions& options = {});

/// First level that gives a value: source, slice, module, config. `source` is null for global parameters.
/// `name`: of the input tensor for parameters per model, of the output tensor for global ones.
std::optional<double> find_parameter(const BlendConfig& config, const Slice& slice, const SliceSource* source,
                                     const std::string& parameter, std::string_view name, double t);

}  // namespace quartet::merge
