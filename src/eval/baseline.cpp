#include "quartet/eval/baseline.h"

#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/text.h"
#include "quartet/code/s_expression.h"
#include "score_folder.h"

namespace quartet::eval {
namespace {

using nlohmann::json;

std::uint64_t key_of(std::string_view language, const std::string& id, long sample) {
  return code::hash_of(base::cat(language, '\n', id, '\n', sample)).low;
}

double score_of(const json& row, const char* field) {
  const auto found = row.find(field);
  return found != row.end() && found->is_number() ? found->get<double>() : kUndefined;
}

}  // namespace

std::uint64_t task_key(const EvalRow& row) {
  return key_of(code::language_id(row.grammar), row.id, row.sample);
}

Baseline::Baseline(const std::filesystem::path& directory, const json& header)
    : name_(directory.has_filename() ? directory.filename().string() : directory.parent_path().filename().string()) {
  const json own = read_score_header(directory);
  if (own.is_null()) {
    throw DataError((directory / "scores.json").string() +
                    ": cannot open: a baseline is a folder that evaluate codebleu wrote");
  }
  SettingsCheck settings;
  settings.add(own, "the baseline " + directory.string());
  settings.add(header, "this run");
  base::JsonlReader reader(directory / "scores_per_sample.jsonl");
  while (const auto row = reader.next()) {
    const std::string where = reader.where();
    if (!row->contains("id")) throw DataError(where + ": field \"id\" is missing");
    const json sample = row->value("sample", json(0));
    if (!sample.is_number_integer()) throw DataError(where + ": field \"sample\" must be an integer");
    const std::uint64_t key =
        key_of(base::require_string(*row, "language", where), base::to_json_line((*row)["id"]), sample.get<long>());
    scores_[key] = {score_of(*row, "codebleu"), score_of(*row, "strict_score")};
  }
}

Baseline::Scores Baseline::find(const EvalRow& row) const {
  const auto found = scores_.find(task_key(row));
  return found == scores_.end() ? Scores{} : found->second;
}

}  // namespace quartet::eval
