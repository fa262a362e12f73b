#include "quartet/eval/prediction_file.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/language.h"
#include "quartet/base/log.h"
#include "quartet/base/text.h"

namespace quartet::eval {
namespace {

using nlohmann::json;

std::string grammar_list() {
  std::vector<std::string> names;
  for (int i = 0; i < code::kNumGrammars; ++i) names.emplace_back(code::language_id(static_cast<code::Grammar>(i)));
  return base::join(names, " ");
}

/// The grammar of a language's name, or a message that says what is wrong with it.
code::Grammar parse_language(std::string_view name, std::string& problem) {
  const base::Language* language = base::find_language(name);
  if (language != nullptr) return code::find_grammar(language->id).value();
  problem = base::cat("unknown language ", base::excerpt(name), ", expected one of ", grammar_list());
  return code::Grammar::kPython;
}

/// A string or a list of strings, not empty.
std::vector<std::string> parse_references(const json& value, const std::string& where) {
  const auto fail = [&](const std::string& got) {
    throw DataError(base::cat(where, ": field \"reference\" must be a string or a list of strings, got ", got));
  };
  if (value.is_string()) return {value.get<std::string>()};
  if (!value.is_array() || value.empty()) fail(base::show_json(value));
  std::vector<std::string> references;
  for (const json& item : value) {
    if (!item.is_string()) fail("an item " + base::show_json(item));
    references.push_back(item.get<std::string>());
  }
  return references;
}

std::optional<std::vector<std::string>> find_references(const json& row, const std::string& where) {
  for (const char* field : {"reference", "references"}) {
    if (row.contains(field) && !row[field].is_null()) return parse_references(row[field], where);
  }
  return std::nullopt;
}

std::string require_id(const json& row, const std::string& where) {
  if (!row.contains("id")) throw DataError(base::cat(where, ": field \"id\" is missing in ", base::show_json(row)));
  return base::to_json_line(row["id"]);
}

long find_sample(const json& row, const std::string& where) {
  if (!row.contains("sample") || row["sample"].is_null()) return 0;
  if (!row["sample"].is_number_integer() || row["sample"] < 0) {
    throw DataError(
        base::cat(where, ": field \"sample\" must be an integer >= 0, got ", base::show_json(row["sample"])));
  }
  return row["sample"].get<long>();
}

std::optional<bool> find_truncated(const json& row, const std::string& where) {
  if (row.contains("truncated") && row["truncated"].is_boolean()) return row["truncated"].get<bool>();
  if (const auto reason = base::find_string(row, "stop_reason", where)) return *reason == "length";
  return std::nullopt;
}

struct ReferenceEntry {
  std::vector<std::string> references;
  std::string language;
};

std::map<std::string, ReferenceEntry> read_references(const std::filesystem::path& path) {
  std::map<std::string, ReferenceEntry> by_id;
  base::JsonlReader reader(path);
  reader.replace_lone_surrogates();
  while (const auto row = reader.next()) {
    const std::string where = reader.where();
    const std::string id = require_id(*row, where);
    auto references = find_references(*row, where);
    if (!references) throw DataError(base::cat(where, ": field \"reference\" is missing in ", base::show_json(*row)));
    ReferenceEntry entry{*std::move(references), base::find_string(*row, "language", where).value_or("")};
    if (!by_id.try_emplace(id, std::move(entry)).second)
      throw DataError(base::cat(where, ": id ", id, " was there before"));
  }
  if (by_id.empty()) throw DataError(path.string() + ": no rows");
  return by_id;
}

class RowReader {
 public:
  explicit RowReader(const RowSources& sources) : sources_(sources) {
    if (sources.references) references_ = read_references(*sources.references);
  }

  std::vector<EvalRow> read() {
    std::vector<EvalRow> rows;
    for (const std::filesystem::path& path : sources_.predictions) {
      const std::size_t before = rows.size();
      base::JsonlReader reader(path);
      reader.replace_lone_surrogates();
      while (const auto row = reader.next()) {
        rows.push_back(parse(*row, reader.where()));
        rows.back().replaced_text = reader.replaced_surrogates();
      }
      if (rows.size() == before) throw DataError(path.string() + ": no rows");
    }
    warn_of_unanswered(rows);
    return rows;
  }

 private:
  /// Means over the tasks that a model did answer flatter it.
  void warn_of_unanswered(const std::vector<EvalRow>& rows) const {
    std::set<std::string> answered;
    for (const EvalRow& row : rows) answered.insert(row.id);
    std::vector<std::string> missing;
    for (const auto& [id, entry] : references_) {
      if (!answered.contains(id)) missing.push_back(id);
    }
    if (missing.empty()) return;
    base::log_warning(base::cat(missing.size(), " of ", references_.size(), " ids of ", sources_.references->string(),
                                " have no prediction (the first is ", missing.front(),
                                "): the scores are over the others"));
  }

  EvalRow parse(const json& row, const std::string& where) {
    EvalRow result;
    result.where = where;
    result.id = require_id(row, where);
    result.sample = find_sample(row, where);
    if (!seen_.emplace(result.id, result.sample).second) {
      throw DataError(base::cat(where, ": id ", result.id, " sample ", result.sample, " was there before"));
    }
    auto prediction = base::find_string(row, "prediction", where);
    if (!prediction) prediction = base::find_string(row, "text", where);
    if (!prediction)
      throw DataError(base::cat(where, ": field \"prediction\" (or \"text\") is missing in ", base::show_json(row)));
    result.prediction = *std::move(prediction);
    result.truncated = find_truncated(row, where);
    result.prompt = base::find_string(row, "prompt", where).value_or("");

    const auto known = references_.find(result.id);
    const ReferenceEntry* entry = known == references_.end() ? nullptr : &known->second;
    if (auto own = find_references(row, where)) {
      result.references = *std::move(own);
    } else if (entry != nullptr) {
      result.references = entry->references;
    } else if (sources_.references) {
      throw DataError(base::cat(where, ": id ", result.id, " has no reference in ", sources_.references->string()));
    } else {
      throw DataError(base::cat(where, ": field \"reference\" is missing (or give --references)"));
    }
    result.grammar = language_of(row, entry, where);
    return result;
  }

  code::Grammar language_of(const json& row, const ReferenceEntry* entry, const std::string& where) const {
    std::string name = base::find_string(row, "language", where).value_or("");
    if (name.empty() && entry != nullptr) name = entry->language;
    if (name.empty()) name = sources_.language;
    if (name.empty()) throw DataError(where + ": field \"language\" is missing (or give --language)");
    std::string problem;
    const code::Grammar grammar = parse_language(name, problem);
    if (!problem.empty()) throw DataError(where + ": " + problem);
    return grammar;
  }

  const RowSources& sources_;
  std::map<std::string, ReferenceEntry> references_;
  std::set<std::pair<std::string, long>> seen_;
};

}  // namespace

std::vector<EvalRow> read_rows(const RowSources& sources) {
  if (!sources.language.empty()) {
    std::string problem;
    parse_language(sources.language, problem);
    if (!problem.empty()) throw ConfigError("--language: " + problem);
  }
  return RowReader(sources).read();
}

}  // namespace quartet::eval
