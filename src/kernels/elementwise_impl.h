#pragma once

#include "vec_tail.h"

namespace quartet::kernels {
namespace {

/// Calls f(i, count) for the vectors of [0, size); count < kLanes only for the last one.
template <class F>
void for_vectors(std::int64_t size, const F& f) {
  for (std::int64_t i = 0; i < size; i += Vec::kLanes) f(i, size - i);
}

void to_float32(const void* from, FloatType type, std::int64_t count, float* to) {
  with_rows({from, type, 0}, 0, [&](const auto* numbers) {
    for_vectors(count,
                [&](std::int64_t i, std::int64_t left) { store_up_to(load_up_to(numbers + i, left), to + i, left); });
  });
}

template <class T>
void narrow_all(const float* from, std::int64_t count, T* to) {
  std::int64_t i = 0;
  for (; i + Vec::kLanes <= count; i += Vec::kLanes) Vec::load(from + i).store(to + i);
  if (i < count) {
    T last[Vec::kLanes];
    load_partial(from + i, count - i).store(last);
    for (std::int64_t j = 0; i + j < count; ++j) to[i + j] = last[j];
  }
}

void from_float32(const float* from, std::int64_t count, FloatType type, void* to) {
  switch (type) {
    case FloatType::kFloat32:
      return narrow_all(from, count, static_cast<float*>(to));
    case FloatType::kBfloat16:
      return narrow_all(from, count, static_cast<Bfloat16*>(to));
    case FloatType::kFloat16:
      return narrow_all(from, count, static_cast<Float16*>(to));
  }
}

/// 1 / sqrt(mean(x^2) + eps); four sums side by side hide the latency of the additions.
inline float inverse_rms(const float* x, float eps, std::int64_t d) {
  Vec sums[4] = {Vec::zero(), Vec::zero(), Vec::zero(), Vec::zero()};
  std::int64_t i = 0;
  for (; i + 4 * Vec::kLanes <= d; i += 4 * Vec::kLanes) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
      const Vec v = Vec::load(x + i + j * Vec::kLanes);
      sums[j].add_product(v, v);
    }
  }
  for (; i < d; i += Vec::kLanes) {
    const Vec v = load_up_to(x + i, d - i);
    sums[0].add_product(v, v);
  }
  const float square_sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum();
  return 1.0F / __builtin_sqrtf(square_sum / static_cast<float>(d) + eps);
}

void rms_norm(const float* x, const float* gain, float eps, std::int64_t rows, std::int64_t d, float* out) {
  for (std::int64_t r = 0; r < rows; ++r, x += d, out += d) {
    const Vec scale = Vec::set1(inverse_rms(x, eps, d));
    for_vectors(d, [&](std::int64_t i, std::int64_t left) {
      store_up_to(load_up_to(gain + i, left) * (load_up_to(x + i, left) * scale), out + i, left);
    });
  }
}

void rms_norm_backward(const float* grad_out, const float* x, const float* gain, float eps, std::int64_t rows,
                       std::int64_t d, float* grad_x) {
  // With s = 1 / rms: out = gain x s, so grad_x = s gain grad_out - x s^3 / d * sum(grad_out gain x).
  for (std::int64_t r = 0; r < rows; ++r, grad_out += d, x += d, grad_x += d) {
    const float s = inverse_rms(x, eps, d);
    Vec products = Vec::zero();
    for_vectors(d, [&](std::int64_t i, std::int64_t left) {
      products.add_product(load_up_to(grad_out + i, left) * load_up_to(gain + i, left), load_up_to(x + i, left));
    });
    const Vec scale = Vec::set1(s);
    const Vec pull = Vec::set1(s * s * s * products.sum() / static_cast<float>(d));
    for_vectors(d, [&](std::int64_t i, std::int64_t left) {
      const Vec direct = scale * (load_up_to(gain + i, left) * load_up_to(grad_out + i, left));
      store_up_to(direct - load_up_to(x + i, left) * pull, grad_x + i, left);
    });
  }
}

void rms_norm_backward_gain(const float* grad_out, const float* x, float eps, std::int64_t rows, std::int64_t d,
                            float* grad_gain) {
  for (std::int64_t r = 0; r < rows; ++r, grad_out += d, x += d) {
    const Vec scale = Vec::set1(inverse_rms(x, eps, d));
    for_vectors(d, [&](std::int64_t i, std::int64_t left) {
      Vec sum = load_up_to(grad_gain + i, left);
      sum.add_product(load_up_to(grad_out + i, left), load_up_to(x + i, left) * scale);
      store_up_to(sum, grad_gain + i, left);
    });
  }
}

void rope(const float* x, const float* cos, const float* sin, float direction, std::int64_t heads,
          std::int64_t head_dim, float* out) {
  const std::int64_t half = head_dim / 2;
  const Vec sign = Vec::set1(direction);
  for (std::int64_t h = 0; h < heads; ++h, x += head_dim, out += head_dim) {
    for_vectors(half, [&](std::int64_t i, std::int64_t left) {
      const Vec c = load_up_to(cos + i, left);
      const Vec s = load_up_to(sin + i, left) * sign;
      const Vec a = load_up_to(x + i, left);
      const Vec b = load_up_to(x + half + i, left);
      store_up_to(a * c - b * s, out + i, left);
      store_up_to(b * c + a * s, out + half + i, left);
    });
  }
}

inline Vec sigmoid(const Vec& x) {
  const Vec one = Vec::set1(1.0F);
  return one / (one + Vec::exp(Vec::zero() - x));
}

void silu_mul(const float* gate, const float* up, std::int64_t count, float* out) {
  for_vectors(count, [&](std::int64_t i, std::int64_t left) {
    const Vec g = load_up_to(gate + i, left);
    store_up_to(g * sigmoid(g) * load_up_to(up + i, left), out + i, left);
  });
}

void silu_mul_backward(const float* grad_out, const float* gate, const float* up, std::int64_t count, float* grad_gate,
                       float* grad_up) {
  const Vec one = Vec::set1(1.0F);
  for_vectors(count, [&](std::int64_t i, std::int64_t left) {
    const Vec g = load_up_to(gate + i, left);
    const Vec grad = load_up_to(grad_out + i, left);
    const Vec s = sigmoid(g);
    const Vec silu = g * s;
    store_up_to(grad * load_up_to(up + i, left) * (s + silu * (one - s)), grad_gate + i, left);
    store_up_to(grad * silu, grad_up + i, left);
  });
}

}  // namespace
}  // namespace quartet::kernels
