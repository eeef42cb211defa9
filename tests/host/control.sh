#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `vrkit control` of real guests, those of profiles/tenants.conf: rates hold though the calibration is wrong,
# a lab has one controller, and whatever ends it leaves what it has reserved to the next.
# holds: host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
(($(nproc) >= 2)) || skip_all "needs two CPUs: CPU 0 is kept for the system"
keep_state_in_memory
use_labs tenants
remember_traces
export VRKIT_CALIBRATIONS=$TEST_DIR/calibrations
log=$TEST_DIR/log
state=${VRKIT_RUN_DIR:-/run/vrkit}/labs/tenants/control.state

# The rate of tenant red, and what is offered to it.
readonly rate=5000 offered=10000

# steps FILTER: of the decisions on record, what jq finds in all of them together.
steps () {
  jq --slurp --raw-output "$1" "$log" 2>/dev/null
}

# vcpu FILTER: what jq finds in the status of r1's.
vcpu () {
  "$VRKIT" threads --json tenants \
    | jq -r ".threads[] | select(.router == \"r1\" and .selector == \"vcpu.0\") | $1"
}

# Policy, and nanoseconds of each period.
reserved () {
  vcpu '"\(.policy) \(.runtime_ns)/\(.period_ns)"'
}

# begin NAME OPTION…: a controller in the background (controller), which has made its first decision.
begin () {
  local name=$1
  shift
  : >"$log"
  "$VRKIT" control --guess --period 200ms --log "$log" "$@" tenants </dev/null >"$TEST_DIR/bg.out" 2>"$TEST_DIR/bg.err" &
  controller=$!
  check "$name: it decides" wait_until 30 test -s "$log"
}

# ended NAME STATUS: it has ended so.
ended () {
  local status=0
  wait "$controller" || status=$?
  is "$status" "$2" "$1: its exit status"
  (("$status" == "$2")) || diag "$(cat "$TEST_DIR/bg.err")"
}

run_vrkit control tenants
assert_status 1 "a lab that is not up is refused"
run_vrkit up --timeout 180s "$VRKIT_TEST_SOURCE/profiles/tenants.conf"
assert_status 0 "up"
assert_err "2 tenants: \`vrkit control tenants\` holds their rates" "it says who holds the rates"
run_vrkit control --once tenants
assert_status 1 "nothing is calibrated yet"
assert_err "router r1 of lab tenants is not calibrated*vrkit calibrate --router r1 tenants" "it says what does it"

# --- By a calibration that is wrong ---------------------------------------------------------------

# One level is no line, but what is stored belongs to this host.
run_vrkit calibrate --router r1 --sizes 64 --levels 20% --period 20ms --trial 200ms --repetitions 1 \
  --rate 20kpps tenants
stored=$VRKIT_CALIBRATIONS/tenants.r1.json
check "r1 is calibrated" test -s "$stored"
# A line is made up, which is off by some ten per cent to half, as machines go.
jq '.curves |= map(.points = [range(1; 9) as $n | {share: ($n / 10), forwarded_pps: ($n * 5000 + $n % 2)}])' \
  "$stored" >"$TEST_DIR/wrong.json"
mv "$TEST_DIR/wrong.json" "$stored"

run_vrkit control --once --guess --dry-run tenants
assert_status 0 "a dry run"
assert_out "r1/vcpu.0 deadline 2ms/20ms @1, 10.0 % of a CPU" "5 of 50 kpps are a tenth of a CPU"
check "and adds some latency, which is told" grep -qE 'r1/vcpu.0 .* adds up to [0-9.]+ ms to a packet' <<<"$RUN_OUT"
assert_err "router r2 is not calibrated, and guessed" "it says what it guesses"
is "$(vcpu .policy)" other "a dry run reserves nothing"
run_vrkit control --once --guess --log /dev/full tenants
assert_status 0 "once"
assert_err "--log=/dev/full: decisions are not on record: No space left on device" "it tells of a log that is full"
is "$(reserved)" "deadline 2000000/20000000" "once reserves it"

begin "the loop" --metrics 127.0.0.1:0
port=$(sed -nE 's@^metrics at 127\.0\.0\.1:([0-9]+).*@\1@p' "$TEST_DIR/bg.err")
# What Prometheus would see: bash speaks TCP well enough.
answer=$({
  printf 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
  cat <&3
} 3<>"/dev/tcp/127.0.0.1/$port") || true
check "it tells Prometheus of its tenants" grep -qE '^vrkit_.*tenant="red".* 5000$' <<<"$answer"
run_vrkit control --guess tenants
assert_status 6 "a second controller is refused"
assert_err "lab tenants is controlled by process $controller" "it says who has the lab"
run_vrkit calibrate --router r2 --sizes 64 --levels 20%,40%,60% --period 20ms --trial 200ms --repetitions 1 \
  --rate 20kpps tenants
assert_status 6 "and so is a calibration"
assert_err "lab tenants is controlled by process $controller" "for the same reason"
"$VRKIT" load tenants --router r1 --rate "$offered" --duration 8s --ceiling never --quiet --json \
  >"$TEST_DIR/load.json" 2>&1 &
load=$!
wait "$load" || true
kill -TERM "$controller"
ended "the loop" 0
is "$(while IFS= read -r line; do
        jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/control.schema.json" \
          -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$line"
      done < <(sed -n '1p;$p' "$log"))" "" "decisions are as their schema says"
# What was forwarded over the middle of the time in which packets came, once it had a third to settle.
read -r arrived forwarded < <(steps 'map(.tenants[0] | select(.arrived_pps > 100))
  | .[(length / 3 | floor):-3] | "\(map(.arrived_pps) | add / length | floor) \(map(.forwarded_pps) | add / length | floor)"')
diag "arrived ${arrived}/s, forwarded ${forwarded}/s: $(jq -c '[.sent, .received]' "$TEST_DIR/load.json" | tail -n 1)"
# A machine that is busy with other tests may not send as much as it is asked to.
least=$((arrived < rate ? arrived : rate))
check "no fewer packets are forwarded than the contract wants, within a fifth" test $((forwarded * 5)) -ge $((least * 4))
check "and no more" test $((forwarded * 5)) -le $((rate * 6))
check "the calibration was corrected" test "$(steps '[.[].tenants[0].threads[0].correction] | unique | length')" -gt 1

# --- Killed, and taken over -----------------------------------------------------------------------

begin "SIGKILL"
kill -KILL "$controller"
wait "$controller" 2>/dev/null || true
check "what was learnt is on record" grep '^r1/vcpu.0 ' "$state"
is "$(vcpu .policy)" deadline "the reservation stands"
run_vrkit status tenants
assert_status 0 "the lab is as it should be"
begin "the next" --for 60s
is "$(steps '.[0].tenants[0].threads[0] | .before > 0 and .reason != "start"')" true "it goes on from there"

# --- Somebody else's hands ------------------------------------------------------------------------

tid=$(vcpu .tid)
# mended POLICY: whether the thread has it.
# shellcheck disable=SC2317  # wait_until calls it
has_policy () {
  chrt -p "$tid" | grep -q "SCHED_$1"
}
chrt -o -p 0 "$tid"
check "a thread that somebody has changed is put right" wait_until 20 has_policy DEADLINE
chrt -o -p 0 "$tid"
# shellcheck disable=SC2317  # wait_until calls it
tells_of_it () {
  grep -q 'r1/vcpu.0 was changed by somebody else again: it is left alone' "$log"
}
check "the second time it is told" wait_until 20 tells_of_it
check "and left alone" has_policy OTHER
# Of a lab that is not as it should be the status is not 0.
other=$({ "$VRKIT" threads --json tenants || true; } \
  | jq -r '.threads[] | select(.router == "r2" and .selector == "vcpu.0") | .tid')
# shellcheck disable=SC2317  # wait_until calls it
tells_of_other () {
  grep -q 'r2/vcpu.0 was changed by somebody else: put right' "$log"
}
chrt -o -p 0 "$other"
check "another's is put right" wait_until 20 tells_of_other
check "by itself" has_policy OTHER
# What moves packets, of which nobody decides a share, and its CPUs.
mover=$({ "$VRKIT" threads --json tenants || true; } \
  | jq -r '.threads[] | select(.router == "r2" and .selector == "emulator") | .tid')
# shellcheck disable=SC2317  # wait_until calls it
moves_on () {
  chrt -p "$mover" | grep -q SCHED_DEADLINE && taskset -pc "$mover" | grep -q ': 0$'
}
# shellcheck disable=SC2317  # wait_until calls it
tells_of_mover () {
  grep -q "r2/emulator was changed by somebody else$1" "$log"
}
check "what moves packets is where it should be" moves_on
chrt -o -p 0 "$mover"
taskset -pc 1 "$mover" >"$TEST_DIR/taskset" 2>&1 || true
check "policy and CPUs that somebody has changed are put right" wait_until 20 moves_on
check "which is told" wait_until 20 tells_of_mover ': put right'
chrt -o -p 0 "$mover"
check "the second time it is told" wait_until 20 tells_of_mover ' again: it is left alone'
check "and left alone, too" eval '! moves_on'
run_vrkit tune tenants tenant.blue.priority=3
assert_status 0 "the lab is changed"
check "it is read anew" wait_until 20 grep -q 'the lab was changed by somebody else: it is read anew' "$log"
check "and the thread is left alone yet" has_policy OTHER

# --- A guest that hangs ---------------------------------------------------------------------------

kill -STOP "$(pid_of tenants r2)"
decided=$(wc -l <"$log")
# shellcheck disable=SC2317  # wait_until calls it
goes_on () {
  (($(wc -l <"$log") >= decided + 20))
}
check "a guest that hangs does not hold up the decisions" wait_until 20 goes_on
run_vrkit top --batch --count 2 --interval 200ms tenants
assert_status 0 "nor top"
assert_out '*r2*vcpu.0*' "which shows it"
kill -TERM "$controller"
ended "the loop beside a guest that hangs" 0
begin "beside a guest that hangs"
kill -TERM "$controller"
ended "one that began beside it" 0
kill -CONT "$(pid_of tenants r2)"

# --- By a quota -----------------------------------------------------------------------------------

jq '.policy = "quota"' "$stored" >"$TEST_DIR/quota.json"
mv "$TEST_DIR/quota.json" "$stored"
# limit: the file of r1's vcpu that has its quota, in microseconds of each period.
limit () {
  local mount file=cpu.cfs_quota_us
  mount=$(findmnt -rn -t cgroup -o TARGET,OPTIONS | awk '$2 ~ /(^|,)cpu(,|$)/ { print $1; exit }')
  [[ -n $mount ]] || { mount=$(findmnt -rn -t cgroup2 -o TARGET | head -n 1) && file=cpu.max; }
  printf '%s%s/%s' "$mount" "$(vcpu .cpu_cgroup)" "$file"
}
begin "by a quota"
file=$(limit)
# shellcheck disable=SC2317  # wait_until calls it
is_limited () {
  [[ $(<"$file") == "$was"* ]]
}
was=$(<"$file")
check "the vcpu has a quota" test "${was%% *}" -gt 0
run_vrkit top --batch --count 1 --interval 100ms tenants
assert_out '*r1 *vcpu.0 *quota *ms/20ms*' "top shows it"
run_vrkit threads --json tenants
shows '.threads | any(.router == "r1" and .selector == "vcpu.0" and .quota_ns > 0)' "so does threads"
echo "$((${was%% *} + 1500))${was#"${was%% *}"}" >"$file"
check "a quota that somebody has changed is put right" wait_until 20 is_limited
check "which is told" wait_until 20 grep -q 'r1/vcpu.0 was changed by somebody else: put right' "$log"
changed=$((${was%% *} + 1500))${was#"${was%% *}"}
echo "$changed" >"$file"
check "the second time it is told" wait_until 20 tells_of_it
is "$(<"$file")" "$changed" "and left alone"
run_vrkit status tenants
assert_status 1 "status tells of it, too"
assert_out '*r1*vcpu.0*quota*' "and of what"

# --- The end --------------------------------------------------------------------------------------

run_vrkit down tenants
assert_status 0 "down"
ended "a lab that is gone" 0
check "it says that the lab is gone" grep 'lab tenants was taken down: control of it ends' "$TEST_DIR/bg.err"
assert_no_trace "down leaves nothing"
plan
