#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A multistage router with a control processor is one router of OSPF and BGP: BIRD behind one port speaks
# OSPF with it, BIRD behind the other BGP; what these announce is in every back-end, which forwards by
# it, and what they withdraw is in none. So it is with balancers of either kind. A back-end gets packets
# only while it has the whole table.
# holds: guests
# shellcheck disable=SC2317  # wait_until and a trap call most of it
# shellcheck source-path=SCRIPTDIR source=msr-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/msr-common.sh"
# shellcheck source=../bird.sh
source "$VRKIT_TEST_SOURCE/tests/bird.sh"

# A guest that the host does not let run for a second loses nothing for want of room, and one that it does not
# let run for some is still a neighbour.
hello_s=3
roomy=$TEST_DIR/msr-2-2-cp.conf
{
  sed -e 's/^device = test$/&\nqueue-length = 1000/' -e "/^ospf/s/hello=1/hello=$hello_s/" \
    "$VRKIT_TEST_SOURCE/profiles/msr-2-2-cp.conf"
  printf '[port r-inner]\ndevice = internal\nqueue-length = 1000\n'
} >"$roomy"
lab=msr-2-2-cp

need_guests
for tool in lz4 cpio; do
  command -v "$tool" >/dev/null || skip_all "no $tool to take BIRD out of the routers' image with"
done

finish () {
  bird_stop
  leave
}
trap finish EXIT
use_labs msr-2-2-cp msr-xdp-cp
remember_traces

bird_take "$VRKIT_IMAGES/router" "$TEST_DIR/root"

inside () {
  local name=$1
  shift
  ip netns exec "vrkit-$lab-$name" "$@"
}

# control COMMAND…: what the control processor's answers.
control () {
  "$VRKIT" exec "$lab" r-cp -- birdc -s /run/vrkit/bird.ctl "$@"
}

# routes NUMBER: those that BIRD has made in the back-end.
routes () {
  "$VRKIT" exec "$lab" "r-br$1" -- ip -4 route show proto 12 \
    && "$VRKIT" exec "$lab" "r-br$1" -- ip -6 route show proto 12
}

# has NUMBER PREFIX [WAY]: that back-end has the route. all_have PREFIX [WAY]: every one. none_has PREFIX.
has () { grep -q "^$2 via ${3-}" <<<"$(routes "$1")"; }
all_have () { has 1 "$@" && has 2 "$@"; }
none_has () {
  local number held
  for number in 1 2; do
    held=$(routes "$number") || return
    ! grep -q "^$1 " <<<"$held" || return
  done
}

# full VERSION: whether the peer's neighbour of OSPF is up to date with it.
full () {
  bird_tell left show ospf neighbors "ospf$1" | grep -q Full
}

established () {
  [[ $(bird_tell right show protocols | grep -c Established) == 2 ]]
}

cat >"$bird_root/left.conf" <<END
router id 198.18.1.2;
protocol device {}
protocol static local4 { ipv4; route 198.19.1.0/24 unreachable; }
protocol static local6 { ipv6; route 2001:2:0:11::/64 unreachable; }
protocol static later4 { disabled; ipv4; route 198.19.3.0/24 unreachable; }
protocol ospf v2 ospf4 {
  ipv4 { import all; export where source = RTS_STATIC; };
  area 0 { interface "left" { hello $hello_s; dead count 4; }; };
}
protocol ospf v3 ospf6 {
  ipv6 { import all; export where source = RTS_STATIC; };
  area 0 { interface "left" { hello $hello_s; dead count 4; }; };
}
END
# many: routes enough that a back-end does not have them all at once.
many () {
  local third fourth
  for third in {64..67}; do
    for ((fourth = 0; fourth < 256; fourth += 2)); do
      printf '  route 198.19.%d.%d/31 unreachable;\n' "$third" "$fourth"
    done
  done
}

cat >"$bird_root/right.conf" <<END
router id 198.18.2.2;
protocol device {}
protocol static local4 { ipv4; route 198.19.2.0/24 unreachable; }
protocol static local6 { ipv6; route 2001:2:0:12::/64 unreachable; }
protocol static private4 { ipv4; route 198.19.4.0/24 unreachable; }
protocol static many {
  ipv4;
$(many)
}
template bgp msr {
  local as 65002;
  connect delay time 1;
  error wait time 1, 2;
}
protocol bgp msr4 from msr {
  neighbor 198.18.2.1 as 65001;
  ipv4 {
    import all;
    export filter {
      if source != RTS_STATIC then reject;
      if net = 198.19.4.0/24 then bgp_community.add ((65535, 65282));
      accept;
    };
  };
}
protocol bgp msr6 from msr {
  neighbor 2001:2:0:2::1 as 65001;
  ipv6 { import all; export where source = RTS_STATIC; };
}
END

# come_up PROFILE BALANCER: its lab, with networks behind the neighbours.
come_up () {
  local left
  run_vrkit up --timeout 180s "$1"
  assert_status 0 "an MSR with a control processor is up, and balances by $2"
  left=$(planned "$1" macvtap '.want | select(.alias | endswith("r/left")) | .mac')
  inside left ip address add 198.19.1.1/32 dev lo
  inside left ip address add 2001:2:0:11::1/128 dev lo
  inside right ip address add 198.19.2.1/32 dev lo
  inside right ip address add 2001:2:0:12::1/128 dev lo
  is "$(echoes "$lab" left 198.18.2.2 63)" 3 "echoes pass, with nobody's MAC address in the profile"
  is "$(echoes "$lab" right 2001:2:0:1::2 63)" 3 "by IPv6 too"
  is "$(echoes "$lab" left 198.18.2.1 64)|$(echoes "$lab" right 2001:2:0:2::1 64)" "3|3" \
    "the router's own addresses answer"
  is "$(inside left ip -j neighbour show 198.18.1.1 | jq -r '.[0].lladdr')" "$left" \
    "with the one MAC address"
}

# tell_states: of each BIRD of the router, for who is to find out why routes are missing.
tell_states () {
  local part line
  for part in r-cp r-br1 r-br2; do
    while read -r line; do diag "$part: $line"; done \
      < <("$VRKIT" exec "$lab" "$part" -- sh -c 'cat /proc/uptime; birdc -s /run/vrkit/bird.ctl show status
            birdc -s /run/vrkit/bird.ctl show protocols all; tail -n 40 /run/vrkit/bird.log' 2>&1)
  done
}

# learn: what the neighbours announce comes to every back-end.
learn () {
  local first second
  bird_start "vrkit-$lab-left" left
  bird_start "vrkit-$lab-right" right
  check "OSPF finds one neighbour on the port" wait_until 60 full 4
  is "$(bird_tell left show ospf neighbors ospf4 | grep -c Full)" 1 "and no other"
  check "so does OSPF of IPv6" wait_until 60 full 6
  check "BGP is established, about IPv4 and IPv6" wait_until 60 established
  check "what OSPF announced is in every back-end" wait_until 30 all_have 198.19.1.0/24 '198.18.1.2 dev left '
  check "of IPv6 too, by a gateway of that link" wait_until 30 all_have 2001:2:0:11::/64 'fe80::[^ ]* dev left '
  check "what BGP announced is there too" wait_until 30 all_have 198.19.2.0/24 '198.18.2.2 dev right '
  check "and of IPv6" wait_until 30 all_have 2001:2:0:12::/64 '2001:2:0:2::2 dev right '
  check "however much it was" wait_until 30 all_have 198.19.67.254/31 '198.18.2.2 dev right '
  check "also what is for this router alone (no-advertise, RFC 1997)" wait_until 30 all_have 198.19.4.0/24
  first=$(routes 1) second=$(routes 2)
  if [[ $first != "$second" ]] || ! all_have 198.19.67.254/31; then
    tell_states
  fi
  is "$first" "$second" "the back-ends have the same"
  is "$(echoes "$lab" right 198.19.1.1 63)" 3 "what is announced by OSPF is reached, one hop further"
  is "$(echoes "$lab" left 2001:2:0:12::1 63)" 3 "and what is by BGP"
}

# inner_mac NUMBER: that by which the balancers know the back-end.
inner_mac () {
  # shellcheck disable=SC2016  # for the guest's shell
  "$VRKIT" exec "$lab" "r-br$1" -- sh -c 'cd /run/vrkit && read -r inner _ < vlans && cat "/sys/class/net/$inner/address"'
}

# give WEIGHTS: whether the balancers give these to the back-ends.
give () {
  local balancer
  for balancer in "${balancers[@]}"; do
    [[ $("$VRKIT" exec "$lab" "$balancer" -- sed -n 's/^backend .* //p' /run/vrkit/balance | paste -sd ' ') == "$1" ]] \
      || return
  done
}

# pids: those of the guests that are no back-ends.
pids () {
  local router
  for router in "${balancers[@]}" r-cp; do pid_of "$lab" "$router"; done
}

# go_down: the lab, which is as it should be until then.
go_down () {
  run_vrkit status "$lab"
  assert_status 0 "status: all of it is as it should be"
  run_vrkit down "$lab"
  assert_status 0 "down"
  assert_no_trace "nothing of it is left"
}

balancers=(r-lb1 r-lb2)
come_up "$roomy" nftables
learn
learned () { grep -q "^$2 " <<<"$(bird_tell "$1" show route)"; }
begin_load "$lab" --destination 198.19.2.1
others=$(pids)
scale "$lab" r=3 "a third back-end"
is "$(routes 3)" "$(routes 1)" "it has what the others have"
check "the balancers give it packets" wait_until 60 give '1 1 1'
first=$(inner_mac 1) third=$(inner_mac 3)
run_vrkit up --timeout 180s "$roomy"
assert_status 0 "up, with one less"
check "while packets pass" kill -0 "$sending"
check "the balancers have forgotten it" give '1 1'
forgets () { "$VRKIT" exec "$lab" r-lb1 -- timeout 2 /usr/lib/vrkit/forget "$1"; }
remembers () { ! forgets "$1"; }
check "which one says when it is asked" forgets "$third"
check "and of no other" remembers "$first"
end_load
shows ".sent > 2 * $rate and .lost == 0" "no packet is lost"
is "$(pids)" "$others" "balancers and control processor are the same"

# follow: whether the control processor has both back-ends again, and its neighbours.
follow () {
  local state
  state=$(control show protocols) || return
  [[ $(grep -c '^backend.*Established' <<<"$state") == 2 && $(grep -c '^neighbour.*Established' <<<"$state") == 2 \
    && $(grep -c '^ospf.*Running' <<<"$state") == 2 ]]
}

# What a control processor had told stays until the next one knows as much.
begin_load "$lab" --destination 198.19.2.1
killed=$EPOCHREALTIME
kill -KILL "$(pid_of "$lab" r-cp)"
run_vrkit up --timeout 180s "$roomy"
assert_status 0 "a control processor that was killed is started again"
check "it finds its neighbours and the back-ends" wait_until 120 follow
away_ms=$(((${EPOCHREALTIME/[.,]/} - ${killed/[.,]/}) / 1000))
check "which have all that it told" all_have 198.19.67.254/31
# It may be gone for a moment, between the end of what the new one tells and what it learns after that; how long,
# the load says.
check "and what came by OSPF" wait_until 10 all_have 198.19.1.0/24
check "the balancers give them packets" wait_until 60 give '1 1'
end_load
# BIRD says of no session that came in that its table was kept: the old one goes when the new one begins.
diag "without a control processor for $away_ms ms, without a route for about $(jq ".lost * 1000 / $rate" <<<"$RUN_OUT")"
shows ".sent > 2 * $rate and .lost * 1000 / $rate < $away_ms / 5" \
  "most of the time without a control processor packets pass"

check "the peer of OSPF learns what BGP told" wait_until 30 learned left 198.19.2.0/24
check "and that of BGP what OSPF told" wait_until 30 learned right 2001:2:0:11::/64

is "$(bird_tell left disable local4 | grep -c disabled)" 1 "a route of OSPF is withdrawn"
check "and gone from every back-end" wait_until 30 none_has 198.19.1.0/24
is "$(bird_tell right disable local6 | grep -c disabled)" 1 "one of BGP is withdrawn"
check "and gone as well" wait_until 30 none_has 2001:2:0:12::/64
check "others stay" all_have 198.19.2.0/24
is "$(echoes "$lab" right 198.18.1.2 63)" 3 "and packets still pass"

bird_stop
check "what a peer that is gone had told is gone" wait_until 60 none_has 2001:2:0:11::/64
is "$(control show protocols | grep -c '^backend.*Established')" 2 "the back-ends still listen"
go_down

# counted LINE KEY: what the balancer's programs have counted, a line each.
counted () {
  "$VRKIT" exec "$lab" r-lb1 -- vrkit-balance --counters | sed -n "s/^$1 .*$2 \([0-9]*\).*/\1/p"
}

lab=msr-xdp-cp
profile=$TEST_DIR/$lab.conf
sed -e "s/^name = .*/name = $lab/" -e 's/^balancers = .*/balancer = xdp/' "$roomy" >"$profile"
balancers=(r-lb1)
come_up "$profile" xdp
learn
# most_pass: whether most of a thousand flows do, and each of the two back-ends has some.
most_pass () {
  local before after
  mapfile -t before < <(counted backend in_packets)
  send_once "$lab" 1s
  mapfile -t after < <(counted backend in_packets)
  most_came && ((after[0] > before[0] && after[1] > before[1]))
}
check "a thousand flows pass, and the programs give some to each back-end" wait_until 60 most_pass
check "and what is for the control processor goes up" test "$(counted 'port left' up_packets)" -gt 10

# Cut off from the control processor, and back, with none of the routes at first.
cut_off () { "$VRKIT" exec "$lab" r-br2 -- birdc -s /run/vrkit/bird.ctl "$1" control; }
is "$(cut_off disable | grep -c disabled)" 1 "a back-end has lost the control processor"
check "it is given nothing" wait_until 60 give '1 0'
begin_load "$lab" --destination 198.19.2.1
in_second () { "$VRKIT" exec "$lab" r-br2 -- sh -c "cd /run/vrkit && $1"; }
refused='unreachable 198.19.3.0/24 proto static metric 2048'
in_second "ip route add $refused"
is "$(bird_tell left enable later4 | grep -c enabled)" 1 "a route is announced that its kernel will refuse"
check "the other has it" wait_until 20 has 1 198.19.3.0/24
ended () { [[ $(in_second 'grep -c "control: Got END-OF-RIB" bird.log') == $(($1 + 2)) ]]; }
ends=$(in_second 'grep -c "control: Got END-OF-RIB" bird.log')
is "$(cut_off enable | grep -c enabled)" 1 "and finds it again"
check "its BIRD gets the whole table" wait_until 60 ended "$ends"
check "and its kernel all but that route" wait_until 20 has 2 198.19.67.254/31
sleep 1
check "it is given nothing yet" give '1 0'
check "and says so, as one that is late where that lasts" in_second 'grep -qx -e waits -e late beat.says'
is "$(bird_tell left disable later4 | grep -c disabled)" 1 "that route is withdrawn"
check "it is given packets" wait_until 60 give '1 1'
check "when it has all" all_have 198.19.67.254/31
# shellcheck disable=SC2016  # for the guest's shell
in_second 'kill -STOP $(cat bird.pid)'
check "one whose BIRD hangs is given nothing" wait_until 20 give '1 0'
is "$(control show protocols | grep -c '^backend.*Established')" 2 "before its session is given up"
# shellcheck disable=SC2016  # as above
in_second 'kill -CONT $(cat bird.pid)'
check "and is given packets when it goes on" wait_until 20 give '1 1'

# Its kernel refuses a route, so that its table stands still while BIRD has its session.
check "while all have the same nobody is taken out" give '1 1'
is "$(bird_tell left enable later4 | grep -c enabled)" 1 "a route is announced that a back-end's kernel refuses"
check "the other has it" wait_until 20 has 1 198.19.3.0/24
check "the one whose table stands still is given nothing" wait_until 20 give '1 0'
is "$(in_second 'cat beat.says')" late "and knows it"
is "$(control show protocols | grep -c '^backend.*Established')" 2 "while its session stands"
is "$(bird_tell left disable later4 | grep -c disabled)" 1 "that route is withdrawn"
check "it is given packets when its table is the others' again" wait_until 20 give '1 1'
in_second "ip route del $refused"
is "$(bird_tell left enable later4 | grep -c enabled)" 1 "and announced again, and taken"
check "by all" wait_until 20 all_have 198.19.3.0/24
sleep 4
check "and all stay" give '1 1'

# BIRD is killed, and the next ones end at once for want of their configuration, until it is there again.
tries () { in_second 'grep -c "started again" bird.log'; }
tried_thrice () { [[ $(tries) -ge 3 ]]; }
# shellcheck disable=SC2016  # for the guest's shell
in_second 'mv bird.conf aside && kill -9 $(cat bird.pid)'
check "one whose BIRD was killed is given nothing" wait_until 10 give '1 0'
check "the guest starts another" wait_until 60 tried_thrice
check "which it leaves more and more time" test "$(tries)" -le 6
check "and gives it nothing by then" give '1 0'
in_second 'mv aside bird.conf'
check "it is given packets when another BIRD has the table" wait_until 60 give '1 1'
all_have 198.19.67.254/31 || tell_states
check "which is in its kernel" all_have 198.19.67.254/31
end_load
shows ".sent > $rate and .lost == 0" "and no packet is lost in all that"
# shellcheck disable=SC2016  # for the guest's shell
"$VRKIT" exec "$lab" r-cp -- sh -c 'kill -9 $(cat /run/vrkit/bird.pid)'
check "a control processor's BIRD is started again too" wait_until 120 follow
check "and the back-ends have what it tells" all_have 198.19.67.254/31
bird_stop
go_down
plan
