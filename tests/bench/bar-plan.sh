#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit plan` for 1,000 routers: time and memory.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_DIR/thousand.conf rounds=9

# The routers' image, as if a guest of 16 MiB could run it: this host's memory has to suffice for the plan
# of guests that never run.
copy_image () {
  mkdir -p "$BENCH_DIR/images"
  cp -a --reflink=auto "$VRKIT_IMAGES/router" "$BENCH_DIR/images/"
  jq '.memory_mib = 16' "$VRKIT_IMAGES/router/manifest.json" >"$BENCH_DIR/images/router/manifest.json"
}

write_profile () {
  local i
  printf '[lab]\nname = thousand\n'
  printf '[port left]\ndevice = test\ntest-address = 198.18.255.1/16\n'
  printf '[port right]\ndevice = test\ntest-address = 198.19.255.1/16\n'
  for ((i = 0; i < 1000; i++)); do
    printf '[router r%d]\nmemory = 16M\n' "$i"
    printf 'interface = left 198.18.%d.%d/16\n' $((i / 200)) $((i % 200 + 1))
    printf 'interface = right 198.19.%d.%d/16\n' $((i / 200)) $((i % 200 + 1))
  done
}

copy_image
write_profile >"$profile"
for ((i = 0; i <= rounds; i++)); do
  "$BENCH_TOOLS/spent" "$BENCH_DIR/spent" "$VRKIT" plan --images "$BENCH_DIR/images" "$profile" >"$BENCH_DIR/plan.out"
  ((i == 0)) || cat "$BENCH_DIR/spent"
done >"$BENCH_DIR/rounds"
note "vrkit plan for 1,000 guests on two ports, $(grep -vc '^#' "$BENCH_DIR/plan.out") operations:" \
  "median time and greatest memory of $rounds runs after one"
figure plan-time "$(column 1 <"$BENCH_DIR/rounds" | median)"
figure plan-memory "$(column 2 <"$BENCH_DIR/rounds" | sort -g | tail -n 1)"
