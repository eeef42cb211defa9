#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A lab watched: what is told of a flood, in objects and tables, and on a terminal.
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"
need_guests
use_labs top
remember_traces
profile=$TEST_DIR/top.conf
socket=$TEST_DIR/tmux

{
  two_ports top | sed '/^\[port left\]/a queue-length = 4'
  printf 'attach = bridge\n'
  router watched 1
  router near 2 'kind = native'
  printf '[tenant gold]\nrouters = watched\nrate = 1kpps\n'
} >"$profile"

# counted PORT COUNTER: of the router's interface on the host.
counted () {
  cat "/sys/class/net/$(ip -o link show \
    | sed -nE "s/^[0-9]+: (vr[^@:]*).* alias vrkit:top:nic:watched\\/$1( .*)?\$/\\1/p")/statistics/$2"
}

# shellcheck disable=SC2317  # as the next
watched_so_far () {
  wc -l <"$TEST_DIR/watched"
}

# shellcheck disable=SC2317  # wait_until calls it
has_watched () {
  (($(watched_so_far) >= $1))
}

# What a top prints while more is sent than the queue has room for, from before the first packet to after the
# last.
watch_flood () {
  "$VRKIT" top --json --interval 200ms top >"$TEST_DIR/watched" 2>"$TEST_DIR/watched.err" &
  local watcher=$!
  wait_until 20 has_watched 1
  "$VRKIT" load --json --rate 20kpps --duration 1s --from left --to right top >"$TEST_DIR/load" 2>/dev/null || true
  wait_until 20 has_watched $(($(watched_so_far) + 2))
  kill "$watcher"
  wait "$watcher" || true
}

on_tmux () {
  env -u TMUX tmux -f /dev/null -S "$socket" "$@"
}

shows_on_screen () {
  local shown=no
  for _ in {1..200}; do
    if on_tmux capture-pane -p -t top | grep -qF -- "$1"; then
      shown=yes
      break
    fi
    sleep 0.1
  done
  is "$shown" yes "$2"
  [[ $shown == yes ]] || diag "$(on_tmux capture-pane -p -t top)"
}

run_vrkit up --quiet --timeout 180s "$profile"
assert_status 0 "the lab is up"

# --- Printed ----------------------------------------------------------------------------------------

before=$(counted left rx_dropped)
left_before=$(counted right rx_packets)
watch_flood
lost=$(($(counted left rx_dropped) - before))
left=$(($(counted right rx_packets) - left_before))
is "$(<"$TEST_DIR/watched.err")" "" "it watches a flood"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/top.schema.json" \
  -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" "$TEST_DIR/watched")" "" "objects are as their schema says"
check "it is seen to arrive" jq -se '[.[].tenants[0].offered_pps // 0] | max > 3000' "$TEST_DIR/watched"
check "and to be forwarded" jq -se '[.[].routers[] | select(.name == "watched").forwarded_pps // 0] | max > 100' \
  "$TEST_DIR/watched"
check "packets are lost before the router" test "$lost" -gt 0
is "$(jq -s '[.[] | .seconds as $s | .queues[] | select(.port == "left" and .queue_length == 4).lost_pps * $s]
  | add | round' "$TEST_DIR/watched")" "$lost" "just as many as the kernel has counted"
check "nothing is lost where nothing arrives" jq -se \
  '[.[].queues[] | select(.port == "right").lost_pps // 0] | max == 0' "$TEST_DIR/watched"
# Nothing but the flood goes this way, but for the neighbours' discovery of one another.
# shellcheck disable=SC2016  # jq's variables
check "what leaves by a tap is at least what the tester receives, and at most what the kernel has counted" \
  jq -se --argjson received "$(jq .received "$TEST_DIR/load")" --argjson counted "$left" '[.[] | .seconds as $s
    | .queues[] | select(.router == "watched" and .port == "right").sent_pps * $s] | add | round
    | . >= $received and . > 0 and . <= $counted' "$TEST_DIR/watched"
check "a native router's interfaces are known, and have no queue" jq -se \
  '.[-1].queues | map(select(.router == "near" and .queue_length == 0 and .sent_pps != null)) | length == 2' \
  "$TEST_DIR/watched"
check "the vcpu is seen at work, on a CPU of this host" jq -se \
  '[.[].threads[] | select(.selector == "vcpu.0" and .last_cpu >= 0).use // 0] | max > 0.1 and max < 1.2' \
  "$TEST_DIR/watched"
check "the processors' shares make one" jq -se \
  '[.[].cpus[] | .user + .system + .irq + .softirq + .guest + .steal + .idle | select(. > 0)]
   | length > 0 and all(. > 0.999 and . < 1.001)' "$TEST_DIR/watched"

run_vrkit tune --quiet top 'schedule.watched.vcpu.0=quota 5ms/20ms' port.left.queue-length=70
assert_status 0 "it is tuned"
run_vrkit top --batch --count 2 --interval 100ms top
assert_status 0 "tables"
assert_out '*vrkit top  lab top*TENANT*gold*1.00k*ROUTER*watched*25.0%*quota 5ms/20ms*watched/left *70 *' \
  "they have what it was tuned to"
is "$(grep -c '^vrkit top' <<<"$RUN_OUT")" 2 "twice"

run_vrkit top top
is "$RUN_STATUS" 2 "without a terminal it is refused"
assert_err 'standard input and output are not one; --batch prints tables' "with the way out"

# --- On a terminal ----------------------------------------------------------------------------------

on_tmux new-session -d -s top -x 80 -y 24 \
  "stty -a >$TEST_DIR/stty.before; $VRKIT top --interval 200ms top; echo status \$? >$TEST_DIR/status; \
   stty -a >$TEST_DIR/stty.after; sleep 60"
shows_on_screen 'watched' "80x24: the router is there"
shows_on_screen 'q end  s sort  p pause  h help' "and the keys"
is "$(on_tmux capture-pane -p -t top | awk 'length > 80' | wc -l)" 0 "nothing is wider"
on_tmux send-keys -t top s
shows_on_screen 'by offered' "s sorts"
on_tmux send-keys -t top p
shows_on_screen 'PAUSED' "p pauses"
on_tmux send-keys -t top h
shows_on_screen 'Ctrl-C       end' "h helps"
on_tmux send-keys -t top h p
on_tmux resize-window -t top -x 150 -y 40
shows_on_screen 'OUT BIT/S' "wider, there are bit rates"
on_tmux resize-window -t top -x 60 -y 20
shows_on_screen '60x20: needs 80x10' "too small, it says so"
on_tmux resize-window -t top -x 80 -y 12
shows_on_screen 'more below' "lower, there is more below"
on_tmux send-keys -t top NPage
shows_on_screen 'QUEUE BEFORE' "which Page Down shows"
on_tmux send-keys -t top C-c
check "Ctrl-C ends it" wait_until 20 test -s "$TEST_DIR/stty.after"
is "$(cat "$TEST_DIR/status")" "status 0" "with status 0"
is "$(<"$TEST_DIR/stty.after")" "$(sed 's/rows [0-9]*; columns [0-9]*/rows 12; columns 80/' "$TEST_DIR/stty.before")" \
  "and the terminal is as it was"
on_tmux kill-server

# The server ends in its own time.
socket=$TEST_DIR/tmux-again
on_tmux new-session -d -s top -x 80 -y 24 \
  "$VRKIT top --interval 200ms top 2>$TEST_DIR/gone; echo status \$? >$TEST_DIR/status; sleep 60"
shows_on_screen 'watched' "another one"
rm "$TEST_DIR/status"
virsh --quiet --connect qemu:///system destroy vrkit-top-watched >/dev/null
shows_on_screen 'not running' "a guest that is gone is seen to be"
run_vrkit down --quiet top
assert_status 0 "the lab goes down beneath it"
check "so it ends" wait_until 20 test -s "$TEST_DIR/status"
is "$(<"$TEST_DIR/status")" "status 2" "with status 2"
check "and says that the lab is not up" grep -q 'lab top is not up' "$TEST_DIR/gone"
on_tmux kill-server
assert_no_trace "nothing is left"
plan
