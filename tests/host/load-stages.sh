#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A fault is planted at one stage after the other, for real, and `vrkit load` says that the frames were
# lost at that stage and at no other.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

use_labs stages stages-native

# loads LAB ARGUMENT…: a load that prints JSON.
loads () {
  run_vrkit load --json "$@"
}

# sums_up NAME: of the last load; by its schema, and to the last frame.
sums_up () {
  is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/load.schema.json" \
          -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" \
     "$1: the result is as its schema says"
  shows '.sent == .received + ([.stages[].count] | add)' "$1: sent is received and all stages"
}

# lost_at STAGE NUMBER NAME: all that was lost in the last load was lost there.
lost_at () {
  assert_status 1 "$3: load says that frames were lost"
  sums_up "$3"
  shows ".lost == $2 and ([.stages[] | select(.count != 0)] == [{id: \"$1\", count: $2}])" \
    "$3: $2 frames at $1 and none elsewhere"
}

# mostly_at STAGE NAME: at least 999 of 1000 frames that were lost in the last load were lost there,
# and no counter tells where the others were: a packet of somebody else's, a neighbour's question,
# may have passed in their stead.
mostly_at () {
  assert_status 1 "$2: load says that frames were lost"
  sums_up "$2"
  # shellcheck disable=SC2016  # a jq variable
  shows "([.stages[] | select(.id == \"$1\").count] | add) as \$there
         | .lost >= 1000 and \$there >= .lost * 0.999
         and ([.stages[] | select(.id != \"$1\" and .id != \"unattributed\").count] | add) == 0" \
    "$2: at $1 and at no other stage"
}

# Too slow for anything: the first few frames pass, and the others are kept for hours.
slow=(root tbf rate 8bit burst 1600 limit 100000000)

# --- A namespace as the router --------------------------------------------------------------------

profile=$TEST_DIR/stages-native.conf
{
  two_ports stages-native
  router r1 1 "kind = native"
} >"$profile"
run_vrkit up --quiet "$profile"
assert_status 0 "the native router is up"
loads stages-native --count 2000 --rate 5kpps
assert_status 0 "nothing is lost without a fault"
sums_up "no fault"
shows '[.stages[] | select(.count != 0)] == []' "no stage lost anything"
loads stages-native --count 300 --ttl 1
lost_at router-ttl 300 "native, TTL 1"
loads stages-native --count 300 --ip 6 --size 80
assert_status 0 "IPv6 passes"
sums_up "IPv6"
loads stages-native --count 300 --ip 6 --size 80 --ttl 1
lost_at router-ttl 300 "native, hop limit 1"
ip -n vrkit-stages-native-r1 route delete 2001:2:0:2::/64
loads stages-native --count 300 --ip 6 --size 80
lost_at router-no-route 300 "native, no route of IPv6"
loads stages-native --stream "rate=1k count=300" --stream "rate=2k count=600 ttl=1 flows=50"
assert_status 1 "of two streams one is lost"
sums_up "two streams"
shows '[.streams[] | [.sent, .lost]] == [[300, 0], [600, 600]]
       and ([.stages[] | select(.count != 0)] == [{id: "router-ttl", count: 600}])' \
  "two streams: each has its loss, and its stage"
ip netns exec vrkit-stages-native-r1 tc qdisc add dev right "${slow[@]}"
loads stages-native --count 2000 --rate 5kpps
mostly_at router-transmit "native, a slow way out"
ip netns exec vrkit-stages-native-r1 tc qdisc delete dev right root
lower=$(planned "$profile" veth 'select(.want.alias | endswith("/right") or endswith(":right")) | .target')
tc qdisc add dev "$lower" "${slow[@]}"
loads stages-native --count 2000 --rate 5kpps
mostly_at lower-out "native, a slow device behind it"
tc qdisc delete dev "$lower" root
ip -n vrkit-stages-native-r1 link set left down
loads stages-native --count 300
lost_at lower-in 300 "native, link down"
ip -n vrkit-stages-native-r1 link set left up
ip -n vrkit-stages-native-r1 route delete 198.18.2.0/24
loads stages-native --count 300
lost_at router-no-route 300 "native, no route"
ip -n vrkit-stages-native-r1 route add unreachable 198.18.2.0/24
loads stages-native --count 300
lost_at unattributed 300 "native, a loss that its kernel counts nowhere"
run_vrkit down --quiet stages-native
assert_status 0 "the native router is down"

# --- A chain of them ------------------------------------------------------------------------------

profile=$TEST_DIR/stages-native.conf
sed -e 's/^name = chain$/name = stages-native/' -e '/^\[router /a kind = native' \
  "$VRKIT_TEST_SOURCE/profiles/chain.conf" >"$profile"
run_vrkit up --quiet "$profile"
assert_status 0 "three native routers in a row are up"
through=(--from left --to right)
loads stages-native "${through[@]}" --count 2000 --rate 5kpps
assert_status 0 "nothing is lost in a chain without a fault"
sums_up "a chain"
shows '.router == "r1,r2,r3" and .hops == 3 and .ttl_right == 2000' "its routers are counted, and lower the TTL by three"
loads stages-native --from right --to left --count 300 --ip 6 --size 80 --ttl 4
assert_status 0 "and back, with a hop limit that just lasts"
shows '.router == "r3,r2,r1" and .ttl_right == 300' "each router lowers it by one"
loads stages-native "${through[@]}" --count 300 --ttl 3
lost_at router-ttl 300 "a chain, a TTL that ends at the last router"
loads stages-native "${through[@]}" --count 300 --ttl 2
lost_at router-ttl 300 "a chain, a TTL that ends within"
ip -n vrkit-stages-native-r2 route delete 198.18.4.0/24
loads stages-native "${through[@]}" --count 300
lost_at router-no-route 300 "a chain, no route at the second router"
ip -n vrkit-stages-native-r2 route add 198.18.4.0/24 via 198.18.3.2
ip netns exec vrkit-stages-native-r2 tc qdisc add dev far "${slow[@]}"
loads stages-native "${through[@]}" --count 2000 --rate 5kpps
mostly_at router-transmit "a chain, a slow way out of the second router"
ip netns exec vrkit-stages-native-r2 tc qdisc delete dev far root
ip -n vrkit-stages-native-r3 link set far down
loads stages-native "${through[@]}" --count 300
lost_at lower-in 300 "a chain, a link down between two routers"
loads stages-native "${through[@]}" --router r1 --count 3
assert_status 2 "a router that has not both ports is no chain"
loads stages-native --from left --to near --count 3
assert_status 2 "nor is a port within a chain one to receive at"
assert_err "port near has no far end" "it says so"
run_vrkit down --quiet stages-native
assert_status 0 "the chain is down"

# --- A guest --------------------------------------------------------------------------------------

need_guests
profile=$TEST_DIR/stages.conf
{
  two_ports stages
  router r1 1 "memory = 128M"
} >"$profile"
run_vrkit up --quiet "$profile"
assert_status 0 "the guest is up"
# A queue that all frames fit, so that nothing is lost however long the host holds up the guest.
run_vrkit tune stages port.left.queue-length=500
assert_status 0 "the macvtap's queue becomes long"
loads stages --count 500 --rate 500pps
assert_status 0 "nothing is lost without a fault"
sums_up "guest, no fault"

loads stages --count 1000 --rate 500pps --sample 50ms
RUN_OUT=$(jq -cs '[.[] | select(.schema == "vrkit.sample/1")]' <<<"$RUN_OUT")
# shellcheck disable=SC2016  # a jq variable
shows 'length >= 2 and ([.[].points[].id] | unique | contains(["nic-in", "nic-out", "receiver-port"]))
       and all(.[]; .threads | length > 0)
       and (.[0].threads[0].tid as $tid | [.[].threads[] | select(.tid == $tid).cpu_time_ns]
            | . == sort)' \
  "samples have the host's counters and the guest's threads"

run_vrkit tune stages port.left.queue-length=0
assert_status 0 "the macvtap's queue becomes as short as can be"
loads stages --count 300
lost_at macvtap-queue 300 "guest, a queue without room"
run_vrkit tune stages port.left.queue-length=8
loads stages --count 60000 --rate 1Mpps
assert_status 1 "frames were lost in a short queue"
sums_up "guest, a short queue"
# shellcheck disable=SC2016  # a jq variable
shows '([.stages[] | select(.id == "macvtap-queue").count][0]) as $queue
       | $queue > 0 and .lost - $queue <= .lost / 1000' \
  "guest, a short queue: 999 of 1000 lost frames at macvtap-queue"
run_vrkit tune stages port.left.queue-length=500
assert_status 0 "the queue is long again"

loads stages --count 300 --ttl 1
lost_at router-ttl 300 "guest, TTL 1"
nic=$(planned "$profile" macvtap 'select(.want.alias | endswith("/left")) | .target')
ip link set "$nic" down
loads stages --count 300
lost_at lower-in 300 "guest, its macvtap down"
ip link set "$nic" up
virsh --quiet --connect qemu:///system domif-setlink vrkit-stages-r1 "$nic" down
loads stages --count 300
lost_at router-ring 300 "guest, link down"
virsh --quiet --connect qemu:///system domif-setlink vrkit-stages-r1 "$nic" up

# Else, after some seconds of a way out by which no answer comes, the guest itself drops what it has no
# neighbour for.
run_vrkit exec stages r1 -- ip neighbour replace 198.18.2.100 dev right nud permanent \
  lladdr "$(ip -n vrkit-stages-right -j link show dev right | jq -r '.[0].address')"
assert_status 0 "the guest knows for good who is behind its way out"
run_vrkit exec stages r1 -- tc qdisc add dev right "${slow[@]}"
assert_status 0 "the guest's way out becomes slow"
loads stages --count 2000
mostly_at router-transmit "guest, a slow way out"
run_vrkit exec stages r1 -- tc qdisc delete dev right root
out=$(planned "$profile" macvtap 'select(.want.alias | endswith("/right")) | .target')
lower=$(ip -j link show dev "$out" | jq -r '.[0].link')
tc qdisc add dev "$lower" "${slow[@]}"
loads stages --count 2000
mostly_at lower-out "guest, a slow device behind it"
tc qdisc delete dev "$lower" root
ip link set "$out" down
loads stages --count 2000
mostly_at macvtap-transmit "guest, the macvtap of its way out down"
ip link set "$out" up
virsh --quiet --connect qemu:///system domif-setlink vrkit-stages-r1 "$out" down
loads stages --count 2000
mostly_at router-transmit "guest, no carrier on its way out"
virsh --quiet --connect qemu:///system domif-setlink vrkit-stages-r1 "$out" up
run_vrkit exec stages r1 -- ip link set right down
loads stages --count 300
lost_at router-no-route 300 "guest, the way out down"
run_vrkit exec stages r1 -- ip link set right up
run_vrkit exec stages r1 -- ip neighbour replace 198.18.2.100 dev right nud permanent \
  lladdr "$(ip -n vrkit-stages-right -j link show dev right | jq -r '.[0].address')"

# --- A guest that does not answer -----------------------------------------------------------------

# without_answer NAME: the last load says what it could not learn, and from whom.
without_answer () {
  sums_up "$1"
  assert_err "warning: router r1 did not say what it counted" "$1: a warning names the router"
  shows '.silent_router.name == "r1" and (.silent_router.why | test("agent"))
         and ([.stages[].id | select(test("^router-|^macvtap-transmit$"))] == [])
         and ([.points[].id | select(test("^router-"))] == [])' \
    "$1: nothing is said of what happened in the router"
}

# shellcheck disable=SC2016  # the guest's shell expands them
run_vrkit exec stages r1 -- sh -c \
  '(sleep 1; kill -STOP $(pidof qemu-ga); echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all; sleep 25
    echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_all; kill -CONT $(pidof qemu-ga)) </dev/null >/dev/null 2>&1 &'
assert_status 0 "the guest's agent will stop for a while"
# shellcheck disable=SC2317  # wait_until calls it
answers_no_echo () { ! ip netns exec vrkit-stages-left ping -q -c 1 -W 1 198.18.1.1; }
wait_until 20 answers_no_echo
began=$SECONDS
loads stages --count 500 --rate 500pps
assert_status 0 "a guest forwards, and nothing is lost, though its agent is silent"
without_answer "no agent"
check "it is waited for once" test $((SECONDS - began)) -lt 18
kill -STOP "$(pid_of stages r1)"
began=$SECONDS
loads stages --count 2000
took=$((SECONDS - began))
kill -CONT "$(pid_of stages r1)"
assert_status 1 "a guest that hangs forwards nothing"
without_answer "a guest that hangs"
shows '.lost == 2000 and ([.stages[] | select(.id == "macvtap-queue" or .id == "unattributed").count] | add == 2000)' \
  "what its queue had no room for is told, and the others are nobody's"
diag "the load of a guest that hangs took $took s"
check "nor is a guest that hangs waited for more than once" test "$took" -lt 18
# shellcheck disable=SC2317  # wait_until calls it
answers () {
  timeout 20 "$VRKIT" exec stages r1 -- true 2>/dev/null
}
check "it goes on" wait_until 60 answers
loads stages --count 500 --rate 500pps
assert_status 0 "and says again what it counts"
shows '(has("silent_router") | not) and ([.points[].id] | contains(["router-in", "router-out"]))' \
  "the router's stages are known again"
run_vrkit down --quiet stages
assert_status 0 "the guest is down"
plan
