#include "quartet/model/router.h"

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::model {

Routing route(const at::Tensor& logits, std::int64_t num_chosen) {
  const auto probabilities = at::softmax(logits, /*dim=*/-1, at::kFloat);  // [N, E]
  // A stable sort puts the lower index first among equals, which topk does not promise.
  const auto order = std::get<1>(at::sort(probabilities.detach(), /*stable=*/true, /*dim=*/-1, /*descending=*/true));
  const auto experts = order.narrow(-1, 0, num_chosen).contiguous();  // [N, A]
  const auto chosen = probabilities.gather(-1, experts);              // [N, A]
  // Added one by one: the order of a reduction could depend on the number of tokens.
  auto total = chosen.narrow(-1, 0, 1);  // [N, 1]
  for (std::int64_t rank = 1; rank < num_chosen; ++rank) total = total + chosen.narrow(-1, rank, 1);
  return {experts, chosen / total};
}

Routing route_to(std::int64_t expert, const at::Tensor& logits) {
  if (expert < 0 || expert >= logits.size(-1)) {
    throw StateError(base::cat("[router] expert ", expert, " of ", logits.size(-1)));
  }
  const std::int64_t rows = logits.size(0);
  const auto options = at::TensorOptions().device(logits.device());
  return {at::full({rows, 1}, expert, options.dtype(at::kLong)), at::ones({rows, 1}, options.dtype(at::kFloat))};
}

}  // namespace quartet::model
