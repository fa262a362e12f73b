#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "quartet/base/rereadable_file.h"
#include "quartet/code/s_expression.h"

namespace quartet::eval {

/// What a prediction is judged against.
struct ReferenceEntry {
  std::vector<std::string> references;
  std::string language;        ///< empty where the row has none
  bool replaced_text = false;  ///< lone surrogates became U+FFFD
};

/// The references that a row has in `reference`, `references`, or as a row of XLCoST in `code`: a string or a list of
/// strings, not empty. Throws: DataError beginning with `where`.
std::optional<std::vector<std::string>> find_references(const nlohmann::json& row, const std::string& where);

/// Throws: DataError beginning with `where` if the text in `field` is longer than 16 MiB, which no program is and which
/// would take gigabytes to score.
void require_text_size(const std::string& text, const std::string& field, const std::string& where);

/// A row's id as compact JSON; `position` where it has none and is one of the study's rows.
std::string row_id(const nlohmann::json& row, std::size_t position, bool may_lack_id, const std::string& where);

/// A file of references by id. Only the places of its rows are in memory.
class ReferenceFile {
 public:
  /// Reads the file once. Throws: DataError "path:line" for bad rows and repeated ids, and for a file without rows.
  explicit ReferenceFile(const std::filesystem::path& path);

  /// The row of an id, read from the file; nothing where there is none. In any thread.
  std::optional<ReferenceEntry> find(const std::string& id) const;
  /// As `find`, and remembers that the id was asked for.
  std::optional<ReferenceEntry> find_and_mark(const std::string& id);
  std::size_t num_rows() const { return places_.size(); }
  /// Ids that nobody asked for: how many, and the one that comes first in the file.
  struct Unanswered {
    std::size_t count = 0;
    std::string first;
  };
  Unanswered unanswered() const;
  const std::string& name() const { return file_.name(); }

 private:
  struct Place {
    std::uint64_t offset = 0;
    std::uint32_t num_bytes = 0;
    std::uint32_t line = 0;
    std::uint32_t position = 0;
    bool is_marked = false;
  };
  std::string where(const Place& place) const;
  nlohmann::json read(const Place& place, bool& replaced) const;
  ReferenceEntry entry(const Place& place) const;

  base::RereadableFile file_;
  std::unordered_map<code::Hash128, Place> places_;
};

}  // namespace quartet::eval
