#include "quartet/arch/tensor_spec.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "quartet/arch/hf_names.h"
#include "quartet/base/error.h"

namespace quartet::arch {
namespace {

using Shape = std::vector<std::int64_t>;

ModelConfig mistral_7b() {
  ModelConfig config;
  config.model_type = "mistral";
  config.vocab_size = 32000;
  config.hidden_size = 4096;
  config.intermediate_size = 14336;
  config.num_hidden_layers = 32;
  config.num_attention_heads = 32;
  config.num_key_value_heads = 8;
  config.head_dim = 128;
  return config;
}

std::int64_t num_parameters(const ModelConfig& config) {
  std::int64_t total = 0;
  for (const TensorSpec& spec : tensor_specs(config)) {
    std::int64_t count = 1;
    for (const std::int64_t dim : spec.shape) count *= dim;
    total += count;
  }
  return total;
}

TEST(TensorSpec, CountsTheParametersOfThePublishedModels) {
  EXPECT_EQ(num_parameters(mistral_7b()), 7'241'732'096);
  ModelConfig mixtral = mistral_7b();
  mixtral.num_local_experts = 8;
  mixtral.num_experts_per_tok = 2;
  EXPECT_EQ(num_parameters(mixtral), 46'702'792'704);
}

TEST(TensorSpec, NamesAreUniqueAndInModelOrder) {
  const auto specs = tensor_specs(mistral_7b());
  EXPECT_EQ(specs.size(), 3U + 32 * 9);
  EXPECT_EQ(specs.front().name, "model.embed_tokens.weight");
  EXPECT_EQ(specs[1].name, "model.layers.0.input_layernorm.weight");
  EXPECT_EQ(specs.back().name, "lm_head.weight");
  std::set<std::string> names;
  for (const TensorSpec& spec : specs) EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
}

TEST(TensorSpec, ShapesFollowHeadsNotWidth) {
  ModelConfig config = mistral_7b();
  config.head_dim = 64;
  std::map<std::string, Shape> shapes;
  for (const TensorSpec& spec : tensor_specs(config)) shapes[spec.name] = spec.shape;
  EXPECT_EQ(shapes.at("model.layers.3.self_attn.q_proj.weight"), (Shape{2048, 4096}));
  EXPECT_EQ(shapes.at("model.layers.3.self_attn.v_proj.weight"), (Shape{512, 4096}));
  EXPECT_EQ(shapes.at("model.layers.3.self_attn.o_proj.weight"), (Shape{4096, 2048}));
  EXPECT_EQ(shapes.at("model.layers.3.mlp.down_proj.weight"), (Shape{4096, 14336}));
}

TEST(TensorSpec, TiedHeadHasNoTensor) {
  ModelConfig config = mistral_7b();
  config.tie_word_embeddings = true;
  EXPECT_EQ(tensor_specs(config).back().name, "model.norm.weight");
}

TEST(TensorSpec, ExpertsReplaceTheMlp) {
  ModelConfig config = mistral_7b();
  config.num_local_experts = 3;
  config.num_experts_per_tok = 1;
  std::size_t num_routers = 0;
  std::size_t num_experts = 0;
  for (const TensorSpec& spec : tensor_specs(config)) {
    EXPECT_NE(spec.role, TensorRole::kMlp);
    if (spec.role == TensorRole::kRouter) {
      ++num_routers;
      EXPECT_EQ(spec.shape, (Shape{3, 4096}));
    }
    if (spec.role != TensorRole::kExpert) continue;
    ++num_experts;
    EXPECT_TRUE(spec.expert >= 0 && spec.expert < 3);
    EXPECT_EQ(spec.shape, spec.name.ends_with("w2.weight") ? (Shape{4096, 14336}) : (Shape{14336, 4096}));
  }
  EXPECT_EQ(num_routers, 32U);
  EXPECT_EQ(num_experts, 32U * 3 * 3);
}

TEST(HfNames, SpellWhatIsOnDisk) {
  EXPECT_EQ(projection_name(5, Projection::kGate), "model.layers.5.mlp.gate_proj.weight");
  EXPECT_EQ(expert_name(1, 2, Projection::kGate), "model.layers.1.block_sparse_moe.experts.2.w1.weight");
  EXPECT_EQ(expert_name(1, 2, Projection::kUp), "model.layers.1.block_sparse_moe.experts.2.w3.weight");
  EXPECT_EQ(expert_name(1, 2, Projection::kDown), "model.layers.1.block_sparse_moe.experts.2.w2.weight");
  EXPECT_THROW(expert_name(0, 0, Projection::kQuery), StateError);
  EXPECT_EQ(fused_gate_up_name(0), "model.layers.0.mlp.experts.gate_up_proj");
  EXPECT_EQ(find_projection("o_proj"), Projection::kOutput);
  EXPECT_FALSE(find_projection("gate").has_value());
}

TEST(HfNames, NativeNameOfEveryTensor) {
  EXPECT_EQ(native_name("model.embed_tokens.weight"), "tok_embeddings.weight");
  EXPECT_EQ(native_name("lm_head.weight"), "output.weight");
  EXPECT_EQ(native_name("model.norm.weight"), "norm.weight");
  EXPECT_EQ(native_name("model.layers.12.self_attn.q_proj.weight"), "layers.12.attention.wq.weight");
  EXPECT_EQ(native_name("model.layers.0.mlp.gate_proj.weight"), "layers.0.feed_forward.w1.weight");
  EXPECT_EQ(native_name("model.layers.0.mlp.up_proj.weight"), "layers.0.feed_forward.w3.weight");
  EXPECT_EQ(native_name("model.layers.0.block_sparse_moe.gate.weight"), "layers.0.feed_forward.gate.weight");
  EXPECT_EQ(native_name("model.layers.0.block_sparse_moe.experts.3.w2.weight"),
            "layers.0.feed_forward.experts.3.w2.weight");
  EXPECT_FALSE(native_name("model.layers.x.mlp.gate_proj.weight").has_value());
  EXPECT_FALSE(native_name("model.layers.").has_value());
  ModelConfig config = mistral_7b();
  for (const std::int64_t experts : {0, 2}) {
    config.num_local_experts = experts;
    std::set<std::string> names;
    for (const TensorSpec& spec : tensor_specs(config)) {
      ASSERT_TRUE(native_name(spec.name).has_value()) << spec.name;
      EXPECT_TRUE(names.insert(*native_name(spec.name)).second) << spec.name;
    }
  }
}

TEST(HfNames, AdapterNamesRoundTrip) {
  const std::string weight = "model.layers.0.self_attn.q_proj.weight";
  EXPECT_EQ(lora_a_name(weight), "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
  EXPECT_EQ(parse_adapter_tensor(lora_a_name(weight))->weight_name, weight);
  EXPECT_EQ(parse_adapter_tensor(lora_b_name(weight))->kind, AdapterTensorName::Kind::kLoraB);
  EXPECT_EQ(parse_adapter_tensor(lora_base_layer_name("lm_head.weight"))->weight_name, "lm_head.weight");
  EXPECT_FALSE(parse_adapter_tensor("model.layers.0.self_attn.q_proj.lora_A.weight").has_value());
  EXPECT_FALSE(parse_adapter_tensor("base_model.model.lm_head.weight").has_value());
}

}  // namespace
}  // namespace quartet::arch
