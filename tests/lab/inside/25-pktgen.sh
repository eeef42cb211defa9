#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The kernel's pktgen as a generator: every frame is accounted for, between two interfaces and through a
# KVM guest, and what vrkit loads and sets is gone again, also when it was killed.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"
readonly left=vrkit-pktgen-l right=vrkit-pktgen-r

# shellcheck disable=SC2317  # a trap calls it
leave () {
  ip netns delete "$left" 2>/dev/null || true
  ip netns delete "$right" 2>/dev/null || true
  leave_scratch
}

# between ARGUMENT…: a load by pktgen from the left to the right.
between () {
  run_vrkit load --from "$left/port" --to "$right/port" --generator pktgen --json "$@"
}

# shellcheck disable=SC2317  # called by another
is_loaded () {
  [[ -d /sys/module/pktgen ]]
}

# arrived: frames that came to the right, as its interface has counted.
arrived () {
  ip -n "$right" -s -j link show port | jq '.[0].stats64.rx.packets'
}

trap leave EXIT
ip netns add "$left"
ip netns add "$right"
ip -n "$left" link add port type veth peer name port netns "$right"
for side in "$left" "$right"; do
  ip netns exec "$side" sysctl -q net.ipv6.conf.port.disable_ipv6=1
  ip -n "$side" link set port up
done
check "pktgen is not loaded" eval '! is_loaded'

before=$(arrived)
between --count 3000 --rate 3kpps --flows 10
assert_status 0 "3000 frames by pktgen"
shows '.generator == "pktgen" and .generator_mode == "kernel" and .receiver == "exact"' "pktgen sent them"
shows '.sent == 3000 and .received == 3000 and .lost == 0 and .duplicated == 0 and .corrupted == 0
       and .reordered == 0 and .ttl_right == 3000' "each of them was examined, and came once, in order"
shows '.latency_ns == null and .streams[0].jitter_ns == null' "they tell no latency"
is "$(($(arrived) - before))" 3000 "the receiver's interface counted as many"
check "and pktgen is unloaded again" eval '! is_loaded'

for kind in '--size 1518' '--ip 6 --size 82' '--vlan 7 --size 66' '--flows 100,random --size 256'; do
  # shellcheck disable=SC2086  # words
  between --count 500 --rate 5kpps $kind
  shows '.sent == 500 and .received == 500 and .lost == 0 and .corrupted == 0' "frames with $kind"
done
between --ip 6 --size 80
assert_status 2 "a frame without room for pktgen's header is refused"
assert_err "82 bytes are the least*generator packet" "with the least size, and the way out"
between --count 100 --rate 1kpps --receiver counting
shows '.receiver == "counting" and .received == 100' "counters receive too"

ip netns exec "$right" tc qdisc add dev port ingress
ip netns exec "$right" tc filter add dev port ingress protocol ip u32 \
  match ip sport 1028 0xffff action drop
between --count 1000 --rate 5kpps --flows 10 --receiver exact
shows '.sent == 1000 and .received + .lost == .sent and ([.stages[].count] | add) == .lost' \
  "sent is received and what was lost, by stages"
ip netns exec "$right" tc qdisc delete dev port ingress

modprobe pktgen
between --count 100 --rate 1kpps
assert_status 0 "a pktgen that was there is used"
check "and left there" is_loaded
is "$(ip netns exec "$left" ls /proc/net/pktgen | grep -c port)" 0 "without our device"
ip netns exec "$left" sh -c 'echo "add_device port@1" >/proc/net/pktgen/kpktgend_1'
between --count 100 --rate 1kpps
assert_status 6 "one that somebody else has set up here is not touched"
assert_err "port@1*somebody else*another generator" "and named"
rmmod pktgen

"$VRKIT" load --from "$left/port" --to "$right/port" --generator pktgen --duration 60s \
  >/dev/null 2>&1 &
victim=$!
before=$(arrived)
# shellcheck disable=SC2317  # called by another
sends () {
  (($(arrived) > before + 100))
}
wait_until 20 sends || diag "it never sent"
between --count 10
assert_status 6 "a second one is told to wait"
kill -KILL "$victim"
wait "$victim" 2>/dev/null || true
# shellcheck disable=SC2317  # called by another
rests () {
  local last
  last=$(arrived)
  sleep 0.3
  (($(arrived) == last))
}
check "pktgen stops when vrkit is killed" wait_until 10 rests
check "and is still loaded" is_loaded
between --count 100 --rate 1kpps
assert_status 0 "the next one sends"
check "and unloads it" eval '! is_loaded'
is "$(find /run/vrkit -name pktgen)" "" "no note of it is left"

run_vrkit load sched --generator pktgen --json --count 100 --rate 100pps
assert_status 0 "100 frames of pktgen pass through a KVM guest"
run_vrkit load sched --generator pktgen --json --count 3000 --rate 10kpps
shows '.sent == 3000 and .lost > 0 and .received + .lost == .sent
       and ([.stages[].count] | add) == .lost' "of more than it forwards, each frame is at a stage"
check "pktgen is gone" eval '! is_loaded'
plan
