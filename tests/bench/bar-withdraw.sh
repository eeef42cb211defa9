#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# How long a route is in a back-end of profiles/msr-2-2-cp.conf after a router outside has withdrawn it: by
# BGP and by OSPF in turn, until it is gone from every back-end's kernel, where a program looks for it each
# 20 ms. What the guests' agents take to start that is not in it, and what they take to tell its end is.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=../bird.sh
. "$BENCH_SOURCE/tests/bird.sh"
# OSPF announces nothing anew within MinLSInterval, 5 s (RFC 2328, appendix B), of the last time.
readonly lab=msr-2-2-cp rounds=5 patience_s=60 settle_s=6

# shellcheck disable=SC2317  # a trap calls it
clean () {
  bird_stop
  "$VRKIT" down --quiet "$lab" || true
}

# held BACK-END PREFIX: its route there, or nothing.
held () {
  "$VRKIT" exec "$lab" "r-br$1" -- ip route show "$2" || fail "r-br$1 does not answer"
}

# until_all PREFIX: until all back-ends have it.
until_all () {
  local until=$((SECONDS + patience_s)) number
  for number in 1 2; do
    while [[ -z $(held "$number" "$1") ]]; do
      ((SECONDS < until)) || fail "r-br$number has not learned $1 for $patience_s s"
    done
  done
}

# see_off BACK-END PREFIX: ends when it is gone.
see_off () {
  "$VRKIT" exec "$lab" "r-br$1" -- sh -c "while ip route show $2 | grep -q .; do usleep 20000; done"
}

# withdraw PEER PROTOCOL PREFIX
withdraw () {
  local start watchers=() number
  bird_tell "$1" enable "$2" >/dev/null
  until_all "$3"
  for number in 1 2; do
    see_off "$number" "$3" &
    watchers+=($!)
  done
  sleep "$settle_s"
  start=$(now_us)
  bird_tell "$1" disable "$2" >/dev/null
  wait "${watchers[0]}" || fail "r-br1 was not watched"
  wait "${watchers[1]}" || fail "r-br2 was not watched"
  milliseconds $(($(now_us) - start))
}

trap clean EXIT
"$VRKIT" up --quiet --timeout 180s "$BENCH_SOURCE/profiles/$lab.conf" || fail "up"
bird_take "$VRKIT_IMAGES/router" "$BENCH_DIR/root"
cat >"$bird_root/left.conf" <<'END'
router id 198.18.1.2;
protocol device {}
protocol static one { ipv4; route 198.19.1.0/24 unreachable; }
protocol ospf v2 {
  ipv4 { import all; export where source = RTS_STATIC; };
  area 0 { interface "left" { hello 1; dead count 4; }; };
}
END
cat >"$bird_root/right.conf" <<'END'
router id 198.18.2.2;
protocol device {}
protocol static one { ipv4; route 198.19.2.0/24 unreachable; }
protocol bgp {
  local as 65002;
  neighbor 198.18.2.1 as 65001;
  connect delay time 1;
  ipv4 { import all; export where source = RTS_STATIC; };
}
END
bird_start "vrkit-$lab-left" left
bird_start "vrkit-$lab-right" right
until_all 198.19.1.0/24
until_all 198.19.2.0/24
for ((round = 0; round < rounds; round++)); do
  withdraw left one 198.19.1.0/24 >>"$BENCH_DIR/ospf"
  withdraw right one 198.19.2.0/24 >>"$BENCH_DIR/bgp"
done
note "OSPF: $(sort -n "$BENCH_DIR/ospf" | tr '\n' ' ')ms; BGP: $(sort -n "$BENCH_DIR/bgp" | tr '\n' ' ')ms"
figure msr-withdraw "$(sort -n "$BENCH_DIR/ospf" "$BENCH_DIR/bgp" | tail -n 1)"
