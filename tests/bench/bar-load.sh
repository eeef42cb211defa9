#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the tester's senders and its receiver do on a bare veth pair, beside trafgen: flat out, both on
# the CPU that trafgen takes for itself, and what comes is for another MAC address, so that the far end
# drops it at once; at given rates; and the highest rate of which the receiver examines every frame.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
readonly left=bench-load-left right=bench-load-right cpu=0
readonly rounds=9 frames=2000000
readonly rates=(10000 50000 100000 200000) seconds=10
readonly examined_rates=(500000 400000 300000 200000 100000) examined_seconds=5 examined_tries=3

command -v trafgen >/dev/null || fail "trafgen is wanted, of Debian's netsniff-ng"

# first COMMAND…: at the highest priority of ordinary ones, also where the kernel groups them by their
# sessions (sched_autogroup), so that a busy machine shows less.
first () {
  # shellcheck disable=SC2016  # it expands there
  setsid --wait bash -c '[[ ! -w /proc/self/autogroup ]] || echo -20 >/proc/self/autogroup; exec nice -n -20 "$@"' first "$@"
}

# shellcheck disable=SC2317  # a trap calls it
clean () {
  ip netns delete "$left" 2>/dev/null || true
  ip netns delete "$right" 2>/dev/null || true
}

prepare () {
  clean
  ip netns add "$left"
  ip netns add "$right"
  ip -n "$left" link add port address 52:54:00:00:00:01 type veth \
    peer name port address 52:54:00:00:00:02 netns "$right"
  ip -n "$left" link set port addrgenmode none up
  ip -n "$right" link set port addrgenmode none up
  # The same header as vrkit's: IPv4, UDP from port 49152 to 9, 60 bytes without FCS.
  cat >"$BENCH_DIR/trafgen.cfg" <<'END'
{ 0x52,0x54,0,0,0,3, 0x52,0x54,0,0,0,1, 0x08,0x00,
  0x45,0, c16(46), 0,0,0,0, 64,17, 0,0, 198,18,0,1, 198,18,0,2,
  c16(49152), c16(9), c16(26), 0,0, fill(0, 18) }
END
}

# by_trafgen FRAMES OPTION…: frames a second.
by_trafgen () {
  local count=$1
  shift
  first ip netns exec "$left" trafgen --cpus 1 --no-sock-mem -o port -i "$BENCH_DIR/trafgen.cfg" \
    --num "$count" "$@" >"$BENCH_DIR/trafgen" 2>&1 || fail "trafgen: $(<"$BENCH_DIR/trafgen")"
  tr -d '\r' <"$BENCH_DIR/trafgen" \
    | awk -v n="$count" '/ sec, .* usec on CPU/ { printf "%.0f\n", n / ($1 + $3 / 1e6) }'
}

# by_vrkit OPTION…: leaves the result in BENCH_DIR/load.
by_vrkit () {
  local status=0
  first "$VRKIT" load --from "$left/port" --to "$right/port" --next-hop 52:54:00:00:00:03 --json "$@" \
    >"$BENCH_DIR/load" || status=$?
  ((status <= 1)) || fail "vrkit load $* failed"
}

# by_generator NAME: frames a second, as fast as they go.
by_generator () {
  by_vrkit --generator "$1" --receiver counting --ceiling never --rate 1000Mpps --count "$frames"
  jq --exit-status --arg name "$1" '.generator == $name and .sent >= 0.999 * .asked' \
    "$BENCH_DIR/load" >/dev/null || fail "$1: $(<"$BENCH_DIR/load")"
  jq .sent_pps "$BENCH_DIR/load"
}

# --- Flat out ---------------------------------------------------------------------------------------

one_round () {
  local trafgen packet xdp order
  # Each is first, and last, as often as the others.
  case $(($1 % 3)) in
    0) order='trafgen packet xdp' ;;
    1) order='packet xdp trafgen' ;;
    *) order='xdp trafgen packet' ;;
  esac
  for each in $order; do
    case $each in
      trafgen) trafgen=$(by_trafgen "$frames") ;;
      packet) packet=$(on_cpu by_generator packet) ;;
      *) xdp=$(on_cpu by_generator xdp) ;;
    esac
  done
  printf '%s %s %s %s %s\n' "$trafgen" "$packet" "$xdp" "$(divide "$packet" "$trafgen")" \
    "$(divide "$xdp" "$trafgen")"
}

# In a subshell, which the CPU is set for.
on_cpu () {
  taskset --cpu-list --pid "$cpu" "$BASHPID" >/dev/null
  "$@"
}

# The system's share of the sender's CPU time, softirqs and thereby the far end's path included.
kernel_share () {
  local TIMEFORMAT='%U %S'
  { time on_cpu by_generator xdp >/dev/null; } 2>&1 | awk '{ printf "%.0f", 100 * $2 / ($1 + $2) }'
}

flat_out () {
  local i
  for ((i = 0; i < rounds; i++)); do
    one_round "$i" >>"$BENCH_DIR/rounds"
  done
  note "flat out, frames of 60 bytes on CPU $cpu, medians of $rounds interleaved rounds: trafgen" \
    "$(column 1 <"$BENCH_DIR/rounds" | median) a second, packet" \
    "$(column 2 <"$BENCH_DIR/rounds" | median), xdp $(column 3 <"$BENCH_DIR/rounds" | median);" \
    "ratios of packet $(column 4 <"$BENCH_DIR/rounds" | tr '\n' ' ')and of xdp" \
    "$(column 5 <"$BENCH_DIR/rounds" | tr '\n' ' ')"
  note "the limit is the kernel's path of a packet through both ends of the pair:" \
    "$(kernel_share) % of the CPU time of the xdp sender are the kernel's"
  figure load-flat-xdp "$(column 5 <"$BENCH_DIR/rounds" | median)"
  figure load-flat-packet "$(column 4 <"$BENCH_DIR/rounds" | median)"
}

# --- At a rate --------------------------------------------------------------------------------------

# with_gaps RATE COMMAND…: what gaps tells of the frames that the command sends.
with_gaps () {
  local rate=$1 pid out=$BENCH_DIR/gaps
  shift
  : >"$out"
  first "$BENCH_TOOLS/gaps" "$right" port 60 $((rate * seconds)) "$rate" $((seconds + 5)) >"$out" &
  pid=$!
  until grep -q ready "$out" || ! kill -0 "$pid" 2>/dev/null; do
    sleep 0.05
  done
  "$@" >/dev/null
  wait "$pid" || fail "gaps failed"
  tail -n 1 "$out"
}

paced () {
  local rate name got came off median99 worst=0 calls
  for rate in "${rates[@]}"; do
    for name in trafgen packet xdp; do
      if [[ $name == trafgen ]]; then
        got=$(with_gaps "$rate" by_trafgen $((rate * seconds)) --gap "$((1000000 / rate))us")
        calls='?'
      else
        got=$(with_gaps "$rate" by_vrkit --generator "$name" --receiver counting --rate "${rate}pps" \
          --count $((rate * seconds)))
        calls=$(jq '.system_calls / .sent * 1000 | round / 1000' "$BENCH_DIR/load")
        printf '%s\n' "$calls" >>"$BENCH_DIR/calls"
      fi
      came=$(column 2 <<<"$got")
      off=$(awk -v a="$came" -v b="$rate" -v frames="$(column 1 <<<"$got")" -v asked=$((rate * seconds)) \
        'BEGIN { d = a / b - 1; if (d < 0) d = -d
                 short = 1 - frames / asked; printf "%.4f", 100 * (short > d ? short : d) }')
      median99=$(awk '{ printf "%.1f and %.1f us", $3 / 1000, $4 / 1000 }' <<<"$got")
      note "asked for $rate a second, $name: $came (off by $off %; $(column 1 <<<"$got") of" \
        "$((rate * seconds)) frames), gaps off by $median99 (p50, p99)," \
        "$calls system calls a frame"
      [[ $name == trafgen ]] || worst=$(awk -v a="$off" -v b="$worst" 'BEGIN { print (a + 0 > b + 0 ? a : b) }')
    done
  done
  figure load-paced-mean "$worst"
  figure load-paced-calls "$(sort -g "$BENCH_DIR/calls" | tail -n 1)"
}

# --- The receiver -----------------------------------------------------------------------------------

# Whether every one of some tries at RATE had every frame examined, and sent as asked for.
examines () {
  local i
  for ((i = 0; i < examined_tries; i++)); do
    first "$VRKIT" load --from "$left/port" --to "$right/port" --json --generator xdp \
      --receiver exact --rate "${1}pps" --count $(($1 * examined_seconds)) >"$BENCH_DIR/load" || return 1
    jq --exit-status '.received == .asked and .lost == 0 and (.tester_limited | not)' \
      "$BENCH_DIR/load" >/dev/null || return 1
  done
}

examined () {
  local rate
  for rate in "${examined_rates[@]}"; do
    if examines "$rate"; then
      note "every frame of $rate a second for $examined_seconds s was examined, $examined_tries times of" \
        "$examined_tries (p99 of latency" \
        "$(jq '.latency_ns.p99 / 1000 | round' "$BENCH_DIR/load") us)"
      figure load-examined "$((rate / 1000))"
      return
    fi
    note "at $rate a second: $(jq -c '[.sent_pps, .received, .lost, .tester_limited]' "$BENCH_DIR/load")" \
      "(sent a second, received, lost, tester_limited)"
  done
  figure load-examined 0
}

trap clean EXIT
prepare
flat_out
paced
examined
