#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a shell test says that ends before its plan, and a check of sources that were not compiled.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"
library=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)/lib.sh

# ends LINE: a test of that line, in RUN_STATUS and RUN_OUT.
ends () {
  RUN_STATUS=0
  RUN_OUT=$(printf '. %q\nok before\n%s\nplan\n' "$library" "$1" | bash 2>/dev/null) || RUN_STATUS=$?
}

ends true
is "$RUN_STATUS" 0 "a test that comes to its plan passes"
is "$RUN_OUT" $'ok 1 - before\n1..1' "and says no more"
ends 'cat /proc/none'
is "$RUN_OUT" $'ok 1 - before\n# ended before its plan, at: cat /proc/none' "a command that failed is named"
is "$RUN_STATUS" 1 "and the test fails"
# shellcheck disable=SC2016  # the test's own
ends 'until [[ $(</proc/none) == x ]]; do false; done'
# shellcheck disable=SC2016  # what bash makes of it
is "${RUN_OUT##*$'\n'}" '# ended before its plan, at: [[ $(< /proc/none) == x ]]' \
  "so is the reading of a file that is gone, of which bash says nothing"

: >"$TEST_DIR/build.ninja"
jq -n '[{file: "x.c", command: "cc -o x.o -c x.c", directory: "."}]' >"$TEST_DIR/compile_commands.json"
RUN_STATUS=0
RUN_ERR=$(VRKIT_LINT_CACHE=$TEST_DIR/cache "${library%/*}/lint/tidy-once" "$TEST_DIR" -- x.c 2>&1) || RUN_STATUS=$?
is "$RUN_STATUS" 1 "clang-tidy is not had of what is not compiled"
is "$RUN_ERR" "x.c is not compiled in $TEST_DIR: \`ninja -C $TEST_DIR\` first" "it says so"
plan
