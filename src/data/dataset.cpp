#include "quartet/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"
#include "quartet/code/xlcost.h"
#include "quartet/tokenizer/prompt_format.h"
#include "quartet/tokenizer/tokenizer.h"

namespace quartet::data {
namespace {

using base::cat;
using nlohmann::json;

void append(Sample& sample, const tokenizer::TokenIds& ids, bool trained) {
  sample.ids.insert(sample.ids.end(), ids.begin(), ids.end());
  sample.trained.insert(sample.trained.end(), ids.size(), trained ? 1 : 0);
}

/// Turns rows into samples.
class RowEncoder {
 public:
  RowEncoder(const DatasetOptions& options, const TokenizerSource& tokenizer, DatasetStats& stats)
      : options_(options), format_(options.template_name), tokenizer_(tokenizer), stats_(stats) {}

  /// Throws: DataError starting with `where`.
  Sample encode(const json& row, const base::Language* language, const std::string& where) const {
    Sample sample = row.contains("input_ids") ? id_row(row, where)
                    : row.contains("code")    ? code_row(row, language, where)
                                              : completion_row(row, where);
    sample.language = language;
    return sample;
  }

 private:
  Sample id_row(const json& row, const std::string& where) const {
    Sample sample;
    for (const json& id : array(row, "input_ids", where)) {
      if (!id.is_number_integer() || id < 0 || id >= options_.vocab_size) {
        throw DataError(
            cat(where, ": field \"input_ids\" has ", id.dump(), ", expected ids from 0 to ", options_.vocab_size - 1));
      }
      sample.ids.push_back(id.get<std::int32_t>());
    }
    for (const json& flag : array(row, "loss_mask", where)) {
      const bool valid = flag.is_boolean() || (flag.is_number_integer() && (flag == 0 || flag == 1));
      if (!valid) throw DataError(cat(where, ": field \"loss_mask\" has ", flag.dump(), ", expected 0 or 1"));
      sample.trained.push_back(flag.is_boolean() ? flag.get<bool>() : flag.get<int>() == 1);
    }
    if (sample.ids.size() != sample.trained.size()) {
      throw DataError(cat(where, ": \"input_ids\" has ", sample.ids.size(), " entries and \"loss_mask\" ",
                          sample.trained.size(), ", expected as many"));
    }
    return sample;
  }

  static const json& array(const json& row, const char* field, const std::string& where) {
    const auto found = row.find(field);
    if (found == row.end() || !found->is_array()) {
      throw DataError(cat(where, ": field \"", field, "\" is ", found == row.end() ? "missing" : found->type_name(),
                          ", expected a list"));
    }
    return *found;
  }

  Sample code_row(const json& row, const base::Language* language, const std::string& where) const {
    const std::string text = base::require_string(row, row.contains("text") ? "text" : "prompt", where);
    std::string code = base::require_string(row, "code", where);
    if (options_.detokenize_xlcost) code = detokenize(code, language, where);
    if (format_.needs_language() && language == nullptr) {
      throw DataError(cat(where, ": the template ", format_.name(),
                          " names the language, but the row has none (give `language`, LANG=PATH or --language)"));
    }
    return pair(format_.prompt_ids(tokenizer_(), text, language), format_.answer_ids(tokenizer_(), code));
  }

  std::string detokenize(const std::string& code, const base::Language* language, const std::string& where) const {
    if (language == nullptr) {
      throw DataError(cat(where,
                          ": --detok needs the language, but the row has none (give `language`, LANG=PATH or "
                          "--language)"));
    }
    code::DetokenizedText result = code::detokenize_xlcost(code::find_grammar(language->id).value(), code);
    ++stats_.num_detokenized;
    stats_.num_damaged += result.damaged();
    for (const code::XlcostDamage damage : result.damage)
      ++stats_.num_by_damage[std::string(code::damage_name(damage))];
    return std::move(result.text);
  }

  Sample completion_row(const json& row, const std::string& where) const {
    if (!row.contains("prompt") || !row.contains("completion")) {
      throw DataError(cat(where, ": got the fields ", field_names(row),
                          ", expected text and code, prompt and completion, or input_ids and loss_mask"));
    }
    tokenizer::TokenIds prompt = tokenizer_().encode(base::require_string(row, "prompt", where));
    prompt.insert(prompt.begin(), tokenizer_().bos_id());
    return pair(prompt, tokenizer_().encode(base::require_string(row, "completion", where)));
  }

  Sample pair(const tokenizer::TokenIds& prompt, const tokenizer::TokenIds& answer) const {
    Sample sample;
    append(sample, prompt, options_.train_on_prompt);
    append(sample, answer, true);
    append(sample, {tokenizer_().eos_id()}, true);
    return sample;
  }

  static std::string field_names(const json& row) {
    std::vector<std::string> names;
    for (const auto& item : row.items()) names.push_back(item.key());
    return names.empty() ? "(none)" : base::excerpt(base::join(names, ", "));
  }

  const DatasetOptions& options_;
  tokenizer::PromptFormat format_;
  const TokenizerSource& tokenizer_;
  DatasetStats& stats_;
};

/// The row's own language. Throws: DataError for one that is not in the list.
const base::Language* row_language(const json& row, const std::string& where) {
  const std::optional<std::string> name = base::find_string(row, "language", where);
  if (!name) return nullptr;
  const base::Language* language = base::find_language(*name);
  if (language != nullptr) return language;
  throw DataError(cat(where, ": field \"language\" has ", base::excerpt(*name), ", which is no language of the list"));
}

void read_source(const DataSource& source, const DatasetOptions& options, const RowEncoder& encoder, Dataset& dataset) {
  DatasetStats& stats = dataset.stats;
  base::JsonlReader reader(source.path);
  while (const std::optional<json> row = reader.next()) {
    base::throw_if_stopped("stopped while reading the data: nothing was written");
    ++stats.num_rows;
    const std::string where = reader.where();
    const base::Language* language = row_language(*row, where);
    if (language == nullptr) language = source.language;
    if (language == nullptr) language = options.language;
    if (options.language != nullptr && language != options.language) {
      ++stats.num_other_language;
      continue;
    }
    Sample sample = encoder.encode(*row, language, where);
    if (sample.num_tokens() > options.max_length_tokens) {
      ++stats.num_cut;
      sample.ids.resize(options.max_length_tokens);
      sample.trained.resize(options.max_length_tokens);
    }
    if (sample.num_trained() == 0) {
      ++stats.num_untrained;
      continue;
    }
    stats.num_tokens += sample.num_tokens();
    stats.num_trained_tokens += sample.num_trained();
    dataset.samples.push_back(std::move(sample));
  }
}

/// Uniform in [0, 1), a function of the ids alone.
double hash_position(const Sample& sample) {
  const std::string_view bytes(reinterpret_cast<const char*>(sample.ids.data()),
                               sample.ids.size() * sizeof(sample.ids.front()));
  const std::string digits = base::sha256_hex(cat("held out|", bytes)).substr(0, 13);  // 52 bits: exact in a double
  return std::ldexp(static_cast<double>(std::stoull(digits, nullptr, 16)), -52);
}

}  // namespace

DataSource parse_data_source(std::string_view text) {
  if (text.empty()) throw ConfigError("data: got an empty text, expected [LANG=]PATH");
  const std::size_t sign = text.find('=');
  const std::string_view name = text.substr(0, sign);
  if (sign == std::string_view::npos || name.find_first_of("/.") != std::string_view::npos) return {nullptr, text};
  const base::Language& language = base::require_language(name, cat("data ", base::excerpt(text)));
  if (sign + 1 == text.size()) throw ConfigError(cat("data ", text, ": no path behind the '='"));
  return {&language, text.substr(sign + 1)};
}

Dataset read_dataset(const std::vector<DataSource>& sources, const DatasetOptions& options,
                     const TokenizerSource& tokenizer) {
  Dataset dataset;
  const RowEncoder encoder(options, tokenizer, dataset.stats);
  for (const DataSource& source : sources) read_source(source, options, encoder, dataset);
  if (!dataset.samples.empty()) return dataset;
  std::vector<std::string> paths;
  for (const DataSource& source : sources) paths.push_back(source.path.string());
  const DatasetStats& stats = dataset.stats;
  throw DataError(cat(base::join(paths, ", "), ": nothing to train on: ", stats.num_rows, " rows, ",
                      stats.num_other_language, " of other languages, ", stats.num_untrained,
                      " without a trained token within ", options.max_length_tokens, " tokens"));
}

std::vector<Sample> split_held_out(std::vector<Sample>& samples, double fraction) {
  double lowest = 1, highest = 0;
  for (const Sample& sample : samples) {
    lowest = std::min(lowest, hash_position(sample));
    highest = std::max(highest, hash_position(sample));
  }
  if (!(lowest < highest)) {
    throw DataError(cat("held-out fraction ", fraction, ": got ", samples.size(),
                        " rows, all of them equal; expected two that differ, one for each side"));
  }
  // Few rows may all lie on one side of the fraction: the nearest one changes sides.
  const double limit = std::clamp(fraction, std::nextafter(lowest, 1.0), highest);
  const auto middle =
      std::stable_partition(samples.begin(), samples.end(), [&](const Sample& s) { return hash_position(s) >= limit; });
  std::vector<Sample> result(std::make_move_iterator(middle), std::make_move_iterator(samples.end()));
  samples.erase(middle, samples.end());
  return result;
}

}  // namespace quartet::data
