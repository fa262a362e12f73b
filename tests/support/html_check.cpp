#include "support/html_check.h"

#include <cctype>
#include <regex>
#include <set>
#include <vector>

namespace quartet::testing {
namespace {

const std::set<std::string> kVoid{"meta", "input", "br"};

std::string near(const std::string& page, std::size_t at) {
  return page.substr(at, 80);
}

std::string tag_problem(const std::string& page) {
  std::vector<std::string> open;
  for (std::size_t i = page.find('<'); i != std::string::npos; i = page.find('<', i + 1)) {
    if (page.compare(i, 2, "<!") == 0) continue;
    const std::size_t end = page.find('>', i);
    if (end == std::string::npos) return "no end of " + near(page, i);
    const bool closes = page[i + 1] == '/';
    std::size_t name_end = i + 1 + (closes ? 1 : 0);
    while (std::isalnum(static_cast<unsigned char>(page[name_end])) != 0) ++name_end;
    const std::size_t name_begin = i + 1 + (closes ? 1 : 0);
    const std::string name = page.substr(name_begin, name_end - name_begin);
    if (name.empty()) return "no name in " + near(page, i);
    if (closes) {
      if (open.empty() || open.back() != name) return "nothing to close at " + near(page, i);
      open.pop_back();
    } else if (page[end - 1] != '/' && !kVoid.contains(name)) {
      open.push_back(name);
    }
    if (name == "style" && !closes) i = page.find("</style>", i) - 1;
  }
  return open.empty() ? "" : "not closed: " + open.back();
}

std::string link_problem(const std::string& page) {
  std::set<std::string> ids;
  const std::regex id(" id=\"([^\"]*)\""), link(" (?:href|for)=\"#?([^\"]*)\""),
      foreign("https?://|<script|<link|<img|url\\(");
  for (std::sregex_iterator it(page.begin(), page.end(), id), end; it != end; ++it) {
    if (!ids.insert((*it)[1]).second) return "twice: " + (*it)[1].str();
  }
  for (std::sregex_iterator it(page.begin(), page.end(), link), end; it != end; ++it) {
    if (!ids.contains((*it)[1])) return "leads nowhere: " + (*it)[1].str();
  }
  std::smatch found;
  if (std::regex_search(page, found, foreign)) return "not of this page: " + found.str();
  return "";
}

}  // namespace

std::string html_problem(const std::string& page) {
  if (page.find("nan") != std::string::npos) return "nan: " + near(page, page.find("nan") - 20);
  const std::string tags = tag_problem(page);
  return tags.empty() ? link_problem(page) : tags;
}

}  // namespace quartet::testing
