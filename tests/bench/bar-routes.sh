#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# An MSR with a control processor whose neighbour of BGP tells 100,000 routes at once: how many of them every
# back-end's kernel has, and how long that took.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=../bird.sh
. "$BENCH_SOURCE/tests/bird.sh"
readonly profile=$BENCH_DIR/routesbench.conf lab=routesbench count=100000 patience_s=300

# shellcheck disable=SC2317  # a trap calls it
clean () {
  bird_stop
  "$VRKIT" down --quiet "$lab" || true
}

write_profile () {
  cat <<'END'
[port left]
device = test
test-address = 198.18.1.2/24
[port right]
device = test
test-address = 198.18.2.2/24
[msr r]
balancers = 1
routers = 2
memory = 256M
control = on
control-memory = 256M
as = 65001
interface = left 198.18.1.1/24
interface = right 198.18.2.1/24
bgp = 198.18.2.2 as=65002
END
}

# From 198.18.96.0 on.
write_routes () {
  awk -v count="$count" 'BEGIN { for (i = 24576; i < 24576 + count; i++)
    printf "  route 198.%d.%d.%d/32 unreachable;\n", 18 + int(i / 65536), int(i / 256) % 256, i % 256 }'
}

# held BACK-END: routes that BIRD has made in its kernel. A line of the kernel's list is a route, but for the first
# and the two of the ports.
held () {
  "$VRKIT" exec "$lab" "r-br$1" -- awk 'END { print NR - 3 }' /proc/net/route || fail "r-br$1 does not answer"
}

# Leaves in `least` what the back-end with the fewest has.
count_held () {
  local number routes
  least=$count
  for number in 1 2; do
    routes=$(held "$number")
    ((routes >= least)) || least=$routes
  done
}

# free PART: memory there, as the kernel tells it.
free () { "$VRKIT" exec "$lab" "$1" -- sed -n 's/^MemAvailable: *//p' /proc/meminfo; }

established () { bird_tell right show protocols msr 2>/dev/null | grep -q Established; }

trap clean EXIT
write_profile >"$profile"
"$VRKIT" up --quiet --timeout 180s "$profile" || fail "up"
bird_take "$VRKIT_IMAGES/router" "$BENCH_DIR/root"
{
  printf 'router id 198.18.2.2;\nprotocol device {}\nprotocol static many {\n  disabled;\n  ipv4;\n'
  write_routes
  printf '}\nprotocol bgp msr {\n  local as 65002;\n  neighbor 198.18.2.1 as 65001;\n  connect delay time 1;\n'
  printf '  ipv4 { import all; export where source = RTS_STATIC; };\n}\n'
} >"$bird_root/right.conf"
bird_start "vrkit-$lab-right" right
until_s=$((SECONDS + 60))
until established; do
  ((SECONDS < until_s)) || fail "BGP is not established within 60 s"
  sleep 0.2
done
count_held
((least == 0)) || fail "the back-ends have $least routes before any is told"
until_s=$((SECONDS + patience_s))
start=$(now_us)
bird_tell right enable many >/dev/null
until count_held && ((least >= count || SECONDS >= until_s)); do sleep 1; done
took_ms=$(milliseconds $(($(now_us) - start)))
note "$count routes of BGP: after $took_ms ms every back-end has $least; free of 256 MiB: $(free r-cp) in the control" \
  "processor, $(free r-br1) and $(free r-br2) in the back-ends"
figure msr-routes "$least"
