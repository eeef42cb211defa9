#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A multistage router whose balancer is one of XDP: the same router to the outside as with nftables.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

readonly rate=500
need_guests
use_labs quick
remember_traces
profile=$TEST_DIR/quick.conf
{
  two_ports quick
  cat <<'END'
[msr r]
balancers = 1
routers = 2
balancer = xdp
interface = left 198.18.1.1/24 2001:2:0:1::1/64
interface = right 198.18.2.1/24 2001:2:0:2::1/64
END
} >"$profile"

# balanced: packets that each back-end was given, a line each.
balanced () {
  "$VRKIT" exec quick r-lb1 -- vrkit-balance --counters | sed -n 's/^backend .* in_packets \([0-9]*\) .*/\1/p'
}

run_vrkit up --timeout 180s "$profile"
assert_status 0 "an MSR with a balancer by XDP is up"
is "$("$VRKIT" exec quick r-lb1 -- cat /run/vrkit/balance.says | sort | tr '\n' ' ')" \
  "attached left native attached r-inner native attached right native ready " \
  "the driver runs the programs itself"
is "$("$VRKIT" exec quick r-lb1 -- nft list ruleset)" "" "and nftables has no part in it"
for case in 'left 198.18.2.100' 'left 2001:2:0:2::100' 'right 198.18.1.100' 'right 2001:2:0:1::100'; do
  is "$(echoes quick "${case% *}" "${case#* }" 63)" 3 "echoes from ${case% *} to ${case#* } pass, one hop further"
done
is "$(echoes quick left 198.18.1.1 64)|$(echoes quick right 2001:2:0:2::1 64)" "3|3" \
  "the router's own addresses answer"
is "$(ip netns exec vrkit-quick-left ping -n -c 1 -W 5 -t 1 198.18.2.100 | grep -c 'From 198.18.1.1 .*exceeded')" 1 \
  "a trace shows one hop, by its own address"

mapfile -t before < <(balanced)
run_vrkit load quick --from left --to right --rate "$rate" --duration 2s --flows 1000 --json
RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
shows '.sent > 0 and .lost * 10 < .sent' "a thousand flows pass"
mapfile -t after < <(balanced)
shares=($((after[0] - before[0])) $((after[1] - before[1])))
check "each of the two back-ends has its part: ${shares[*]}" \
  test "${shares[0]}" -gt $((rate / 2)) -a "${shares[1]}" -gt $((rate / 2))

run_vrkit down quick
assert_status 0 "down"
assert_no_trace "nothing of it is left"
plan
