#include "sample_cards.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "common_tokens.h"
#include "page_parts.h"
#include "quartet/base/html.h"
#include "quartet/base/text.h"
#include "quartet/base/text_table.h"

namespace quartet::eval {
namespace {

using base::cat;
using base::escape_html;
using base::format_score;
using nlohmann::json;

constexpr std::size_t kLongestText_bytes = 20'100;  // what the score board keeps, with its note
constexpr std::size_t kShorterText_bytes = 3'000;   // where the page would grow too large
constexpr std::size_t kMostTexts_bytes = 4'000'000;

/// The score that rows are sorted by: strict where there is one.
double main_score(const json& row) {
  const json& strict = field(row, "strict_score");
  return number_or_undefined(strict.is_null() ? field(row, "codebleu") : strict);
}

/// What makes a row bad: its loss against the baseline, or its score. Without a number it is not bad.
double worth(const ShownSample& sample) {
  const double score = main_score(sample.scores);
  const double worth = sample.before.is_null() ? score : score - main_score(sample.before);
  return std::isnan(worth) ? INFINITY : worth;
}

/// At most `longest` bytes, cut between characters.
std::string cut(const std::string& text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80) --end;
  return text.substr(0, end);
}

std::string block(const char* title, const std::string& html, std::size_t shown_bytes, std::size_t all_bytes) {
  std::string note;
  if (shown_bytes < all_bytes) {
    note = cat(" <small>shortened to its first ", shown_bytes, " bytes</small>");
  } else if (all_bytes == 0) {
    note = " <small>empty</small>";
  }
  return cat("<div><b>", title, "</b>", note, "<pre tabindex=\"0\">", html, "</pre></div>");
}

std::string chip(const std::string& text) {
  return "<span class=\"chip\">" + escape_html(text) + "</span>";
}

std::string flags(const ShownSample& sample) {
  const json& row = sample.scores;
  std::string out;
  if (field(row, "exact_match") == true) out += chip("exact match");
  if (field(row, "prediction_parses") == false) out += chip("does not parse");
  const json& detected = field(row, "detected_language");
  if (detected.is_string() && detected != sample.language) {
    out += chip("reads as " + language_name(detected.get<std::string>()));
  } else if (row.contains("detected_language") && detected.is_null()) {
    out += chip("reads as no language");
  }
  if (field(row, "truncated") == true) out += chip("cut at the token limit");
  if (field(row, "reference_parses") == false) out += chip("reference does not parse");
  if (field(row, "guard").is_string()) out += chip("guard: " + row["guard"].get<std::string>());
  return out;
}

/// One mode's five numbers in a line of their own; with the baseline's total where there is one.
std::string scores_line(const ShownSample& sample, bool strict) {
  const std::string total = strict ? "strict_score" : "codebleu";
  if (!sample.scores.contains(total)) return "";
  const std::vector<std::pair<const char*, const char*>> parts =
      strict ? std::vector<std::pair<const char*, const char*>>{{"n-gram", "strict_ngram"},
                                                                {"weighted", "strict_weighted"},
                                                                {"syntax", "strict_syntax"},
                                                                {"data flow", "strict_dataflow"}}
             : std::vector<std::pair<const char*, const char*>>{{"n-gram", "ngram_match_score"},
                                                                {"weighted", "weighted_ngram_match_score"},
                                                                {"syntax", "syntax_match_score"},
                                                                {"data flow", "dataflow_match_score"}};
  std::string out = cat("<dt>", strict ? "strict" : "compat", "</dt><dd><b>",
                        format_score(number_or_undefined(field(sample.scores, total))), "</b>");
  if (!sample.before.is_null()) {
    out += cat(" (before ", format_score(number_or_undefined(field(sample.before, total))), ")");
  }
  for (const auto& [name, key] : parts) {
    out += cat(" \xc2\xb7 ", name, " ", format_score(number_or_undefined(field(sample.scores, key)), 3));
  }
  return out + "</dd>";
}

std::string card(const ShownSample& sample, std::size_t group, std::size_t longest) {
  const double value = worth(sample);
  const std::string score = !std::isfinite(value)     ? "-"
                            : sample.before.is_null() ? format_score(value, 3)
                                                      : signed_score(value);
  const auto [reference, prediction] =
      mark_common_tokens(cut(sample.reference, longest), cut(sample.prediction, longest));
  const std::string prompt = cut(sample.prompt, longest);
  const auto shown = [&](const std::string& text) { return std::min(text.size(), cut(text, longest).size()); };
  std::string out =
      cat("<details class=\"g", group, "\"><summary><b>", score, "</b><code>",
          escape_html(base::shorten(id_text(sample.id), 120)), "</code>",
          sample.sample == 0 ? "" : chip(cat("sample ", sample.sample)), chip(language_name(sample.language)),
          flags(sample), "</summary><div><dl>", scores_line(sample, true), scores_line(sample, false), "</dl>");
  if (!prompt.empty()) out += block("Prompt", escape_html(prompt), prompt.size(), sample.prompt.size());
  return out + cat("<div class=\"pair\">",
                   block("Reference", reference, shown(sample.reference), sample.reference.size()),
                   block("Prediction", prediction, shown(sample.prediction), sample.prediction.size()),
                   "</div></div></details>\n");
}

/// Texts are shown up to a length that keeps the page of a size that browsers open at once.
std::size_t longest_text(const std::vector<ShownSample>& samples) {
  std::size_t total = 0;
  for (const ShownSample& sample : samples) {
    for (const std::string* text : {&sample.prompt, &sample.reference, &sample.prediction}) {
      total += std::min(text->size(), kLongestText_bytes);
    }
  }
  return total > kMostTexts_bytes ? kShorterText_bytes : kLongestText_bytes;
}

}  // namespace

std::string sample_cards(const ScorePageData& data) {
  std::map<std::string, std::size_t> counts;
  for (const ShownSample& sample : data.samples) ++counts[sample.language];
  std::vector<std::string> languages;
  for (const auto& [language, count] : counts) languages.push_back(language);
  languages = in_language_order(std::move(languages));
  std::map<std::string, std::size_t> groups;  // language -> its place among the choices; the first shows all
  std::string out = "<div>";
  if (languages.size() > 1) {
    out += cat("<input class=\"pick\" type=\"radio\" name=\"language\" id=\"pick1\" checked><label for=\"pick1\">All ",
               data.samples.size(), "</label>");
  }
  for (std::size_t i = 0; i < languages.size(); ++i) {
    const std::size_t group = groups[languages[i]] = i + 2;
    if (languages.size() == 1) break;
    out += cat("<input class=\"pick\" type=\"radio\" name=\"language\" id=\"pick", group, "\"><label for=\"pick", group,
               "\">", escape_html(language_name(languages[i])), " ", counts[languages[i]], "</label>");
  }
  out += "<div class=\"list\">\n";
  const std::size_t longest = longest_text(data.samples);
  for (const ShownSample& sample : data.samples) out += card(sample, groups[sample.language], longest);
  return out + "</div></div>\n";
}

}  // namespace quartet::eval
