#pragma once

#include <string>

#include "quartet/eval/score_page.h"

namespace quartet::eval {

/// The samples as a list that opens one by one, with a choice of the language above it.
std::string sample_cards(const ScorePageData& data);

}  // namespace quartet::eval
