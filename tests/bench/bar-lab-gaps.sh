#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The spread of the gaps of the tester's senders beside that of the kernel's pktgen, which most hosts have no
# module of, in the Debian 12 lab VM: at how many of the rates of the bar all three kept the mean. Its CPUs
# are emulated, so that two rates below the bar's are told, too.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly seconds=5 rates=(1000 5000 10000 50000 100000 200000) least=10000 off_percent=1 limit_s=600

export VRKIT_TEST_BUILD=${VRKIT%/*} VRKIT_TEST_IMAGES=$VRKIT_IMAGES
"$BENCH_SOURCE/tests/lab/with-host" host-debian12 --program gaps-vm --argument="$seconds" \
  "${rates[@]/#/--argument=}" --tool="$BENCH_TOOLS/gaps" --timeout "$limit_s" >"$BENCH_DIR/out" 2>&1 \
  || fail "$(tail -n 20 "$BENCH_DIR/out")"
sed -n 's/^gaps //p' "$BENCH_DIR/out" >"$BENCH_DIR/told"
while read -r rate name frames mean p50 p99; do
  note "asked for $rate a second, $name: $mean ($frames of $((rate * seconds)) frames), gaps off by" \
    "$(awk -v a="$p50" -v b="$p99" 'BEGIN { printf "%.1f and %.1f us", a / 1000, b / 1000 }') (p50, p99)"
done <"$BENCH_DIR/told"
figure load-gaps "$(awk -v most="$off_percent" -v least="$least" '
  $1 >= least { off = 100 * ($4 / $1 - 1); if (off < 0) off = -off; kept[$1] += off <= most }
  END { for (rate in kept) count += kept[rate] == 3; print count + 0 }' "$BENCH_DIR/told")"
