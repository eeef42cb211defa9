#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The scoreboard over all shipped experiments, measured with reduced repetitions by one command: how long
# it takes, and how many claims, and rows of paper A, it gives a verdict of: what the samples show neither way
# does not count.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly experiments=("$BENCH_SOURCE"/experiments/*.conf)
readonly store=${VRKIT_BENCH_STORE:-$BENCH_DIR/store}

took_us "$VRKIT" claims --run --quick --directory "$store" "${experiments[@]}"
"$VRKIT" claims --directory "$store" "${experiments[@]}" | sed 's/^/# /'
"$VRKIT" claims --json --directory "$store" "${experiments[@]}" >"$BENCH_DIR/scoreboard"
figure scoreboard-time "$(divide "$TOOK_US" 60000000)"
figure scoreboard-verdicts "$(jq '.holds + .does_not_hold' "$BENCH_DIR/scoreboard")"
printf '# %s claims are not shown either way\n' "$(jq .not_shown "$BENCH_DIR/scoreboard")"
figure scoreboard-rows "$(jq '[.claims[] | select(.paper == "A" and .shown) | .row]
  | unique | length' "$BENCH_DIR/scoreboard")"
