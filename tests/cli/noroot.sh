#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Without root: what changes the host is refused with status 7, what only looks works.
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../lib.sh"

# Nobody may read neither the build directory nor the clone, which can lie in root's home.
chmod 755 "$TEST_DIR"
cp -- "$VRKIT" "$TEST_DIR/vrkit"
cp -r -- "$VRKIT_TEST_SOURCE/profiles" "$TEST_DIR/profiles"
chmod -R a+rX "$TEST_DIR"
mkdir -m 555 "$TEST_DIR/closed"
export VRKIT_RUN_DIR=$TEST_DIR/closed/run VRKIT_IMAGES=$TEST_DIR/images HOME=$TEST_DIR
native=$TEST_DIR/profiles/native.conf
guest=$TEST_DIR/profiles/monolithic.conf

cat >"$TEST_DIR/as-nobody" <<'END'
#!/bin/bash
cd "${0%/*}"
if [ "$EUID" -ne 0 ]; then
  exec ./vrkit "$@"
fi
exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all ./vrkit "$@"
END
chmod 755 "$TEST_DIR/as-nobody"
VRKIT=$TEST_DIR/as-nobody

# refused ARGUMENT…: status 7, and one line that says what to do.
refused () {
  run_vrkit "$@"
  is "$RUN_STATUS|$RUN_OUT|${RUN_ERR//[!$'\n']/}" "7||" "$1: status 7, one line"
  assert_err "vrkit: $1 *needs root: run it with sudo" "$1: says what it needs"
}

refused up "$native"
refused down native
refused down --all
refused exec native r1 -- id
refused console native r1
refused scale native r=2
refused load native
refused calibrate monolithic
refused control monolithic

run_vrkit validate "$guest"
assert_status 0 "validate works"
run_vrkit plan "$native"
is "$RUN_STATUS|$RUN_ERR" "0|" "plan works"
run_vrkit plan "$guest"
is "$RUN_STATUS" 4 "plan of a guest gets as far as the image, with KVM untried or refused"
assert_err "image = router" "plan of a guest says that the image is missing"
run_vrkit check
assert_status 0 "check works"
assert_out "missing *not root" "check says what root would add"
run_vrkit status no-such-lab
assert_status 1 "status of a lab that is not there"
assert_err "lab no-such-lab is not up" "status looks for labs"
run_vrkit image list
assert_status 0 "image list works"

check "nothing was made" test ! -e "$VRKIT_RUN_DIR"
plan
