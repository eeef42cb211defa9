#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The man pages are well formed, and hold all that their tables do. The tables are read in the source,
# past the code that prints them.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

man=$VRKIT_TEST_BUILD/man
src=$VRKIT_TEST_SOURCE/src

# A page without font changes and escapes.
plain () {
  sed -E 's/\\f.//g; s/\\-/-/g; s/\\\(dq/"/g' "$man/$1"
}

for page in vrkit.1 vrkit-load.1 vrkit-search.1 vrkit-calibrate.1 vrkit-control.1 vrkit-simulate.1 vrkit-top.1 vrkit-profile.5 vrkit-experiment.5 vrkit-image.5 vrkit-profiles.7; do
  # A page is of its version, not of a date.
  is "$(mandoc -T lint -W warning "$man/$page" 2>&1 | grep -v 'missing date' || true)" "" \
     "$page is well formed"
  is "$(grep -v '^\.\\"' "$man/$page" | grep -E '@[A-Z]+@' || true)" "" "$page has no marker left"
done

is "$(plain vrkit.1 | sed -nE '/^\.SH EXIT STATUS/,/^\.SH [^E]/ s/^([0-9]+)$/\1/p' | sort -n)" \
   "$({ echo 0; sed -nE 's/^ *VR_ERROR_[A-Z]+ = ([0-9]+),.*/\1/p' "$src/base/vr-error.h"; } | sort -n)" \
   "vrkit(1) has every exit status"

is "$(plain vrkit-profile.5 | sed -nE '/^\.SS \[/,/^\.SH/ s/^\.BR ([a-z-]+) .*/\1/p' | sort)" \
   "$(sed -nE '/\.patterns/d; s/.* \.key = "([a-z-]+)".*/\1/p' "$src/config/vr-schema-profile.c" | sort)" \
   "vrkit-profile(5) has every key"

is "$(plain vrkit-experiment.5 | sed -nE '/^\.SS \[/,/^\.SH/ s/^\.BR ([a-z-]+) .*/\1/p' | sort)" \
   "$(sed -nE 's/.* \.key = "([a-z-]+)".*/\1/p; s/^ *([{] )?(LOAD|SEARCH|CLAIM_TEXT) \([a-z_]+, "([a-z-]+)".*/\3/p' \
        "$src/campaign/vr-experiment-schema.c" | sort)" \
   "vrkit-experiment(5) has every key"

is "$(plain vrkit.1 | grep -oE 'vrkit\.[a-z]+/[0-9]+' | sort -u)" \
   "$(jq -r '.title' "$VRKIT_TEST_SOURCE"/man/schemas/*.json | sort)" \
   "vrkit(1) names each JSON schema, and each has its file"

is "$(plain vrkit-load.1 | sed -nE '/^\.SS Stages/,/^\.S[SH] [^S]/ s/^\.B ([a-z-]+)$/\1/p' | sort)" \
   "$({ echo unattributed; sed -nE '/^static const PointRow/,/^}/ s/.*, "([a-z-]+)", .*/\1/p' \
          "$src/observe/vr-stage.c"; } | sort -u)" \
   "vrkit-load(1) has every stage"

is "$(plain vrkit-profiles.7 | sed -nE 's/^\.SS //p')" "$(cd "$VRKIT_TEST_SOURCE/profiles" && printf '%s\n' *.conf)" \
   "vrkit-profiles(7) has every shipped profile"
is "$(plain vrkit-profiles.7 | grep -cE '^graph "')" "$(find "$VRKIT_TEST_SOURCE/profiles" -name '*.conf' | wc -l)" \
   "each with its graph"

# VRKIT_FAULT_POINT is the tests' way in, not the user's.
missing=$(grep -ohE 'getenv \("[A-Z_]+"\)' "$src"/cli/*.c | sed -E 's/.*"(.*)".*/\1/' \
            | sort -u | grep -vx VRKIT_FAULT_POINT \
            | while read -r name; do plain vrkit.1 | grep -w "$name" >/dev/null || printf '%s\n' "$name"; done)
is "$missing" "" "vrkit(1) has every environment variable"

# Every profile in a page is one: what stands between .nf and .fi and begins with a group.
plain vrkit-profile.5 | awk -v dir="$TEST_DIR" '
  /^\.nf/ { file = dir "/example" ++count ".conf"; next }
  /^\.fi/ { file = "" }
  file != "" { print > file }'
for example in "$TEST_DIR"/example*.conf; do
  run_vrkit validate "$example"
  assert_status 0 "${example##*/} of vrkit-profile(5) is valid"
done
plan
