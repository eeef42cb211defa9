#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Threads of KVM guests get CPUs for themselves, each a root domain, and give them back; where the
# kernel cannot do that for guests, the refusal says so.
# shellcheck source=tests/lib.sh
. "$VRKIT_TEST_SOURCE/tests/lib.sh"
LAB=sched
# shellcheck source=tests/schedule-lib.sh
. "$VRKIT_TEST_SOURCE/tests/schedule-lib.sh"
slice=/sys/fs/cgroup/machine.slice
foreign=/sys/fs/cgroup/vrkit-test-foreign
other=$TEST_DIR/other.conf

# root_domain SELECTOR
root_domain () {
  "$VRKIT" threads --json "$LAB" \
    | jq -r --arg selector "$1" '.threads[] | select(.selector == $selector) | .root_domain'
}

# group_says SELECTOR FILE: of the cgroup of a thread of the lab.
group_says () {
  local path
  path=$(sed -n 's/^0:://p' "/proc/$(tid_of "$1")/cgroup")
  cat "/sys/fs/cgroup$path/$2"
}

# assert_alone SELECTOR POLICY CPU: by vrkit, by the thread and by its cgroup.
assert_alone () {
  is "$(root_domain "$1")" "$3" "$1: the root domain is CPU $3"
  is "$(kernel_says "$(tid_of "$1")")" "$2 $3" "$1: policy and CPUs"
  is "$(group_says "$1" cpuset.cpus.partition) $(group_says "$1" cpuset.cpus.exclusive.effective)" \
    "root $3" "$1: the kernel has a partition of CPU $3"
}

deadline () {
  printf 'SCHED_DEADLINE|SCHED_RESET_ON_FORK 0 %d000000/100000000/100000000' "$1"
}

up_kvm_lab
assert_status 0 "up"
host_state >"$TEST_DIR/before"

if [[ ! -e $slice/cpuset.cpus.exclusive ]]; then
  run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 50ms/100ms @1 exclusive'
  assert_status 4 "this kernel's partitions are not for guests"
  assert_err "boot Linux 6.7 or later, or remove \"exclusive\"" "the refusal says the way out"
  is "$(host_state | diff "$TEST_DIR/before" -)" "" "the refusal has changed nothing"
  run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 20ms/100ms @1'
  run_vrkit down sched
  assert_status 0 "down"
  assert_no_trace "down leaves nothing"
  plan
fi

# One after the other, so that the second is reserved when a CPU is missing already.
run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 50ms/100ms @1 exclusive'
assert_status 0 "the first CPU for one thread"
assert_alone vcpu.0 "$(deadline 50)" 1
run_vrkit tune sched 'schedule.r1.vcpu.1=deadline 90ms/100ms @2 exclusive' \
  'schedule.r1.mover.left=deadline 20ms/100ms @3' 'schedule.r1.mover.right=deadline 10ms/100ms'
assert_status 0 "the second, beside threads that share"
assert_alone vcpu.0 "$(deadline 50)" 1
assert_alone vcpu.1 "$(deadline 90)" 2
is "$(root_domain vhost.left.0)" 0,3 "other threads share what is left"
is "$(<"$slice/cpuset.cpus.exclusive")" 1-2 "the group of all guests offers both CPUs"
run_vrkit threads sched
assert_status 0 "all threads are as wanted"

run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 60ms/100ms @1 exclusive'
assert_status 0 "a reservation in a domain of its own changes in place"
assert_alone vcpu.0 "$(deadline 60)" 1
run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 97ms/100ms @1 exclusive'
assert_status 5 "above this kernel's ceiling of one CPU"
run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 60ms/100ms @2 exclusive' \
  'schedule.r1.vcpu.1=fifo 20 @1 exclusive'
assert_status 0 "two threads change places"
assert_alone vcpu.0 "$(deadline 60)" 2
assert_alone vcpu.1 'SCHED_FIFO|SCHED_RESET_ON_FORK 20' 1
systemctl restart libvirtd
run_vrkit threads sched
assert_status 0 "libvirtd's restart changes no thread"

# Another lab. Of somebody else's partitions ours are safe, and what is only bound is not.
sed -e 's/^name = sched/name = other/' -e 's/vcpus = 2/vcpus = 1/' -e 's/ queues=2//' \
  -e 's/198\.18\./198.19./g; s/2001:2:0/2001:2:1/g' "$kvm_profile" >"$other"
printf '[schedule r1]\nvcpu.0 = deadline 20ms/100ms @1 exclusive\n' >>"$other"
run_vrkit up --timeout 300s "$other"
assert_status 6 "another lab cannot have the CPU"
assert_err "lab sched" "the refusal names the lab that has it"
mkdir "$foreign"
printf '2-3' >"$foreign/cpuset.cpus"
printf 'root' >"$foreign/cpuset.cpus.partition"
assert_alone vcpu.0 "$(deadline 60)" 2
printf 'member' >"$foreign/cpuset.cpus.partition"
printf '3' >"$foreign/cpuset.cpus"
printf 'root' >"$foreign/cpuset.cpus.partition"
is "$(<"$foreign/cpuset.cpus.partition")" root "somebody else takes CPU 3"
run_vrkit threads sched
assert_status 1 "a thread whose CPU was taken is not as wanted"
assert_out "cpus is 0, wanted 3" "threads says what differs"
rmdir "$foreign"
run_vrkit threads sched
assert_status 0 "it is once the CPU is back"

run_vrkit tune sched schedule.r1.vcpu.0= schedule.r1.vcpu.1= schedule.r1.mover.left= \
  schedule.r1.mover.right=
assert_status 0 "tune gives all back"
is "$(host_state | diff "$TEST_DIR/before" -)" "" "the host is as it was before"

# Two labs at once; the one that was first goes first.
run_vrkit tune sched 'schedule.r1.vcpu.0=deadline 50ms/100ms @1 exclusive'
assert_status 0 "once more"
sed -i 's/@1 exclusive/@2 exclusive/' "$other"
run_vrkit up --timeout 300s "$other"
assert_status 0 "another lab has another CPU"
is "$(<"$slice/cpuset.cpus.exclusive")" 1-2 "both labs' CPUs are offered"
run_vrkit down sched
assert_status 0 "down"
is "$(<"$slice/cpuset.cpus.exclusive")" 2 "the CPU of the lab that stays is kept"
LAB=other
assert_alone vcpu.0 "$(deadline 20)" 2

# Without the run directory the group of all guests still tells whose the CPU is.
rm -r /run/vrkit/labs /run/vrkit/host
sed -e 's/^name = other/name = third/' -e 's/198\.19\./198.18./g; s/2001:2:1/2001:2:0/g' \
  "$other" >"$TEST_DIR/third.conf"
run_vrkit up --timeout 300s "$TEST_DIR/third.conf"
assert_status 6 "a CPU whose claim is lost is not given away"
assert_err "CPU 2 is exclusive to a thread of lab other" "the refusal names the lab that has it"
is "$(<"$slice/cpuset.cpus.exclusive")" 2 "the refusal has changed nothing"
run_vrkit down other
assert_status 0 "down of the other"
is "$(cat "$slice/cpuset.cpus.exclusive" 2>/dev/null || true)" "" "no CPU is kept"
assert_no_trace "down leaves nothing"
plan
