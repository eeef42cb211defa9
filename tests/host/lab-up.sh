#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The life of a lab on the real host: up, up again, changed, looked at, loaded, down; and the shipped
# profiles.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
use_labs monolithic kept
profiles=$VRKIT_TEST_SOURCE/profiles
profile=$TEST_DIR/monolithic.conf
cp "$profiles/monolithic.conf" "$profile"

# is_of_schema NAME TEST: the last output is as man/schemas/NAME.schema.json says.
is_of_schema () {
  is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/$1.schema.json" \
          -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT" 2>&1)" "" "$2"
}

# frames_pass LAB NUMBER ROUTER-STAGE: all come, their TTL one less, and the router has counted them; at
# a rate of which the queues hold three seconds, for a guest that is held up.
frames_pass () {
  local attempt
  # A trial in which the tester itself was held up says nothing of the router.
  for attempt in 1 2 3; do
    run_vrkit load "$1" --count "$2" --rate 100pps --json
    json_is .tester_limited <<<"$RUN_OUT" || break
    diag "attempt $attempt: the tester fell short of its rate"
  done
  assert_status 0 "$1: load loses nothing"
  shows ".sent == $2 and .received == $2 and .lost == 0" "$1: $2 frames of $2 come"
  shows ".ttl_right == $2" "$1: the TTL of each is one less"
  shows "[.points[] | select(.id == \"$3\").count] == [$2]" "$1: the router has forwarded $2"
}

# offloads_off NAME [NETNS]: as ethtool has it.
# shellcheck disable=SC2317  # check calls it
offloads_off () {
  local features in=()
  (($# < 2)) || in=(ip netns exec "$2")
  features=$("${in[@]}" ethtool --show-features "$1")
  grep -q '^tcp-segmentation-offload: off' <<<"$features" \
    && grep -q '^generic-segmentation-offload: off' <<<"$features" \
    && grep -q '^generic-receive-offload: off' <<<"$features"
}

# --- Up, and what is there then -------------------------------------------------------------------

remember_traces
run_vrkit up --dry-run "$profile"
assert_status 0 "a dry run"
assert_out "+ domain vrkit-monolithic-r1" "a dry run says what would be done"
assert_no_trace "a dry run does nothing"

run_vrkit up "$profile"
assert_status 0 "up"
assert_err "lab monolithic is up: * operations done" "up says how much it did"
run_vrkit exec monolithic r1 -- cat /proc/net/if_inet6
check "a router that is ready has its link-local addresses" test "$(grep -c ^fe80 <<<"$RUN_OUT")" -eq 2
run_vrkit status monolithic
assert_status 0 "status"
assert_out "lab monolithic*up*router r1*guest*running*port*left*up*port*right*up" "status as text"
run_vrkit status --json "$profile"
is_of_schema status "status as JSON is as its schema says"
shows '.labs[0] | .lab == "monolithic" and .up and (.routers | length) == 1 and (.ports | length) == 2
       and .routers[0].agent_connected and .routers[0].pid > 0' "status as JSON"
version=$("$(jq -r '.labs[0].routers[0].emulator' <<<"$RUN_OUT")" --version | sed -n 's/.* version \([0-9.]*\).*/\1/p')
shows ".labs[0].routers[0] | (.accel == \"kvm\" or .accel == \"tcg\") and .emulator_version == \"QEMU $version\"" \
  "status tells what runs the guest, of which version"
accel=$(jq -r '.labs[0].routers[0].accel' <<<"$RUN_OUT")
r1=$(pid_of monolithic r1)
check "the pid is that of QEMU" grep -q guest=vrkit-monolithic-r1 "/proc/$r1/cmdline"

journal=$(sha256sum /run/vrkit/labs/monolithic/journal)
run_vrkit up "$profile"
assert_status 0 "a second up"
assert_err "nothing to change" "a second up says that nothing changes"
is "$(pid_of monolithic r1)" "$r1" "a second up leaves the guest alone"
is "$(sha256sum /run/vrkit/labs/monolithic/journal)" "$journal" "a second up leaves the journal alone"

while read -r name; do
  check "macvtap $name is as planned" link_is "$name" \
    '.txqlen == 50 and .mtu == 1500 and .linkinfo.info_data.mode == "bridge"
     and (.flags | contains(["UP"])) and (.ifalias | startswith("vrkit:monolithic:"))'
done < <(planned "$profile" macvtap .target)
while read -r name port; do
  check "$port: the near end has no offloads" offloads_off "$name"
  check "$port: the far end has no offloads" offloads_off "$port" "vrkit-monolithic-$port"
  check "$port: the near end is not promiscuous" link_is "$name" \
    '(.flags | contains(["PROMISC"]) | not)'
done < <(planned "$profile" veth '"\(.target) \(.want.peer)"')

is "$(echoes monolithic left 198.18.2.2 63)" 3 "IPv4 echoes come back one hop older"
is "$(echoes monolithic left 2001:2:0:2::2 63)" 3 "IPv6 echoes come back one hop older"
is "$(trace monolithic left 198.18.2.2)|$(trace monolithic right 2001:2:0:1::2)" \
  "198.18.1.1 198.18.2.2|2001:2:0:2::1 2001:2:0:1::2" "a trace shows the router by its own addresses"
frames_pass monolithic 1000 router-forwarded
run_vrkit load monolithic --count 10 --json
is_of_schema load "what load prints is as its schema says"
run_vrkit exec monolithic r1 -- sh -c 'cat /proc/sys/net/ipv4/ip_forward; echo to-stderr >&2; exit 7'
is "$RUN_STATUS|$RUN_OUT|$RUN_ERR" "7|1|to-stderr" "exec brings status, output and errors"
# shellcheck disable=SC2317  # clocks calls it
uptime_ms () { "$@" sed -n 's/^\([0-9]*\)[.]\([0-9]*\) .*/\1\20/p' /proc/uptime; }
# clocks: whether the guest's goes as the host's does, for four seconds, but for what a slow answer takes.
# shellcheck disable=SC2317  # check calls it
clocks () {
  local host guest
  host=$(uptime_ms env) guest=$(uptime_ms "$VRKIT" exec monolithic r1 --)
  sleep 4
  guest=$(($(uptime_ms "$VRKIT" exec monolithic r1 --) - guest)) host=$(($(uptime_ms env) - host))
  diag "in $host ms of the host $guest pass in the guest"
  ((guest > host * 9 / 10 - 500 && guest < host * 11 / 10 + 500))
}
check "its clock runs as the host's" clocks
if [[ $accel == tcg ]] && grep -qw nonstop_tsc /proc/cpuinfo; then
  check "which vrkit tells it" "$VRKIT" exec monolithic r1 -- grep -q ' tsc_early_khz=[1-9]' /proc/cmdline
else
  diag "the guest runs by KVM, or the host's counter may stop: it is told nothing"
fi
run_vrkit exec monolithic r1 -- no-such-command
assert_status 10 "exec of a command that the guest lacks"
assert_err 'No such file or directory' "says what it lacks"
run_vrkit exec monolithic r2 -- true
assert_status 2 "exec in a router that the lab lacks"

# --- Changes --------------------------------------------------------------------------------------

sed -i '/^\[port left\]/a queue-length = 35\npromiscuous = on' "$profile"
run_vrkit up "$profile"
assert_status 0 "up with a shorter queue"
assert_err "is up: 2 operations done, 0 undone" "only the macvtap and the device change"
is "$(pid_of monolithic r1)" "$r1" "the guest goes on"
left=$(planned "$profile" macvtap 'select(.want["queue-length"] == "35").target')
check "the queue is shorter" link_is "$left" '.txqlen == 35'
near=$(planned "$profile" veth 'select(.want.peer == "left").target')
check "the device is promiscuous" link_is "$near" '.flags | contains(["PROMISC"])'
is "$(echoes monolithic left 198.18.2.2 63)" 3 "the lab forwards as before"

printf '%s\n' '[router r2]' 'interface = left 198.18.1.9/24' \
  'interface = right 198.18.2.9/24' >>"$profile"
run_vrkit up "$profile"
assert_status 0 "up with a second router"
r2=$(pid_of monolithic r2)
check "the second guest runs" test "$r2" -gt 0
is "$(pid_of monolithic r1)" "$r1" "the first guest goes on"

printf 'route = 198.19.0.0/16 via 198.18.2.2\n' >>"$profile"
before=$(traces)
run_vrkit up --dry-run "$profile"
assert_out "- domain vrkit-monolithic-r2*+ domain vrkit-monolithic-r2" "a dry run says what would change"
is "$(traces)" "$before" "a dry run changes nothing"
run_vrkit up "$profile"
assert_status 0 "up with a route more"
is "$(pid_of monolithic r1)" "$r1" "the guest that has no new route goes on"
check "the other is another one" test "$(pid_of monolithic r2)" -ne "$r2"
r2=$(pid_of monolithic r2)
run_vrkit exec monolithic r2 -- ip route show 198.19.0.0/16
assert_out "198.19.0.0/16 via 198.18.2.2 dev right" "the route is there"

memory_kib () {
  "$VRKIT" exec monolithic "$1" -- sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo
}
before=$(memory_kib r1)
sed -i 's/^memory = 128M/memory = 160M/' "$profile"
run_vrkit up "$profile"
assert_status 0 "up with more memory"
is "$(pid_of monolithic r2)" "$r2" "the guest whose memory is as before goes on"
r1=$(pid_of monolithic r1)
check "the other has the 32 MiB more, but for what its kernel keeps" \
  test $((($(memory_kib r1) - before) / 1024)) -ge 24

sed -i '/^\[router r2\]/,$d' "$profile"
run_vrkit up "$profile"
assert_status 0 "up without the second router"
assert_err "0 operations done" "nothing is done but undone"
is "$(pid_of monolithic r1)" "$r1" "the first guest goes on"
is "$(traces | grep -cE '^(domain|process) ')" 2 "the second guest is gone"
is "$(echoes monolithic left 198.18.2.2 63)" 3 "the lab still forwards"

run_vrkit down monolithic
assert_status 0 "down"
assert_err "lab monolithic is down" "down says so"
assert_no_trace "down leaves no trace"
run_vrkit down monolithic
assert_status 0 "down of a lab that is down"
assert_err "there is nothing of it" "down says that there was nothing"
run_vrkit status monolithic
assert_status 1 "status of a lab that is down"

# --- A failure, rolled back and kept --------------------------------------------------------------

{
  two_ports kept
  router r1 1 "sysctl = net.ipv4.no_such_setting 1"
} >"$TEST_DIR/kept.conf"
run_vrkit up "$TEST_DIR/kept.conf"
assert_status 10 "up of a guest that cannot be made a router"
assert_err "*no_such_setting" "the message says what the guest refused"
assert_no_trace "a failed up is rolled back"
run_vrkit up --keep "$TEST_DIR/kept.conf"
assert_status 10 "the same with --keep"
run_vrkit status kept
assert_status 1 "status of what was kept"
assert_out "kept*not as it should be*router r1" "status shows it"
run_vrkit exec kept r1 -- cat /run/vrkit/status
assert_out "failed*no_such_setting" "one can look into the guest that was kept"
run_vrkit down kept
assert_status 0 "down of what was kept"
assert_no_trace "nothing of it is left"
plan
