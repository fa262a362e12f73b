#include "common/cli_app.h"
#include "quartet/jobs/generate/generate_job.h"
#include "quartet/tensor/device.h"
#include "quartet/tokenizer/prompt_format.h"

namespace {

constexpr const char* kExamples =
    R"(  generate --model runs/first/moe --template study --prompt "Write a Java program to complete the following. Print 5."
  generate --model experiments/tiny/base --adapter runs/first/python/adapter --template study \
    --prompts experiments/tiny/data/test/prompts_python.jsonl --output runs/first/adapter-python.jsonl --logprobs
  generate --model runs/first/moe --template study --temperature 0.8 --top-p 0.95 --num-samples 4 \
    --prompts experiments/tiny/data/test/prompts_java.jsonl --output runs/first/samples.jsonl --max-new-tokens 64
  echo '{"id": 1, "prompt": "print", "completion": "total = 0"}' > runs/first/completions.jsonl
  generate --model experiments/tiny/base --score runs/first/completions.jsonl --output runs/first/logprobs.jsonl)";

}  // namespace

int main(int argc, char** argv) {
  quartet::jobs::GenerateJob job;
  std::string routing = "token";
  bool no_bos = false;
  auto& sampling = job.generator.sampling;

  quartet::cli::App app("generate", "Answers prompts with a Mistral or Mixtral model, or scores given completions.");
  app.set_exception_translator(quartet::tensor::translate_torch_exception);
  auto& command = app.main();
  command.option("--model DIR", job.model, "model directory")
      .option("--adapter DIR", job.adapter, "PEFT adapter directory, applied live")
      .option("--prompts FILE", job.prompts, "JSONL of prompts, or - for standard input")
      .option("--prompt TEXT", job.prompt, "one prompt; the answer is streamed to standard output")
      .option("--score FILE", job.score, "JSONL of prompts with completions: their log-probabilities")
      .option("--output FILE", job.output, "JSONL to write, or - for standard output")
      .option("--dtype", job.dtype, "how weights and cache are held (default: as stored)")
      .choices({"float32", "bfloat16", "float16"})
      .option("--template", job.prompt_template, "how a prompt becomes text")
      .choices(quartet::tokenizer::PromptFormat::names())
      .option("--language", job.language, "language for templates that name it, where a row has none")
      .option("--no-bos", no_bos, "do not prepend BOS")
      .option("--max-new-tokens", job.generator.max_new_tokens, "longest answer, in tokens")
      .option("--ignore-eos", job.generator.ignore_eos, "do not end answers at EOS")
      .option("--stop TEXT", job.generator.stop_texts, "end an answer where this text appears")
      .option("--temperature", sampling.temperature, "0 = greedy")
      .option("--top-k", sampling.top_k, "keep the k best tokens; 0 = off")
      .option("--top-p", sampling.top_p, "keep the best tokens that hold this share of the probability")
      .option("--min-p", sampling.min_p, "drop tokens below this share of the best one's probability")
      .option("--repetition-penalty", sampling.repetition_penalty, "1 = off")
      .option("--num-samples", job.num_samples, "answers per prompt");
  command.option("--batch-size", job.batch_size, "sequences decoded together, or auto")
      .option("--logprobs", job.logprobs, "add token_logprobs (nats) to each row")
      .option("--logits FILE", job.logits, "safetensors file for the logits of every prompt position")
      .option("--routing", routing, "mixtures: experts per token, or one expert for the whole answer")
      .choices({"token", "answer"})
      .option("--force-expert", job.force_expert, "mixtures: every token goes to this expert")
      .option("--trace-routing FILE", job.trace_routing, "mixtures: JSONL of every routing decision")
      .with_device()
      .with_dry_run()
      .examples(kExamples);
  app.set_run([&](const quartet::cli::CommonFlags& flags) {
    job.add_bos = !no_bos;
    job.generator.routing =
        routing == "answer" ? quartet::generate::Routing::kAnswer : quartet::generate::Routing::kToken;
    job.generator.seed = flags.seed;
    job.device = flags.device;
    job.threads = flags.threads;
    job.quiet = flags.quiet;
    job.dry_run = flags.dry_run;
    quartet::jobs::run_generate(job);
  });
  return app.run(argc, argv);
}
