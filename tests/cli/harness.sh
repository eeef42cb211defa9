#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a shell test says that ends before its plan, labs that are in the way of the tests, and a check of
# sources that were not compiled.
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

# A build of one test, and of a program that notes how it is called.
mkdir -p "$TEST_DIR/fake/tests/unit"
printf '#!/bin/sh\necho ok 1\necho 1..1\n' >"$TEST_DIR/fake/tests/unit/unit-one"
printf '#!/bin/sh\necho "called as $*" >%q\nexec test ! -e %q\n' "$TEST_DIR/called" "$TEST_DIR/stays" \
  >"$TEST_DIR/fake/vrkit"
chmod +x "$TEST_DIR/fake/tests/unit/unit-one" "$TEST_DIR/fake/vrkit"
# runs OPTION…: of tests/run, in RUN_STATUS and RUN_OUT.
runs () {
  rm -f "$TEST_DIR/called"
  RUN_STATUS=0
  RUN_OUT=$("${library%/*}/run" --build "$TEST_DIR/fake" --tier unit "$@" 2>&1) || RUN_STATUS=$?
}
runs
is "$RUN_STATUS ${RUN_OUT##*$'\n'}" "0 1 passed, 0 failed, 0 skipped" "tests run beside labs that are up"
check "and leave them so" test ! -e "$TEST_DIR/called"
runs --down
is "$RUN_STATUS $(<"$TEST_DIR/called")" "0 called as down --all" "where the host is theirs, these go first"
: >"$TEST_DIR/stays"
runs --down
is "$RUN_STATUS $RUN_OUT" "2 tests/run: a lab is in the way of the tests, and does not go down" \
  "one that stays ends the run"

: >"$TEST_DIR/build.ninja"
jq -n '[{file: "x.c", command: "cc -o x.o -c x.c", directory: "."}]' >"$TEST_DIR/compile_commands.json"
RUN_STATUS=0
RUN_ERR=$(VRKIT_LINT_CACHE=$TEST_DIR/cache "${library%/*}/lint/tidy-once" "$TEST_DIR" -- x.c 2>&1) || RUN_STATUS=$?
is "$RUN_STATUS" 1 "clang-tidy is not had of what is not compiled"
is "$RUN_ERR" "x.c is not compiled in $TEST_DIR: \`ninja -C $TEST_DIR\` first" "it says so"
plan
