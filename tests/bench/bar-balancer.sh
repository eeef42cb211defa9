#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the balancer of an MSR of one balancer and two back-ends costs: one guest that balances by nftables and
# by XDP and forwards by itself (plain) in turn, by the guest's own scripts. Its vcpu's CPU time for a packet
# that goes through the router, which as a balancer it has in hand twice, is taken at loads that it can carry;
# what comes through is counted where more comes in than the vcpu can do in the time that is reserved for it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly profile=$BENCH_DIR/balancerbench.conf lab=balancerbench rounds=3
readonly overload_pps=12000 reserved_us=1000 period_us=10000 flows=1000
# The less a guest has to do, the more often it is woken for a single packet, at the same price whatever it does
# with it; the bar is of the last, and the other is told beside it. A load of which more is lost, in percent, is
# none that the balancer carries.
readonly calm_pps=(3000 6000) carried_percent=1 kinds=(nftables xdp plain)
cpu=$(($(nproc) - 1))
readonly cpu

# All but the balancer's vcpu is on the other CPUs.
write_profile () {
  cat <<END
[host]
housekeeping = 0
[port left]
device = test
queue-length = 1000
test-address = 198.18.1.100/24
test-gateway = 198.18.1.1
[port right]
device = test
queue-length = 1000
test-address = 198.18.2.100/24
test-gateway = 198.18.2.1
[port r-inner]
device = internal
queue-length = 1000
[msr r]
balancers = 1
routers = 2
interface = left 198.18.1.1/24
interface = right 198.18.2.1/24
[schedule r]
vcpu.0 = other @0
emulator = other @0
[schedule r-lb1]
vcpu.0 = other @$cpu
END
}

inside () { "$VRKIT" exec "$lab" r-lb1 -- "$@"; }

# become KIND: the balancer's guest is that from now on, and nothing of what it was.
become () {
  # shellcheck disable=SC2016  # for the guest's shell
  inside sh -c '
    finish () {
      printf "%s\n" "$*" >&2
      exit 1
    }
    cd /run/vrkit || exit
    if [ -e balance.pid ]; then
      kill "$(cat balance.pid)" && rm balance.pid
      until grep -qx ended balance.says; do usleep 20000; done
    fi
    nft flush ruleset || exit
    echo 0 > /proc/sys/net/ipv4/ip_forward
    case $1 in
    nftables)
      . /usr/lib/vrkit/balance-nftables
      read_balance
      read_places
      read_backends
      write_rules > balance.rules
      install_rules
      check_rules ;;
    xdp)
      . /usr/lib/vrkit/balance-xdp
      exec > balance.log 2>&1 < /dev/null
      start_programs ;;
    plain) echo 1 > /proc/sys/net/ipv4/ip_forward ;;
    esac' sh "$1" || fail "the balancer does not become $1: $(inside cat /run/vrkit/balance.log 2>&1)"
}

# weights: what the balancer gives the back-ends.
weights () { inside sed -n 's/^backend .* //p' /run/vrkit/balance | paste -sd ' '; }

tune () { "$VRKIT" tune --quiet "$lab" "schedule.r-lb1.vcpu.0=$1" || fail "tune $1"; }

# load RATE DURATION: the result as one object, in $BENCH_DIR/load.
load () {
  local status=0
  "$VRKIT" load "$lab" --from left --to right --router r --rate "$1" --duration "$2" --settle 500ms --flows "$flows" \
    --ceiling never --json >"$BENCH_DIR/load.out" || status=$?
  ((status <= 1)) || fail "load: status $status"
  jq --slurp '.[-1]' "$BENCH_DIR/load.out" >"$BENCH_DIR/load"
}

# of FILTER: what jq says of the last load.
of () { jq -r "$1" "$BENCH_DIR/load"; }

# used: CPU time of the balancer's vcpu for a packet of the last load, in microseconds.
used () {
  of '([.threads[] | select(.router == "r-lb1" and .selector == "vcpu.0").cpu_time_ns] | add) / .received / 1000'
}

# One of each, in turn.
round () {
  local kind pps
  for kind in "${kinds[@]}"; do
    become "$kind"
    [[ $kind != xdp ]] || inside sed -n 's/^attached //p' /run/vrkit/balance.says | sort >"$BENCH_DIR/modes"
    [[ $(weights) == '1 1' ]] || fail "$kind: the balancer does not hear both back-ends"
    tune "other @$cpu"
    load 500 1s
    for pps in "${calm_pps[@]}"; do
      load "$pps" 3s
      used >>"$BENCH_DIR/used-$pps-$kind"
      of '100 * .lost / .sent' >>"$BENCH_DIR/lost-$pps-$kind"
    done
    tune "deadline ${reserved_us}us/${period_us}us @$cpu"
    load "$overload_pps" 3s
    of .received_pps >>"$BENCH_DIR/rate-$kind"
    used >>"$BENCH_DIR/full-$kind"
  done
}

# all NAME KIND: the values, and their median; middle NAME KIND: that alone.
all () { paste -sd ' ' "$BENCH_DIR/$1-$2" | xargs printf '%.4g '; }
middle () { median <"$BENCH_DIR/$1-$2"; }

# shellcheck disable=SC2317  # a trap calls it
clean () { "$VRKIT" down --quiet "$lab" || true; }

write_profile >"$profile"
trap clean EXIT
took_us "$VRKIT" up "$profile"
tries=300
until [[ $(weights) == '1 1' ]]; do
  ((tries-- > 0)) || fail "the balancer does not hear both back-ends"
  sleep 0.1
done
for ((i = 0; i < rounds; i++)); do round; done
note "XDP: $(paste -sd ';' "$BENCH_DIR/modes"); $rounds rounds of ${kinds[*]}, $flows flows of 64-byte frames"
# cost NAME: of XDP to nftables.
cost () { divide "$(middle "$1" xdp)" "$(middle "$1" nftables)"; }

for kind in "${kinds[@]}"; do
  for pps in "${calm_pps[@]}"; do
    awk -v lost="$(middle "lost-$pps" "$kind")" -v most=$carried_percent 'BEGIN { exit lost > most }' \
      || fail "$kind: of $pps a second $(middle "lost-$pps" "$kind") % are lost, and no more than $carried_percent may be"
    note "$kind, $pps a second: us of the vcpu a packet $(all "used-$pps" "$kind"), lost, % $(all "lost-$pps" "$kind")"
  done
  note "$kind, $overload_pps a second offered to $((100 * reserved_us / period_us)) % of a CPU: forwarded a second" \
    "$(all rate "$kind"), us a packet $(all full "$kind")"
done
note "forwarded a second in overload (medians): nftables $(middle rate nftables), XDP $(middle rate xdp), plain" \
  "$(middle rate plain); of plain forwarding nftables keeps $(divide "$(middle rate nftables)" "$(middle rate plain)")," \
  "XDP $(divide "$(middle rate xdp)" "$(middle rate plain)")"
for pps in "${calm_pps[@]}"; do note "vcpu time a packet, XDP to nftables, at $pps a second: $(cost "used-$pps")"; done
figure balancer-cost "$(cost "used-${calm_pps[-1]}")"
figure balancer-full "$(cost full)"
