#pragma once

#include <string>

#include "score_groups.h"

namespace quartet::eval {

/// All about one mode: changes, parts, densities, what upstream's defects do, and what the numbers mean.
std::string mode_section(const nlohmann::json& scores, const ScorePageData& data, const Mode& mode);

}  // namespace quartet::eval
