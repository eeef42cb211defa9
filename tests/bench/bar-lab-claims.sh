#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Experiments of which a host of two CPUs without vhost and Open vSwitch cannot tell, in the Debian 12 lab VM:
# how many claims they give a verdict of; what the samples show neither way does not count.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
read -ra experiments <<<"${VRKIT_BENCH_EXPERIMENTS:-bindings switches}"
readonly limit_s=5400

export VRKIT_TEST_BUILD=${VRKIT%/*} VRKIT_TEST_IMAGES=$VRKIT_IMAGES
"$BENCH_SOURCE/tests/lab/with-host" host-debian12 --program claims-vm "${experiments[@]/#/--argument=}" \
  --timeout "$limit_s" >"$BENCH_DIR/out" 2>&1 || fail "$(tail -n 20 "$BENCH_DIR/out")"
sed -n 's/^scoreboard //p' "$BENCH_DIR/out" >"$BENCH_DIR/scoreboard"
jq -r '.claims[] | "# \(.row) \(.experiment): \(.says): \(.verdict): \(.why)"' "$BENCH_DIR/scoreboard"
printf '# %s claims are not shown either way\n' "$(jq .not_shown "$BENCH_DIR/scoreboard")"
figure lab-verdicts "$(jq '.holds + .does_not_hold' "$BENCH_DIR/scoreboard")"
