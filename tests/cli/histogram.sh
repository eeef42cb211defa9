#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit histogram`: what it prints of stored loads, and what it refuses.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

# load VALUE COUNT: a stored load of so many latencies of the value, below 128.
load () {
  jq -nc --argjson value "$1" --argjson count "$2" '
    {schema: "vrkit.load/1", latency_ns: {},
     latency_histogram_ns: {bits: 6, min: $value, max: $value, sum: ($value * $count),
                            counts: {($value | tostring): $count}}}'
}

load 10 990 >"$TEST_DIR/one.json"
load 100 10 | jq . >"$TEST_DIR/two.json"

run_vrkit histogram "$TEST_DIR/one.json" "$TEST_DIR/two.json" --json
assert_status 0 "two loads are merged"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/histogram.schema.json" \
        -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "it is of vrkit.histogram/1"
is "$(jq -c '[.loads, .count, .latency_ns.p50, .latency_ns.p99, .latency_ns.p99_9, .latency_ns.mean]' <<<"$RUN_OUT")" \
   "[2,1000,10,10,100,10]" "with the percentiles of all"
printf '%s\n' "$RUN_OUT" >"$TEST_DIR/merged.json"
run_vrkit histogram "$TEST_DIR/merged.json" "$TEST_DIR/one.json"
assert_out $'loads                 3\nframes             1990\n*p99.99              0.1\n*at most 1/64 above*' \
           "what is merged is merged again, and told to people with its error"
run_vrkit histogram --hgrm "$TEST_DIR/merged.json"
assert_out $'       Value     Percentile TotalCount 1/(1-Percentile)\n\n       0.010 0.000000000000        990           1.00\n*#\[Max     =        0.100, Total count    =         1000]' \
           "as HdrHistogram has it"

run_vrkit histogram "$TEST_DIR/one.json" "$TEST_DIR/none.json"
assert_status 2 "a file that is not there"
assert_err "$TEST_DIR/none.json: No such file" "by its name"
{ cat "$TEST_DIR/one.json"; echo '{"schema":"vrkit.load/1","latency_ns":null}'; } >"$TEST_DIR/counted.json"
run_vrkit histogram "$TEST_DIR/counted.json"
assert_status 2 "a load that knows no latency"
assert_err "$TEST_DIR/counted.json:2: this load knows no latency" "by its line"
run_vrkit histogram --hgrm --json "$TEST_DIR/one.json"
assert_status 2 "one of the two forms"
run_vrkit histogram
assert_status 2 "no file"
plan
