#include "reference_file.h"

#include <nlohmann/json.hpp>

#include "quartet/base/error.h"
#include "quartet/base/jsonl.h"
#include "quartet/base/signals.h"
#include "quartet/base/text.h"

namespace quartet::eval {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxTextBytes = std::size_t{16} << 20;

std::vector<std::string> parse_references(const json& value, const std::string& field, const std::string& where) {
  const auto fail = [&](const std::string& got) {
    throw DataError(base::cat(where, ": field \"", field, "\" must be a string or a list of strings, got ", got));
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

/// The study's files hold the bare texts: {"value": text}.
bool is_bare_text(const json& row) {
  return !row.contains("id") && row.contains("value");
}

ReferenceEntry parse_entry(const json& row, const std::string& where) {
  ReferenceEntry entry;
  entry.language = base::find_string(row, "language", where).value_or("");
  auto references =
      is_bare_text(row) ? std::vector{base::require_string(row, "value", where)} : find_references(row, where);
  if (!references) throw DataError(base::cat(where, ": field \"reference\" is missing in ", base::show_json(row)));
  entry.references = *std::move(references);
  for (const std::string& reference : entry.references) require_text_size(reference, "value", where);
  return entry;
}

}  // namespace

void require_text_size(const std::string& text, const std::string& field, const std::string& where) {
  if (text.size() <= kMaxTextBytes) return;
  throw DataError(base::cat(where, ": field \"", field, "\" holds ",
                            base::format_bytes(static_cast<double>(text.size())), " of text, expected at most 16 MiB"));
}

std::optional<std::vector<std::string>> find_references(const json& row, const std::string& where) {
  for (const char* field : {"reference", "references", "code"}) {
    if (!row.contains(field) || row[field].is_null()) continue;
    std::vector<std::string> references = parse_references(row[field], field, where);
    for (const std::string& reference : references) require_text_size(reference, field, where);
    return references;
  }
  return std::nullopt;
}

std::string row_id(const json& row, std::size_t position, bool may_lack_id, const std::string& where) {
  if (row.contains("id")) return base::to_json_line(row["id"]);
  if (may_lack_id) return std::to_string(position);
  throw DataError(base::cat(where, ": field \"id\" is missing in ", base::show_json(row)));
}

ReferenceFile::ReferenceFile(const std::filesystem::path& path) : file_(path) {
  base::JsonlReader reader(file_.path(), file_.name());
  reader.accept_array();
  std::uint32_t position = 0;
  while (const auto line = reader.next_line()) {
    base::throw_if_stopped("nothing was written: run the same command again");
    const Place place{line->offset, static_cast<std::uint32_t>(line->text.size()),
                      static_cast<std::uint32_t>(line->number), position++};
    bool replaced = false;
    const json row = base::parse_jsonl_line(line->text, reader.where(), &replaced);
    parse_entry(row, reader.where());
    const std::string id = row_id(row, place.position, is_bare_text(row), reader.where());
    if (!places_.try_emplace(code::hash_of(id), place).second)
      throw DataError(base::cat(reader.where(), ": id ", id, " was there before"));
  }
  if (places_.empty()) throw DataError(file_.name() + ": no rows");
}

std::string ReferenceFile::where(const Place& place) const {
  return base::cat(file_.name(), ":", place.line);
}

json ReferenceFile::read(const Place& place, bool& replaced) const {
  return base::parse_jsonl_line(file_.read_at(place.offset, place.num_bytes), where(place), &replaced);
}

ReferenceEntry ReferenceFile::entry(const Place& place) const {
  bool replaced = false;
  ReferenceEntry entry = parse_entry(read(place, replaced), where(place));
  entry.replaced_text = replaced;
  return entry;
}

std::optional<ReferenceEntry> ReferenceFile::find(const std::string& id) const {
  const auto found = places_.find(code::hash_of(id));
  return found == places_.end() ? std::nullopt : std::optional(entry(found->second));
}

std::optional<ReferenceEntry> ReferenceFile::find_and_mark(const std::string& id) {
  const auto found = places_.find(code::hash_of(id));
  if (found == places_.end()) return std::nullopt;
  found->second.is_marked = true;
  return entry(found->second);
}

ReferenceFile::Unanswered ReferenceFile::unanswered() const {
  Unanswered result;
  const Place* first = nullptr;
  for (const auto& [hash, place] : places_) {
    if (place.is_marked) continue;
    ++result.count;
    if (first == nullptr || place.line < first->line) first = &place;
  }
  if (first == nullptr) return result;
  bool replaced = false;
  result.first = row_id(read(*first, replaced), first->position, true, where(*first));
  return result;
}

}  // namespace quartet::eval
