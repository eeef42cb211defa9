#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A PVR of one, two and three members, each with 20 % of the last CPU: what they forward, how a thousand
# flows spread over them, how long the flows of one that is killed go without, and what is lost when
# their number changes. Each member is offered as much, more than it can forward, whatever their number.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_DIR/pvrbench.conf rounds=3 offered_pps=30000 calm_pps=600 kill_pps=1000 flows=1000
cpu=$(($(nproc) - 1))
readonly cpu

write_profile () {
  cat <<END
[host]
housekeeping = 0
[port left]
device = test
queue-length = 500
test-address = 198.18.1.100/24
test-gateway = 198.18.1.1
[port right]
device = test
queue-length = 500
test-address = 198.18.2.100/24
test-gateway = 198.18.2.1
[pvr r]
members = 1
vhost = off
interface = left 198.18.1.1/24
interface = right 198.18.2.1/24
[schedule r]
vcpu.0 = deadline 1200us/10ms @$cpu
emulator = deadline 800us/10ms @$cpu
END
}

scale () {
  "$VRKIT" scale --quiet pvrbench "r=$1" || fail "scale to $1"
}

# load RATE DURATION: the result as one object, in $BENCH_DIR/load.
load () {
  local status=0
  "$VRKIT" load pvrbench --from left --to right --rate "$1" --duration "$2" --flows "$flows" --json \
    >"$BENCH_DIR/load.out" || status=$?
  ((status <= 1)) || fail "load: status $status"
  jq --slurp '.[-1]' "$BENCH_DIR/load.out" >"$BENCH_DIR/load"
}

# of FILTER: what jq says of the last load.
of () { jq -r "$1" "$BENCH_DIR/load"; }

forwarded () { median <"$BENCH_DIR/forwarded-$1"; }

# shellcheck disable=SC2317  # a trap calls it
clean () { "$VRKIT" down --quiet pvrbench || true; }

write_profile >"$profile"
trap clean EXIT
took_us "$VRKIT" up "$profile"
for ((round = 0; round < rounds; round++)); do
  for members in 1 2 3; do
    scale "$members"
    load "$((members * offered_pps))" 3s
    [[ $(of .lost) -gt 0 ]] \
      || fail "$members members carry all of $((members * offered_pps)) frames a second: what they can forward is not known"
    of .received_pps >>"$BENCH_DIR/forwarded-$members"
  done
done
note "1, 2 and 3 members, each offered $offered_pps a second for 3 s, forwarded a second (medians of $rounds):" \
  "$(forwarded 1), $(forwarded 2), $(forwarded 3)"
figure pvr-two "$(divide "$(forwarded 2)" "$(awk -v one="$(forwarded 1)" 'BEGIN { print 2 * one }')")"
figure pvr-three "$(divide "$(forwarded 3)" "$(awk -v one="$(forwarded 1)" 'BEGIN { print 3 * one }')")"

load "$calm_pps" 5s
note "$flows flows over three: shares $(of '[.balance.members[].share] | map(tostring) | join(", ")'), chi-squared $(of .balance.chi_squared)"
figure pvr-share "$(of .balance.p)"

# begin RATE DURATION, end: a load beside other things.
begin () {
  load "$@" &
  loading=$!
  sleep 2
}
end () { wait "$loading" || fail "the load did not end well"; }

# A third of the flows is the killed one's.
begin "$kill_pps" 6s
kill -KILL "$(</run/libvirt/qemu/vrkit-pvrbench-r-2.pid)"
end
note "one of three killed, $kill_pps frames a second in $flows flows: $(of .lost) of $(of .sent) lost"
figure pvr-kill "$(of "1000 * 3 * .lost / $kill_pps")"

took_us "$VRKIT" up "$profile"
begin "$calm_pps" 40s
scale 2
scale 1
end
note "from one member to two and back, $calm_pps frames a second: $(of .lost) of $(of .sent) lost"
figure pvr-scale "$(of .lost)"
