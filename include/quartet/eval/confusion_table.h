#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "quartet/base/text_table.h"

namespace quartet::eval {

/// Asked language by detected language: counts from scores.json's "detected_languages" ({asked: {detected or
/// "unclassified": count}}). Columns are the languages that were asked for, those that were detected, and the answers
/// that read as none.
base::TextTable confusion_table(const nlohmann::json& detected_languages);

/// The same for a page: cells shaded by the share of their row.
std::string confusion_html(const nlohmann::json& detected_languages);

}  // namespace quartet::eval
