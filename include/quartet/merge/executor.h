#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "quartet/merge/input_model.h"
#include "quartet/merge/merge_plan.h"

namespace quartet::merge {

struct ExecuteOptions {
  std::uint64_t max_shard_bytes = 5'000'000'000;
};

/// Carries out a plan: weights of the result into `directory` (a staging folder), tensor by tensor, in row chunks, so
/// that memory stays bounded whatever the models' size. Bytes do not depend on the thread count. `computed`: the
/// tensors of kRouter entries, cast to their dtype here. Throws: CheckpointError (damaged input, a delta that adds
/// nothing, an input that is not finite), NumericError (a result that is not finite, of inputs that are),
/// ResourceError, Stopped.
FoldReport execute(const MergePlan& plan, const InputModels& models, const std::map<std::string, at::Tensor>& computed,
                   const std::filesystem::path& directory, const ExecuteOptions& options = {});

}  // namespace quartet::merge
