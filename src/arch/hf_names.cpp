#include "quartet/arch/hf_names.h"

#include <array>
#include <utility>

#include "quartet/base/error.h"
#include "quartet/base/text.h"

namespace quartet::arch {
namespace {

using base::cat;

constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kAdapterPrefix = "base_model.model.";
constexpr std::string_view kLoraA = ".lora_A.weight";
constexpr std::string_view kLoraB = ".lora_B.weight";
constexpr std::string_view kBaseLayer = ".base_layer.weight";

struct ProjectionNames {
  Projection projection;
  std::string_view suffix;
  std::string_view native;  // under "layers.<i>."
  std::string_view expert;  // under "experts.<e>."; empty for attention
};

constexpr std::array<ProjectionNames, 7> kProjections{{
    {Projection::kQuery, "q_proj", "attention.wq", ""},
    {Projection::kKey, "k_proj", "attention.wk", ""},
    {Projection::kValue, "v_proj", "attention.wv", ""},
    {Projection::kOutput, "o_proj", "attention.wo", ""},
    {Projection::kGate, "gate_proj", "feed_forward.w1", "w1"},
    {Projection::kUp, "up_proj", "feed_forward.w3", "w3"},
    {Projection::kDown, "down_proj", "feed_forward.w2", "w2"},
}};

const ProjectionNames& names_of(Projection projection) {
  return kProjections[static_cast<std::size_t>(projection)];
}

std::string in_layer(std::int64_t layer, std::string_view rest) {
  return cat("model.layers.", layer, ".", rest);
}

bool strip_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool strip_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// "model.layers.12.rest" -> {"12", "rest"}.
std::optional<std::pair<std::string_view, std::string_view>> split_layer(std::string_view name) {
  if (!strip_prefix(name, "model.layers.")) return std::nullopt;
  const auto digits = name.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos || name[digits] != '.') return std::nullopt;
  return std::pair{name.substr(0, digits), name.substr(digits + 1)};
}

}  // namespace

const std::vector<Projection>& all_projections() {
  static const std::vector<Projection> projections = [] {
    std::vector<Projection> result;
    for (const ProjectionNames& names : kProjections) result.push_back(names.projection);
    return result;
  }();
  return projections;
}

bool is_attention(Projection projection) {
  return names_of(projection).expert.empty();
}

std::string_view projection_suffix(Projection projection) {
  return names_of(projection).suffix;
}

std::optional<Projection> find_projection(std::string_view suffix) {
  for (const ProjectionNames& names : kProjections) {
    if (names.suffix == suffix) return names.projection;
  }
  return std::nullopt;
}

std::string embedding_name() {
  return "model.embed_tokens.weight";
}
std::string final_norm_name() {
  return "model.norm.weight";
}
std::string head_name() {
  return "lm_head.weight";
}
std::string_view head_suffix() {
  return "lm_head";
}
std::string input_norm_name(std::int64_t layer) {
  return in_layer(layer, "input_layernorm.weight");
}
std::string post_attention_norm_name(std::int64_t layer) {
  return in_layer(layer, "post_attention_layernorm.weight");
}

std::string projection_name(std::int64_t layer, Projection projection) {
  return in_layer(layer, cat(is_attention(projection) ? "self_attn." : "mlp.", projection_suffix(projection), kWeight));
}

std::string router_name(std::int64_t layer) {
  return in_layer(layer, "block_sparse_moe.gate.weight");
}

std::string expert_name(std::int64_t layer, std::int64_t expert, Projection projection) {
  if (is_attention(projection)) throw StateError(cat("[hf_names] no expert has a ", projection_suffix(projection)));
  return in_layer(layer, cat("block_sparse_moe.experts.", expert, ".", names_of(projection).expert, kWeight));
}

std::string fused_router_name(std::int64_t layer) {
  return in_layer(layer, "mlp.gate.weight");
}
std::string fused_gate_up_name(std::int64_t layer) {
  return in_layer(layer, "mlp.experts.gate_up_proj");
}
std::string fused_down_name(std::int64_t layer) {
  return in_layer(layer, "mlp.experts.down_proj");
}

std::optional<std::string> native_name(std::string_view classic_name) {
  if (classic_name == embedding_name()) return "tok_embeddings.weight";
  if (classic_name == final_norm_name()) return "norm.weight";
  if (classic_name == head_name()) return "output.weight";
  const auto parts = split_layer(classic_name);
  if (!parts) return std::nullopt;
  auto [layer, rest] = *parts;
  const auto native = [&](std::string_view tail) { return cat("layers.", layer, ".", tail); };
  if (rest == "input_layernorm.weight") return native("attention_norm.weight");
  if (rest == "post_attention_layernorm.weight") return native("ffn_norm.weight");
  if (strip_prefix(rest, "block_sparse_moe.")) return native(cat("feed_forward.", rest));
  if (!strip_suffix(rest, kWeight)) return std::nullopt;
  for (const ProjectionNames& names : kProjections) {
    if (rest == cat(is_attention(names.projection) ? "self_attn." : "mlp.", names.suffix)) {
      return native(cat(names.native, kWeight));
    }
  }
  return std::nullopt;
}

bool is_ignored_buffer(std::string_view name) {
  return name.ends_with(".rotary_emb.inv_freq");
}

std::string_view module_of(std::string_view weight_name) {
  strip_suffix(weight_name, kWeight);
  return weight_name;
}

std::string lora_a_name(std::string_view weight_name) {
  return cat(kAdapterPrefix, module_of(weight_name), kLoraA);
}
std::string lora_b_name(std::string_view weight_name) {
  return cat(kAdapterPrefix, module_of(weight_name), kLoraB);
}
std::string lora_base_layer_name(std::string_view weight_name) {
  return cat(kAdapterPrefix, module_of(weight_name), kBaseLayer);
}

std::optional<AdapterTensorName> parse_adapter_tensor(std::string_view name) {
  using Kind = AdapterTensorName::Kind;
  if (!strip_prefix(name, kAdapterPrefix)) return std::nullopt;
  for (const auto& [suffix, kind] :
       {std::pair{kLoraA, Kind::kLoraA}, std::pair{kLoraB, Kind::kLoraB}, std::pair{kBaseLayer, Kind::kBaseLayer}}) {
    if (strip_suffix(name, suffix)) return AdapterTensorName{kind, cat(name, kWeight)};
  }
  return std::nullopt;
}

}  // namespace quartet::arch
