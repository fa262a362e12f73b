#pragma once

#include <string_view>

namespace quartet::eval {

/// One small program a language: the same steps, in the idiom of each. `alpha`, `beta`, `gamma`, `delta` are variables.
struct StrictProgram {
  std::string_view language;
  std::string_view code;
  std::string_view relaid;   ///< other layout and comments, nothing else
  std::string_view swapped;  ///< an assignment with its sides exchanged
  std::string_view no_flow;  ///< without any variable that goes anywhere
};

inline constexpr StrictProgram kStrictPrograms[] = {
    {"python",
     "def run(alpha, beta):\n    gamma = alpha\n    for delta in beta:\n        if delta > gamma:\n            gamma "
     "+= delta\n    return gamma\n",
     "# first\ndef run( alpha,beta ):\n  \"\"\"What it does.\"\"\"\n  gamma=alpha   # second\n\n  for delta in beta "
     ":\n\n      if delta>gamma:\n          gamma+=delta\n  # third\n  return gamma",
     "def run(alpha, beta):\n    alpha = gamma\n    for delta in beta:\n        if delta > gamma:\n            gamma "
     "+= delta\n    return gamma\n",
     "print(1)\n"},
    {"java",
     "int run(int alpha, int[] beta) { int gamma = alpha; for (int delta : beta) { if (delta > gamma) { gamma += "
     "delta; } } return gamma; }",
     "/* first */ int run ( int alpha , int [] beta )\n{\n  int gamma=alpha; // second\n  for(int delta:beta){\n    "
     "if(delta>gamma){ gamma+=delta ; /** third */ }\n  }\n  return gamma ;\n}",
     "int run(int alpha, int[] beta) { int alpha = gamma; for (int delta : beta) { if (delta > gamma) { gamma += "
     "delta; } } return gamma; }",
     "class A { int f() { return 1; } }"},
    {"javascript",
     "function run(alpha, beta) { let gamma = alpha; for (const delta of beta) { if (delta > gamma) { gamma += delta; "
     "} } return gamma; }",
     "/* first */ function run ( alpha,beta ) {\n  let gamma=alpha; // second\n  for(const delta of beta){\n    "
     "if(delta>gamma){gamma+=delta;}\n  } /* third */\n  return gamma;\n}",
     "function run(alpha, beta) { let alpha = gamma; for (const delta of beta) { if (delta > gamma) { gamma += delta; "
     "} } return gamma; }",
     "1 + 2;"},
    {"cpp",
     "#include <vector>\nint run(int alpha, vector<int> beta) { int gamma = alpha; for (int delta : beta) { if (delta "
     "> gamma) { gamma += delta; } } return gamma; }",
     "#include <vector>   // first\nint run(int alpha,vector<int> beta)\n{\n  int gamma=alpha; /* second */\n  for(int "
     "delta:beta){ if(delta>gamma){ gamma+=delta; } }\n  return gamma; // third\n}",
     "#include <vector>\nint run(int alpha, vector<int> beta) { int alpha = gamma; for (int delta : beta) { if (delta "
     "> gamma) { gamma += delta; } } return gamma; }",
     "int main() { return 0; }"},
    {"c",
     "int run(int alpha, int *beta) { int gamma = alpha; for (int delta = 0; delta < alpha; delta++) { if (beta[delta] "
     "> gamma) { gamma += beta[delta]; } } return gamma; }",
     "/* first */\nint run(int alpha,int*beta)\n{\n  int gamma=alpha; // second\n  for(int "
     "delta=0;delta<alpha;delta++){\n    if(beta[delta]>gamma){ gamma+=beta[delta]; }\n  }\n  return gamma; /* third "
     "*/\n}",
     "int run(int alpha, int *beta) { int alpha = gamma; for (int delta = 0; delta < alpha; delta++) { if (beta[delta] "
     "> gamma) { gamma += beta[delta]; } } return gamma; }",
     "int main(void) { return 0; }"},
    {"c_sharp",
     "class A { int Run(int alpha, int[] beta) { int gamma = alpha; foreach (var delta in beta) { if (delta > gamma) { "
     "gamma += delta; } } return gamma; } }",
     "/// <summary>first</summary>\nclass A {\n#region inside\n int Run(int alpha,int[] beta)\n {\n  int gamma=alpha; "
     "// second\n  foreach(var delta in beta){ if(delta>gamma){ gamma+=delta; } }\n  return gamma; /* third */\n "
     "}\n#endregion\n}",
     "class A { int Run(int alpha, int[] beta) { int alpha = gamma; foreach (var delta in beta) { if (delta > gamma) { "
     "gamma += delta; } } return gamma; } }",
     "class A { int F() { return 1; } }"},
    {"php",
     "<?php function run($alpha, $beta) { $gamma = $alpha; foreach ($beta as $delta) { if ($delta > $gamma) { $gamma "
     "+= $delta; } } return $gamma; }",
     "<?php # first\nfunction run($alpha,$beta)\n{\n  $gamma=$alpha; // second\n  foreach($beta as $delta){ "
     "if($delta>$gamma){ $gamma+=$delta; } }\n  return $gamma; /* third */\n}",
     "<?php function run($alpha, $beta) { $alpha = $gamma; foreach ($beta as $delta) { if ($delta > $gamma) { $gamma "
     "+= $delta; } } return $gamma; }",
     "<?php echo 1;"},
    {"go",
     "func run(alpha int, beta []int) int {\n\tgamma := alpha\n\tfor _, delta := range beta {\n\t\tif delta > gamma "
     "{\n\t\t\tgamma += delta\n\t\t}\n\t}\n\treturn gamma\n}\n",
     "// first\nfunc run( alpha int,beta []int ) int {\n\n  gamma:=alpha // second\n  for _,delta:=range beta {\n    "
     "if delta>gamma { /* third */\n      gamma+=delta\n    }\n  }\n  return gamma\n}",
     "func run(alpha int, beta []int) int {\n\talpha := gamma\n\tfor _, delta := range beta {\n\t\tif delta > gamma "
     "{\n\t\t\tgamma += delta\n\t\t}\n\t}\n\treturn gamma\n}\n",
     "package main\n"},
    {"ruby",
     "def run(alpha, beta)\n  gamma = alpha\n  beta.each do |delta|\n    if delta > gamma\n      gamma += delta\n    "
     "end\n  end\n  gamma\nend\n",
     "# first\ndef run( alpha,beta )\n\n    gamma=alpha # second\n    beta.each do |delta|\n        if delta>gamma\n   "
     "         gamma+=delta\n        end\n    end\n=begin\nthird\n=end\n    gamma\nend",
     "def run(alpha, beta)\n  alpha = gamma\n  beta.each do |delta|\n    if delta > gamma\n      gamma += delta\n    "
     "end\n  end\n  gamma\nend\n",
     "puts 1\n"},
    {"rust",
     "fn run(alpha: i32, beta: Vec<i32>) -> i32 { let mut gamma = alpha; for delta in beta { if delta > gamma { gamma "
     "+= delta; } } gamma }",
     "// first\nfn run(alpha:i32,beta:Vec<i32>)->i32\n{\n  let mut gamma=alpha; /* second */\n  for delta in beta { if "
     "delta>gamma { gamma+=delta; } }\n  /// third\n  gamma\n}",
     "fn run(alpha: i32, beta: Vec<i32>) -> i32 { let mut alpha = gamma; for delta in beta { if delta > gamma { gamma "
     "+= delta; } } gamma }",
     "fn main() { }"}};

}  // namespace quartet::eval
