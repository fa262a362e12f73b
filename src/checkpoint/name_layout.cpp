#include "name_layout.h"

#include "quartet/arch/hf_names.h"
#include "quartet/arch/tensor_spec.h"

namespace quartet::checkpoint {
namespace {

using arch::ModelConfig;
using arch::Projection;

using Table = std::unordered_map<std::string, std::vector<NamedSource>>;

Table fused_table(const ModelConfig& config) {
  const std::int64_t rows = config.intermediate_size;  // F
  Table table;
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    const std::string router = arch::fused_router_name(layer);
    table[router] = {{arch::router_name(layer), {router}}};
    const std::string gate_up = arch::fused_gate_up_name(layer);
    const std::string down = arch::fused_down_name(layer);
    for (std::int64_t expert = 0; expert < config.num_local_experts; ++expert) {
      const auto name = [&](Projection projection) { return arch::expert_name(layer, expert, projection); };
      table[gate_up].push_back({name(Projection::kGate), {gate_up, expert, 0, rows}});
      table[gate_up].push_back({name(Projection::kUp), {gate_up, expert, rows, rows}});
      table[down].push_back({name(Projection::kDown), {down, expert}});
    }
  }
  return table;
}

Table native_table(const ModelConfig& config) {
  Table table;
  for (const arch::TensorSpec& spec : arch::tensor_specs(config)) {
    const auto stored = arch::native_name(spec.name);
    if (stored) table[*stored] = {{spec.name, {*stored}}};
  }
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    const auto set_heads = [&](Projection projection, std::int64_t heads) {
      table[*arch::native_name(arch::projection_name(layer, projection))].front().source.rotary_heads = heads;
    };
    set_heads(Projection::kQuery, config.num_attention_heads);
    set_heads(Projection::kKey, config.num_key_value_heads);
  }
  return table;
}

}  // namespace

Table layout_table(NameLayout layout, const ModelConfig& config) {
  switch (layout) {
    case NameLayout::kFused:
      return fused_table(config);
    case NameLayout::kNative:
      return native_table(config);
    default:
      return {};
  }
}

std::unordered_map<std::string, std::vector<std::int64_t>> fused_shapes(const ModelConfig& config) {
  std::unordered_map<std::string, std::vector<std::int64_t>> shapes;
  for (std::int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    shapes[arch::fused_gate_up_name(layer)] = {config.num_local_experts, 2 * config.intermediate_size,
                                               config.hidden_size};
    shapes[arch::fused_down_name(layer)] = {config.num_local_experts, config.hidden_size, config.intermediate_size};
  }
  return shapes;
}

}  // namespace quartet::checkpoint
