#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quartet/base/language.h"
#include "quartet/data/sample.h"

namespace quartet::tokenizer {
class Tokenizer;
}

namespace quartet::data {

/// One `[LANG=]PATH` of the command line.
struct DataSource {
  const base::Language* language = nullptr;  ///< of the rows that name none
  std::filesystem::path path;
};

/// What stands before the first '=' is a language if it is a plain word. Throws: ConfigError for an unknown one.
DataSource parse_data_source(std::string_view text);

struct DatasetOptions {
  std::string template_name = "study";
  const base::Language* language = nullptr;  ///< keeps only rows of this language; names those that have none
  bool train_on_prompt = false;
  bool detokenize_xlcost = false;         ///< `code` becomes source text, by the rules of the row's language
  std::int64_t max_length_tokens = 1024;  ///< longer rows are cut on the right
  std::int64_t vocab_size = 0;            ///< bound for rows of ids
};

/// What became of the rows, for the log and the manifest.
struct DatasetStats {
  std::int64_t num_rows = 0;
  std::int64_t num_other_language = 0;  ///< left out by the language filter
  std::int64_t num_cut = 0;             ///< cut at the maximal length: their end, EOS included, is not learnt
  std::int64_t num_detokenized = 0;
  std::int64_t num_damaged = 0;                       ///< of those: with damage, which is not repaired
  std::map<std::string, std::int64_t> num_by_damage;  ///< a row may have several kinds
  std::int64_t num_untrained = 0;       ///< left out because no trained token is left
  std::int64_t num_tokens = 0;
  std::int64_t num_trained_tokens = 0;
};

struct Dataset {
  std::vector<Sample> samples;
  DatasetStats stats;
};

/// Gives the tokenizer when the first row of text comes up, so that data of ids need none.
using TokenizerSource = std::function<const tokenizer::Tokenizer&()>;

/// Reads rows {"text", "code"} (template applied), {"prompt", "completion"} (as they are, between BOS and EOS) and
/// {"input_ids", "loss_mask"} (as they are), in order. Further fields are ignored.
///
/// Throws: DataError "path:line: …" for a bad row, or if nothing is left to train on; what `tokenizer` throws.
Dataset read_dataset(const std::vector<DataSource>& sources, const DatasetOptions& options,
                     const TokenizerSource& tokenizer);

/// Moves about `fraction` of the samples into the result, chosen by a hash of their ids: equal rows stay together and
/// the choice does not depend on order; each side gets at least one. Throws: DataError if all samples are equal.
std::vector<Sample> split_held_out(std::vector<Sample>& samples, double fraction);

}  // namespace quartet::data
