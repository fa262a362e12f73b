#include "quartet/eval/prediction_file.h"

#include <nlohmann/json.hpp>
#include <unordered_set>

#include "quartet/base/error.h"
#include "quartet/base/language.h"
#include "quartet/base/log.h"
#include "quartet/base/rereadable_file.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "reference_file.h"

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

long find_sample(const json& row, const std::string& where) {
  if (!row.contains("sample") || row["sample"].is_null()) return 0;
  const json& sample = row["sample"];
  if (!sample.is_number_integer() || sample < 0 || sample > std::numeric_limits<std::int32_t>::max()) {
    throw DataError(base::cat(where, ": field \"sample\" must be an integer >= 0, got ", base::show_json(sample)));
  }
  return sample.get<long>();
}

std::optional<bool> find_truncated(const json& row, const std::string& where) {
  if (row.contains("truncated") && row["truncated"].is_boolean()) return row["truncated"].get<bool>();
  if (const auto reason = base::find_string(row, "stop_reason", where)) return *reason == "length";
  return std::nullopt;
}

std::string find_prediction(const json& row, const std::string& where) {
  for (const char* field : {"prediction", "text", "value"}) {
    auto text = base::find_string(row, field, where);
    if (!text) continue;
    require_text_size(*text, field, where);
    return *std::move(text);
  }
  throw DataError(base::cat(where, ": field \"prediction\" (or \"text\") is missing in ", base::show_json(row)));
}

/// The study's rows have no ids: {"value": text} and {"expert": language, "prediction": text}.
bool is_study_row(const json& row) {
  return !row.contains("id") && (row.contains("value") || row.contains("expert"));
}

}  // namespace

struct RowFiles::Impl {
  std::vector<base::RereadableFile> predictions;
  std::optional<ReferenceFile> references;
  std::string language;
  std::size_t num_rows = 0;

  // The second pass.
  std::optional<base::JsonlReader> reader;
  std::size_t file = 0;
  std::size_t position = 0;

  void open(std::size_t index) {
    file = index;
    reader.emplace(predictions[index].path(), predictions[index].name());
    reader->accept_array();
  }
  std::string where(const RawRow& row) const { return base::cat(predictions[row.file].name(), ":", row.line.number); }

  /// `find` gives the entry of an id in the references file.
  template <class Find>
  EvalRow parse(const RawRow& raw, bool& is_by_position, Find find) const {
    EvalRow row;
    row.where = where(raw);
    const json value = base::parse_jsonl_line(raw.line.text, row.where, &row.replaced_text);
    is_by_position = is_study_row(value);
    row.id = row_id(value, raw.position, is_by_position, row.where);
    row.sample = find_sample(value, row.where);
    row.prediction = find_prediction(value, row.where);
    row.truncated = find_truncated(value, row.where);
    row.prompt = base::find_string(value, "prompt", row.where).value_or("");

    const std::optional<ReferenceEntry> entry = find(row.id);
    if (auto own = find_references(value, row.where)) {
      row.references = *std::move(own);
    } else if (entry) {
      row.references = entry->references;
      row.replaced_text |= entry->replaced_text;
    } else if (references && is_by_position) {
      throw DataError(base::cat(row.where, ": prediction ", raw.position + 1,
                                " has no reference: rows without ids are ", "matched by position, and ",
                                references->name(), " has ", references->num_rows()));
    } else if (references) {
      throw DataError(base::cat(row.where, ": id ", row.id, " has no reference in ", references->name()));
    } else {
      throw DataError(base::cat(row.where, ": field \"reference\" is missing (or give --references)"));
    }
    row.grammar = language_of(value, entry ? entry->language : "", row.where);
    return row;
  }

  code::Grammar language_of(const json& row, const std::string& of_reference, const std::string& where) const {
    std::string name = base::find_string(row, "language", where).value_or("");
    if (name.empty() && is_study_row(row)) name = base::find_string(row, "expert", where).value_or("");
    if (name.empty()) name = of_reference;
    if (name.empty()) name = language;
    if (name.empty()) throw DataError(where + ": field \"language\" is missing (or give --language)");
    std::string problem;
    const code::Grammar grammar = parse_language(name, problem);
    if (!problem.empty()) throw DataError(where + ": " + problem);
    return grammar;
  }

  /// Means over the tasks that a model did answer flatter it.
  void warn_of_unanswered() const {
    const ReferenceFile::Unanswered unanswered = references->unanswered();
    if (unanswered.count == 0) return;
    base::log_warning(base::cat(unanswered.count, " of ", references->num_rows(), " ids of ", references->name(),
                                " have no prediction (the first is ", unanswered.first,
                                "): the scores are over the others"));
  }
};

RowFiles::RowFiles(const RowSources& sources) : impl_(std::make_unique<Impl>()) {
  if (!sources.language.empty()) {
    std::string problem;
    parse_language(sources.language, problem);
    if (!problem.empty()) throw ConfigError("--language: " + problem);
    impl_->language = sources.language;
  }
  if (sources.references) impl_->references.emplace(*sources.references);
  for (const std::filesystem::path& path : sources.predictions) impl_->predictions.emplace_back(path);
}

RowFiles::~RowFiles() = default;

void RowFiles::check(const std::function<void(const EvalRow&)>& visit) {
  std::unordered_set<code::Hash128> seen;
  bool any_by_position = false;
  RawRow raw;
  for (raw.file = 0; raw.file < impl_->predictions.size(); ++raw.file) {
    const base::RereadableFile& file = impl_->predictions[raw.file];
    base::JsonlReader reader(file.path(), file.name());
    reader.accept_array();
    const std::size_t before = raw.position;
    while (auto line = reader.next_line()) {
      base::throw_if_stopped("nothing was written: run the same command again");
      raw.line = *std::move(line);
      bool is_by_position = false;
      const EvalRow row = impl_->parse(raw, is_by_position, [&](const std::string& id) {
        return impl_->references ? impl_->references->find_and_mark(id) : std::nullopt;
      });
      if (!seen.insert(code::hash_of(base::cat(row.id, '\n', row.sample))).second) {
        throw DataError(base::cat(row.where, ": id ", row.id, " sample ", row.sample, " was there before"));
      }
      any_by_position |= is_by_position;
      ++raw.position;
      visit(row);
    }
    if (raw.position == before) throw DataError(file.name() + ": no rows");
  }
  impl_->num_rows = raw.position;
  if (!impl_->references) return;
  if (any_by_position && raw.position != impl_->references->num_rows()) {
    throw DataError(base::cat(impl_->predictions.front().name(), ": ", raw.position,
                              " predictions without ids are matched by position, but ", impl_->references->name(),
                              " has ", impl_->references->num_rows(), " references"));
  }
  impl_->warn_of_unanswered();
}

std::size_t RowFiles::num_rows() const {
  return impl_->num_rows;
}

std::optional<RowFiles::RawRow> RowFiles::next() {
  Impl& impl = *impl_;
  if (!impl.reader) impl.open(0);
  auto line = impl.reader->next_line();
  while (!line && impl.file + 1 < impl.predictions.size()) {
    impl.open(impl.file + 1);
    line = impl.reader->next_line();
  }
  if (line.has_value() != (impl.position < impl.num_rows)) {
    throw DataError(impl.predictions[impl.file].name() + ": changed while it was read");
  }
  if (!line) return std::nullopt;
  return RawRow{*std::move(line), impl.file, impl.position++};
}

EvalRow RowFiles::parse(const RawRow& row) const {
  bool is_by_position = false;
  return impl_->parse(row, is_by_position, [&](const std::string& id) {
    return impl_->references ? impl_->references->find(id) : std::nullopt;
  });
}

}  // namespace quartet::eval
