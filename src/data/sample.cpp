#include "quartet/data/sample.h"

#include <algorithm>

namespace quartet::data {

std::int64_t Sample::num_trained() const {
  return trained.empty() ? 0 : std::count(trained.begin() + 1, trained.end(), std::uint8_t{1});
}

}  // namespace quartet::data
