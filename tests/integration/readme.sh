#!/usr/bin/env bash
# Runs what a new user pastes: the README's first steps, then every example of every program's --help, in an empty folder
# that sees the repository's configs and experiments.
#
# usage: readme.sh SOURCE_DIR BIN_DIR
set -euo pipefail
source_dir=$1 bin_dir=$2
export OMP_WAIT_POLICY=passive
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/build"
ln -s "$source_dir/configs" "$source_dir/experiments" "$folder/"
ln -s "$bin_dir" "$folder/build/bin"
cd "$folder"

run() {  # name, script
  echo "== $1"
  if ! bash -euo pipefail -c "$2" > log 2>&1; then
    echo "failed: $2"
    tail -n 20 log
    exit 1
  fi
}

steps=$(awk '/^### First steps/ {f = 1} f && /^```sh/ {c = 1; next} c && /^```/ {exit} c' "$source_dir/README.md")
[ -n "$steps" ] || { echo "README.md has no first steps"; exit 1; }
run "README" "$steps"
for file in moe-python.jsonl scores-moe/report.html table/table.json ties python-dense; do
  [ -e "runs/first/$file" ] || { echo "the first steps left no $file"; exit 1; }
done

export PATH=$bin_dir:$PATH
count=0
for command in finetune "merge fold" "merge blend" "merge moe" generate "evaluate codebleu" "evaluate table"; do
  # From "Examples:" to the next empty line; a line that ends in \ goes on.
  examples=$($command --help | awk '/^Examples:/ {f = 1; next} f && /^ *$/ {exit} f' | sed -e ':a' -e '/\\$/N; s/\\\n//; ta')
  while IFS= read -r example; do
    run "$command" "$example"
    count=$((count + 1))
  done <<< "$examples"
done
echo "$count examples ran"
[ $count -ge 12 ]
