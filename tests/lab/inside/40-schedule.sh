#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Threads of a KVM guest with vhost get what their schedule says, in systemd's and libvirt's cgroups,
# keep it when libvirtd starts anew, and give it back. The guest stays up for the test behind.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"
LAB=sched
# shellcheck source=tests/schedule-lib.sh
. "$VRKIT_TEST_SOURCE/tests/schedule-lib.sh"
last=$(($(nproc) - 1))

# cgroup_of TID
cgroup_of () {
  sed -n 's/^0:://p' "/proc/$1/cgroup"
}

up_kvm_lab
assert_status 0 "up"
run_vrkit threads --json sched
is "$(jq -c '[.threads[] | select(.role == "vhost") | [.selector, .ports]]' <<<"$RUN_OUT")" \
  '[["vhost.left.0","left"],["vhost.left.1","left"],["vhost.right.0","right"]]' \
  "each queue of a port has a vhost worker"
is "$("$VRKIT" exec sched r1 -- ethtool -l left | sed -n '/^Current/,$s/^Combined:[[:space:]]*//p')" 2 \
  "and the guest has both queues on"
is "$(jq -c '[.threads[] | select(.role == "emulator") | .ports]' <<<"$RUN_OUT")" '[""]' \
  "the emulator moves no packets"
run_vrkit threads --confirm --json sched
assert_status 0 "threads --confirm"
is "$(jq -c '[.threads[] | select(.role == "vhost") | .proof]' <<<"$RUN_OUT")" \
  '["confirmed","confirmed","confirmed"]' "frames of each queue make its worker run"
host_state >"$TEST_DIR/before"

walk_policies vcpu.0 "$(tid_of vcpu.0)" "0-$last" 1 "1-$last"
walk_policies mover.left "$(tid_of vhost.left.0)" "0-$last" 1
run_vrkit tune sched 'schedule.r1.vhost.left.1=fifo 20 @2' schedule.r1.mover.left=
is "$(kernel_says "$(tid_of vhost.left.1)")|$(kernel_says "$(tid_of vhost.left.0)")" \
  "SCHED_FIFO|SCHED_RESET_ON_FORK 20 2|SCHED_OTHER 0 0-$last" "a queue's worker is one of its own"
run_vrkit tune sched schedule.r1.vhost.left.1=
run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 20ms/100ms @1' \
  'schedule.r1.mover.left=deadline 10ms/100ms @1' 'schedule.r1.vhost.right=fifo 30 @0' \
  'schedule.r1.emulator=quota 50ms/100ms'
assert_status 0 "four threads in one transaction"
systemctl restart libvirtd
# It answers before it has looked at all guests again.
wait_until 60 virsh --quiet schedinfo vrkit-sched-r1 || true
check "libvirtd still has the guest's cgroups" virsh --quiet schedinfo vrkit-sched-r1
run_vrkit threads sched
assert_status 0 "libvirtd's restart changes no thread"
# A thread that QEMU makes starts in the group of the one that makes it, and goes home with that.
beside=$(tid_of_another)
emulator=$(tid_of emulator)
check "the emulator is in a group of its own" test "$(cgroup_of "$beside")" != "$(cgroup_of "$emulator")"
echo "$beside" >"/sys/fs/cgroup$(cgroup_of "$emulator")/cgroup.threads"
run_vrkit tune sched schedule.r1.vcpu.0= schedule.r1.mover.left= schedule.r1.vhost.right= \
  schedule.r1.emulator=
assert_status 0 "tune gives all back"
is "$(host_state | diff "$TEST_DIR/before" -)" "" "the host is as it was before"
plan
