#!/usr/bin/env bash
# Installs what Quartet needs on a bare Debian 12 or Ubuntu 22.04/24.04, and says what and why. Safe to run again.
#
#   scripts/setup.sh            LibTorch for CPUs
#   scripts/setup.sh --cuda     LibTorch with CUDA
#
# System packages: compiler, build tools and small libraries (apt, needs root or sudo; skipped where all are there).
# LibTorch, the tree-sitter runtime and ten grammars go to ${QUARTET_DEPS:-~/.cache/quartet}; nothing else is touched.
# An existing LibTorch (2.11 or newer) is used when Torch_DIR, LIBTORCH or CMAKE_PREFIX_PATH names one.
set -euo pipefail

TORCH_VERSION=2.13.0
TORCH_WHEEL_SHA256=6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b  # +cpu, cp311, x86-64
# PyTorch's own download site, used where pip finds no CPU wheel. The archives' checksums are not published there: set
# LIBTORCH_SHA256 to have yours checked.
LIBTORCH_SITE=https://download.pytorch.org/libtorch
LIBTORCH_CPU_URL=$LIBTORCH_SITE/cpu/libtorch-shared-with-deps-${TORCH_VERSION}%2Bcpu.zip
LIBTORCH_CUDA_URL=$LIBTORCH_SITE/cu130/libtorch-shared-with-deps-${TORCH_VERSION}%2Bcu130.zip
TREE_SITTER_SDIST_SHA256=abd95af65ca2f4f7eca356343391ed669e764f37748b5352946f00f7fc78e734  # 0.24.0 holds runtime 0.24.7
GRAMMARS="python 0.20.4 644cb3faabb8faae1a1c734d1a636f94f40b18e94265f018c4b90dc8cb9b00ba
java 0.20.2 0d867548504a225adec1acdd4dd953236a2c05fa15b4a1326920cd105c3516b5
javascript 0.20.3 bfb99251e24409e3ef54a7203aefc337264c6721798e48060bdf90a88eba8f1a
cpp 0.20.3 0a7fbd4dbb01a8dd36419416b3fe60a5cb394f30a71b8a712265e39f8d5bf63d
c 0.20.7 78fba0b6daa6fd65db1970f54bfb5dd5dfc6b89e8cacbe0560737e4950ff428b
c-sharp 0.20.0 ba5607d20cd98724ab7caad42e03a1676d38b4cc76b66d9ee636c34a8b8a85d0
php 0.20.0 1f45cc533030643be15fadbbb06a2adb1fcf4d1170571fa87796bd43dab095c2
go 0.20.0 f00b76a2948e3cc0dc815aab644000af5e33de88b01790d20b1d993ae4cdf9da
ruby 0.19.0 e0cf07172270d4dd5bfcca1e4eb86a0aa0f1cfb4b99d9a8710e1eb69450d7d25
rust 0.20.1 bf21969765bd853fff7a28d7bd4d79d546dc3785185a5acf9cde285033f75051"

deps=${QUARTET_DEPS:-${XDG_CACHE_HOME:-$HOME/.cache}/quartet}
cuda=0
for arg in "$@"; do
  case $arg in
    --cuda) cuda=1 ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "setup: unknown argument $arg (only --cuda)" >&2; exit 2 ;;
  esac
done
say() { echo "setup: $*" >&2; }
die() { say "$*"; exit 6; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
    die "needs root (or sudo) to install: $*"; fi
}

install_packages() {
  local missing=() p
  for p in "$@"; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing+=("$p"); done
  [ ${#missing[@]} = 0 ] && return 0
  command -v apt-get >/dev/null || die "no apt-get here: install these by hand: ${missing[*]}"
  say "installing system packages: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

check_sha256() {  # file checksum
  local got
  got=$(sha256sum "$1" | cut -d' ' -f1)
  [ "$got" = "$2" ] || die "$1 has checksum $got, expected $2: delete it and try again"
}

install_libtorch() {
  if [ -n "${Torch_DIR:-}${LIBTORCH:-}${CMAKE_PREFIX_PATH:-}" ]; then
    say "using the LibTorch that Torch_DIR, LIBTORCH or CMAKE_PREFIX_PATH names"
    return
  fi
  local kind=cpu; [ $cuda = 1 ] && kind=cuda
  local target=$deps/libtorch-$TORCH_VERSION-$kind
  if [ ! -f "$target/.complete" ]; then
    local work; work=$(mktemp -d "$deps/libtorch.XXXXXX")
    if [ $kind = cpu ] && libtorch_from_wheel "$work"; then :; else libtorch_from_archive "$work" $kind; fi
    rm -rf "$target"; mv "$work/torch" "$target"; rm -rf "$work"; touch "$target/.complete"
  fi
  ln -sfn "$target" "$deps/libtorch"
  say "LibTorch $TORCH_VERSION ($kind) in $target"
}

libtorch_from_wheel() {  # the CPU wheel holds the same libraries as the archive; Python itself is not needed later
  [ "$(uname -m)" = x86_64 ] || return 1
  install_packages python3-pip
  say "fetching LibTorch $TORCH_VERSION from the CPU wheel (192 MB)"
  (cd "$1" && python3 -m pip download -q --no-deps -d . --python-version 3.11 --implementation cp --abi cp311 \
    --only-binary=:all: --platform manylinux_2_28_x86_64 "torch==$TORCH_VERSION+cpu" 2>/dev/null) || return 1
  local wheel; wheel=$(ls "$1"/torch-*.whl)
  check_sha256 "$wheel" $TORCH_WHEEL_SHA256
  # fmt is left out: the wheel's copy would shadow the distribution's.
  (cd "$1" && unzip -q "$wheel" 'torch/include/*' 'torch/share/cmake/*' torch/lib/libtorch.so torch/lib/libtorch_cpu.so \
    torch/lib/libc10.so torch/lib/libgomp.so.1 -x 'torch/include/fmt/*')
}

libtorch_from_archive() {
  local url=$LIBTORCH_CPU_URL; [ "$2" = cuda ] && url=$LIBTORCH_CUDA_URL
  install_packages curl
  say "fetching LibTorch $TORCH_VERSION ($2) from PyTorch's download site"
  curl -fL --retry 3 -o "$1/libtorch.zip" "$url" || die "cannot fetch $url; set LIBTORCH to an unpacked LibTorch >= 2.11"
  [ -z "${LIBTORCH_SHA256:-}" ] || check_sha256 "$1/libtorch.zip" "$LIBTORCH_SHA256"
  (cd "$1" && unzip -q libtorch.zip -x 'libtorch/include/fmt/*' && mv libtorch torch)
}

install_tree_sitter() {
  local target=$deps/tree-sitter-0.24.7 work
  if [ ! -f "$target/.complete" ]; then
    install_packages python3-pip
    say "fetching the tree-sitter runtime 0.24.7"
    work=$(mktemp -d "$deps/tree-sitter.XXXXXX")
    (cd "$work" && python3 -m pip download -q --no-deps --no-binary tree-sitter tree-sitter==0.24.0) \
      || die "cannot fetch the tree-sitter runtime"
    check_sha256 "$work"/tree*sitter-0.24.0.tar.gz $TREE_SITTER_SDIST_SHA256
    tar -xzf "$work"/tree*sitter-0.24.0.tar.gz -C "$work"
    rm -rf "$target"; mv "$work"/tree*sitter-0.24.0/tree_sitter/core "$target"; rm -rf "$work"; touch "$target/.complete"
  fi
  local name version sum dir
  while read -r name version sum; do
    dir=$deps/grammars/$name-$version
    [ -f "$dir/.complete" ] && continue
    command -v npm >/dev/null || install_packages npm
    say "fetching the $name grammar $version"
    work=$(mktemp -d "$deps/grammar.XXXXXX")
    (cd "$work" && npm pack --silent "tree-sitter-$name@$version" >/dev/null) || die "cannot fetch the $name grammar"
    check_sha256 "$work/tree-sitter-$name-$version.tgz" "$sum"
    tar -xzf "$work/tree-sitter-$name-$version.tgz" -C "$work"
    mkdir -p "$deps/grammars"; rm -rf "$dir"; mkdir "$dir"; mv "$work/package/src" "$dir/src"; rm -rf "$work"
    touch "$dir/.complete"
  done <<<"$GRAMMARS"
  say "tree-sitter 0.24.7 and its grammars in $deps"
}

# compiler and build tools; unzip and CA certificates for LibTorch; the libraries of cmake/Dependencies.cmake
install_packages g++ cmake ninja-build ccache mold unzip ca-certificates git libsentencepiece-dev libyaml-cpp-dev \
  libspdlog-dev nlohmann-json3-dev libgtest-dev libgmock-dev libbenchmark-dev
mkdir -p "$deps"
install_libtorch
install_tree_sitter
say "done"
