#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Values of this very host that labs claim: CPUs offline, the throttle, packet steering. What is there
# before is there after, byte for byte, whoever goes first and whoever was killed.
# holds: host
# shellcheck source-path=SCRIPTDIR source=lab-common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/lab-common.sh"

keep_state_in_memory
use_labs hosta hostb
remember_traces

# lab NAME NET [LINE…]: the profile of a lab with a native router, and [host].
lab () {
  local name=$1 net=$2
  shift 2
  {
    printf '[lab]\nname = %s\n[port left]\ndevice = test\ntest-address = 198.18.%d.2/24\n' "$name" "$net"
    printf '[router r1]\nkind = native\ninterface = left 198.18.%d.1/24\n[host]\n' "$net"
    printf '%s\n' "$@"
  } >"$TEST_DIR/$name.conf"
}

# cpus_of FILE: the mask in it as a number; its words are separated by commas.
cpus_of () {
  local mask
  mask=$(<"$1")
  printf '%d\n' "$((16#${mask//,/}))"
}

# as_before NAME: the host's values are what they were.
as_before () {
  is "$(host_values | diff "$TEST_DIR/before" -)" "" "$1"
}

# cpu_is VALUE NAME: the last CPU is online (1) or not.
cpu_is () {
  is "$(cat "/sys/devices/system/cpu/cpu$cpu/online")" "$1" "$2"
}

host_values >"$TEST_DIR/before"
cpu=$(($(nproc --all) - 1))

# --- Packet steering ------------------------------------------------------------------------------

lab hosta 1 "rps = left $cpu" "xps = left auto" "governor = performance"
run_vrkit plan "$TEST_DIR/hosta.conf"
near=$("$VRKIT" plan --json "$TEST_DIR/hosta.conf" | jq -r '[.operations[] | select(.kind == "veth")][0].target')
ls /sys/devices/system/cpu/cpu0/cpufreq >/dev/null 2>&1 \
  || assert_out "governor = performance*changes nothing" "without cpufreq a notice says so"
run_vrkit up "$TEST_DIR/hosta.conf"
assert_status 0 "up with packet steering"
queues=/sys/class/net/$near/queues
is "$(cpus_of "$queues/rx-0/rps_cpus")" $((1 << cpu)) "received packets go to CPU $cpu"
is "$(cpus_of "$queues/tx-0/xps_cpus")" 1 "sent packets go by the housekeeping CPU"
run_vrkit up "$TEST_DIR/hosta.conf"
assert_err "nothing to change" "up again changes nothing"
echo 0 >"$queues/rx-0/rps_cpus"
run_vrkit status hosta
assert_status 1 "status sees what somebody changed"
assert_out "drift  knob rps/$near/rx-0: value is none, wanted $cpu  # \[host\] rps of port left" \
  "with both values and the reason"
run_vrkit up "$TEST_DIR/hosta.conf"
is "$(cpus_of "$queues/rx-0/rps_cpus")" $((1 << cpu)) "up mends what somebody changed"
run_vrkit down hosta
assert_status 0 "down"
as_before "steering leaves nothing"

# --- The throttle, and two labs -------------------------------------------------------------------

lab hosta 1 "rt-runtime = off"
lab hostb 2 "rt-runtime = off"
for first in hosta hostb; do
  last=$([[ $first == hosta ]] && echo hostb || echo hosta)
  run_vrkit up "$TEST_DIR/hosta.conf"
  assert_status 0 "the first lab takes the throttle away"
  assert_err "may hang the host" "a strong warning goes with it"
  run_vrkit up "$TEST_DIR/hostb.conf"
  assert_status 0 "a second lab wants the same"
  run_vrkit down "$first"
  is "$(cat /proc/sys/kernel/sched_rt_runtime_us)" -1 "$first leaves, and $last still holds it"
  run_vrkit down "$last"
  as_before "the last one, $last, gives it back"
done

run_vrkit up "$TEST_DIR/hosta.conf"
lab hostb 2 "rt-runtime = 950ms"
run_vrkit up "$TEST_DIR/hostb.conf"
assert_status 6 "a lab that wants another value is refused"
assert_err "lab hosta holds value of rt-runtime at -1" "the refusal names lab and value"
run_vrkit up --dry-run "$TEST_DIR/hostb.conf"
assert_status 6 "the rehearsal says so too"
echo 970000 >/proc/sys/kernel/sched_rt_runtime_us
run_vrkit status hosta
assert_status 1 "status sees a changed throttle"
assert_out "drift  knob rt-runtime: value is 970000, wanted -1" "with both values"
run_vrkit down hosta
as_before "the refused lab has changed nothing"

if [[ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]]; then
  lab hosta 1 "rt-runtime = 500ms"
  run_vrkit up "$TEST_DIR/hosta.conf"
  assert_status 8 "less than real-time groups have is refused"
  assert_err "groups of real-time tasks" "the refusal explains the kernel's"
  as_before "and nothing is changed"
fi

# --- CPUs offline ---------------------------------------------------------------------------------

lab hosta 1 "offline = 7000"
run_vrkit up "$TEST_DIR/hosta.conf"
assert_status 5 "a CPU that does not exist is refused"
if ((cpu > 0)) && [[ -w /sys/devices/system/cpu/cpu$cpu/online ]]; then
  mapfile -t masks < <(grep -lx "0-$cpu" /proc/irq/*/smp_affinity_list)
  mask=${masks[0]}
  lab hosta 1 "offline = $cpu"
  lab hostb 2 "offline = $cpu" "rps = left auto"
  # An interrupt that only that CPU serves, of which the kernel forgets the most.
  echo "$cpu" >"$mask"
  host_values >"$TEST_DIR/before"
  for first in hosta hostb; do
    last=$([[ $first == hosta ]] && echo hostb || echo hosta)
    run_vrkit up "$TEST_DIR/hosta.conf"
    assert_status 0 "a CPU goes offline"
    cpu_is 0 "CPU $cpu is offline"
    run_vrkit up "$TEST_DIR/hostb.conf"
    assert_status 0 "another lab wants it offline too"
    run_vrkit down "$first"
    cpu_is 0 "$first leaves, and CPU $cpu stays offline for $last"
    run_vrkit down "$last"
    assert_status 0 "the last one leaves"
    as_before "CPU $cpu is back, with all cpusets and interrupts"
  done

  # With everything that vrkit has written, at that moment.
  VRKIT_RUN_DIR=$TEST_DIR/lost run_vrkit up "$TEST_DIR/hosta.conf"
  cpu_is 0 "CPU $cpu is offline"
  rm -r "$TEST_DIR/lost"
  VRKIT_RUN_DIR=$TEST_DIR/lost run_vrkit down hosta
  assert_status 0 "down of a lab whose files are lost"
  as_before "CPU $cpu is back, with all cpusets and interrupts"

  # libvirt makes its cpusets with the CPUs of the one above; what is there meanwhile lacks the CPU.
  cpusets=/sys/fs/cgroup/cpuset
  # libvirt may have its own already, with what earlier guests left in it.
  if [[ -e $cpusets/cpuset.cpus ]]; then
    rmdir "$cpusets/machine" 2>/dev/null || true
    had_machine=no
    [[ ! -e $cpusets/machine ]] || had_machine=yes
    host_values >"$TEST_DIR/before"
    run_vrkit up "$TEST_DIR/hosta.conf"
    for group in machine machine/qemu-1-x machine/qemu-1-x/libvirt-vrkit-vcpu.0 machine/qemu-1-x/vcpu0 other; do
      [[ $group == machine && $had_machine == yes ]] || mkdir "$cpusets/$group"
      cat "$cpusets/cpuset.mems" >"$cpusets/$group/cpuset.mems"
      cat "$cpusets/cpuset.cpus" >"$cpusets/$group/cpuset.cpus"
    done
    run_vrkit down hosta
    assert_status 0 "down with cpusets that were made meanwhile"
    for group in machine machine/qemu-1-x machine/qemu-1-x/vcpu0; do
      is "$(<"$cpusets/$group/cpuset.cpus")" "$(<"$cpusets/cpuset.cpus")" "$group has CPU $cpu"
    done
    without=0
    ((cpu == 1)) || without=0-$((cpu - 1))
    for group in machine/qemu-1-x/libvirt-vrkit-vcpu.0 other; do
      is "$(<"$cpusets/$group/cpuset.cpus")" "$without" "$group, which is not libvirt's, is as it was"
    done
    rmdir "$cpusets"/machine/qemu-1-x/{vcpu0,libvirt-vrkit-vcpu.0} "$cpusets"/{machine/qemu-1-x,other}
    [[ $had_machine == yes ]] || rmdir "$cpusets/machine"
    as_before "nothing else has changed"
  else
    skip "a CPU comes back to cpusets that were made meanwhile" "they are of cgroup version 2"
  fi

  # Killed wherever the CPU is on its way out, and on its way back.
  for command in up down; do
    killed=0
    for ((point = 1; point <= 60; point++)); do
      [[ $command == up ]] || run_vrkit up "$TEST_DIR/hosta.conf"
      { VRKIT_FAULT_POINT=$point run_vrkit "$command" "$TEST_DIR/hosta.conf"; } 2>/dev/null
      ((RUN_STATUS == 137)) || break
      killed=$((killed + 1))
      run_vrkit down hosta
      host_values | cmp -s "$TEST_DIR/before" - || break
      # The CPU is the first to go, and the last to come back.
      [[ $command == down ]] || ((point < 8)) || break
    done
    as_before "$command killed at $killed points: down brings all back"
    check "$command was killed more than once" test "$killed" -gt 3
    "$VRKIT" down --quiet hosta 2>/dev/null || true
  done
  echo "0-$cpu" >"$mask"
else
  skip "CPU $cpu cannot be taken offline here"
fi
assert_no_trace "nothing of the labs is left"
plan
