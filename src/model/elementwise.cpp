#include "quartet/model/elementwise.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "gradients.h"
#include "quartet/kernels/kernels.h"

namespace quartet::model {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kThreadElements = 16 * 1024;  ///< below this a thread is not worth waking
/// Rows whose part of the gain's gradient is summed on its own: fixed, so that threads do not change the sum.
constexpr std::int64_t kGainRows = 64;

bool takes_kernels(const at::Tensor& x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat;
}

template <class F>
void parallel_rows(std::int64_t rows, std::int64_t row_elements, const F& f) {
  at::parallel_for(0, rows, std::max<std::int64_t>(1, kThreadElements / std::max<std::int64_t>(1, row_elements)), f);
}

float* out_at(const at::Tensor& t, std::int64_t offset) {
  return t.mutable_data_ptr<float>() + offset;
}

const float* in_at(const at::Tensor& t, std::int64_t offset) {
  return t.const_data_ptr<float>() + offset;
}

// --- RMSNorm -------------------------------------------------------------------------------------------------------

at::Tensor rms_norm_kernel(const at::Tensor& x, const at::Tensor& gain, double eps) {
  const std::int64_t d = x.size(1);
  auto out = at::empty_like(x);  // [N, D]
  parallel_rows(x.size(0), d, [&](std::int64_t begin, std::int64_t end) {
    kernels::kernels().rms_norm(in_at(x, begin * d), in_at(gain, 0), static_cast<float>(eps), end - begin, d,
                                out_at(out, begin * d));
  });
  return out;
}

at::Tensor rms_norm_grad_gain(const at::Tensor& grad, const at::Tensor& x, double eps) {
  const std::int64_t rows = x.size(0);
  const std::int64_t d = x.size(1);
  const std::int64_t blocks = (rows + kGainRows - 1) / kGainRows;
  const auto parts = at::zeros({blocks, d}, x.options());  // [blocks, D]
  at::parallel_for(0, blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      const std::int64_t row = b * kGainRows;
      kernels::kernels().rms_norm_backward_gain(in_at(grad, row * d), in_at(x, row * d), static_cast<float>(eps),
                                                std::min(kGainRows, rows - row), d, out_at(parts, b * d));
    }
  });
  return parts.sum(0);
}

struct RmsNormFunction : torch::autograd::Function<RmsNormFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& gain, double eps) {
    context->save_for_backward({x, gain});
    context->saved_data["eps"] = eps;
    return rms_norm_kernel(x, gain, eps);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];     // [N, D]
    const at::Tensor& gain = saved[1];  // [D]
    const double eps = context->saved_data["eps"].toDouble();
    const auto grad = grads[0].contiguous();  // [N, D]
    const std::int64_t d = x.size(1);
    at::Tensor grad_x;
    at::Tensor grad_gain;
    if (context->needs_input_grad(0)) {
      grad_x = at::empty_like(x);
      parallel_rows(x.size(0), d, [&](std::int64_t begin, std::int64_t end) {
        kernels::kernels().rms_norm_backward(in_at(grad, begin * d), in_at(x, begin * d), in_at(gain, 0),
                                             static_cast<float>(eps), end - begin, d, out_at(grad_x, begin * d));
      });
    }
    if (context->needs_input_grad(1)) grad_gain = rms_norm_grad_gain(grad, x, eps);
    return {grad_x, grad_gain, at::Tensor()};
  }
};

// --- RoPE ----------------------------------------------------------------------------------------------------------

at::Tensor rope_kernel(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, float direction) {
  const std::int64_t width = x.size(1);     // heads * K
  const std::int64_t half = cos.size(1);    // K / 2
  const std::int64_t period = cos.size(0);  // P
  auto out = at::empty_like(x);             // [N, heads * K]
  parallel_rows(x.size(0), width, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const std::int64_t angle = n % period * half;
      kernels::kernels().rope(in_at(x, n * width), in_at(cos, angle), in_at(sin, angle), direction, width / (2 * half),
                              2 * half, out_at(out, n * width));
    }
  });
  return out;
}

struct RopeFunction : torch::autograd::Function<RopeFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cos,
                            const at::Tensor& sin) {
    context->save_for_backward({cos, sin});
    return rope_kernel(x, cos, sin, 1.0F);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    // The inverse of a rotation is its transpose: the gradient is rotated back.
    return {rope_kernel(grads[0].contiguous(), saved[0], saved[1], -1.0F), at::Tensor(), at::Tensor()};
  }
};

at::Tensor rope_composed(const at::Tensor& x, const RopeTable& table) {
  const std::int64_t half = table.cos.size(1);
  const auto heads = x.view({-1, table.cos.size(0), x.size(1) / (2 * half), 2 * half});  // [N / P, P, heads, K]
  const auto cos = table.cos.to(x.scalar_type()).unsqueeze(1);                           // [P, 1, K / 2]
  const auto sin = table.sin.to(x.scalar_type()).unsqueeze(1);                           // [P, 1, K / 2]
  const auto a = heads.narrow(-1, 0, half);                                              // [N / P, P, heads, K / 2]
  const auto b = heads.narrow(-1, half, half);                                           // [N / P, P, heads, K / 2]
  return at::cat({a * cos - b * sin, b * cos + a * sin}, -1).view(x.sizes());
}

// --- SwiGLU --------------------------------------------------------------------------------------------------------

at::Tensor silu_mul_kernel(const at::Tensor& gate, const at::Tensor& up) {
  auto out = at::empty_like(gate);  // [N, F]
  parallel_rows(gate.numel(), 1, [&](std::int64_t begin, std::int64_t end) {
    kernels::kernels().silu_mul(in_at(gate, begin), in_at(up, begin), end - begin, out_at(out, begin));
  });
  return out;
}

struct SiluMulFunction : torch::autograd::Function<SiluMulFunction> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
    context->save_for_backward({gate, up});
    return silu_mul_kernel(gate, up);
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& gate = saved[0];            // [N, F]
    const at::Tensor& up = saved[1];              // [N, F]
    const auto grad = grads[0].contiguous();      // [N, F]
    const auto grad_gate = at::empty_like(gate);  // [N, F]
    const auto grad_up = at::empty_like(up);      // [N, F]
    parallel_rows(gate.numel(), 1, [&](std::int64_t begin, std::int64_t end) {
      kernels::kernels().silu_mul_backward(in_at(grad, begin), in_at(gate, begin), in_at(up, begin), end - begin,
                                           out_at(grad_gate, begin), out_at(grad_up, begin));
    });
    return {grad_gate, grad_up};
  }
};

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& gain, double eps) {
  if (takes_kernels(x)) {
    const auto rows = x.contiguous();
    return records_gradients(x, gain) ? RmsNormFunction::apply(rows, gain, eps) : rms_norm_kernel(rows, gain, eps);
  }
  const auto wide = x.to(at::kFloat);                                                  // [N, D]
  const auto normed = wide * at::rsqrt(wide.pow(2).mean(-1, /*keepdim=*/true) + eps);  // [N, D]
  return gain * normed.to(x.scalar_type());
}

RopeTable rope_table(const at::Tensor& positions, std::int64_t head_dim, double theta) {
  const auto options = positions.options().dtype(at::kFloat);
  const auto exponents = at::arange(0, head_dim, 2, positions.options()).to(at::kFloat) / head_dim;  // [K / 2]
  const auto frequencies = 1.0 / at::pow(theta, exponents);                                          // [K / 2]
  const auto angles = positions.to(options).unsqueeze(1) * frequencies;                              // [P, K / 2]
  return {angles.cos(), angles.sin()};
}

at::Tensor rope(const at::Tensor& x, const RopeTable& table) {
  const auto rows = x.contiguous();
  if (!takes_kernels(x)) return rope_composed(rows, table);
  return records_gradients(x, x) ? RopeFunction::apply(rows, table.cos, table.sin)
                                 : rope_kernel(rows, table.cos, table.sin, 1.0F);
}

at::Tensor silu_mul(const at::Tensor& gate, const at::Tensor& up) {
  if (!takes_kernels(gate)) return at::silu(gate) * up;
  const auto g = gate.contiguous();
  const auto u = up.contiguous();
  return records_gradients(gate, up) ? SiluMulFunction::apply(g, u) : silu_mul_kernel(g, u);
}

}  // namespace quartet::model
