#include "quartet/tensor/shape_check.h"

#include <algorithm>
#include <vector>

#include "quartet/base/error.h"
#include "quartet/base/text.h"
#include "quartet/tensor/dtype.h"

namespace quartet::tensor {

void check_shape(std::string_view where, std::string_view name, const at::Tensor& value,
                 std::initializer_list<std::int64_t> expected) {
  if (!value.defined()) throw ShapeError(base::cat("[", where, "] ", name, " is undefined"));
  const auto shape = value.sizes();
  const bool fits = std::equal(shape.begin(), shape.end(), expected.begin(), expected.end(),
                               [](std::int64_t got, std::int64_t want) { return want == -1 || got == want; });
  if (fits) return;
  throw ShapeError(base::cat("[", where, "] ", name, " has shape ", shape_text(shape), ", expected ",
                             shape_text(std::vector<std::int64_t>(expected)), " (-1 = any)"));
}

}  // namespace quartet::tensor
