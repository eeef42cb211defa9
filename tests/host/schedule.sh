#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Threads of a real guest get what their schedule says, by the kernel's own answer, and give it back.
# holds: host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

need_guests
(($(nproc) >= 2)) || skip_all "needs two CPUs: CPU 0 is kept for the system"
keep_state_in_memory
use_labs sched sched-a sched-b
remember_traces
profile=$TEST_DIR/sched.conf
{
  two_ports sched
  router r1 1
  printf '[host]\nrt-runtime = 960ms\n'
} >"$profile"

LAB=sched
# shellcheck source=../schedule-lib.sh
source "$VRKIT_TEST_SOURCE/tests/schedule-lib.sh"

# libvirt makes its group of all guests with the first of them, and leaves it behind.
host_values_but_new () {
  host_values | if [[ -e $TEST_DIR/had-machine ]]; then cat; else sed -E '\,^/sys/fs/cgroup/[^ ]*/machine/[^/]* ,d'; fi
}
[[ ! -e /sys/fs/cgroup/cpuset/machine ]] || : >"$TEST_DIR/had-machine"
host_values >"$TEST_DIR/values"

run_vrkit up "$profile"
assert_status 0 "up"
is "$(cat /proc/sys/kernel/sched_rt_runtime_us)" 960000 "with a value of the whole host"
run_vrkit threads --json sched
assert_status 0 "threads"
is "$(jq -r --slurpfile schema "$VRKIT_TEST_SOURCE/man/schemas/threads.schema.json" \
  -f "$VRKIT_TEST_SOURCE/tests/json-schema.jq" <<<"$RUN_OUT")" "" "threads prints what its schema says"
shows '[.threads[] | .selector] | contains(["vcpu.0", "emulator"])' "vcpu and emulator are found"
shows '[.threads[] | select(.ports != "") | .ports] == ["left,right"]' \
  "without vhost the emulator moves all packets"
is "$(jq -r '.threads | length' <<<"$RUN_OUT")" "$(find "/proc/$(pid_of sched r1)/task" -mindepth 1 \
  -maxdepth 1 | wc -l)" "every thread of QEMU is listed"
shows '[.threads[] | select(.moves_packets) | .selector] == ["emulator"]' "and it alone"
run_vrkit threads sched
assert_out "r1 *emulator *left,right *$(tid_of emulator)" "the table says so, too"
host_state >"$TEST_DIR/before"

vcpu=$(tid_of vcpu.0)
emulator=$(tid_of emulator)

walk_policies vcpu.0 "$vcpu" 0-1 1 0-1
walk_policies mover.left "$emulator" 0-1 1
run_vrkit threads sched
assert_status 0 "all threads are as wanted"

# A thread that QEMU makes starts in the group of the one that makes it, and goes home with that.
if [[ -e /sys/fs/cgroup/cpu/tasks ]]; then
  group=$(sed -nE 's/^[0-9]+:([^:]*,)?cpu(,[^:]*)?://p' "/proc/$emulator/cgroup")
  for task in "/proc/$emulator/task"/*; do
    [[ ${task##*/} == "$vcpu" ]] || echo "${task##*/}" >"/sys/fs/cgroup/cpu$group/tasks"
  done
  check "QEMU's other threads are in the group of one" test "$(wc -l <"/sys/fs/cgroup/cpu$group/tasks")" -gt 1
fi
run_vrkit tune sched schedule.r1.vcpu.0= schedule.r1.mover.left=
assert_status 0 "tune gives both threads back"
is "$(host_state | diff "$TEST_DIR/before" -)" "" "the host is as it was before"

# One transaction: the second change cannot be, so the first is not made.
refused=(
  'vcpu.0=deadline 95ms/100ms @1|5|CPU 1 has'
  'vcpu.0=deadline 200ms/100ms|3|in order'
  'vcpu.0=deadline 10us/20us|5|period'
  'vcpu.0=deadline 1000ns/100ms|3|1024'
  'vcpu.0=fifo 50 @7000|5|7000'
  'vcpu.0=deadline 10ms/100ms @1 exclusive|4|must not overlap libvirt*cgroup version 2 with Linux 6.7*cgroup_no_v1=all*or remove'
  'vhost.left=fifo 50|4|vhost'
  'vcpu.3=fifo 50|3|vcpus'
  'vcpu.0=fifo 100|3|99'
  'vcpu.0=fifty|3|policy'
)
for row in "${refused[@]}"; do
  IFS='|' read -r change status reason <<<"$row"
  run_vrkit tune sched 'schedule.r1.mover.left=fifo 5' "schedule.r1.$change"
  assert_status "$status" "$change is refused"
  assert_err "$reason" "$change: the refusal says why"
done
run_vrkit tune sched router.r1.memory=256M
assert_status 2 "what needs a guest made anew is refused"
run_vrkit tune sched schedule.r1.vcp.0=other
assert_status 2 "a path that is none is refused"
exec {lock}<"${VRKIT_RUN_DIR:-/run/vrkit}/labs/sched/lock"
flock "$lock"
run_vrkit tune sched schedule.r1.vcpu.0=idle
assert_status 6 "a lab that another process changes is refused"
exec {lock}<&-
run_vrkit tune nosuch schedule.r1.vcpu.0=other
assert_status 1 "a lab that is not up is refused"
is "$(host_state | diff "$TEST_DIR/before" -)" "" "refusals have changed nothing"

# Two reservations change places in one transaction, though both at their highest would not fit.
run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 60ms/100ms @1' \
  'schedule.r1.mover.left=deadline 20ms/100ms @1'
assert_status 0 "60 % and 20 %"
run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 20ms/100ms @1' \
  'schedule.r1.mover.left=deadline 60ms/100ms @1'
assert_status 0 "20 % and 60 %"

# plan_other LINE…: the plan of another lab, while this one is up.
plan_other () {
  {
    two_ports other
    router r1 1
    printf '%s\n' "$@"
  } >"$TEST_DIR/other.conf"
  run_vrkit plan "$TEST_DIR/other.conf"
}

plan_other '[schedule r1]' 'vcpu.0 = deadline 20ms/100ms @1'
assert_status 5 "another lab is refused what this one has"
assert_err "CPU 1 has * and 80.0 % of vcpu.0 of router r1 of lab sched and others," "with whose it is"
plan_other '[schedule r1]' 'vcpu.0 = deadline 20ms/100ms @0'
assert_status 0 "beside it there is room"
plan_other '[schedule r1]' 'vcpu.0 = idle @auto'
assert_out "no CPU is free, and 2 threads of other guests use it" "@auto sees this lab's threads"
plan_other '[host]' 'offline = 1'
assert_status 6 "no other lab takes the CPU away"
assert_err "since vcpu.0 of router r1 of lab sched may run nowhere else" "and is told from whom"

run_vrkit tune sched schedule.r1.vcpu.0= schedule.r1.mover.left=
assert_status 0 "tune gives both back"

# A thread that is busy when it gives its reservation back has the next one, however soon that comes.
vcpu_ns () {
  cut -d ' ' -f 1 "/proc/$vcpu/schedstat"
}

# share_within SECONDS: until the vcpu runs half of the 20 % that it has, in one second; says how much.
share_within () {
  local second begun_ns share=0
  for ((second = 0; second < $1 && share < 10; second++)); do
    begun_ns=$(vcpu_ns)
    sleep 1
    share=$((($(vcpu_ns) - begun_ns) / 10000000))
  done
  printf '%d' "$share"
}

run_vrkit exec sched r1 -- sh -c 'while :; do :; done >/dev/null 2>&1 </dev/null & echo $! >/run/spinner'
assert_status 0 "the guest is busy"
for turn in 1 2 3 4 5; do
  run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 40ms/100ms @1'
  sleep 0.3
  run_vrkit tune sched schedule.r1.vcpu.0=
  run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 20ms/100ms @1'
  check "turn $turn: it runs as much as it has reserved" test "$(share_within 20)" -ge 10
  run_vrkit tune sched schedule.r1.vcpu.0=
done
# shellcheck disable=SC2016  # the guest knows
run_vrkit exec sched r1 -- sh -c 'kill $(cat /run/spinner)'
assert_status 0 "the guest is idle again"

# Killed anywhere in a tune, the next up has the lab as its profile says. The profile has no schedule.
bad=
for ((point = 1; point < 60; point++)); do
  { VRKIT_FAULT_POINT=$point run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 20ms/100ms @1' \
    'schedule.r1.mover.left=fifo 20 @1'; } 2>/dev/null
  ((RUN_STATUS != 0)) || break
  run_vrkit up "$profile"
  ((RUN_STATUS == 0)) && host_state | diff -q "$TEST_DIR/before" - >/dev/null || bad+=" $point"
done
is "$bad" "" "up mends a tune that was killed at any of $((point - 1)) points"
check "there are such points" test "$point" -gt 8
run_vrkit tune sched schedule.r1.vcpu.0= schedule.r1.mover.left=
assert_status 0 "tune gives both back again"

# A lab's queue length changes with the macvtap in use.
nic=$("$VRKIT" plan --json "$profile" | jq -r '[.operations[] | select(.kind == "macvtap")][0].target')
run_vrkit tune sched port.left.queue-length=35
assert_status 0 "tune of a queue length"
check "the queue has that length" link_is "$nic" '.txqlen == 35'

# Drift is seen, and mended.
run_vrkit tune sched 'schedule.r1.vcpu.0=fifo 20 @1'
chrt --other --pid 0 "$vcpu"
run_vrkit threads sched
assert_status 1 "a thread that somebody has changed is not as wanted"
assert_out "policy is other, wanted fifo" "threads says what differs"
run_vrkit status sched
assert_status 1 "status shows the drift"
assert_out "vcpu.0" "status names the thread"
printf '[schedule r1]\nvcpu.0 = fifo 20 @1\n' >>"$profile"
run_vrkit up "$profile"
assert_status 0 "up mends it"
is "$(kernel_says "$vcpu")" "SCHED_FIFO|SCHED_RESET_ON_FORK 20 1" "the thread is as wanted"
run_vrkit up "$profile"
assert_err "nothing to change" "up again changes nothing"

run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 20ms/100ms @1'
assert_status 0 "tune from fifo to deadline"
run_vrkit tune sched 'schedule.r1.mover.left=fifo 20 @1'
assert_status 0 "and the mover to fifo"
if [[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]]; then
  for share in 60 20 40; do
    run_vrkit tune sched "router.r1.rt-share=$share%"
    assert_status 0 "$share % of the time for real-time threads"
    group=$(sed -nE 's/^[0-9]+:([^:]*,)?cpu(,[^:]*)?://p' "/proc/$emulator/cgroup")
    is "$(cat "/sys/fs/cgroup/cpu$group/cpu.rt_runtime_us")" "${share}0000" "the guest has as much"
  done
fi
run_vrkit down sched
assert_status 0 "down"
assert_no_trace "down leaves nothing"
is "$(host_values_but_new | diff "$TEST_DIR/values" -)" "" "and each value of the host is what it was"
is "$(find /sys/fs/cgroup -name '*vrkit*')" "" "no cgroup of ours is left"
is "$(cat /sys/fs/cgroup/cpu/machine/cpu.rt_runtime_us 2>/dev/null || echo 0)" 0 \
  "no real-time runtime is left granted"

# both_up LINE…: two labs whose router has these lines come up at one moment, and are not both given what
# only one of them can have. Their messages are in both.err.
both_up () {
  local name pid status begun=() statuses=
  : >"$TEST_DIR/both.err"
  for name in sched-a sched-b; do
    {
      two_ports "$name"
      router r1 1 "$@"
    } >"$TEST_DIR/$name.conf"
    "$VRKIT" up "$TEST_DIR/$name.conf" </dev/null >/dev/null 2>>"$TEST_DIR/both.err" &
    begun+=($!)
  done
  for pid in "${begun[@]}"; do
    status=0
    wait "$pid" || status=$?
    statuses+="$status "
  done
  is "$(tr ' ' '\n' <<<"$statuses" | sort | xargs)" "0 5" \
    "of two at once with ${*: -1} one comes up, and one is refused"
  for name in sched-a sched-b; do
    "$VRKIT" down --quiet "$name" || true
  done
}

both_up '[schedule r1]' 'vcpu.0 = deadline 60ms/100ms @1'
check "the refusal names the other" grep -q "60.0 % of vcpu.0 of router r1 of lab sched-[ab]," "$TEST_DIR/both.err"
if [[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]]; then
  both_up 'rt-share = 60%' '[schedule r1]' 'vcpu.0 = fifo 5 @1'
  check "the refusal says what others have" grep -q "of which other labs have 60.0 %" "$TEST_DIR/both.err"
fi

# --- A CPU for one thread alone, with cgroup version 1 --------------------------------------------
# That is one which libvirt's cpuset does not have: as an administrator would, this test takes it out
# while no guest runs, and puts it back.

cpusets=/sys/fs/cgroup/cpuset
machine=$cpusets/machine
own=$cpusets/vrkit-sched-r1.vcpu.0
if [[ ! -e $machine/cpuset.cpu_exclusive ]]; then
  skip "a CPU for one thread alone" "libvirt has no cpuset of cgroup version 1"
  plan
fi

# shellcheck disable=SC2317  # wait_until calls it
has_no_guest () {
  [[ -z $(find "$machine" -mindepth 1 -type d) ]]
}

check "no guest runs" wait_until 20 has_no_guest
spanned=$(<"$machine/cpuset.cpus")
# shellcheck disable=SC2317  # a trap calls it
leave_and_widen () {
  wait_until 20 "$VRKIT" down --quiet sched || true
  printf '%s' "$spanned" >"$machine/cpuset.cpus" || true
  leave
}
trap leave_and_widen EXIT
host_values >"$TEST_DIR/values"
rest=0
(($(nproc) == 2)) || rest=0,2-$(($(nproc) - 1))
printf '%s' "$rest" >"$machine/cpuset.cpus"

# up_as [LINE]…: the lab with this schedule.
up_as () {
  {
    two_ports sched
    router r1 1 "$@"
  } >"$profile"
  run_vrkit up "$profile"
}
alone=('[schedule r1]' 'vcpu.0 = deadline 80ms/100ms @1 exclusive')

# cpuset_says FILE…: values of cpusets.
cpuset_says () {
  (cd "$cpusets" && cat "$@" 2>/dev/null) | xargs
}

# is_divided POLICY: one line; nothing where the vcpu has CPU 1 alone, by vrkit, the thread and the cpusets.
is_divided () {
  local says
  vcpu=$(tid_of vcpu.0)
  says="$(kernel_says "$vcpu") $(sed -n 's/^.*cpuset:/in /p' "/proc/$vcpu/cgroup") $(
    cpuset_says "${own##*/}"/cpuset.{cpus,cpu_exclusive,sched_load_balance} cpuset.sched_load_balance \
      vrkit-rest/cpuset.{cpus,sched_load_balance})"
  [[ $says == "$1 1 in /${own##*/} 1 1 1 0 $rest 1" ]] || printf '%s' "$says"
  "$VRKIT" threads --json sched | jq -r --arg rest "$rest" '.threads[]
    | select(.root_domain != (if .selector == "vcpu.0" then "1" else $rest end))
    | "\(.name): root domain \(.root_domain)"'
}

# cpuset_of TID: the path of its group.
cpuset_of () {
  sed -n 's/^.*cpuset://p' "/proc/$1/cgroup"
}

# is_whole: nothing, where no CPU is anybody's alone.
is_whole () {
  cpuset_says cpuset.sched_load_balance | grep -vx 1 || true
  find "$cpusets" -name 'vrkit-*'
}

deadline='SCHED_DEADLINE|SCHED_RESET_ON_FORK 0 80000000/100000000/100000000'
up_as "${alone[@]}"
assert_status 0 "up: a CPU for the vcpu alone"
is "$(is_divided "$deadline")" "" "it has a root domain of its own"
run_vrkit threads sched
assert_status 0 "all threads are as wanted"
up_as "${alone[@]}"
assert_err "nothing to change" "up again changes nothing"
is "$(is_divided "$deadline")" "" "and leaves it so"
run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 60ms/100ms @1 exclusive'
is "$(is_divided "${deadline/80/60}")" "" "a reservation in a domain of its own changes in place"
run_vrkit tune sched 'schedule.r1.vcpu.0=rr 20 @1 exclusive'
is "$(is_divided 'SCHED_RR|SCHED_RESET_ON_FORK 20')" "" "another policy has it, too"
plan_other '[schedule r1]' 'vcpu.0 = fifo 5 @1 exclusive'
assert_status 6 "another lab cannot have the CPU"
assert_err "CPU 1 is exclusive to a thread of lab sched" "and is told whose it is"
for row in 'vcpu.0=fifo 5 @0 exclusive|which has 0*: name some of 1*take the CPU out' \
    'mover.left=fifo 5 @1 exclusive|the emulator cannot have a CPU for itself'; do
  run_vrkit tune sched "schedule.r1.${row%%|*}"
  assert_status 4 "${row%%|*} is refused"
  assert_err "${row#*|}" "${row%%|*}: the refusal says why"
done
# A thread that the vcpu's makes starts beside it, and goes home with it.
beside=$(tid_of_another)
echo "$beside" >"$own/tasks"
is "$(wc -l <"$own/tasks")" 2 "another thread of QEMU is on the CPU"
up_as
assert_status 0 "up gives the CPU back"
is "$(is_whole)" "" "no CPU is anybody's alone"
is "$(cpuset_of "$beside")" "$(cpuset_of "$(tid_of vcpu.0)")" "the other thread is where the vcpu is"

# Killed anywhere on the way to it, the next up gives it back, or has it, as its profile says.
bad=
for ((point = 1; point < 40; point++)); do
  { VRKIT_FAULT_POINT=$point up_as "${alone[@]}"; } 2>/dev/null
  ((RUN_STATUS != 0)) || break
  if ((point % 2)); then
    up_as "${alone[@]}"
    ((RUN_STATUS == 0)) && [[ -z $(is_divided "$deadline") ]] || bad+=" $point"
  fi
  up_as
  ((RUN_STATUS == 0)) && [[ -z $(is_whole) ]] || bad+=" $point"
done
is "$bad" "" "up mends an up that was killed at any of $((point - 1)) points"
check "there are such points" test "$point" -gt 4
is "$(is_divided "$deadline")" "" "the last up was not killed"

# Killed again and again on the way down, each time a little later.
killed=0 between=
for ((turn = 0; turn < 200; turn++)); do
  { VRKIT_FAULT_POINT=$((2 + turn % 4)) run_vrkit down sched; } 2>/dev/null
  ((RUN_STATUS == 137)) || break
  killed=$((killed + 1))
  [[ ! -e $own || -n $(pgrep -f '[g]uest=vrkit-sched-r1') ]] || between=yes
done
check "there are many points in a down" test "$killed" -gt 10
is "$between" yes "it was killed with the guest gone, and its CPU not given back"
run_vrkit down sched
assert_status 0 "down"
assert_no_trace "down leaves nothing"
is "$(is_whole)" "" "down gives the CPU back"

# A guest that ends by itself, and a journal that is lost.
up_as "${alone[@]}"
pid=$(pid_of sched r1)
((pid > 0)) && kill -KILL "$pid"
run_vrkit down sched
assert_status 0 "down of a lab whose guest has ended"
is "$(is_whole)" "" "gives the CPU back"
up_as "${alone[@]}"
rm -r "${VRKIT_RUN_DIR:-/run/vrkit}/labs/sched"
run_vrkit down sched
assert_status 0 "down of a lab whose journal is lost"
is "$(is_whole)" "" "gives the CPU back, too"
assert_no_trace "nothing is left"

wait_until 20 has_no_guest || true
printf '%s' "$spanned" >"$machine/cpuset.cpus"
is "$(host_values | diff "$TEST_DIR/values" -)" "" "each value of the host is what it was"
plan
