#include "model_directory.h"

#include <nlohmann/json.hpp>

#include "quartet/base/jsonl.h"
#include "quartet/base/manifest.h"
#include "quartet/checkpoint/checkpoint_reader.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/tensor/dtype.h"

namespace quartet::jobs {

ModelDirectory::ModelDirectory(const MergeOptions& options)
    : options_(options),
      max_shard_bytes_(parse_shard_size(options.out_shard_size)),
      directory_(options.output, options.overwrite) {}

merge::FoldReport ModelDirectory::write(const merge::MergePlan& plan, const merge::InputModels& models,
                                        std::size_t donor, const std::map<std::string, at::Tensor>& computed) {
  const auto& staging = directory_.staging();
  merge::FoldReport folds = merge::execute(plan, models, computed, staging, {.max_shard_bytes = max_shard_bytes_});
  write_text("config.json", arch::to_hf_config(plan.config, tensor::dtype_name(plan.dtype)).dump(2) + "\n");
  write_text("merge_plan.json", merge::plan_to_json(plan, folds).dump(2) + "\n");
  if (options_.copy_tokenizer) checkpoint::copy_companions(models[donor].reader().companion_files(), staging);
  return folds;
}

void ModelDirectory::write_text(const std::string& name, const std::string& text) {
  base::write_file(directory_.staging() / name, text);
}

void ModelDirectory::commit(const std::string& program, const nlohmann::json& resolved,
                            const merge::InputModels& models) {
  checkpoint::check_against_specs(*checkpoint::CheckpointReader::open(directory_.staging()));
  write_text("manifest.json", base::to_json_pretty(base::make_manifest(program, resolved, models.files())));
  directory_.commit();
}

}  // namespace quartet::jobs
