#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A multistage router of two balancers and two back-ends: one router to the outside, whose flows are
# spread over the back-ends, and nothing of whose inside is seen.
# holds: guests
# shellcheck source-path=SCRIPTDIR source=msr-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/msr-common.sh"

# A guest that the host does not let run for a while loses nothing for want of room.
profile=$TEST_DIR/msr-2-2.conf
{
  sed 's/^device = test$/&\nqueue-length = 1000/; s/^routers = .*/&\nweights = 3, 2/' \
    "$VRKIT_TEST_SOURCE/profiles/msr-2-2.conf"
  # The main loop moves their packets.
  printf '\n[schedule r]\nmover.r-inner = other -1\n[schedule r-br2]\nemulator = other -2\n'
} >"$profile"

need_guests
use_labs msr-2-2
remember_traces

# inside NAME COMMAND…: in the namespace of a port's far end.
inside () {
  local name=$1
  shift
  ip netns exec "vrkit-msr-2-2-$name" "$@"
}

# strangers PORT: frames that reached the far end of a port and are no frame of the one router: of
# another MAC address, or of a VLAN; and those that are.
watch_strangers () {
  inside "$1" nft -f - <<END
table netdev strangers {
  counter stranger {}
  counter router {}
  counter answers {}
  chain in {
    type filter hook ingress device "$1" priority 0;
    ether type { 8021q, 8021ad } counter name stranger
    ether saddr != $2 counter name stranger
    ether saddr $2 counter name router
    arp operation reply counter name answers
    icmpv6 type nd-neighbor-advert counter name answers
  }
}
END
}

# counted PORT COUNTER
counted () {
  inside "$1" nft -j list counter netdev strangers "$2" \
    | jq '[.nftables[].counter // empty | .packets] | add'
}

# neighbour PORT ADDRESS: its MAC address, asked for anew.
neighbour () {
  inside "$1" ip neighbour flush dev "$1"
  inside "$1" ping -n -c 1 -W 20 "$2" >/dev/null 2>&1 || true
  inside "$1" ip -j neighbour show "$2" | jq -r '.[0].lladdr'
}

# ask TIMES WAIT_MS: how often the far end of a port asks for a neighbour, and how long it waits each time.
ask () {
  # shellcheck disable=SC2016  # for the inner shell
  inside "$1" sh -c 'for way in 4 6; do
    cd "/proc/sys/net/ipv$way/neigh/$1" && echo "$2" >mcast_solicit && echo "$3" >retrans_time_ms || exit
  done' sh "$@"
}

# answers PORT ADDRESS: how many come to one question.
answers () {
  local before after
  ask "$1" 1 20000
  before=$(counted "$1" answers)
  neighbour "$1" "$2" >/dev/null
  # Of another that answers, too.
  sleep 0.5
  after=$(counted "$1" answers)
  ask "$1" 3 1000
  echo $((after - before))
}

# mac PORT: the MSR's there.
mac () {
  planned "$profile" macvtap ".want | select(.alias | endswith(\"r/$1\")) | .mac"
}

# hops ADDRESS: who says that an echo of one hop went no further.
hops () {
  inside left ping -n -c 3 -i 0.2 -W 20 -t 1 "$1" 2>/dev/null \
    | sed -nE 's/^From ([^ ]+):? icmp_seq.*([Tt]ime|Hop).*/\1/p' | sort -u
}

# backend NUMBER: its MAC address inside.
backend () {
  "$VRKIT" exec msr-2-2 "r-br$1" -- cat /sys/class/net/r-inner/address
}

# gives BALANCER BACKENDS: whether its rules in the kernel name these, and no other.
# shellcheck disable=SC2317  # wait_until calls it
gives () {
  [[ $("$VRKIT" exec msr-2-2 "r-lb$1" -- nft list chain netdev balance choose \
    | grep -oE '([0-9a-f]{2}:){5}[0-9a-f]{2}' | sort -u | paste -sd ' ') == "$2" ]]
}

# both_give WHAT BACKEND…: that both balancers come to do so.
both_give () {
  local wanted
  wanted=$(printf '%s\n' "${@:2}" | sort | paste -sd ' ')
  check "$1" wait_until 60 gives 1 "$wanted"
  check "and so for the second balancer" wait_until 60 gives 2 "$wanted"
}

# received: packets from left that each back-end has had, a line each.
# shellcheck disable=SC2317  # spread calls it
received () {
  "$VRKIT" exec msr-2-2 r-br1 -- cat /sys/class/net/left/statistics/rx_packets
  "$VRKIT" exec msr-2-2 r-br2 -- cat /sys/class/net/left/statistics/rx_packets
}

# shellcheck disable=SC2317  # spread calls it
both_take () {
  both_give "both back-ends are given packets" "$first" "$second"
}

run_vrkit up --timeout 180s "$profile"
assert_status 0 "an MSR of two balancers and two back-ends is up"
is "$("$VRKIT" threads --json msr-2-2 | jq -c '[.threads[] | select(.role == "emulator" or .role == "vhost") | .nice] | unique')" \
  '[-2,-1]' "what moves packets of each part is scheduled by the MSR's own group, or the part's"
left=$(mac left) right=$(mac right)
watch_strangers left "$left"
watch_strangers right "$right"

for case in 'left 198.18.2.2' 'left 2001:2:0:2::2' 'right 198.18.1.2' 'right 2001:2:0:1::2'; do
  is "$(echoes msr-2-2 "${case% *}" "${case#* }" 63)" 3 "echoes from ${case% *} to ${case#* } pass, one hop further"
done
for case in 'left 198.18.1.1' 'left 198.18.2.1' 'right 198.18.1.1' 'right 2001:2:0:2::1' 'left 2001:2:0:2::1'; do
  is "$(echoes msr-2-2 "${case% *}" "${case#* }" 64)" 3 "the router's own ${case#* } answers on ${case% *}"
done
is "$(inside left ping -n -c 1 -w 20 -s 4000 198.18.2.2 | grep -c 'bytes from')" 1 "fragments pass"
is "$(inside left ping -n -c 1 -w 20 -s 4000 2001:2:0:2::2 | grep -c 'bytes from')" 1 "by IPv6 too"
is "$(hops 198.18.2.2)" 198.18.1.1 "a trace shows one hop, by its own address"
is "$(hops 2001:2:0:2::2)" 2001:2:0:1::1 "by IPv6 too"
is "$(neighbour left 198.18.1.1)" "$left" "ARP is answered with the one MAC address"
is "$(neighbour right 2001:2:0:2::1)" "$right" "and so is neighbour discovery"
is "$(answers left 198.18.1.1)|$(answers right 2001:2:0:2::1)" "1|1" "each once"

first=$(backend 1) second=$(backend 2)
spread msr-2-2 received
shows '.sent > 0 and .lost * 10 < .sent' "a thousand flows pass"
shows '.router == "r"' "through the MSR by its name"
shows '.points[] | select(.id == "router-forwarded") | .count >= '"$(jq .received <<<"$RUN_OUT")" \
  "what both back-ends forward is added up"
shows '[.stages[] | select(.id == "router-ring" or .id == "macvtap-transmit")] | length == 0' \
  "and no loss is told of a place inside it"
check "three parts to the one and two to the other, as weighted: ${shares[*]}" shared_so 3 2

# change_policy POLICY: of the first balancer, as its guest changes to other back-ends.
# shellcheck disable=SC2317  # check calls it
change_policy () {
  # shellcheck disable=SC2016  # for the guest's shell
  "$VRKIT" exec msr-2-2 r-lb1 -- sh -c 'cd /run/vrkit
    finish () { echo "$*" >&2; exit 1; }
    . /usr/lib/vrkit/balance-nftables
    read_balance
    policy=$1
    read_places
    change_rules' sh "$1"
}

# spread_by POLICY OPTION…: a load of one second, of which most comes with the back-ends given packets all the while:
# `shares` and RUN_OUT are of that.
spread_by () {
  local before after given
  for _ in 1 2 3; do
    both_take
    check "the balancer takes the policy $1" change_policy "$1"
    given=$("$VRKIT" exec msr-2-2 r-lb1 -- stat -c %Y /run/vrkit/balance)
    mapfile -t before < <(received)
    run_vrkit load msr-2-2 --from left --to right --duration 1s --settle 500ms --json "${@:2}"
    RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
    mapfile -t after < <(received)
    shares=($((after[0] - before[0])) $((after[1] - before[1])))
    [[ $("$VRKIT" exec msr-2-2 r-lb1 -- stat -c %Y /run/vrkit/balance) != "$given" ]] || ! most_came || return 0
  done
}

# What each back-end gets of one flow tells the policies apart.
for policy in round-robin random; do
  spread_by "$policy" --rate "$rate"
  check "$policy: each packet of a flow goes as weighted: ${shares[*]}" shared_so 3 2
done
flows_of_one 198.18.1 8
spread_by hash "${flows[@]}"
shows '.sent > 0 and .reordered == 0' "hash: the packets of each flow come in their order"
check "over both back-ends: ${shares[*]}" test "${shares[0]}" -gt 0 -a "${shares[1]}" -gt 0

# A UDP packet from 198.18.1.2 to 198.18.2.2, in VLAN 5.
base64 -d >"$TEST_DIR/tagged.pcap" <<'END'
1MOyoQIABAAAAAAAAAAAAP//AAABAAAAAAAAAAAAAABAAAAAQAAAAAIAAAAAAgIAAAAAAYEAAAUIAEUAAC4AAAAAQBHrlsYSAQLGEgICAAkACQAaAAB2cmtpdHZya2l0dnJraXR2bHg=
END
run_vrkit load msr-2-2 --from left --to right --replay "$TEST_DIR/tagged.pcap" --rate 100 --count 10 --json
RUN_OUT=$(jq --slurp '.[-1]' <<<"$RUN_OUT")
shows '.sent == 10 and .received == 0' "what comes in a VLAN of the outside is not the router's"

# What keeps the balancers' rules has ended, in the first by a signal; in the second the rules cannot be written
# when they are to change.
# shellcheck disable=SC2016  # for the guest's shell
"$VRKIT" exec msr-2-2 r-lb1 -- sh -c 'kill -9 $(cat /run/vrkit/watch.pid)'
"$VRKIT" exec msr-2-2 r-lb2 -- mv /usr/sbin/nft /usr/sbin/nft.aside

# Killed while a thousand flows run.
"$VRKIT" load msr-2-2 --from left --to right --rate "$rate" --duration 4s --flows 1000 --json \
  >"$TEST_DIR/load.out" 2>"$TEST_DIR/load.err" &
sending=$!
sleep 1.5
kill -KILL "$(pid_of msr-2-2 r-br2)"
RUN_STATUS=0
wait "$sending" || RUN_STATUS=$?
check "the load comes to its end" test "$RUN_STATUS" -le 1
diag "a back-end killed: half of the flows went without for about" \
  "$(jq --slurp ".[-1].lost * 2000 / $rate" "$TEST_DIR/load.out") ms"
# shellcheck disable=SC2317  # wait_until calls it
has_failed () { "$VRKIT" exec msr-2-2 r-lb2 -- test -s /run/vrkit/watch.failed; }
check "a change that does not go is told" wait_until 20 has_failed
"$VRKIT" exec msr-2-2 r-lb2 -- mv /usr/sbin/nft.aside /usr/sbin/nft
both_give "the rules in the kernel have no part for one that is dead" "$first"
is "$("$VRKIT" exec msr-2-2 r-lb1 -- grep -c 'started again' /run/vrkit/watch.log)" 1 \
  "though what hears that had ended, and was started again"
sends msr-2-2 1s
shows '.sent > 0 and .lost * 10 < .sent' "all flows pass by the other"
is "$(echoes msr-2-2 left 2001:2:0:2::2 63)" 3 "by IPv6 too"
run_vrkit status msr-2-2
assert_status 1 "status tells that one is missing"
run_vrkit up --timeout 180s "$profile"
assert_status 0 "up starts it again"
spread msr-2-2 received
shows '.sent > 0 and .lost * 10 < .sent' "a thousand flows pass again"
check "of which it has its part: ${shares[*]}" test "${shares[1]}" -gt $((rate / 2))

for port in left right; do
  is "$(counted "$port" stranger)" 0 "nothing of its inside is seen on $port"
  check "where the router's own frames were counted" test "$(counted "$port" router)" -gt 10
done
run_vrkit status msr-2-2
assert_status 0 "status: all of it is as it should be"
run_vrkit down msr-2-2
assert_status 0 "down"
assert_no_trace "nothing of it is left"
plan
