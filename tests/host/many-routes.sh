#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A guest with 100,000 routes: the configuration is in its initrd, beside those of the image, and goes with
# the lab.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
use_labs many
profile=$TEST_DIR/many.conf
remember_traces

# 65,536, 32,768, 2,048 and one of IPv6; what is connected are two more.
{
  two_ports many
  router r1 1 "memory = 176M" "accel = tcg" "route = 198.19.0.0/16 by /32 via 198.18.2.100" \
    "route = 198.18.128.0/17 by /32 via 198.18.2.100, 198.18.96.0/21 by /32 via 198.18.2.100" \
    "route = 2001:2:0:3::/64 via 2001:2:0:2::100"
} >"$profile"

begun=$SECONDS
run_vrkit up --timeout 60s "$profile"
printf '# up took %d s\n' $((SECONDS - begun))
assert_status 0 "up with 100,353 routes"
state=${VRKIT_RUN_DIR:-/run/vrkit}/labs/many
initrd=$(planned "$profile" config .target)
is "$(find "$state" -name 'r1-*')" "$initrd" "its configuration is one file, an initrd"
is "$(virsh --quiet --connect qemu:///system dumpxml vrkit-many-r1 | grep -c "<initrd>$initrd</initrd>")" 1 \
  "the guest's own"
# A line a route of IPv4, and one above.
is "$("$VRKIT" exec many r1 -- wc -l /proc/net/route)" "100355 /proc/net/route" "the guest has all of them"
is "$(echoes many left 198.18.2.100 63)" 3 "packets pass"
ip -n vrkit-many-right address add 198.19.77.99/32 dev right
is "$(echoes many left 198.19.77.99 63)" 3 "and by one of the routes"

run_vrkit up --timeout 60s "$profile"
assert_status 0 "up again"
assert_err "nothing to change" "changes nothing"
run_vrkit down many
assert_status 0 "down"
assert_no_trace "nothing is left"
plan
