#include "quartet/train/run_dir.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "quartet/arch/model_config.h"
#include "quartet/base/atomic_file.h"
#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"
#include "quartet/checkpoint/checkpoint_writer.h"
#include "quartet/tensor/dtype.h"
#include "quartet/train/run_report.h"

namespace quartet::train {
namespace fs = std::filesystem;
namespace {

constexpr const char* kAdapter = "adapter";
constexpr const char* kModel = "model";
constexpr const char* kConfig = "config.resolved.yaml";
constexpr const char* kMetrics = "metrics.jsonl";
constexpr const char* kReport = "report.html";
constexpr const char* kManifest = "manifest.json";
/// All that a run writes, the manifest last: with it a run is complete.
constexpr std::array kEntries = {kConfig, kMetrics, kAdapter, kModel, kReport, kManifest};

constexpr const char* kUnfinished = "unfinished_run";
/// In kUnfinished, while runs change places: what is being taken away, then all of it.
constexpr const char* kEarlier = "earlier";
constexpr const char* kReplaced = "replaced";

/// Runs `action` and names the file where the file system fails. Throws: ResourceError.
template <class Action>
void on_disk(const Action& action) {
  try {
    action();
  } catch (const fs::filesystem_error& error) {
    throw ResourceError(base::cat(error.path1().string(), ": ", error.what()));
  }
}

bool is_there(const fs::path& path) {
  return fs::exists(fs::symlink_status(path));
}

/// ".metrics.jsonl.tmp-17": what a killed run was writing.
bool is_temporary(const fs::path& path) {
  const std::string name = path.filename().string();
  return std::any_of(kEntries.begin(), kEntries.end(),
                     [&](const char* entry) { return name.starts_with(base::cat(".", entry, ".")); });
}

/// True for a directory that is absent, empty, or holds a run of ours that did not complete.
bool can_be_started(const fs::path& directory) {
  if (!fs::is_directory(directory)) return !is_there(directory);
  if (is_there(directory / kManifest)) return false;
  return is_there(directory / kConfig) || std::all_of(fs::directory_iterator(directory), fs::directory_iterator(),
                                                      [](const auto& entry) { return is_temporary(entry.path()); });
}

void require_startable(const fs::path& directory, bool overwrite) {
  if (!can_be_started(directory)) base::require_empty_directory(directory, overwrite);
}

/// Removes what an earlier run left. Its config stays until the next one is written over it: a directory with a config
/// and no manifest can be started again.
void remove_unfinished(const fs::path& directory) {
  std::vector<fs::path> old = {directory / kMetrics, directory / kAdapter, directory / kModel, directory / kReport};
  std::copy_if(fs::directory_iterator(directory), fs::directory_iterator(), std::back_inserter(old), is_temporary);
  for (const fs::path& path : old) fs::remove_all(path);
}

/// Puts a complete run from unfinished_run/ in the place of the earlier one. All steps are renames; if the process ends
/// between two of them, calling this again does the rest.
void change_places(const fs::path& directory) {
  const fs::path from = directory / kUnfinished;
  const auto move_all = [](const fs::path& source, const fs::path& target, auto begin, auto end) {
    for (auto entry = begin; entry != end; ++entry) {
      if (is_there(source / *entry)) fs::rename(source / *entry, target / *entry);
    }
    base::sync_path(target);
  };
  if (!is_there(from / kReplaced)) {
    fs::create_directory(from / kEarlier);
    move_all(directory, from / kEarlier, kEntries.rbegin(), kEntries.rend());
    fs::rename(from / kEarlier, from / kReplaced);
  }
  move_all(from, directory, kEntries.begin(), kEntries.end());
  fs::remove_all(from / kReplaced);
  if (fs::is_empty(from)) fs::remove(from);
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

DirectoryLock::DirectoryLock(const fs::path& directory)
    : descriptor_(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  // Where a file system has no locks the run goes on without.
  if (descriptor_ < 0 || flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  close(descriptor_);
  throw ConfigError(base::cat("output: ", directory.string(), ": another run is being written to it, choose another"));
}

DirectoryLock::~DirectoryLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

void RunDirectory::check(const fs::path& directory, bool overwrite) {
  on_disk([&] {
    require_startable(directory, overwrite);
    if (fs::is_directory(directory)) DirectoryLock lock(directory);
  });
}

RunDirectory::RunDirectory(fs::path directory, bool overwrite) : directory_(std::move(directory)), files_(directory_) {
  on_disk([&] { prepare(overwrite); });
}

void RunDirectory::prepare(bool overwrite) {
  base::require_empty_directory(directory_, /*overwrite=*/true);  // no file
  fs::create_directories(directory_);
  lock_ = std::make_unique<DirectoryLock>(directory_);
  if (is_there(directory_ / kUnfinished / kManifest)) change_places(directory_);
  require_startable(directory_, overwrite);
  const bool holds_a_run =
      std::any_of(kEntries.begin(), kEntries.end(), [&](const char* entry) { return is_there(directory_ / entry); });
  if (holds_a_run && !can_be_started(directory_)) {
    files_ /= kUnfinished;
    fs::create_directories(files_);
    for (const char* folder : {kEarlier, kReplaced}) fs::remove_all(files_ / folder);
  }
  remove_unfinished(files_);
}

void RunDirectory::write_config(std::string_view yaml) const {
  base::write_file(files_ / kConfig, yaml);
}

void RunDirectory::append_metrics(const nlohmann::ordered_json& row) {
  if (!metrics_.is_open()) metrics_.open(files_ / kMetrics, std::ios::binary | std::ios::trunc);
  metrics_ << row.dump() << '\n' << std::flush;
  if (!metrics_) throw ResourceError(base::cat((files_ / kMetrics).string(), ": cannot be written (disk full?)"));
}

void RunDirectory::commit_adapter(const checkpoint::AdapterFile& adapter) const {
  base::AtomicDirectory target(files_ / kAdapter, /*overwrite=*/false);
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
  base::AtomicDirectory target(files_ / kModel, /*overwrite=*/false);
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

void RunDirectory::complete(const nlohmann::json& manifest) const {
  base::JsonlReader reader(files_ / kMetrics);
  std::vector<nlohmann::json> metrics;
  while (auto row = reader.next()) metrics.push_back(*std::move(row));
  base::write_file(files_ / kReport, run_report_html(metrics, manifest));
  base::write_file(files_ / kManifest, base::to_json_pretty(manifest));
  if (replaces_a_run()) on_disk([&] { change_places(directory_); });
}

}  // namespace quartet::train
