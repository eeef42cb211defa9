#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The demonstration of the README, run again.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

"$BENCH_SOURCE/bootstrap" demo >"$BENCH_DIR/first" 2>&1 || fail "the demo: $(tail -n 3 "$BENCH_DIR/first")"
took_us "$BENCH_SOURCE/bootstrap" demo
note "the demo once more, all being there: $(milliseconds "$TOOK_US") ms"
figure demo-again "$(awk -v us="$TOOK_US" 'BEGIN { printf "%.3g", us / 1000000 }')"
