#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The names of tensors on disk. Every other file asks here; none spells a name.
namespace quartet::arch {

/// The linear layers of a decoder block that LoRA can sit on.
enum class Projection { kQuery, kKey, kValue, kOutput, kGate, kUp, kDown };

/// All seven, in model order (q, k, v, o, gate, up, down).
const std::vector<Projection>& all_projections();
bool is_attention(Projection projection);
/// "q_proj", "gate_proj", … : the module suffix that adapters name.
std::string_view projection_suffix(Projection projection);
/// Of "q_proj", …; nothing for other text.
std::optional<Projection> find_projection(std::string_view suffix);

// Classic Hugging Face names: what Quartet writes, and what its modules are called.
std::string embedding_name();                              // model.embed_tokens.weight [V, D]
std::string final_norm_name();                             // model.norm.weight [D]
std::string head_name();                                   // lm_head.weight [V, D]
std::string input_norm_name(std::int64_t layer);           // [D]
std::string post_attention_norm_name(std::int64_t layer);  // [D]
std::string projection_name(std::int64_t layer,
                            Projection projection);  // …self_attn.q_proj.weight, …mlp.gate_proj.weight
std::string router_name(std::int64_t layer);         // …block_sparse_moe.gate.weight [E, D]
/// kGate = w1, kUp = w3, kDown = w2. Throws: StateError for an attention projection.
std::string expert_name(std::int64_t layer, std::int64_t expert, Projection projection);
/// "lm_head": how adapters name the head among their targets.
std::string_view head_suffix();

// Mixtral as transformers 5 may write it: the experts of a layer in two tensors.
std::string fused_router_name(std::int64_t layer);   // …mlp.gate.weight [E, D]
std::string fused_gate_up_name(std::int64_t layer);  // …mlp.experts.gate_up_proj [E, 2F, D], rows 0..F-1 = gate
std::string fused_down_name(std::int64_t layer);     // …mlp.experts.down_proj [E, D, F]

/// Mistral's own name of a tensor with the given classic name; nothing if there is none.
std::optional<std::string> native_name(std::string_view classic_name);

/// Buffers that old repositories carry and that hold no weights ("….rotary_emb.inv_freq").
bool is_ignored_buffer(std::string_view name);

// PEFT adapters.
/// The module of a weight: the name without ".weight".
std::string_view module_of(std::string_view weight_name);
/// "model.layers.0.self_attn.q_proj.weight" -> "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight".
std::string lora_a_name(std::string_view weight_name);
std::string lora_b_name(std::string_view weight_name);
/// The copy of the base weight that PEFT stores beside an adapted head or embedding ("….base_layer.weight").
std::string lora_base_layer_name(std::string_view weight_name);

/// What a tensor of an adapter file is.
struct AdapterTensorName {
  enum class Kind { kLoraA, kLoraB, kBaseLayer };
  Kind kind;
  std::string weight_name;  ///< classic name of the weight it belongs to
};
/// Nothing for a name that is none of the three.
std::optional<AdapterTensorName> parse_adapter_tensor(std::string_view name);

}  // namespace quartet::arch
