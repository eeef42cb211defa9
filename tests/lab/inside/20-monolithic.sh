#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# One router with KVM and vhost comes up and forwards. It stays up for the tests behind.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"
LAB=sched
# shellcheck source=tests/schedule-lib.sh
. "$VRKIT_TEST_SOURCE/tests/schedule-lib.sh"
pid_file=/run/libvirt/qemu/vrkit-$LAB-r1.pid

# Tasks of the vhost workers of process $1: kernel threads, or threads of QEMU since Linux 6.4.
vhost_tasks () {
  grep -lx "vhost-$1" /proc/[0-9]*/comm /proc/"$1"/task/*/comm 2>/dev/null \
    | sed 's,/comm$,,' || true
}

vhost_time_ns () {
  local task total=0 ran
  while read -r task; do
    read -r ran _ <"$task/schedstat"
    total=$((total + ran))
  done < <(vhost_tasks "$1")
  printf '%d' "$total"
}

# ping_through ADDRESS HOPS: five echoes from the left end come back with HOPS left.
ping_through () {
  local output
  output=$(ip netns exec "vrkit-$LAB-left" ping -c 5 -i 0.2 -W 5 "$1" 2>&1) || true
  is "$(grep -cE "(ttl|hlim)=$2 " <<<"$output")" 5 "five echoes of $1 come back, one hop older"
}

up_kvm_lab
assert_status 0 "up"
pid=$(cat "$pid_file" 2>/dev/null || echo 0)
is "$(find "/proc/$pid/fd" -lname /dev/vhost-net 2>/dev/null | wc -l)" 3 "QEMU holds vhost-net once a queue"
is "$(vhost_tasks "$pid" | wc -l)" 3 "there are three vhost workers"
check "the vcpu is KVM's" grep -qx 'CPU 0/KVM' -r "/proc/$pid/task" --include=comm
check "QEMU is in a machine's scope" grep -q '/machine\.slice/.*vrkit.*\.scope' "/proc/$pid/cgroup"

before_ns=$(vhost_time_ns "$pid")
ping_through 198.18.2.2 63
ping_through 2001:2:0:2::2 63
after_ns=$(vhost_time_ns "$pid")
check "the vhost workers moved the packets" test "$after_ns" -gt "$before_ns"
run_vrkit load "$LAB" --count 200 --rate 100pps
assert_status 0 "200 frames pass"

run_vrkit status "$LAB"
assert_status 0 "status"
run_vrkit up --timeout 300s "$kvm_profile"
assert_status 0 "up again"
is "$(cat "$pid_file" 2>/dev/null)" "$pid" "up again leaves the guest alone"
plan
