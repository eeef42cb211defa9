#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh [SECONDS]: runs each fuzz target for so long (20), from its corpus and the shipped profiles.
# The targets are built by clang into BUILD/fuzz-build, since the build itself may be gcc's.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib.sh
source "$here/../lib.sh"

seconds=${1:-20}
[[ $seconds =~ ^[1-9][0-9]{0,3}$ ]] || { printf 'usage: run.sh [SECONDS]\n' >&2; exit 2; }
source_dir=$(cd -- "$here/../.." && pwd)
fuzz_build=$VRKIT_TEST_BUILD/fuzz-build

# Whether clang has the fuzzer's runtime library.
can_fuzz () {
  command -v clang >/dev/null || return 1
  printf '#include <stddef.h>\nint LLVMFuzzerTestOneInput (const unsigned char *d, size_t n) { return d && n > 9; }\n' \
    | clang -x c -fsanitize=fuzzer -o "$TEST_DIR/probe" - 2>/dev/null
}

build_targets () {
  local target
  cmake -S "$source_dir" -B "$fuzz_build" -G Ninja -DCMAKE_C_COMPILER=clang \
    -DVRKIT_FUZZ=ON -DVRKIT_SANITIZE=ON || return 1
  for target in "$here"/fuzz-*.c; do
    ninja -C "$fuzz_build" -j2 "$(basename -- "$target" .c)" || return 1
  done
}

# run_target NAME: in an empty folder, so that an include finds nothing.
run_target () {
  local name=$1 work=$TEST_DIR/$1 seeds=("$here/corpus-$1")
  mkdir -p "$work/corpus" "$work/artifacts"
  [[ $name != profile ]] || seeds+=("$source_dir/profiles")
  cd -- "$work" || return 1
  "$fuzz_build/fuzz/fuzz-$name" -max_total_time="$seconds" -max_len=8192 -timeout=10 \
    -rss_limit_mb=1024 -print_final_stats=1 -dict="$here/$name.dict" \
    -artifact_prefix="$work/artifacts/" "$work/corpus" "${seeds[@]}"
}

show_artifacts () {
  local file
  for file in "$TEST_DIR/$1"/artifacts/*; do
    [[ ! -f $file ]] || diag "$(basename -- "$file"), base64: $(head -c 8192 "$file" | base64 -w0)"
  done
}

can_fuzz || skip_all "no clang with libFuzzer (libclang-rt-dev)"
if build_targets >"$TEST_DIR/build.log" 2>&1; then
  ok "fuzz targets build"
else
  not_ok "fuzz targets build" "$(tail -n 30 "$TEST_DIR/build.log")"
  plan
fi
for target in "$here"/fuzz-*.c; do
  name=$(basename -- "$target" .c)
  name=${name#fuzz-}
  if (run_target "$name") >"$TEST_DIR/$name.log" 2>&1; then
    ok "fuzz-$name for $seconds s"
  else
    not_ok "fuzz-$name" "$(tail -n 40 "$TEST_DIR/$name.log")"
    show_artifacts "$name"
  fi
  diag "$(grep -E '^stat::' "$TEST_DIR/$name.log" || true)"
done
plan
