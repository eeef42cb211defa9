#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A campaign of 100,000 runs: its database made as a campaign makes it, a transaction a try, and then its
# report and export. On a disk each transaction waits for it several times over, as durable writes must;
# so the database is made in memory, where the store's own work is left, and the wait told beside it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly runs=100000 disk_runs=300 lab=bench-store
readonly experiment=$BENCH_DIR/store.conf memory=$BENCH_DIR/memory campaign=$BENCH_DIR/memory/campaign

write_lab () {
  printf '[lab]\nname = %s\n' "$lab"
  printf '[port left]\ndevice = test\ntest-address = 198.18.1.100/24\n'
  printf '[port right]\ndevice = test\ntest-address = 198.18.2.100/24\n'
  printf '[router r1]\nkind = native\n'
  printf 'interface = left 198.18.1.1/24\ninterface = right 198.18.2.1/24\n'
}

# 100 conditions in 1,000 blocks.
write_experiment () {
  printf '[experiment]\nprofile = lab.conf\nrepetitions = %d\nseed = 1\n' $((runs / 100))
  printf '[factor rate]\nkey = load.rate\nlevels = %s\n' \
    "$(seq -s ', ' -f '%gkpps' 1 20)"
  printf '[factor size]\nkey = load.size\nlevels = 64, 128, 256, 512, 1024\n'
  printf '[load]\ncount = 100\nsettle = 10ms\n'
}

# spend WHAT COMMAND…: adds what it took to the sum.
spend () {
  local what=$1
  shift
  "$BENCH_TOOLS/spent" "$BENCH_DIR/spent" "$@" >"$BENCH_DIR/out"
  cat "$BENCH_DIR/spent" >>"$BENCH_DIR/rounds"
  note "$what: $(awk '{ printf "%.2f s, %.0f MiB\n", $1 / 1000, $2 }' "$BENCH_DIR/spent")"
}

# shellcheck disable=SC2317  # a trap calls it
clean () {
  "$VRKIT" down --quiet "$lab" 2>"$BENCH_DIR/down.err" || true
  umount --quiet "$memory" || true
  rm -rf -- "$disk"
}

disk=$(mktemp -d /var/tmp/vrkit-bench-XXXXXX)
trap clean EXIT
write_lab >"$BENCH_DIR/lab.conf"
write_experiment >"$experiment"
mkdir "$memory"
mount -t tmpfs -o size=1g vrkit-bench "$memory"
"$VRKIT" run --quiet --repetitions 1 --only rate=1kpps --only size=64 --directory "$campaign" "$experiment"
"$VRKIT" export --json "$campaign" | jq -c '.samples[0].load' >"$BENCH_DIR/load.json"
rm "$campaign/results.sqlite"

note "$runs tries with a load of $(wc -c <"$BENCH_DIR/load.json") bytes each:"
spend "stored in memory, a transaction each" \
  "$BENCH_TOOLS/store" "$experiment" "$BENCH_DIR/load.json" "$campaign/results.sqlite"
spend "vrkit report" "$VRKIT" report "$campaign"
spend "vrkit export" "$VRKIT" export "$campaign"
[[ $(wc -l <"$BENCH_DIR/out") -eq $((runs + 1)) ]] || fail "export printed $(wc -l <"$BENCH_DIR/out") lines"
took_us "$BENCH_TOOLS/store" "$experiment" "$BENCH_DIR/load.json" "$BENCH_DIR/none.sqlite" 0
none_us=$TOOK_US
took_us "$BENCH_TOOLS/store" "$experiment" "$BENCH_DIR/load.json" "$disk/results.sqlite" $disk_runs
note "on the disk of /var/tmp a try waits $(divide $(((TOOK_US - none_us) / 1000)) $disk_runs) ms (mean of $disk_runs)"
figure store-time "$(awk '{ sum += $1 } END { printf "%.2f\n", sum / 1000 }' "$BENCH_DIR/rounds")"
figure store-memory "$(column 2 <"$BENCH_DIR/rounds" | sort -g | tail -n 1)"
