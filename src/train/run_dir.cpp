#include "quartet/train/run_dir.h"

#include <ATen/ATen.h>

#include <map>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "quartet/arch/model_config.h"
#include "quartet/base/atomic_file.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/tensor/dtype.h"

namespace quartet::train {
namespace fs = std::filesystem;
namespace {

constexpr const char* kAdapter = "adapter";
constexpr const char* kModel = "model";
constexpr const char* kConfig = "config.resolved.yaml";
constexpr const char* kMetrics = "metrics.jsonl";
constexpr const char* kManifest = "manifest.json";

void remove_earlier_run(const fs::path& directory) {
  for (const char* name : {kAdapter, kModel, kConfig, kMetrics, kManifest}) {
    std::error_code error;
    fs::remove_all(directory / name, error);
    if (error) throw ResourceError(base::cat((directory / name).string(), ": cannot be removed: ", error.message()));
  }
}

/// Throws: CheckpointError unless the files hold exactly what was to be written.
void verify_adapter(const checkpoint::AdapterFile& adapter, const fs::path& directory) {
  const checkpoint::AdapterFile again = checkpoint::AdapterFile::read(directory);
  bool same = again.pairs.size() == adapter.pairs.size();
  for (const auto& [name, pair] : adapter.pairs) {
    const auto found = again.pairs.find(name);
    same = same && found != again.pairs.end() && at::equal(found->second.a, pair.a.detach().cpu()) &&
           at::equal(found->second.b, pair.b.detach().cpu());
  }
  if (!same)
    throw CheckpointError(base::cat(directory.string(), ": the adapter read back differs from the one written"));
}

}  // namespace

RunDirectory::RunDirectory(fs::path directory, bool overwrite) : directory_(std::move(directory)) {
  base::require_empty_directory(directory_, overwrite);
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) throw ResourceError(base::cat(directory_.string(), ": cannot be created: ", error.message()));
  remove_earlier_run(directory_);
}

void RunDirectory::write_config(std::string_view yaml) const {
  base::write_file(directory_ / kConfig, yaml);
}

void RunDirectory::append_metrics(const nlohmann::ordered_json& row) {
  if (!metrics_.is_open()) metrics_.open(directory_ / kMetrics, std::ios::binary | std::ios::trunc);
  metrics_ << row.dump() << '\n' << std::flush;
  if (!metrics_) throw ResourceError(base::cat((directory_ / kMetrics).string(), ": cannot be written (disk full?)"));
}

void RunDirectory::commit_adapter(const checkpoint::AdapterFile& adapter) const {
  base::AtomicDirectory target(directory_ / kAdapter, /*overwrite=*/false);
  adapter.write(target.staging());
  verify_adapter(adapter, target.staging());
  target.commit();
}

void RunDirectory::commit_model(const model::Transformer& model, const checkpoint::CheckpointReader& base,
                                std::optional<at::ScalarType> dtype) const {
  const std::map<std::string, at::Tensor> weights = model.weights();
  std::vector<checkpoint::PlannedTensor> planned;
  for (const auto& [name, weight] : weights) {
    planned.push_back({name, dtype.value_or(base.dtype(name)), weight.sizes().vec()});
  }
  base::AtomicDirectory target(directory_ / kModel, /*overwrite=*/false);
  checkpoint::CheckpointWriter writer(target.staging(), planned);
  for (const checkpoint::PlannedTensor& tensor : planned) {
    writer.write(tensor.name, weights.at(tensor.name).detach().to(tensor.dtype).cpu());
  }
  writer.commit();
  checkpoint::copy_companions(base.companion_files(), target.staging());
  const nlohmann::ordered_json config =
      arch::to_hf_config(model.config(), tensor::dtype_name(dtype.value_or(planned.front().dtype)));
  base::write_file(target.staging() / "config.json", config.dump(2) + "\n");
  checkpoint::check_against_specs(*checkpoint::CheckpointReader::open(target.staging()));
  target.commit();
}

void RunDirectory::write_manifest(const nlohmann::json& manifest) const {
  base::write_file(directory_ / kManifest, base::to_json_pretty(manifest));
}

}  // namespace quartet::train
