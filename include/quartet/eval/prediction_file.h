#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "quartet/code/syntax_tree.h"

namespace quartet::eval {

/// One prediction with what it is judged against.
struct EvalRow {
  std::string id;  ///< as compact JSON: 7 or "task/7" with its quotes
  long sample = 0;
  code::Grammar grammar = code::Grammar::kPython;
  std::string prediction;
  std::vector<std::string> references;  ///< at least one
  std::string prompt;                   ///< empty where the row has none
  std::optional<bool> truncated;        ///< stopped by the token limit; nothing where the row does not say
  bool replaced_text = false;           ///< lone surrogates became U+FFFD
  std::string where;                    ///< path:line
};

/// Where rows come from.
struct RowSources {
  std::vector<std::filesystem::path> predictions;
  std::optional<std::filesystem::path> references;
  std::string language;  ///< for rows without one; may be empty
};

/// Reads prediction files as one set, in order. Rows: `id`, `prediction` (or `text`), optional `sample`, `language`,
/// `reference` (a string or a list), `stop_reason`, `prompt`. The references file is matched by id. Throws: DataError
/// "path:line" for a missing or ill-typed field, a repeated (id, sample), an unknown language, a row without a
/// reference; for files without rows. ConfigError if `language` is unknown.
std::vector<EvalRow> read_rows(const RowSources& sources);

}  // namespace quartet::eval
