#pragma once

#include <string>

namespace quartet::testing {

/// What is wrong with a page: a tag that is not closed or closes another one, an id that is there twice, a link to an
/// id that is not there, a "nan", a resource from elsewhere; or "" if nothing is.
std::string html_problem(const std::string& page);

}  // namespace quartet::testing
