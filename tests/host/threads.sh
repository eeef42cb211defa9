#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The tester's threads under ThreadSanitizer. What uses glib's locks is left out: they are futexes of
# a library that is not instrumented, and every use of them would look like a race.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib.sh
. "$here/../lib.sh"
require_root

readonly tsan=$VRKIT_TEST_BUILD/clang/tests
[[ -d $tsan ]] || {
  printf 'Bail out! no %s: ./bootstrap test builds it\n' "$tsan"
  exit 1
}
for test in unit/unit-test-tally host/host-test-traffic host/host-test-traffic-faults; do
  check "no race in ${test##*-test-}" env TSAN_OPTIONS=halt_on_error=1 "$tsan/$test"
done
plan
