#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# An MSR of one balancer and two back-ends, once with nftables and once with XDP: how long the flows of
# a back-end that is killed go without. The figure is the worse of the two.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_DIR/msrbench.conf kill_pps=1000 flows=1000

# write_profile BALANCER
write_profile () {
  cat <<END
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
[msr r]
balancers = 1
routers = 2
balancer = $1
interface = left 198.18.1.1/24
interface = right 198.18.2.1/24
END
}

# load DURATION: the result as one object, in $BENCH_DIR/load.
load () {
  local status=0
  "$VRKIT" load msrbench --from left --to right --rate "$kill_pps" --duration "$1" --flows "$flows" --json \
    >"$BENCH_DIR/load.out" || status=$?
  ((status <= 1)) || fail "load: status $status"
  jq --slurp '.[-1]' "$BENCH_DIR/load.out" >"$BENCH_DIR/load"
}

# of FILTER: what jq says of the last load.
of () { jq -r "$1" "$BENCH_DIR/load"; }

# weights: what the balancer gives the back-ends.
weights () {
  "$VRKIT" exec msrbench r-lb1 -- sed -n 's/^backend .* //p' /run/vrkit/balance | paste -sd ' '
}

# shellcheck disable=SC2317  # a trap calls it
clean () { "$VRKIT" down --quiet msrbench || true; }

# without BALANCER: half of the flows are the killed one's.
without () {
  local tries=300 loading
  write_profile "$1" >"$profile"
  took_us "$VRKIT" up "$profile"
  until [[ $(weights) == '1 1' ]]; do
    ((tries-- > 0)) || fail "the balancer does not hear both back-ends"
    sleep 0.1
  done
  load 2s
  note "$1: $flows flows, $kill_pps frames a second, nobody killed: $(of .lost) of $(of .sent) lost"
  load 6s &
  loading=$!
  sleep 2
  kill -KILL "$(</run/libvirt/qemu/vrkit-msrbench-r-br2.pid)"
  wait "$loading" || fail "the load did not end well"
  [[ $(weights) == '1 0' ]] || fail "the killed back-end is given packets"
  note "$1: one of two killed: $(of .lost) of $(of .sent) lost"
  of "1000 * 2 * .lost / $kill_pps" >>"$BENCH_DIR/without"
  clean
}

trap clean EXIT
without nftables
without xdp
figure msr-kill "$(sort -g "$BENCH_DIR/without" | tail -n 1)"
