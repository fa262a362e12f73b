#!/usr/bin/env bash
# Makes the virtual environments of the reference packages (developers only; the tests need none of them).
# usage: scripts/peers/setup.sh [reference|mergekit|codebleu ...]      (default: all three)
# They are placed under QUARTET_PEERS_ROOT (default: ~/.cache) as quartet-peers, -mergekit and -codebleu.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="${QUARTET_PEERS_ROOT:-$HOME/.cache}"
python="${PYTHON:-python3}"

# requirements_of SECTION: the lines of one section of requirements.txt.
requirements_of() {
  awk -v want="$1" '/^# section: /{on=($3==want); next} on && !/^#/ && NF' "$here/requirements.txt"
}

make_venv() {  # NAME: creates the environment if absent
  [ -x "$root/$1/bin/python" ] || "$python" -m venv "$root/$1"
}

install_section() {  # SECTION VENV
  make_venv "$2"
  requirements_of "$1" > "$root/$2/requirements.lock.txt"
  "$root/$2/bin/pip" install --quiet -r "$root/$2/requirements.lock.txt"
}

# codebleu 0.6.0 downloads its grammars from GitHub archives while it builds. The same files come from npm: a
# stand-in `requests` module turns the npm archive of a grammar into the zip that its setup.py expects.
install_codebleu() {
  local venv="$root/quartet-peers-codebleu"
  make_venv quartet-peers-codebleu
  "$venv/bin/pip" install --quiet 'setuptools<70' wheel "$(requirements_of codebleu | grep tree-sitter)"
  PYTHONPATH="$here/codebleu_build" "$venv/bin/pip" install --quiet --no-cache-dir --no-deps --no-build-isolation \
    --no-binary codebleu "$(requirements_of codebleu | grep '^codebleu')"
}

for section in "${@:-reference mergekit codebleu}"; do
  for name in $section; do
    case "$name" in
      reference) install_section reference quartet-peers ;;
      mergekit) install_section mergekit quartet-peers-mergekit ;;
      codebleu) install_codebleu ;;
      *) echo "unknown section $name: reference, mergekit or codebleu" >&2; exit 2 ;;
    esac
    echo "ready: $name"
  done
done
