#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "quartet/base/text_table.h"

namespace quartet::eval {

/// What upstream's defects do to the compat scores, from scores.json's "defects" ({"overall": G, "languages": {id: G}}
/// with G = {defect: {"rows", "mean_change", "largest_change"}, "hash_seeds": {"count", "min", "mean", "max"}}): one
/// table of the changes (score as it is minus corrected) and one of the spread over hash seeds; none where the key is
/// missing.
std::vector<base::TextTable> defect_tables(const nlohmann::json& scores);

/// Name and explanation of each defect that the tables have.
std::vector<std::pair<std::string, std::string>> defect_notes(const nlohmann::json& scores);

}  // namespace quartet::eval
