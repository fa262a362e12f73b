#pragma once

// The kernels, written once against the `Vec` of the including file (vec_portable.h, vec_avx2.h). Everything has
// internal linkage, and nothing of the standard library is called that the linker could share between instruction sets.

#include "attention_impl.h"
#include "elementwise_impl.h"
#include "gemv_impl.h"

namespace quartet::kernels {
namespace {

constexpr Kernels make_kernels(const char* name) {
  return {.name = name,
          .dense_gemv = dense_gemv,
          .to_float32 = to_float32,
          .from_float32 = from_float32,
          .decode_attention = decode_attention,
          .rms_norm = rms_norm,
          .rms_norm_backward = rms_norm_backward,
          .rms_norm_backward_gain = rms_norm_backward_gain,
          .rope = rope,
          .silu_mul = silu_mul,
          .silu_mul_backward = silu_mul_backward};
}

}  // namespace
}  // namespace quartet::kernels
